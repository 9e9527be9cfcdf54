package records

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/anxin-care/anxin/internal/phones"
	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/store"
)

// Sex is the administrative gender of FHIR R4.
type Sex string

// The sexes.
const (
	Female     Sex = "female"
	Male       Sex = "male"
	OtherSex   Sex = "other"
	UnknownSex Sex = "unknown"
)

// Resident is an elderly person who is watched over.
type Resident struct {
	// ID is opaque and public, and a FHIR id: letters, digits and hyphens, at most 64.
	ID        string
	Name      string
	BirthDate Date // zero when unknown
	Sex       Sex
	// HomeID is where the resident lives; "" when not known.
	HomeID string
	Room   string
	// Called is what the resident is called aloud at home, where several people hear
	// it; "" for the name.
	Called string
	// Phone is a number of the resident's own; "" when there is none.
	Phone string
	// TimeZone is its name in the IANA database, "Asia/Shanghai".
	TimeZone string
	// Language is a BCP 47 tag, "zh-CN"; "" when not said.
	Language  string
	CreatedAt time.Time
}

// Zone is the resident's time zone, UTC while it is not known.
func (r Resident) Zone() *time.Location { return zoneNamed(r.TimeZone) }

func zoneNamed(name string) *time.Location {
	zone, err := zones.Load(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

const (
	maxName = 200 // characters
	maxAge  = 130 // years: nobody has lived longer
)

// settle puts the resident in the form in which it is kept, and finds all that
// is wrong with it.
func (r *Resident) settle() error {
	r.Name, r.Room, r.Called = strings.TrimSpace(r.Name), strings.TrimSpace(r.Room), strings.TrimSpace(r.Called)
	if r.Sex == "" {
		r.Sex = UnknownSex
	}
	var wrong []store.Field
	if !validID(r.ID) {
		wrong = append(wrong, store.Field{Path: "id", Message: "must be 1 to 64 letters, digits or hyphens"})
	}
	wrong = append(wrong, checkName(r.Name)...)
	wrong = append(wrong, checkText("room", r.Room)...)
	wrong = append(wrong, checkText("called", r.Called)...)
	wrong = append(wrong, settlePhone(&r.Phone)...)
	wrong = append(wrong, r.checkBirthDate()...)
	switch r.Sex {
	case Female, Male, OtherSex, UnknownSex:
	default:
		wrong = append(wrong, store.Field{Path: "sex", Message: fmt.Sprintf("%q is not female, male, other or unknown", r.Sex)})
	}
	wrong = append(wrong, checkZone(r.TimeZone)...)
	wrong = append(wrong, settleLanguage(&r.Language)...)
	return store.Invalid("resident", r.ID, wrong)
}

func (r *Resident) checkBirthDate() []store.Field {
	if r.BirthDate.IsZero() {
		return nil
	}
	today := DateOf(time.Now().Add(14 * time.Hour)) // where it is latest
	switch {
	case !r.BirthDate.valid():
		return []store.Field{{Path: "birth_date", Message: "is not in the calendar"}}
	case r.BirthDate.Compare(today) > 0:
		return []store.Field{{Path: "birth_date", Message: "is in the future"}}
	case r.BirthDate.Age(today) > maxAge:
		return []store.Field{{Path: "birth_date", Message: fmt.Sprintf("is more than %d years ago", maxAge)}}
	}
	return nil
}

func settlePhone(number *string) []store.Field {
	tidy, err := phones.Tidy(*number)
	if err != nil {
		return []store.Field{{Path: "phone", Message: err.Error()}}
	}
	*number = tidy
	return nil
}

func checkZone(name string) []store.Field {
	// "Local" is known to Go, and is another zone on every machine.
	if _, err := zones.Load(name); err != nil || name == "" || name == "Local" {
		return []store.Field{{Path: "time_zone", Message: fmt.Sprintf("%q is not a time zone, such as Asia/Shanghai", name)}}
	}
	return nil
}

// validID reports whether id is a FHIR id without dots.
func validID(id string) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	return !strings.ContainsFunc(id, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-')
	})
}

func checkName(name string) []store.Field {
	if name == "" {
		return []store.Field{{Path: "name", Message: "is empty"}}
	}
	return checkText("name", name)
}

func validText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func checkText(path, s string) []store.Field { return checkLength(path, s, maxName) }

func checkLength(path, s string, most int) []store.Field {
	switch {
	case !validText(s):
		return []store.Field{{Path: path, Message: "holds characters that are not text"}}
	case utf8.RuneCountInString(s) > most:
		return []store.Field{{Path: path, Message: fmt.Sprintf("is longer than %d characters", most)}}
	}
	return nil
}

// settleLanguage gives a language tag its usual spelling.
func settleLanguage(tag *string) []store.Field {
	if *tag == "" {
		return nil
	}
	parsed, err := language.Parse(*tag)
	if err != nil {
		return []store.Field{{Path: "language", Message: fmt.Sprintf("%q is not a language tag, such as zh-CN", *tag)}}
	}
	*tag = parsed.String()
	return nil
}
