package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

const (
	// MostSessions is in how many browsers somebody is signed in at once: with one
	// more, that which was used longest ago is signed out.
	MostSessions = 10
	// usedWithin is how exactly it is kept when a session or token was last used, so
	// that not every look writes.
	usedWithin = 5 * time.Minute
)

// Session is a browser in which somebody is signed in.
type Session struct {
	ID, UserID string
	// Device is the family of the browser and of what it runs on, "Firefox, Android";
	// "" when not known.
	Device string
	// Address is where on the network the sign-in came from.
	Address string
	// CreatedAt is when they signed in, UsedAt when something was last asked for,
	// within five minutes.
	CreatedAt, UsedAt time.Time
	// ExpiresAt is when it ends whatever happens.
	ExpiresAt time.Time
	// Current is set on the one that asks.
	Current bool
}

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`

	Hash      string `bun:"hash,pk"`
	ID        string `bun:"id"`
	UserID    string `bun:"user_id"`
	Device    string `bun:"device"`
	Address   string `bun:"address"`
	CreatedAt int64  `bun:"created_at"`
	UsedAt    int64  `bun:"used_at"`
	ExpiresAt int64  `bun:"expires_at"`
}

// StartSession signs s.UserID in until s.ExpiresAt. The secret is for the browser's
// cookie. It is a new one each time, so that nobody can have put it there before;
// the session that the browser had, if any, ends.
func (s *Users) StartSession(ctx context.Context, begun Session, before string) (secret string, err error) {
	now := store.Now()
	secret = newSecret()
	row := sessionRow{
		Hash: hashSecret(secret), ID: ulid.Make().String(), UserID: begun.UserID, Device: begun.Device, Address: begun.Address,
		CreatedAt: store.Millis(now), UsedAt: store.Millis(now), ExpiresAt: store.Millis(begun.ExpiresAt),
	}
	err = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "users", begun.UserID); err != nil {
			return err
		} else if !known {
			return store.NotFound("user", begun.UserID)
		}
		// Those that nobody ended are swept up as new ones come.
		_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("expires_at <= ?", store.Millis(now)).WhereOr("hash = ?", hashSecret(before)).Exec(ctx)
		if err != nil {
			return err
		}
		if err := makeRoom(ctx, tx, begun.UserID); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return writeDown(ctx, tx, audit.Entry{Actor: begun.UserID, Action: audit.SignIn, What: "sign in", Ground: "session " + row.ID})
	})
	if err != nil {
		return "", fmt.Errorf("start session of %w", about("user", begun.UserID, err))
	}
	return secret, nil
}

// makeRoom ends the sessions of a user beyond all but one of those that there may be.
func makeRoom(ctx context.Context, tx bun.Tx, user string) error {
	var rows []sessionRow
	if err := tx.NewSelect().Model(&rows).Where("user_id = ?", user).Order("used_at DESC", "id DESC").Scan(ctx); err != nil {
		return err
	}
	for _, row := range rows[min(len(rows), MostSessions-1):] {
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// BySession returns the user whose session this is, and ErrSignIn when it is
// nobody's, has ended, expired or was idle for too long.
func (s *Users) BySession(ctx context.Context, secret string) (User, error) {
	now := time.Now()
	var session sessionRow
	row, err := s.bySecret(ctx, "sessions", secret, now, &session)
	if err != nil {
		return User{}, err
	}
	u, last := row.user(), store.Time(session.UsedAt)
	if s.isIdle(u, last, now) {
		return User{}, ErrSignIn
	}
	s.used(ctx, "sessions", secret, last, now)
	return u, nil
}

// bySecret reads a row of a table of hashed secrets, and the user whose it is.
func (s *Users) bySecret(ctx context.Context, table, secret string, now time.Time, found any) (row userRow, err error) {
	hash := hashSecret(secret)
	err = s.db.NewSelect().Model(&row).Join("JOIN ? AS s ON s.user_id = u.id", bun.Ident(table)).
		Where("s.hash = ?", hash).Where("s.expires_at IS NULL OR s.expires_at > ?", now.UnixMilli()).Where("u.disabled_at IS NULL").
		Scan(ctx)
	if err == nil {
		err = s.db.NewSelect().Model(found).Where("hash = ?", hash).Scan(ctx)
	}
	if noRows(err) {
		return row, ErrSignIn
	}
	if err != nil {
		return row, fmt.Errorf("look for who signs in: %w", err)
	}
	return row, nil
}

// isIdle reports whether a session of a user that was last used at a time has ended
// by that.
func (s *Users) isIdle(u User, used, now time.Time) bool {
	return s.idle > 0 && u.Staff() && now.Sub(used) > s.idle+usedWithin
}

// used notes that a session or token was used, unless it was lately. That it is not
// noted, as on a full disk, keeps nobody out.
func (s *Users) used(ctx context.Context, table, secret string, last, now time.Time) {
	if now.Sub(last) < usedWithin {
		return
	}
	_ = s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table(table).Set("used_at = ?", now.UnixMilli()).Where("hash = ?", hashSecret(secret)).Exec(ctx)
		return err
	})
}

// Sessions lists where a user is signed in, the last used first. Of the one with the
// secret it says that it asks.
func (s *Users) Sessions(ctx context.Context, user, secret string) ([]Session, error) {
	u, err := s.Get(ctx, user)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	var rows []sessionRow
	err = s.db.NewSelect().Model(&rows).Where("user_id = ?", user).Where("expires_at > ?", now.UnixMilli()).Order("used_at DESC", "id DESC").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list sessions of user %q: %w", user, err)
	}
	rows = slices.DeleteFunc(rows, func(row sessionRow) bool { return s.isIdle(u, store.Time(row.UsedAt), now) })
	list := make([]Session, len(rows))
	for i, row := range rows {
		list[i] = Session{
			ID: row.ID, UserID: row.UserID, Device: row.Device, Address: row.Address, CreatedAt: store.Time(row.CreatedAt),
			UsedAt: store.Time(row.UsedAt), ExpiresAt: store.Time(row.ExpiresAt), Current: row.Hash == hashSecret(secret),
		}
	}
	return list, nil
}

// EndSession signs out. Ending what has ended is no error.
func (s *Users) EndSession(ctx context.Context, secret string) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []sessionRow
		if err := tx.NewSelect().Model(&rows).Where("hash = ?", hashSecret(secret)).Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		if _, err := tx.NewDelete().Model(&rows[0]).WherePK().Exec(ctx); err != nil {
			return err
		}
		return writeDown(ctx, tx, signedOut(rows[0].UserID, "session "+rows[0].ID))
	})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// EndOneSession signs a user out in one browser; ErrNotFound when it is none of
// theirs.
func (s *Users) EndOneSession(ctx context.Context, user, id string) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewDelete().Table("sessions").Where("id = ?", id).Where("user_id = ?", user).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return store.NotFound("session", id)
		}
		return writeDown(ctx, tx, signedOut(user, "session "+id))
	})
	if err != nil {
		return fmt.Errorf("end %w", about("session", id, err))
	}
	return nil
}

// EndSessions signs a user out everywhere but in the session with the secret, and
// forgets the browsers; by is who wants that.
func (s *Users) EndSessions(ctx context.Context, user, secret, by string) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if known, err := exists(ctx, tx, "users", user); err != nil {
			return err
		} else if !known {
			return store.NotFound("user", user)
		}
		if err := signOut(ctx, tx, user, secret); err != nil {
			return err
		}
		return writeDown(ctx, tx, signedOut(by, "user "+user))
	})
	if err != nil {
		return fmt.Errorf("end the sessions of %w", about("user", user, err))
	}
	return nil
}

func signedOut(by, whom string) audit.Entry {
	return audit.Entry{Actor: by, Action: audit.SignOut, What: "sign out " + whom}
}

// signOut ends the sessions of a user but one, and forgets the user's browsers.
func signOut(ctx context.Context, tx bun.Tx, user, secret string) error {
	if _, err := tx.NewDelete().Table("sessions").Where("user_id = ?", user).Where("hash <> ?", hashSecret(secret)).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewDelete().Table("known_browsers").Where("user_id = ?", user).Exec(ctx)
	return err
}
