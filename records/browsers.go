package records

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

const (
	// BrowserLife is for how long a browser is known after the last sign-in in it.
	BrowserLife = 365 * 24 * time.Hour
	// mostBrowsers bounds how many are known of a user; the one that was used longest
	// ago is forgotten.
	mostBrowsers = 20
)

type browserRow struct {
	bun.BaseModel `bun:"table:known_browsers"`

	Hash   string `bun:"hash,pk"`
	UserID string `bun:"user_id"`
	UsedAt int64  `bun:"used_at"`
}

// KnowBrowser remembers a browser in which somebody has just signed in, and returns
// the secret for its cookie. It is the device cookie of OWASP's "Slow Down Online
// Guessing Attacks with Device Cookies": what is guessed in other browsers does not
// count in this one. The cookie that it had for the user before is replaced.
func (s *Users) KnowBrowser(ctx context.Context, user, before string) (secret string, err error) {
	now := store.Now()
	secret = newSecret()
	row := browserRow{Hash: hashSecret(secret), UserID: user, UsedAt: store.Millis(now)}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []browserRow
		if err := tx.NewSelect().Model(&rows).Where("user_id = ?", user).Order("used_at DESC", "hash").Scan(ctx); err != nil {
			return err
		}
		kept := 0
		for _, other := range rows {
			if other.Hash != hashSecret(before) && kept < mostBrowsers-1 && now.Sub(store.Time(other.UsedAt)) < BrowserLife {
				kept++
				continue
			}
			if _, err := tx.NewDelete().Model(&other).WherePK().Exec(ctx); err != nil {
				return err
			}
		}
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("remember a browser of %w", about("user", user, err))
	}
	return secret, nil
}

// KnowsBrowser reports whether somebody has signed in with the login in the browser
// that has this secret.
func (s *Users) KnowsBrowser(ctx context.Context, login, secret string) (bool, error) {
	login = settleLogin(login)
	if secret == "" || !loginPattern.MatchString(login) {
		return false, nil
	}
	known, err := s.db.NewSelect().Model((*browserRow)(nil)).Where("hash = ?", hashSecret(secret)).
		Where("used_at > ?", time.Now().Add(-BrowserLife).UnixMilli()).
		Where("user_id = (SELECT id FROM users WHERE login = ?)", login).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the browser: %w", err)
	}
	return known, nil
}
