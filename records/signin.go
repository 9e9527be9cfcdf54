package records

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
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

// Authenticate returns the user who signs in with login and password, and
// ErrSignIn when they do not fit, which is written down. It takes as long for a
// login that does not exist as for a wrong password.
func (s *Users) Authenticate(ctx context.Context, login, password string) (User, error) {
	row, err := s.byLogin(ctx, login)
	if err != nil {
		return User{}, err
	}
	fits, err := s.fits(ctx, row, password)
	if err != nil {
		return User{}, err
	}
	if fits && row.DisabledAt == 0 {
		return row.user(), nil
	}
	refused := audit.Entry{Actor: row.ID, Action: audit.SignIn, What: "sign in", Refused: true}
	if err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return writeDown(ctx, tx, refused) }); err != nil {
		return User{}, fmt.Errorf("refuse a sign-in: %w", err)
	}
	return User{}, ErrSignIn
}

// byLogin reads a user, or an empty row for a login that is nobody's.
func (s *Users) byLogin(ctx context.Context, login string) (row userRow, err error) {
	login = settleLogin(login)
	if !loginPattern.MatchString(login) {
		return row, nil
	}
	err = s.db.NewSelect().Model(&row).Where("login = ?", login).Scan(ctx)
	if err != nil && !noRows(err) {
		return row, fmt.Errorf("sign in: %w", err)
	}
	return row, nil
}

// fits reports whether the password is the user's.
func (s *Users) fits(ctx context.Context, row userRow, password string) (fits bool, err error) {
	kept := row.Password
	if kept == "" {
		kept = s.nobody
	}
	if len(password) > maxPassword {
		return false, nil
	}
	err = s.hash(ctx, func() (err error) {
		fits, err = passwordFits(kept, password)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("sign in user %q: %w", row.ID, err)
	}
	return fits && row.Password != "", nil
}

// SetPassword gives a user a new password from the command line, and ends the user's
// sessions.
func (s *Users) SetPassword(ctx context.Context, id, password string) error {
	hash, err := s.newHash(ctx, id, password)
	if err != nil {
		return fmt.Errorf("set password of %w", err)
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := keepPassword(ctx, tx, id, hash, ""); err != nil {
			return err
		}
		return writeDown(ctx, tx, account("", "password of user "+id+" set"))
	})
	if err != nil {
		return fmt.Errorf("set password of %w", about("user", id, err))
	}
	return nil
}

// ChangePassword gives a user who knows the password of before another, and ends all
// the user's sessions but this one.
func (s *Users) ChangePassword(ctx context.Context, id, before, password, session string) error {
	var row userRow
	if err := s.db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return fmt.Errorf("change password of %w", about("user", id, err))
	}
	fits, err := s.fits(ctx, row, before)
	if err != nil {
		return err
	}
	if !fits {
		refused := account(id, "password of user "+id+" changed")
		refused.Refused = true
		if err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return writeDown(ctx, tx, refused) }); err != nil {
			return fmt.Errorf("change password of user %q: %w", id, err)
		}
		return &store.Fault{Kind: ErrForbidden, Code: CodeWrongPassword, Entity: "user", ID: id, Detail: "the password of before is another"}
	}
	hash, err := s.newHash(ctx, id, password)
	if err != nil {
		return fmt.Errorf("change password of %w", err)
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := keepPassword(ctx, tx, id, hash, session); err != nil {
			return err
		}
		return writeDown(ctx, tx, account(id, "password of user "+id+" changed"))
	})
	if err != nil {
		return fmt.Errorf("change password of %w", about("user", id, err))
	}
	return nil
}

// newHash is what is kept of a new password.
func (s *Users) newHash(ctx context.Context, user, password string) (hash string, err error) {
	if err := checkPassword(user, password); err != nil {
		return "", err
	}
	err = s.hash(ctx, func() error {
		hash = hashPassword(password)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("user %q: %w", user, err)
	}
	return hash, nil
}

// keepPassword keeps the hash of a new password, and ends all that was let in with
// the one of before, but for one session.
func keepPassword(ctx context.Context, tx bun.Tx, id, hash, session string) error {
	if known, err := exists(ctx, tx, "users", id); err != nil {
		return err
	} else if !known {
		return store.NotFound("user", id)
	}
	if _, err := tx.NewUpdate().Table("users").Set("password = ?", hash).Where("id = ?", id).Exec(ctx); err != nil {
		return err
	}
	if _, err := tx.NewDelete().Table("password_resets").Where("user_id = ?", id).Exec(ctx); err != nil {
		return err
	}
	return signOut(ctx, tx, id, session)
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

// account is an entry of the audit about what was done to users.
func account(by, what string) audit.Entry {
	return audit.Entry{Actor: by, Action: audit.Account, What: what}
}

// writeDown writes an entry down with what it is about.
func writeDown(ctx context.Context, tx bun.Tx, e audit.Entry) error {
	return audit.AppendIn(ctx, tx, store.Now(), e)
}
