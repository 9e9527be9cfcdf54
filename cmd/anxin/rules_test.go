package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

func TestRulesOnTheCommandLine(t *testing.T) {
	data, own := filepath.Join(t.TempDir(), "data"), t.TempDir()
	command := func(args ...string) (string, error) {
		t.Helper()
		var out, errs bytes.Buffer
		err := run(t.Context(), append(args, "--data-dir", data, "--rules-dir", own), &out, &errs)
		return out.String(), err
	}
	lists := func(want ...string) {
		t.Helper()
		out, err := command("rules", "list")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(out), " ")
		for _, line := range want {
			if !strings.Contains(text, line) {
				t.Errorf("rules list says nothing of %q:\n%s", line, out)
			}
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(own, "own.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{id: chilly, version: 4, name: {en: Chilly, zh: 凉}, message: {en: "{value}", zh: "{value}"}, severity: info, when: room_temperature < 19, clear: {by: person}}`)
	lists(`sos pack 0 critical SOS sos_button in`, `chilly folder 4 info Chilly room_temperature < 19`)
	if _, err := os.Stat(data); err == nil {
		t.Error("a look at the rules made a data folder")
	}

	db := storetest.Open(t, store.Config{Dir: data})
	body := `{"id":"chilly","name":{"en":"Cold","zh":"冷"},"message":{"en":"{value}","zh":"{value}"},"severity":"warning","when":"room_temperature < 17","clear":{"by":"person"}}`
	for edition, change := range []struct {
		rule string
		body any
	}{{"chilly", body}, {"water_leak", nil}, {"room_humidity_out", strings.Replace(body, "chilly", "room_humidity_out", 1)}} {
		_, err := db.ExecContext(t.Context(), "INSERT INTO rule_versions (edition, rule, version, body, at, by_user, reason) VALUES (?, ?, ?, ?, 1764000000000, 'u1', 'too many')", edition+1, change.rule, 5, change.body)
		if err != nil {
			t.Fatal(err)
		}
	}
	lists(`chilly edited 5 warning Cold room_temperature < 17`, `water_leak pack 5 warning`, `room_humidity_out edited 5`)
	out, err := command("rules", "show", "chilly")
	if err != nil || !strings.Contains(out, "# from: edited\n# changed: 2025-11-24T16:00:00Z by user u1: too many\n") {
		t.Errorf("rules show: %s, %v", out, err)
	}
	if all, err := rules.Parse([]byte(out)); err != nil || len(all) != 1 || all[0].When != "room_temperature < 17" || all[0].Version != 5 {
		t.Errorf("what is shown is read as %+v, %v", all, err)
	}
	if _, err := command("rules", "show", "chily"); err == nil || !strings.Contains(err.Error(), "there is no rule chily: did you mean chilly?") {
		t.Errorf("rules show of nothing: %v", err)
	}

	write(`{id: sos, name: {en: SOS, zh: 紧急}, message: {en: "{name}", zh: "{name}"}, severity: critical, when: sos_button == "pressed", clear: {by: person}, off: true}`)
	for _, args := range [][]string{{"rules", "list"}, {"rules", "check", filepath.Join(own, "own.yaml")}} {
		var out, errs bytes.Buffer
		if args[1] == "list" {
			args = append(args, "--data-dir", data, "--rules-dir", own)
		}
		if err := run(t.Context(), args, &out, &errs); err == nil || !strings.Contains(err.Error(), "off: rule sos is critical and cannot be switched off for everyone") {
			t.Errorf("%v with SOS off: %v", args, err)
		}
	}
}
