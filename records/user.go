package records

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Role is what a user is to the service. What they are to a resident, the care
// teams and teams say.
type Role string

// The roles. See [Access] for what each may do.
const (
	Administrator Role = "administrator"
	Caregiver     Role = "caregiver"
	// Family sees, and does something about, those in whose care team it is.
	Family Role = "family"
	// Expert answers questions that are put to a panel, and sees nothing else.
	Expert Role = "expert"
)

var roles = []Role{Administrator, Caregiver, Family, Expert}

// User is a person who signs in, or for whom a program does.
type User struct {
	ID string
	// Login is what is typed to sign in: lower-case letters, digits and . _ @ + -.
	Login string
	Name  string
	// Language is a BCP 47 tag, "zh-CN"; "" when not said.
	Language  string
	Role      Role
	CreatedAt time.Time
	// DisabledAt is since when the user lets nobody in; zero for one who may sign in.
	DisabledAt time.Time
	// Bound is what the token that signed in may at most; the zero one bounds nothing.
	Bound Bound
}

// Staff reports whether the user is one of the service's own people.
func (u User) Staff() bool { return u.Role != Family }

type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID        string `bun:"id,pk"`
	Login     string `bun:"login"`
	Name      string `bun:"name"`
	Language  string `bun:"language"`
	Role      Role   `bun:"role"`
	Password  string `bun:"password"`
	CreatedAt int64  `bun:"created_at"`

	DisabledAt int64 `bun:"disabled_at,nullzero"`
}

func (row userRow) user() User {
	return User{
		ID: row.ID, Login: row.Login, Name: row.Name, Language: row.Language, Role: row.Role,
		CreatedAt: store.Time(row.CreatedAt), DisabledAt: store.Time(row.DisabledAt),
	}
}

var loginPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

// settleLogin makes one login of the ways in which people type it.
func settleLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// settle puts the user in the form in which it is kept, and finds all that is
// wrong with it.
func (u *User) settle() error {
	u.Login, u.Name = settleLogin(u.Login), strings.TrimSpace(u.Name)
	if u.Name == "" {
		u.Name = u.Login
	}
	var wrong []store.Field
	if !validID(u.ID) {
		wrong = append(wrong, store.Field{Path: "id", Message: "must be 1 to 64 letters, digits or hyphens"})
	}
	if !loginPattern.MatchString(u.Login) {
		wrong = append(wrong, store.Field{Path: "login", Message: "must be 1 to 64 letters, digits or . _ @ + -, the first a letter or digit"})
	}
	wrong = append(wrong, checkName(u.Name)...)
	wrong = append(wrong, settleLanguage(&u.Language)...)
	wrong = append(wrong, u.Role.check()...)
	return store.Invalid("user", u.ID, wrong)
}

func (r Role) check() []store.Field {
	if slices.Contains(roles, r) {
		return nil
	}
	return []store.Field{{Path: "role", Message: fmt.Sprintf("%q is not %s, %s, %s or %s", r, Administrator, Caregiver, Family, Expert)}}
}
