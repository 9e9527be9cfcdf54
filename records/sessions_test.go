package records_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// session signs a user in for an hour.
func (w *world) session(u records.User) string {
	w.Helper()
	secret, err := w.users.StartSession(w.Context(), records.Session{UserID: u.ID, ExpiresAt: time.Now().Add(time.Hour)}, "")
	w.must(err)
	return secret
}

// signedIn checks whether sessions let somebody in.
func (w *world) signedIn(want bool, secrets ...string) {
	w.Helper()
	for _, secret := range secrets {
		if _, err := w.users.BySession(w.Context(), secret); (err == nil) != want || !want && !errors.Is(err, records.ErrSignIn) {
			w.Errorf("signed in: %v, want %v", err, want)
		}
	}
}

// audited are what the audit says was done, the newest first, without ids.
func (w *world) audited(limit int) (said []string) {
	w.Helper()
	list, err := audit.NewLog(w.db, nil).List(w.Context(), audit.Query{Limit: limit})
	w.must(err)
	for _, e := range list {
		line := fmt.Sprintf("%s %s", e.Action, e.What)
		if e.Refused {
			line += " refused"
		}
		said = append(said, line)
	}
	return said
}

func TestSessions(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u := w.user("wang", records.Caregiver)
		secret := w.session(u)
		if got, err := w.users.BySession(ctx, secret); err != nil || got != u {
			w.Errorf("%v, %v", got, err)
		}
		token, _, err := w.users.IssueToken(ctx, records.Token{UserID: u.ID}, "")
		w.must(err)
		w.signedIn(false, token, "")
		other := w.session(u)
		w.must(w.users.EndSession(ctx, secret))
		w.must(w.users.EndSession(ctx, secret))
		w.signedIn(false, secret)
		w.signedIn(true, other)
		_, err = w.db.ExecContext(ctx, "UPDATE sessions SET expires_at = ?", time.Now().UnixMilli())
		w.must(err)
		w.signedIn(false, other)
		w.session(u)
		var kept int
		w.must(w.db.NewRaw("SELECT count(*) FROM sessions").Scan(ctx, &kept))
		if kept != 1 {
			w.Errorf("%d sessions are kept: those that expired are not swept up", kept)
		}
		_, err = w.users.StartSession(ctx, records.Session{UserID: "ghost", ExpiresAt: time.Now().Add(time.Hour)}, "")
		w.refused(err, records.ErrNotFound, "user.not_found", "not found")
	})
}

// Whoever signs in gets a secret that nobody can have put into the browser before.
func TestASignInEndsTheBrowsersSessionOfBefore(t *testing.T) {
	eachWorld(t, func(w *world) {
		mallory, wang := w.user("mallory", records.Family), w.user("wang", records.Family)
		planted := w.session(mallory)
		secret, err := w.users.StartSession(w.Context(), records.Session{UserID: wang.ID, ExpiresAt: time.Now().Add(time.Hour)}, planted)
		w.must(err)
		if secret == planted {
			w.Error("the secret of before is used again")
		}
		w.signedIn(false, planted)
	})
}

func TestSessionsHaveALimit(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u := w.user("wang", records.Family)
		var secrets []string
		for i := range records.MostSessions {
			secrets = append(secrets, w.session(u))
			_, err := w.db.ExecContext(ctx, "UPDATE sessions SET used_at = ? WHERE used_at > 1000", i+1)
			w.must(err)
		}
		w.signedIn(true, secrets[0]) // used now, though it is the oldest
		last := w.session(u)
		w.signedIn(true, secrets[0], last)
		w.signedIn(false, secrets[1])
		w.signedIn(true, secrets[2:]...)

		list, err := w.users.Sessions(ctx, u.ID, last)
		w.must(err)
		if len(list) != records.MostSessions {
			w.Errorf("%d are listed", len(list))
		}
		current := 0
		for _, one := range list {
			if one.UserID != u.ID || one.ID == "" {
				w.Errorf("%+v", one)
			}
			if one.Current {
				current++
			}
		}
		if current != 1 {
			w.Errorf("%d of them ask", current)
		}
	})
}

func TestSigningOutElsewhere(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u, other := w.user("wang", records.Family), w.user("li", records.Family)
		here, phone, theirs := w.session(u), w.session(u), w.session(other)
		list, err := w.users.Sessions(ctx, u.ID, phone)
		w.must(err)
		for _, one := range list {
			if one.Current {
				w.refused(w.users.EndOneSession(ctx, other.ID, one.ID), records.ErrNotFound, "session.not_found", "not found")
				w.must(w.users.EndOneSession(ctx, u.ID, one.ID))
			}
		}
		w.signedIn(false, phone)
		w.signedIn(true, here, theirs)

		tablet := w.session(u)
		browser, err := w.users.KnowBrowser(ctx, u.ID, "")
		w.must(err)
		w.must(w.users.EndSessions(ctx, u.ID, here, u.ID))
		w.signedIn(false, tablet)
		w.signedIn(true, here, theirs)
		if known, err := w.users.KnowsBrowser(ctx, "wang", browser); known || err != nil {
			w.Errorf("the browser is still known: %v", err)
		}
		w.must(w.users.EndSessions(ctx, u.ID, "", "admin"))
		w.signedIn(false, here)
		w.refused(w.users.EndSessions(ctx, "ghost", "", ""), records.ErrNotFound, "user.not_found", "not found")
	})
}

func TestIdleStaffAreSignedOut(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		w.users = records.NewUsers(w.db, records.StaffIdle(time.Hour))
		nurse, son := w.user("nurse", records.Caregiver), w.user("son", records.Family)
		ofNurse, ofSon := w.session(nurse), w.session(son)
		idleFor := func(d time.Duration) {
			_, err := w.db.ExecContext(ctx, "UPDATE sessions SET used_at = ?", time.Now().Add(-d).UnixMilli())
			w.must(err)
		}
		idleFor(59 * time.Minute)
		w.signedIn(true, ofNurse)
		var used int64
		w.must(w.db.NewRaw("SELECT max(used_at) FROM sessions").Scan(ctx, &used))
		if time.Since(time.UnixMilli(used)) > time.Minute {
			w.Error("that it was used is not kept")
		}
		idleFor(70 * time.Minute)
		w.signedIn(false, ofNurse)
		w.signedIn(true, ofSon) // at home, and asked at three in the morning
		if list, err := w.users.Sessions(ctx, nurse.ID, ofNurse); err != nil || len(list) != 0 {
			w.Errorf("%v %v", list, err)
		}
	})
}

func TestKnownBrowsers(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		wang, li := w.user("wang", records.Family), w.user("li", records.Family)
		first, err := w.users.KnowBrowser(ctx, wang.ID, "")
		w.must(err)
		knows := func(want bool, login, secret string) {
			w.Helper()
			if known, err := w.users.KnowsBrowser(ctx, login, secret); err != nil || known != want {
				w.Errorf("%s: %v %v, want %v", login, known, err, want)
			}
		}
		knows(true, " WANG", first)
		knows(false, "li", first)
		knows(false, "wang", "")
		knows(false, "\xff", first)
		second, err := w.users.KnowBrowser(ctx, wang.ID, first)
		w.must(err)
		knows(false, "wang", first)
		knows(true, "wang", second)
		if _, err := w.users.KnowBrowser(ctx, li.ID, second); err != nil { // another's in the same browser
			w.Error(err)
		}
		knows(true, "wang", second)
		_, err = w.db.ExecContext(ctx, "UPDATE known_browsers SET used_at = ?", time.Now().Add(-records.BrowserLife).UnixMilli())
		w.must(err)
		knows(false, "wang", second)
		for range 30 {
			_, err := w.users.KnowBrowser(ctx, wang.ID, "")
			w.must(err)
		}
		var kept int
		w.must(w.db.NewRaw("SELECT count(*) FROM known_browsers WHERE user_id = ?", wang.ID).Scan(ctx, &kept))
		if kept != 20 {
			w.Errorf("%d are kept", kept)
		}
	})
}
