package main

import (
	"bytes"
	"strings"
	"testing"
)

// A daughter, a neighbour and a night watch come into being at the command line.
func TestPeople(t *testing.T) {
	data := folder(t)
	command := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, errs.String())
		}
		return strings.TrimSpace(out.String())
	}
	refused := func(want string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		if err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	command("resident", "add", "Li", "--id", "li")
	command("user", "add", "hong", "--role", "family")
	daughter := command("contact", "add", "Hong", "--user", "hong", "--language", "zh-CN")
	command("contact", "channel", daughter, "email", "hong@example.org", "--trusted")
	command("contact", "channel", daughter, "webhook", "https://example.org/hook#secret=0123456789abcdef")
	command("contact", "care", daughter, "li")
	command("contact", "add", "Chen", "--id", "chen")
	list := command("contact", "list")
	for _, want := range []string{"hong@example.org", "https://example.org/…", "cannot be reached"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s in\n%s", want, list)
		}
	}
	if strings.Contains(list, "0123456789abcdef") {
		t.Error("the list shows a secret")
	}
	refused("want an e-mail address", "contact", "channel", "chen", "email", "nobody")
	refused("want a telephone number", "contact", "channel", "chen", "sms", "12345")
	refused("want one of bark, discord", "contact", "channel", "chen", "chat", "smoke://hill")
	refused("#secret=", "contact", "channel", "chen", "webhook", "https://example.org/hook")
	refused("a network that is not allowed", "contact", "channel", "chen", "webhook", "https://10.7.0.1/hook#secret=0123456789abcdef")
	command("contact", "channel", "chen", "webhook", "https://10.7.0.1/hook#secret=0123456789abcdef", "--tell-networks", "10.7.0.0/16")
	refused("is no device", "contact", "channel", "chen", "speaker", "ghost")
	refused("not found", "contact", "care", "ghost", "li")
	command("contact", "care", daughter, "li", "--remove")
	command("resident", "add", "Zhao", "--id", "zhao", "--home", "5-2")
	if said := command("contact", "care", "chen", "zhao", "--as", "neighbour"); said != "asked to ring at 5-2" {
		t.Errorf("of a neighbour's home: %s", said)
	}
	var out, errs bytes.Buffer
	err := run(t.Context(), []string{"contact", "care", "chen", "li", "--as", "neighbour", "--data-dir", data.Dir}, &out, &errs)
	if err != nil || !strings.Contains(errs.String(), "cannot be told where") {
		t.Errorf("of a neighbour of nowhere: %v, %s", err, errs.String())
	}

	command("team", "add", "Night watch", "--id", "t-1", "--member", "chen", "--resident", "li")
	command("team", "shift", "t-1", "chen", "--from", "20:00", "--to", "08:00")
	roster := command("team", "roster", "t-1", "--days", "2")
	if !strings.Contains(roster, "Chen") || !strings.Contains(roster, "NOBODY") {
		t.Errorf("roster:\n%s", roster)
	}
	refused(`"ghost" is not in team t-1: its members are chen`, "team", "shift", "t-1", "ghost", "--from", "20:00", "--to", "08:00")
	refused("is not a time of the day", "team", "shift", "t-1", "chen", "--from", "8", "--to", "20:00")
	if list := command("team", "list"); !strings.Contains(list, "Night watch  1        1") {
		t.Errorf("teams:\n%s", list)
	}
}
