package records_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

func TestChangingAPassword(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u := w.user("wang", records.Family)
		w.must(w.users.SetPassword(ctx, u.ID, "the first one"))
		here, elsewhere := w.session(u), w.session(u)
		w.refused(w.users.ChangePassword(ctx, u.ID, "another one", "the second one", here), records.ErrForbidden, records.CodeWrongPassword, "")
		w.refused(w.users.ChangePassword(ctx, u.ID, "the first one", "short", here), records.ErrInvalid, "user.invalid", "shorter than 8")
		w.signedIn(true, here, elsewhere)
		w.must(w.users.ChangePassword(ctx, u.ID, "the first one", "the second one", here))
		w.signedIn(true, here)
		w.signedIn(false, elsewhere)
		if _, err := w.users.Authenticate(ctx, "wang", "the second one"); err != nil {
			w.Error(err)
		}
		if got := w.audited(2); !strings.HasSuffix(got[0], "changed") || !strings.HasSuffix(got[1], "changed refused") {
			w.Errorf("%q", got)
		}
	})
}

// Who is disabled is let in by nothing, at once.
func TestDisabling(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		admin, u := w.user("admin", records.Administrator), w.user("wang", records.Caregiver)
		w.must(w.users.SetPassword(ctx, u.ID, "long enough"))
		session := w.session(u)
		token, _, err := w.users.IssueToken(ctx, records.Token{UserID: u.ID}, "")
		w.must(err)
		reset, _, err := w.users.Reset(ctx, u.ID, admin.ID)
		w.must(err)
		w.must(w.users.Disable(ctx, u.ID, admin.ID))
		w.signedIn(false, session)
		if _, err := w.users.ByToken(ctx, token); !errors.Is(err, records.ErrSignIn) {
			w.Errorf("the token: %v", err)
		}
		if _, err := w.users.Authenticate(ctx, "wang", "long enough"); !errors.Is(err, records.ErrSignIn) {
			w.Errorf("the password: %v", err)
		}
		_, err = w.users.UseReset(ctx, reset, "some other")
		w.refused(err, records.ErrNotFound, "reset.not_found", "")
		_, _, err = w.users.MailedReset(ctx, u.ID)
		w.refused(err, records.ErrNotFound, "user.not_found", "")
		if got, err := w.users.Get(ctx, u.ID); err != nil || got.DisabledAt.IsZero() {
			w.Errorf("%+v %v", got, err)
		}
		w.must(w.users.Enable(ctx, u.ID, admin.ID))
		w.signedIn(false, session)
		if _, err := w.users.Authenticate(ctx, "wang", "long enough"); err != nil {
			w.Error(err)
		}
		if _, err := w.users.ByToken(ctx, token); err != nil {
			w.Error(err)
		}
		w.refused(w.users.Disable(ctx, "ghost", ""), records.ErrNotFound, "user.not_found", "")
	})
}

func TestAnAdministratorIsLeft(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		admin, u := w.user("admin", records.Administrator), w.user("wang", records.Caregiver)
		w.refused(w.users.Disable(ctx, admin.ID, admin.ID), records.ErrConflict, records.CodeLastAdministrator, "last administrator")
		w.refused(w.users.SetRole(ctx, admin.ID, records.Family, admin.ID), records.ErrConflict, records.CodeLastAdministrator, "last administrator")
		w.must(w.users.SetRole(ctx, u.ID, records.Administrator, admin.ID))
		w.must(w.users.Disable(ctx, admin.ID, u.ID))
		w.refused(w.users.Disable(ctx, u.ID, u.ID), records.ErrConflict, records.CodeLastAdministrator, "")
		w.refused(w.users.SetRole(ctx, u.ID, "nurse", u.ID), records.ErrInvalid, "user.invalid", `"nurse" is not`)
		w.must(w.users.SetLanguage(ctx, u.ID, "zh-cn"))
		if got, err := w.users.Get(ctx, u.ID); err != nil || got.Role != records.Administrator || got.Language != "zh-CN" {
			w.Errorf("%+v %v", got, err)
		}
		w.refused(w.users.SetLanguage(ctx, u.ID, "??"), records.ErrInvalid, "user.invalid", "language tag")
	})
}

func TestResets(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u := w.user("wang", records.Family)
		w.must(w.users.SetPassword(ctx, u.ID, "the first one"))
		session := w.session(u)
		byMail, soon, err := w.users.MailedReset(ctx, u.ID)
		w.must(err)
		handed, later, err := w.users.Reset(ctx, u.ID, "admin")
		w.must(err)
		if !soon.Before(later) || time.Until(soon) > records.MailedResetLife {
			w.Errorf("they expire %s and %s", soon, later)
		}
		if got, err := w.users.ResetOf(ctx, byMail); err != nil || got.ID != u.ID {
			w.Errorf("%v %v", got, err)
		}
		if _, err := w.users.Authenticate(ctx, "wang", "the first one"); err != nil {
			w.Errorf("who asks for a reset locks nobody out: %v", err)
		}
		_, err = w.users.UseReset(ctx, handed, "short")
		w.refused(err, records.ErrInvalid, "user.invalid", "shorter")
		if _, err := w.users.UseReset(ctx, handed, "the second one"); err != nil {
			w.Fatal(err)
		}
		w.signedIn(false, session)
		for _, secret := range []string{handed, byMail, "", "guess"} {
			_, err = w.users.UseReset(ctx, secret, "the third one")
			w.refused(err, records.ErrNotFound, "reset.not_found", "not found")
		}
		if _, err := w.users.Authenticate(ctx, "wang", "the second one"); err != nil {
			w.Error(err)
		}
		late, _, err := w.users.MailedReset(ctx, u.ID)
		w.must(err)
		_, err = w.db.ExecContext(ctx, "UPDATE password_resets SET expires_at = ?", time.Now().UnixMilli())
		w.must(err)
		_, err = w.users.ResetOf(ctx, late)
		w.refused(err, records.ErrNotFound, "reset.not_found", "")
	})
}

func TestInvitations(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		people := records.NewPeople(w.db, nil, time.Now)
		_, err := w.residents.Create(ctx, records.Resident{ID: "li", Name: "Li Hua", TimeZone: "Asia/Urumqi"})
		w.must(err)
		secret, made, err := w.users.Invite(ctx, records.Invitation{Role: records.Family, Name: "小红", Email: "hong@example.org", Resident: "li", Relation: records.AsManager, MadeBy: "admin"})
		w.must(err)
		var kept string
		w.must(w.db.NewRaw("SELECT hash FROM invitations").Scan(ctx, &kept))
		if strings.Contains(kept, secret) || len(kept) != 64 {
			w.Errorf("kept as %q", kept)
		}
		if got, err := w.users.Invited(ctx, secret); err != nil || got != made || !got.Holds(time.Now()) || got.Holds(time.Now().Add(8*24*time.Hour)) {
			w.Errorf("%+v %v", got, err)
		}
		accept := func(secret, login string) (records.User, error) {
			return w.users.Accept(ctx, secret, records.Acceptance{Login: login, Name: "李小红", Language: "zh-CN", Password: "long enough", TimeZone: "Asia/Shanghai"})
		}
		w.user("taken", records.Family)
		_, err = accept(secret, "taken")
		w.refused(err, records.ErrConflict, records.CodeLoginTaken, "taken")
		_, err = accept(secret, "no login")
		w.refused(err, records.ErrInvalid, "user.invalid", "login must be")
		u, err := accept(secret, "Hong")
		w.must(err)
		if u.Login != "hong" || u.Role != records.Family {
			w.Errorf("%+v", u)
		}
		if _, err := w.users.Authenticate(ctx, "hong", "long enough"); err != nil {
			w.Error(err)
		}
		c, err := people.ContactOf(ctx, u.ID)
		w.must(err)
		if c.Name != "李小红" || c.TimeZone != "Asia/Urumqi" || len(c.Channels) != 1 || c.Channels[0].Address != "hong@example.org" || c.Channels[0].ConfirmedAt.IsZero() {
			w.Errorf("%+v", c)
		}
		cared, err := people.CaredForBy(ctx, c.ID)
		w.must(err)
		if len(cared) != 1 || cared[0].Resident != "li" || cared[0].Relation != records.AsManager {
			w.Errorf("%+v", cared)
		}
		for _, secret := range []string{secret, "", "guess"} {
			_, err = accept(secret, "again")
			w.refused(err, records.ErrNotFound, "invitation.not_found", "not found")
		}
		if got := w.audited(1); got[0] != "account user "+u.ID+" made" {
			w.Errorf("%q", got)
		}

		// One who is told already.
		_, err = people.AddContact(ctx, records.Contact{ID: "c-1", Name: "赵敏", TimeZone: "Europe/Berlin"})
		w.must(err)
		forContact, _, err := w.users.Invite(ctx, records.Invitation{Role: records.Caregiver, Contact: "c-1"})
		w.must(err)
		back, taken, err := w.users.Invite(ctx, records.Invitation{Role: records.Caregiver, Contact: "c-1"})
		w.must(err)
		w.must(w.users.TakeBack(ctx, taken.ID, "admin"))
		w.refused(w.users.TakeBack(ctx, taken.ID, "admin"), records.ErrNotFound, "invitation.not_found", "")
		_, err = accept(back, "min")
		w.refused(err, records.ErrNotFound, "invitation.not_found", "")
		list, err := w.users.Invitations(ctx)
		w.must(err)
		if len(list) != 1 || list[0].Contact != "c-1" {
			w.Errorf("%+v", list)
		}
		u, err = accept(forContact, "min")
		w.must(err)
		if c, err = people.ContactOf(ctx, u.ID); err != nil || c.ID != "c-1" || c.Name != "赵敏" || c.TimeZone != "Europe/Berlin" {
			w.Errorf("%+v %v", c, err)
		}
		_, _, err = w.users.Invite(ctx, records.Invitation{Role: records.Caregiver, Contact: "c-1"})
		w.refused(err, records.ErrConflict, records.CodeContactOfUser, "signs in already")

		for text, i := range map[string]records.Invitation{
			`"nurse" is not`:         {Role: "nurse"},
			"a relation is to":       {Role: records.Family, Relation: records.AsFamily},
			`relation "friend"`:      {Role: records.Family, Resident: "li", Relation: "friend"},
			"is not a language tag,": {Role: records.Family, Language: "??"},
		} {
			_, _, err := w.users.Invite(ctx, i)
			w.refused(err, records.ErrInvalid, "invitation.invalid", text)
		}
		_, _, err = w.users.Invite(ctx, records.Invitation{Role: records.Family, Resident: "ghost", Relation: records.AsFamily})
		w.refused(err, records.ErrNotFound, "resident.not_found", "")
	})
}

// Of two who accept at once one becomes a user.
func TestAnInvitationIsGoodOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		secret, _, err := w.users.Invite(w.Context(), records.Invitation{Role: records.Family})
		w.must(err)
		done := make(chan error)
		for _, login := range []string{"one", "two"} {
			go func() {
				_, err := w.users.Accept(w.Context(), secret, records.Acceptance{Login: login, Password: "long enough", TimeZone: "Asia/Shanghai"})
				done <- err
			}()
		}
		errs := []error{<-done, <-done}
		if refused := slices.IndexFunc(errs, func(err error) bool { return errors.Is(err, records.ErrNotFound) }); refused < 0 || errs[1-refused] != nil {
			w.Errorf("%v", errs)
		}
	})
}

// What signs in is in the audit, by ids.
func TestSignInsAreWrittenDown(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		u := w.user("wang", records.Family)
		w.must(w.users.SetPassword(ctx, u.ID, "long enough"))
		for _, login := range []string{"wang", "ghost"} {
			if _, err := w.users.Authenticate(ctx, login, "a guess"); !errors.Is(err, records.ErrSignIn) {
				w.Fatal(err)
			}
		}
		secret := w.session(u)
		w.must(w.users.EndSession(ctx, secret))
		_, token, err := w.users.IssueToken(ctx, records.Token{UserID: u.ID}, u.ID)
		w.must(err)
		w.must(w.users.RevokeToken(ctx, u.ID, token.ID, u.ID))
		got := w.audited(0)
		slices.Reverse(got)
		want := []string{
			"account user U made", "account password of user U set", "sign_in sign in refused", "sign_in sign in refused", "sign_in sign in",
			"sign_out sign out session S", "account token T of user U made", "account token T of user U revoked",
		}
		for i := range got {
			got[i] = strings.NewReplacer(u.ID, "U", token.ID, "T").Replace(got[i])
			if strings.HasPrefix(got[i], "sign_out") {
				got[i] = got[i][:len("sign_out sign out session ")] + "S"
			}
		}
		if !slices.Equal(got, want) {
			w.Errorf("%q\nwant %q", got, want)
		}
		if all := strings.Join(got, " "); strings.Contains(all, "wang") || strings.Contains(all, "ghost") {
			w.Errorf("it names people: %s", all)
		}
	})
}
