package records

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

const (
	// ResetLife is how long the link of a password's reset holds that an administrator
	// hands over, MailedResetLife of one that was asked for by e-mail.
	ResetLife       = 24 * time.Hour
	MailedResetLife = time.Hour
)

type resetRow struct {
	bun.BaseModel `bun:"table:password_resets"`

	Hash      string `bun:"hash,pk"`
	UserID    string `bun:"user_id"`
	MadeBy    string `bun:"made_by"`
	MadeAt    int64  `bun:"made_at"`
	ExpiresAt int64  `bun:"expires_at"`
}

// Reset makes the secret of a link by which a user chooses another password, for whoever
// hands it over: an administrator, by, or "" for the command line. The password of
// before holds until then.
func (s *Users) Reset(ctx context.Context, user, by string) (secret string, expires time.Time, err error) {
	return s.reset(ctx, user, by, ResetLife, account(by, "reset of the password of user "+user+" made"))
}

// MailedReset is the same for a letter to the user themselves, who asked for it.
func (s *Users) MailedReset(ctx context.Context, user string) (secret string, expires time.Time, err error) {
	return s.reset(ctx, user, user, MailedResetLife, account("", "reset of the password of user "+user+" sent"))
}

func (s *Users) reset(ctx context.Context, user, by string, life time.Duration, entry audit.Entry) (secret string, expires time.Time, err error) {
	now := store.Now()
	secret, expires = newSecret(), now.Add(life)
	row := resetRow{Hash: hashSecret(secret), UserID: user, MadeBy: by, MadeAt: store.Millis(now), ExpiresAt: store.Millis(expires)}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := tx.NewSelect().Table("users").Where("id = ?", user).Where("disabled_at IS NULL").Exists(ctx)
		if err != nil {
			return err
		}
		if !known {
			return store.NotFound("user", user)
		}
		// Those that nobody used are swept up as new ones come.
		if _, err := tx.NewDelete().Model((*resetRow)(nil)).Where("expires_at <= ?", store.Millis(now)).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return writeDown(ctx, tx, entry)
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("reset the password of %w", about("user", user, err))
	}
	return secret, expires, nil
}

// ResetOf returns whose password the link with this secret resets; ErrNotFound when
// there is none that holds.
func (s *Users) ResetOf(ctx context.Context, secret string) (User, error) {
	row, err := resetOf(ctx, s.db, secret)
	if err != nil {
		return User{}, fmt.Errorf("read %w", about("reset", "", err))
	}
	return row.user(), nil
}

func resetOf(ctx context.Context, db bun.IDB, secret string) (row userRow, err error) {
	err = db.NewSelect().Model(&row).Join("JOIN password_resets AS p ON p.user_id = u.id").
		Where("p.hash = ?", hashSecret(secret)).Where("p.expires_at > ?", time.Now().UnixMilli()).Where("u.disabled_at IS NULL").Scan(ctx)
	if noRows(err) {
		err = store.NotFound("reset", "")
	}
	return row, err
}

// UseReset gives whoever has the link with this secret the password, once. It ends all
// sessions of theirs, and all other such links.
func (s *Users) UseReset(ctx context.Context, secret, password string) (User, error) {
	row, err := resetOf(ctx, s.db, secret) // before a hash is made
	if err != nil {
		return User{}, fmt.Errorf("use %w", about("reset", "", err))
	}
	hash, err := s.newHash(ctx, row.ID, password)
	if err != nil {
		return User{}, fmt.Errorf("use a reset: %w", err)
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if row, err = resetOf(ctx, tx, secret); err != nil {
			return err
		}
		if err := keepPassword(ctx, tx, row.ID, hash, ""); err != nil {
			return err
		}
		entry := account(row.ID, "password of user "+row.ID+" changed")
		entry.Ground = "reset"
		return writeDown(ctx, tx, entry)
	})
	if err != nil {
		return User{}, fmt.Errorf("use %w", about("reset", "", err))
	}
	return row.user(), nil
}
