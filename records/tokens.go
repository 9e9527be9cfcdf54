package records

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// tokenPrefix lets people and secret scanners tell what a token is.
const tokenPrefix = "anxin_"

// Token lets a program act as a user. The secret itself is not kept.
type Token struct {
	ID, UserID string
	// Label is what the user calls it, "home assistant".
	Label     string
	CreatedAt time.Time
	// ExpiresAt is zero for one that does not expire.
	ExpiresAt time.Time
}

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens"`

	ID        string `bun:"id,pk"`
	UserID    string `bun:"user_id"`
	Label     string `bun:"label"`
	Hash      string `bun:"hash"`
	CreatedAt int64  `bun:"created_at"`
	ExpiresAt int64  `bun:"expires_at,nullzero"`
}

func (row tokenRow) token() Token {
	return Token{ID: row.ID, UserID: row.UserID, Label: row.Label, CreatedAt: store.Time(row.CreatedAt), ExpiresAt: store.Time(row.ExpiresAt)}
}

// newSecret is 256 random bits as text.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashSecret is what is kept of a secret of ours. It needs no salt and no slow
// hash, for nobody can guess 256 random bits; and found by its hash it needs no
// constant-time comparison.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// IssueToken gives a user a token that is valid until expires, or for ever when
// that is zero. The secret is shown this once.
func (s *Users) IssueToken(ctx context.Context, user, label string, expires time.Time) (secret string, t Token, err error) {
	label = strings.TrimSpace(label)
	wrong := checkText("label", label)
	if !expires.IsZero() && !expires.After(time.Now()) {
		wrong = append(wrong, store.Field{Path: "expires", Message: "is in the past"})
	}
	if err := store.Invalid("token", "", wrong); err != nil {
		return "", Token{}, fmt.Errorf("issue %w", err)
	}
	secret = tokenPrefix + newSecret()
	row := tokenRow{
		ID: ulid.Make().String(), UserID: user, Label: label, Hash: hashSecret(secret),
		CreatedAt: store.Millis(store.Now()), ExpiresAt: store.Millis(expires),
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "users", user); err != nil {
			return err
		} else if !known {
			return store.NotFound("user", user)
		}
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		return "", Token{}, fmt.Errorf("issue token to %w", about("user", user, err))
	}
	return secret, row.token(), nil
}

// ByToken returns the user whose token this is, and ErrSignIn when it is
// nobody's, revoked or expired.
func (s *Users) ByToken(ctx context.Context, secret string) (User, error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return User{}, ErrSignIn
	}
	return s.bySecret(ctx, "tokens", secret)
}

// bySecret finds the user in a table of hashed secrets.
func (s *Users) bySecret(ctx context.Context, table, secret string) (User, error) {
	var row userRow
	err := s.db.NewSelect().Model(&row).
		Join("JOIN ? AS s ON s.user_id = u.id", bun.Ident(table)).
		Where("s.hash = ?", hashSecret(secret)).
		Where("s.expires_at IS NULL OR s.expires_at > ?", time.Now().UnixMilli()).
		Scan(ctx)
	if noRows(err) {
		return User{}, ErrSignIn
	}
	if err != nil {
		return User{}, fmt.Errorf("look for who signs in: %w", err)
	}
	return row.user(), nil
}

// Tokens lists a user's tokens, the oldest first.
func (s *Users) Tokens(ctx context.Context, user string) ([]Token, error) {
	var rows []tokenRow
	if err := s.db.NewSelect().Model(&rows).Where("user_id = ?", user).Order("created_at", "id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list tokens of user %q: %w", user, err)
	}
	list := make([]Token, len(rows))
	for i, row := range rows {
		list[i] = row.token()
	}
	return list, nil
}

// RevokeToken makes a token worthless from now on; ErrNotFound when there is none.
func (s *Users) RevokeToken(ctx context.Context, id string) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "tokens", id); err != nil {
			return err
		} else if !known {
			return store.NotFound("token", id)
		}
		_, err := tx.NewDelete().Table("tokens").Where("id = ?", id).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("revoke %w", about("token", id, err))
	}
	return nil
}
