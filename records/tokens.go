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

const (
	// TokenLife is how long a token is valid of which nobody says so, longestToken the
	// longest.
	TokenLife    = 365 * 24 * time.Hour
	longestToken = 10 * TokenLife
	// mostTokens bounds how many a user has.
	mostTokens = 100
)

// Token lets a program act as a user. The secret itself is not kept.
type Token struct {
	ID, UserID string
	// Label is what the user calls it, "home assistant".
	Label string
	// Bound is what it may at most.
	Bound     Bound
	CreatedAt time.Time
	// ExpiresAt is zero for one of those that do not expire, which were made before
	// tokens had to.
	ExpiresAt time.Time
	// UsedAt is when it was last used, within five minutes; zero when never.
	UsedAt time.Time
}

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens"`

	ID        string `bun:"id,pk"`
	UserID    string `bun:"user_id"`
	Label     string `bun:"label"`
	Hash      string `bun:"hash"`
	Scopes    *Scope `bun:"scopes"` // nil for all that there are, or will be
	Service   bool   `bun:"service"`
	Changes   bool   `bun:"changes"`
	CreatedAt int64  `bun:"created_at"`
	ExpiresAt int64  `bun:"expires_at,nullzero"`
	UsedAt    int64  `bun:"used_at,nullzero"`
}

func (row *tokenRow) token() Token {
	return Token{
		ID: row.ID, UserID: row.UserID, Label: row.Label, Bound: row.bound(), CreatedAt: store.Time(row.CreatedAt),
		ExpiresAt: store.Time(row.ExpiresAt), UsedAt: store.Time(row.UsedAt),
	}
}

func (row *tokenRow) bound() Bound {
	if row.Scopes == nil && row.Service && row.Changes {
		return Bound{}
	}
	b := Bound{Bounded: true, Scope: Everything, Service: row.Service, Changes: row.Changes}
	if row.Scopes != nil {
		b.Scope = *row.Scopes
	}
	return b
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

// IssueToken gives the user t.UserID a token with a label, bounds and an end, a year
// from now when it has none; by is who wants that. The secret is shown this once.
func (s *Users) IssueToken(ctx context.Context, t Token, by string) (secret string, issued Token, err error) {
	now := store.Now()
	if t.ExpiresAt.IsZero() {
		t.ExpiresAt = now.Add(TokenLife)
	}
	t.Label = strings.TrimSpace(t.Label)
	if err := t.check(now); err != nil {
		return "", Token{}, fmt.Errorf("issue %w", err)
	}
	secret = tokenPrefix + newSecret()
	row := tokenRow{
		ID: ulid.Make().String(), UserID: t.UserID, Label: t.Label, Hash: hashSecret(secret), Service: true, Changes: true,
		CreatedAt: store.Millis(now), ExpiresAt: store.Millis(t.ExpiresAt),
	}
	if t.Bound.Bounded {
		row.Scopes, row.Service, row.Changes = &t.Bound.Scope, t.Bound.Service, t.Bound.Changes
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "users", t.UserID); err != nil {
			return err
		} else if !known {
			return store.NotFound("user", t.UserID)
		}
		// Those that have expired are of no use to anybody.
		if _, err := tx.NewDelete().Model((*tokenRow)(nil)).Where("user_id = ?", t.UserID).Where("expires_at <= ?", store.Millis(now)).Exec(ctx); err != nil {
			return err
		}
		if n, err := tx.NewSelect().Model((*tokenRow)(nil)).Where("user_id = ?", t.UserID).Count(ctx); err != nil {
			return err
		} else if n >= mostTokens {
			return &store.Fault{Kind: ErrConflict, Code: CodeManyTokens, Entity: "user", ID: t.UserID, Detail: "has no room for more tokens"}
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return writeDown(ctx, tx, account(by, "token "+row.ID+" of user "+t.UserID+" made"))
	})
	if err != nil {
		return "", Token{}, fmt.Errorf("issue token to %w", about("user", t.UserID, err))
	}
	return secret, row.token(), nil
}

// check finds what is wrong with a new token.
func (t Token) check(now time.Time) error {
	wrong := checkText("label", t.Label)
	switch {
	case !t.ExpiresAt.After(now):
		wrong = append(wrong, store.Field{Path: "expires_at", Message: "is in the past"})
	case t.ExpiresAt.Sub(now) > longestToken:
		wrong = append(wrong, store.Field{Path: "expires_at", Message: "is more than ten years ahead"})
	}
	if t.Bound.Bounded && t.Bound.Scope == 0 && !t.Bound.Service {
		wrong = append(wrong, store.Field{Path: "scopes", Message: "are none: the token would be good for nothing"})
	}
	return store.Invalid("token", "", wrong)
}

// ByToken returns the user whose token this is, bounded by it, and ErrSignIn when it
// is nobody's, revoked or expired.
func (s *Users) ByToken(ctx context.Context, secret string) (User, error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return User{}, ErrSignIn
	}
	now := time.Now()
	var token tokenRow
	row, err := s.bySecret(ctx, "tokens", secret, now, &token)
	if err != nil {
		return User{}, err
	}
	s.used(ctx, "tokens", secret, store.Time(token.UsedAt), now)
	u := row.user()
	u.Bound = token.bound()
	return u, nil
}

// Tokens lists a user's tokens, the oldest first.
func (s *Users) Tokens(ctx context.Context, user string) ([]Token, error) {
	var rows []tokenRow
	if err := s.db.NewSelect().Model(&rows).Where("user_id = ?", user).Order("created_at", "id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list tokens of user %q: %w", user, err)
	}
	list := make([]Token, len(rows))
	for i := range rows {
		list[i] = rows[i].token()
	}
	return list, nil
}

// RevokeToken makes a token of a user worthless from now on, by whoever wants that;
// ErrNotFound when it is none of theirs.
func (s *Users) RevokeToken(ctx context.Context, user, id, by string) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewDelete().Table("tokens").Where("id = ?", id).Where("user_id = ?", user).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return store.NotFound("token", id)
		}
		return writeDown(ctx, tx, account(by, "token "+id+" of user "+user+" revoked"))
	})
	if err != nil {
		return fmt.Errorf("revoke %w", about("token", id, err))
	}
	return nil
}
