package records_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store/storetest"
)

func (w *world) user(login string, role records.Role) records.User {
	w.Helper()
	u, err := w.users.Add(w.Context(), records.User{Login: login, Role: role})
	w.must(err)
	return u
}

func TestAddUser(t *testing.T) {
	eachWorld(t, func(w *world) {
		u, err := w.users.Add(w.Context(), records.User{Login: " Wang.Fang ", Name: "王芳", Language: "zh-Hans-CN", Role: records.Caregiver})
		w.must(err)
		want := records.User{ID: u.ID, Login: "wang.fang", Name: "王芳", Language: "zh-Hans-CN", Role: records.Caregiver, CreatedAt: u.CreatedAt}
		if diff := cmp.Diff(want, u); diff != "" || len(u.ID) != 26 {
			w.Errorf("%+v: %s", u, diff)
		}
		for _, get := range []func() (records.User, error){
			func() (records.User, error) { return w.users.Get(w.Context(), u.ID) },
			func() (records.User, error) { return w.users.ByLogin(w.Context(), "WANG.fang") },
		} {
			got, err := get()
			w.must(err)
			if diff := cmp.Diff(want, got); diff != "" {
				w.Error(diff)
			}
		}
		admin := w.user("admin", records.Administrator)
		if admin.Name != "admin" {
			w.Errorf("without a name it is called %q", admin.Name)
		}
		list, err := w.users.List(w.Context())
		w.must(err)
		if len(list) != 2 || list[0].Login != "admin" || list[1].Login != "wang.fang" {
			w.Errorf("%+v", list)
		}
		add := func(u records.User) error { _, err := w.users.Add(w.Context(), u); return err }
		w.refused(add(records.User{Login: "ADMIN", Role: records.Caregiver}), records.ErrConflict, records.CodeLoginTaken, `add user "admin": the login is taken`)
		w.refused(add(records.User{ID: admin.ID, Login: "other", Role: records.Caregiver}), records.ErrConflict, records.CodeUserExists, "exists already")
		w.refused(add(records.User{Login: "x y", Role: "nurse", Language: "??"}), records.ErrInvalid, "user.invalid", `role "nurse" is not`)
		w.refused(add(records.User{Login: "", Role: records.Caregiver}), records.ErrInvalid, "user.invalid", "login must be")
		_, err = w.users.Get(w.Context(), "ghost")
		w.refused(err, records.ErrNotFound, "user.not_found", `read user "ghost": not found`)
		_, err = w.users.ByLogin(w.Context(), "ghost")
		w.refused(err, records.ErrNotFound, "user.not_found", "not found")
	})
}

func TestPasswords(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u := w.user("wang", records.Caregiver)
		refused := func(login, password string) {
			w.Helper()
			if got, err := w.users.Authenticate(ctx, login, password); !errors.Is(err, records.ErrSignIn) || got != (records.User{}) {
				w.Errorf("%q with %q: %v, %v", login, password, got, err)
			}
		}
		refused("wang", "")           // has no password yet
		refused("wang\x00", "secret") // no statement could hold these
		refused("\xff", "secret")
		w.must(w.users.SetPassword(ctx, u.ID, "安心安心安心安心"))
		for _, login := range []string{"wang", " WANG "} {
			if got, err := w.users.Authenticate(ctx, login, "安心安心安心安心"); err != nil || got != u {
				w.Errorf("%q: %v, %v", login, got, err)
			}
		}
		refused("wang", "安心安心安心")
		refused("wang", "")
		refused("ghost", "安心安心安心安心")
		refused("ghost", "")
		refused("", "")
		refused("wang", strings.Repeat("x", 5000))

		session := w.session(u)
		w.must(w.users.SetPassword(ctx, u.ID, "something else"))
		refused("wang", "安心安心安心安心")
		if _, err := w.users.BySession(ctx, session); !errors.Is(err, records.ErrSignIn) {
			w.Errorf("the session of before the new password: %v", err)
		}
		w.refused(w.users.SetPassword(ctx, u.ID, "short"), records.ErrInvalid, "user.invalid", "password is shorter than 8 characters")
		w.refused(w.users.SetPassword(ctx, u.ID, strings.Repeat("x", 1025)), records.ErrInvalid, "user.invalid", "password is longer")
		w.refused(w.users.SetPassword(ctx, "ghost", "long enough"), records.ErrNotFound, "user.not_found", `user "ghost": not found`)

		var kept string
		w.must(w.db.NewRaw("SELECT password FROM users WHERE id = ?", u.ID).Scan(ctx, &kept))
		if !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") {
			w.Errorf("kept as %q", kept)
		}
	})
}

// Whether a login exists does not show in how long a refusal takes.
func TestUnknownLoginsTakeAsLong(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	w.must(w.users.SetPassword(t.Context(), w.user("wang", records.Caregiver).ID, "long enough"))
	known, unknown := time.Hour, time.Hour
	for range 10 { // by turns, so that what else the machine does slows both down
		for login, fastest := range map[string]*time.Duration{"wang": &known, "ghost": &unknown} {
			began := time.Now()
			if _, err := w.users.Authenticate(t.Context(), login, "wrong password"); !errors.Is(err, records.ErrSignIn) {
				t.Fatal(err)
			}
			*fastest = min(*fastest, time.Since(began))
		}
	}
	if unknown < known/3 || unknown > known*3 {
		t.Errorf("a wrong password takes %s, an unknown login %s", known, unknown)
	}
}

func TestSignInsWaitForEachOther(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	release := w.users.Occupy()
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := w.users.Authenticate(ctx, "ghost", "wrong password"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more than may hash at once: %v", err)
	}
}

func TestTokens(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u := w.user("wang", records.Caregiver)
		year, first, err := w.users.IssueToken(ctx, records.Token{UserID: u.ID, Label: " home assistant "}, u.ID)
		w.must(err)
		expires := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
		hour, second, err := w.users.IssueToken(ctx, records.Token{UserID: u.ID, Label: "script", ExpiresAt: expires}, "")
		w.must(err)
		for _, secret := range []string{year, hour} {
			if got, err := w.users.ByToken(ctx, secret); err != nil || got != u {
				w.Errorf("%v, %v", got, err)
			}
			if len(secret) != len("anxin_")+43 || !strings.HasPrefix(secret, "anxin_") {
				w.Errorf("%q is not anxin_ and 256 bits", secret)
			}
		}
		list, err := w.users.Tokens(ctx, u.ID)
		w.must(err)
		for i := range list {
			if time.Since(list[i].UsedAt) > time.Minute {
				w.Errorf("last used at %s", list[i].UsedAt)
			}
			list[i].UsedAt = time.Time{}
		}
		if until := time.Until(first.ExpiresAt); until > records.TokenLife || until < records.TokenLife-time.Minute {
			w.Errorf("it expires in %s", until)
		}
		if diff := cmp.Diff([]records.Token{first, second}, list); diff != "" || first.Label != "home assistant" || !second.ExpiresAt.Equal(expires) {
			w.Errorf("%+v: %s", list, diff)
		}
		refused := func(secret string) {
			w.Helper()
			if got, err := w.users.ByToken(ctx, secret); !errors.Is(err, records.ErrSignIn) || got != (records.User{}) {
				w.Errorf("%q: %v, %v", secret, got, err)
			}
		}
		refused("")
		refused("anxin_")
		refused(year[:len(year)-1])
		refused(strings.TrimPrefix(year, "anxin_"))
		w.refused(w.users.RevokeToken(ctx, "another", first.ID, ""), records.ErrNotFound, "token.not_found", "not found")
		w.must(w.users.RevokeToken(ctx, u.ID, first.ID, u.ID))
		refused(year)
		_, err = w.db.ExecContext(ctx, "UPDATE tokens SET expires_at = ?", time.Now().UnixMilli())
		w.must(err)
		refused(hour)
		w.refused(w.users.RevokeToken(ctx, u.ID, first.ID, u.ID), records.ErrNotFound, "token.not_found", "not found")
		_, _, err = w.users.IssueToken(ctx, records.Token{UserID: "ghost"}, "")
		w.refused(err, records.ErrNotFound, "user.not_found", `issue token to user "ghost": not found`)
		_, _, err = w.users.IssueToken(ctx, records.Token{UserID: u.ID, ExpiresAt: time.Now().Add(-time.Hour)}, "")
		w.refused(err, records.ErrInvalid, "token.invalid", "expires_at is in the past")
		_, _, err = w.users.IssueToken(ctx, records.Token{UserID: u.ID, ExpiresAt: time.Now().AddDate(20, 0, 0)}, "")
		w.refused(err, records.ErrInvalid, "token.invalid", "more than ten years")
		_, _, err = w.users.IssueToken(ctx, records.Token{UserID: u.ID, Bound: records.Bound{Bounded: true, Changes: true}}, "")
		w.refused(err, records.ErrInvalid, "token.invalid", "good for nothing")
	})
}

func TestAccess(t *testing.T) {
	var access records.Access
	for _, c := range []struct {
		user                    records.User
		read, lookAfter, manage bool
	}{
		{records.User{ID: "u-1", Role: records.Administrator}, true, true, true},
		{records.User{ID: "u-2", Role: records.Caregiver}, true, true, false},
		{records.User{ID: "u-3", Role: records.Family}, false, false, false}, // see TestAccessByRelation
		{records.User{ID: "u-4", Role: "nurse"}, false, false, false},
		{records.User{ID: "u-4"}, false, false, false},
		{records.User{Role: records.Administrator}, false, false, false},
		{records.User{}, false, false, false},
	} {
		for what, err := range map[string]error{
			"read":       access.MaySee(t.Context(), c.user, records.Everything, "r-1"),
			"look after": access.MayLookAfter(t.Context(), c.user, "r-1"),
			"arrange":    access.MayArrange(t.Context(), c.user),
			"oversee":    access.MayOversee(t.Context(), c.user),
			"manage":     access.MayManage(t.Context(), c.user),
		} {
			want := map[string]bool{"read": c.read, "look after": c.lookAfter, "arrange": c.lookAfter, "oversee": c.lookAfter, "manage": c.manage}[what]
			if (err == nil) != want || err != nil && !errors.Is(err, records.ErrForbidden) {
				t.Errorf("%+v may %s: %v, want %t", c.user, what, err, want)
			}
		}
	}
}
