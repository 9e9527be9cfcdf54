package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// What is said of users and their tokens at the command line is what the service goes by.
func TestUsersAndTheirTokens(t *testing.T) {
	data := folder(t)
	command := func(want string, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs)
		switch {
		case want == "" && err != nil:
			t.Fatalf("%v: %v\n%s", args, err, errs.String())
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%v: %v, want %q", args, err, want)
		}
		return strings.TrimSpace(out.String())
	}
	command("", "user", "add", "me")
	command("", "user", "add", "wu", "--role", "caregiver")
	tokens := []string{
		command("", "user", "token", "wu"),
		command("", "user", "token", "wu", "--scopes", "vitals,status", "--expires", "90d"),
		command("", "user", "token", "wu", "--scopes", "alerts", "--changes", "--expires", "12h"),
		command("", "user", "token", "wu", "--read-only"),
	}
	command(`"all" is not`, "user", "token", "wu", "--scopes", "all")
	command("by itself", "user", "token", "wu", "--scopes", "vitals", "--read-only")
	command("good for nothing", "user", "token", "wu", "--changes")
	for _, wrong := range []string{"soon", "-1h", "0d", "99999d", "20y"} {
		command("want a time", "user", "token", "wu", "--expires="+wrong)
	}
	command("more than ten years", "user", "token", "wu", "--expires", "9999d")

	db, err := store.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	users := records.NewUsers(db)
	wants := []records.Bound{
		{},
		{Bounded: true, Scope: records.Vitals | records.Status},
		{Bounded: true, Scope: records.Alerts, Changes: true},
		{Bounded: true, Scope: records.Everything, Service: true},
	}
	for i, want := range wants {
		u, err := users.ByToken(t.Context(), tokens[i])
		if err != nil || u.Login != "wu" || u.Bound != want {
			t.Errorf("%d: %+v %v, want %+v", i, u, err, want)
		}
	}
	wu, err := users.ByLogin(t.Context(), "wu")
	if err != nil {
		t.Fatal(err)
	}
	list, err := users.Tokens(t.Context(), wu.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Duration{365 * 24 * time.Hour, 90 * 24 * time.Hour, 12 * time.Hour} {
		if left := time.Until(list[i].ExpiresAt); left > want || left < want-time.Minute {
			t.Errorf("%d: ends in %s, want %s", i, left, want)
		}
	}

	path, _, _ := strings.Cut(command("", "user", "reset", "wu"), "\t")
	secret, ok := strings.CutPrefix(path, "/reset/")
	if !ok {
		t.Fatal(path)
	}
	if _, err := users.UseReset(t.Context(), secret, "long enough"); err != nil {
		t.Error(err)
	}
	command("", "user", "disable", "wu")
	if list := command("", "user", "list"); !strings.Contains(list, "disabled") {
		t.Errorf("%s", list)
	}
	if _, err := users.ByToken(t.Context(), tokens[0]); !errors.Is(err, records.ErrSignIn) {
		t.Errorf("the token of one who is disabled: %v", err)
	}
	command("last administrator", "user", "disable", "me")
	command("", "user", "enable", "wu")
	if _, err := users.ByToken(t.Context(), tokens[0]); err != nil {
		t.Error(err)
	}
	entries, err := audit.NewLog(db, nil).List(t.Context(), audit.Query{Action: audit.Account, Limit: 1})
	if err != nil || len(entries) != 1 || entries[0].Via != audit.Command || entries[0].What != "user "+wu.ID+" enabled" {
		t.Errorf("%+v %v", entries, err)
	}
}
