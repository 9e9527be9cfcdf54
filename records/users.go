package records

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"

	"github.com/anxin-care/anxin/store"
)

// Users are kept here, with how they sign in.
type Users struct {
	db      *store.DB
	hashing chan struct{}
	nobody  string        // the hash that unknown logins are compared with
	idle    time.Duration // see StaffIdle
}

// UsersOption is a setting of [NewUsers].
type UsersOption func(*Users)

// StaffIdle ends sessions of staff that nothing was asked for as long as this; 0
// ends none.
func StaffIdle(limit time.Duration) UsersOption { return func(s *Users) { s.idle = limit } }

// NewUsers returns the users in db.
func NewUsers(db *store.DB, options ...UsersOption) *Users {
	s := &Users{db: db, hashing: make(chan struct{}, hashesAtOnce), nobody: hashPassword("")}
	for _, set := range options {
		set(s)
	}
	return s
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
		if err := insertUser(ctx, tx, u, ""); err != nil {
			return err
		}
		return writeDown(ctx, tx, account("", "user "+u.ID+" made"))
	})
	if err != nil {
		return User{}, fmt.Errorf("add %w", about("user", u.Login, err))
	}
	return u, nil
}

// insertUser keeps a new user, with the hash of a password or "".
func insertUser(ctx context.Context, tx bun.Tx, u User, password string) error {
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
	row := userRow{
		ID: u.ID, Login: u.Login, Name: u.Name, Language: u.Language, Role: u.Role, Password: password, CreatedAt: store.Millis(u.CreatedAt),
	}
	_, err = tx.NewInsert().Model(&row).Exec(ctx)
	return err
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

// SetRole changes what a user is to the service, by whoever wants that.
func (s *Users) SetRole(ctx context.Context, id string, role Role, by string) error {
	if err := store.Invalid("user", id, role.check()); err != nil {
		return fmt.Errorf("set the role of %w", err)
	}
	return s.change(ctx, id, "set the role of", account(by, "role of user "+id+" set to "+string(role)), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("users").Set("role = ?", role).Where("id = ?", id).Exec(ctx)
		return err
	})
}

// Disable lets a user in no more: sessions end, and tokens are worth nothing until
// the user is enabled again.
func (s *Users) Disable(ctx context.Context, id, by string) error {
	return s.change(ctx, id, "disable", account(by, "user "+id+" disabled"), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("users").Set("disabled_at = ?", store.Now().UnixMilli()).Where("id = ?", id).Where("disabled_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Table("password_resets").Where("user_id = ?", id).Exec(ctx); err != nil {
			return err
		}
		return signOut(ctx, tx, id, "")
	})
}

// Enable lets a user in again.
func (s *Users) Enable(ctx context.Context, id, by string) error {
	return s.change(ctx, id, "enable", account(by, "user "+id+" enabled"), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("users").Set("disabled_at = NULL").Where("id = ?", id).Exec(ctx)
		return err
	})
}

// SetLanguage keeps the language in which a user is shown the pages, a BCP 47 tag;
// "" for the browser's.
func (s *Users) SetLanguage(ctx context.Context, id, language string) error {
	if err := store.Invalid("user", id, settleLanguage(&language)); err != nil {
		return fmt.Errorf("set the language of %w", err)
	}
	return s.change(ctx, id, "set the language of", account(id, "language of user "+id+" set"), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("users").Set("language = ?", language).Where("id = ?", id).Exec(ctx)
		return err
	})
}

// change changes a user, writes it down, and sees to it that an administrator is left
// who may sign in, where there was one.
func (s *Users) change(ctx context.Context, id, what string, entry audit.Entry, do func(ctx context.Context, tx bun.Tx) error) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "users", id); err != nil {
			return err
		} else if !known {
			return store.NotFound("user", id)
		}
		before, err := administrators(ctx, tx)
		if err != nil {
			return err
		}
		if err := do(ctx, tx); err != nil {
			return err
		}
		left, err := administrators(ctx, tx)
		if err != nil {
			return err
		}
		if before > 0 && left == 0 {
			return &store.Fault{Kind: ErrConflict, Code: CodeLastAdministrator, Entity: "user", ID: id, Detail: "is the last administrator who may sign in"}
		}
		return writeDown(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("%s %w", what, about("user", id, err))
	}
	return nil
}

// administrators counts those who may sign in.
func administrators(ctx context.Context, tx bun.Tx) (int64, error) {
	return tx.NewSelect().Table("users").Where("role = ?", Administrator).Where("disabled_at IS NULL").Count(ctx)
}
