package records

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Hash      string `bun:"hash,pk"`
	UserID    string `bun:"user_id"`
	CreatedAt int64  `bun:"created_at"`
	ExpiresAt int64  `bun:"expires_at"`
}

// StartSession signs a user in until lifetime has passed. The secret is for the
// browser's cookie.
func (s *Users) StartSession(ctx context.Context, user string, lifetime time.Duration) (secret string, expires time.Time, err error) {
	now := store.Now()
	secret, expires = newSecret(), now.Add(lifetime)
	row := sessionRow{Hash: hashSecret(secret), UserID: user, CreatedAt: store.Millis(now), ExpiresAt: store.Millis(expires)}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "users", user); err != nil {
			return err
		} else if !known {
			return store.NotFound("user", user)
		}
		// Those that nobody ended are swept up as new ones come.
		if _, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("expires_at <= ?", store.Millis(now)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("start session of %w", about("user", user, err))
	}
	return secret, expires, nil
}

// BySession returns the user whose session this is, and ErrSignIn when it is
// nobody's, has ended or expired.
func (s *Users) BySession(ctx context.Context, secret string) (User, error) {
	return s.bySecret(ctx, "sessions", secret)
}

// EndSession signs out. Ending what has ended is no error.
func (s *Users) EndSession(ctx context.Context, secret string) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("hash = ?", hashSecret(secret)).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
