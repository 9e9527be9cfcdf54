package records

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// ErrSignIn says that a login, password, token or session lets nobody in. It
// does not say why.
var ErrSignIn = errors.New("sign-in refused")

const (
	// minPassword and maxPassword are in characters and bytes. NIST SP 800-63B
	// asks for at least 8 characters and no rules about which.
	minPassword = 8
	maxPassword = 1024

	// hashesAtOnce bounds the memory (19 MiB each) and processors that sign-ins
	// take; more of them wait.
	hashesAtOnce = 2
)

// Users are kept here, with how they sign in.
type Users struct {
	db      *store.DB
	hashing chan struct{}
	nobody  string // the hash that unknown logins are compared with
}

// NewUsers returns the users in db.
func NewUsers(db *store.DB) *Users {
	return &Users{db: db, hashing: make(chan struct{}, hashesAtOnce), nobody: hashPassword("")}
}

// Add adds a user, who cannot sign in before a password is set or a token
// issued, and returns it as it is kept.
func (s *Users) Add(ctx context.Context, u User) (User, error) {
	if u.ID == "" {
		u.ID = ulid.Make().String()
	}
	u.CreatedAt = store.Now()
	if err := u.settle(); err != nil {
		return User{}, fmt.Errorf("add %w", err)
	}
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var other userRow
		err := tx.NewSelect().Model(&other).Where("login = ?", u.Login).WhereOr("id = ?", u.ID).Limit(1).Scan(ctx)
		switch {
		case err == nil && other.Login == u.Login:
			return &store.Fault{Kind: ErrConflict, Code: CodeLoginTaken, Entity: "user", ID: u.Login, Detail: "the login is taken"}
		case err == nil:
			return &store.Fault{Kind: ErrConflict, Code: CodeUserExists, Entity: "user", ID: u.ID, Detail: "exists already"}
		case !noRows(err):
			return err
		}
		row := userRow{ID: u.ID, Login: u.Login, Name: u.Name, Language: u.Language, Role: u.Role, CreatedAt: store.Millis(u.CreatedAt)}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("add %w", about("user", u.Login, err))
	}
	return u, nil
}

// Get returns a user by id; ErrNotFound when there is none.
func (s *Users) Get(ctx context.Context, id string) (User, error) {
	return s.find(ctx, "id", id)
}

// ByLogin returns a user by login; ErrNotFound when there is none.
func (s *Users) ByLogin(ctx context.Context, login string) (User, error) {
	return s.find(ctx, "login", settleLogin(login))
}

func (s *Users) find(ctx context.Context, column, value string) (User, error) {
	var row userRow
	err := s.db.NewSelect().Model(&row).Where("? = ?", bun.Ident(column), value).Scan(ctx)
	if noRows(err) {
		err = store.NotFound("user", value)
	}
	if err != nil {
		return User{}, fmt.Errorf("read %w", about("user", value, err))
	}
	return row.user(), nil
}

// List returns all users, ordered by login.
func (s *Users) List(ctx context.Context) ([]User, error) {
	var rows []userRow
	if err := s.db.NewSelect().Model(&rows).Order("login").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	list := make([]User, len(rows))
	for i, row := range rows {
		list[i] = row.user()
	}
	return list, nil
}

// SetPassword gives a user a new password and ends the user's sessions.
func (s *Users) SetPassword(ctx context.Context, id, password string) error {
	if err := checkPassword(id, password); err != nil {
		return fmt.Errorf("set password of %w", err)
	}
	var hash string
	err := s.hash(ctx, func() error {
		hash = hashPassword(password)
		return nil
	})
	if err != nil {
		return fmt.Errorf("set password of user %q: %w", id, err)
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "users", id); err != nil {
			return err
		} else if !known {
			return store.NotFound("user", id)
		}
		if _, err := tx.NewUpdate().Table("users").Set("password = ?", hash).Where("id = ?", id).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewDelete().Table("sessions").Where("user_id = ?", id).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("set password of %w", about("user", id, err))
	}
	return nil
}

func checkPassword(user, password string) error {
	var wrong []store.Field
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		wrong = append(wrong, store.Field{Path: "password", Message: fmt.Sprintf("is shorter than %d characters", minPassword)})
	case len(password) > maxPassword:
		wrong = append(wrong, store.Field{Path: "password", Message: fmt.Sprintf("is longer than %d bytes", maxPassword)})
	}
	return store.Invalid("user", user, wrong)
}

// Authenticate returns the user who signs in with login and password, and
// ErrSignIn when they do not fit. It takes as long for a login that does not
// exist as for a wrong password.
func (s *Users) Authenticate(ctx context.Context, login, password string) (User, error) {
	var row userRow
	login = settleLogin(login)
	if loginPattern.MatchString(login) { // anything else is nobody's
		err := s.db.NewSelect().Model(&row).Where("login = ?", login).Scan(ctx)
		if err != nil && !noRows(err) {
			return User{}, fmt.Errorf("sign in: %w", err)
		}
	}
	known := row.Password != ""
	if !known {
		row.Password = s.nobody
	}
	if len(password) > maxPassword {
		return User{}, ErrSignIn
	}
	var fits bool
	err := s.hash(ctx, func() (err error) {
		fits, err = passwordFits(row.Password, password)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("sign in user %q: %w", row.ID, err)
	}
	if !fits || !known {
		return User{}, ErrSignIn
	}
	return row.user(), nil
}

// hash runs do when few enough others are hashing.
func (s *Users) hash(ctx context.Context, do func() error) error {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return do()
	case <-ctx.Done():
		return fmt.Errorf("too many sign-ins at once: %w", ctx.Err())
	}
}
