package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/store"
)

// commands runs command lines on one data folder.
func commands(t *testing.T) func(args ...string) (string, error) {
	return commandsOn(t, folder(t))
}

func commandsOn(t *testing.T, data store.Config) func(args ...string) (string, error) {
	return func(args ...string) (string, error) {
		var out, errs bytes.Buffer
		err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs)
		return out.String(), err
	}
}

func TestResidentsCareOnTheCommandLine(t *testing.T) {
	command := commands(t)
	today := time.Now().Format(time.DateOnly)
	inAWeek := time.Now().AddDate(0, 0, 7).In(time.FixedZone("", 8*3600)).Format(clock) // Shanghai's clock
	for _, step := range []struct {
		args string
		want string // of the output, its words set apart by one space
		err  string
	}{
		{"resident add Li --id li --condition cop", "", "did you mean copd?"},
		{"resident show li", "", "not found"},
		{"resident add Li --id li --condition copd", "li", ""},
		{"resident set li --limit spo2.low=90 --limit hr.high=110 --plan bp_systolic=12h", "condition copd limit hr.high 110 limit spo2.low 90 planned bp_systolic every 12h", ""},
		{"resident set li --scale-2-by Wu --scale-2-on 2026-01-02", "condition copd limit hr.high 110 limit spo2.low 90 scale 2 decided by Wu 2026-01-02 planned bp_systolic every 12h", ""},
		{"resident set li --scale-2-on 2026-01-02", "", "needs --scale-2-by"},
		{"resident set li --remove copd", "", "limits.spo2.low 90 is not above spo2.very_low, which is 92"},
		{"resident set li --remove copd --remove spo2.low --condition dementia --condition insulin", "condition dementia condition insulin limit hr.high 110 scale 2 decided by Wu 2026-01-02 planned bp_systolic every 12h", ""},
		{"resident set li --remove bp_systolic --remove hr.high --remove scale_2", "condition dementia condition insulin", ""},
		{"resident set li --remove hr.high", "", "nothing was said of hr.high"},
		{"resident set li --phone 13800138000", "condition dementia condition insulin", ""},
		{"resident set li --phone nobody", "", "is no telephone number"},
		{"resident set li --home-phone 01062651234", "", "lives in no home"},
		{"resident add Zhao --id zhao --home 5-3 --phone 13900139000", "zhao", ""},
		{"resident set zhao --home-phone 01062651234 --neighbours-call", "", ""},
		{"resident list", "ID NAME HOME PHONE li Li 13800138000 zhao Zhao 5-3 13900139000", ""},
		{"resident set li --scale-2-by Wu", "condition dementia condition insulin scale 2 decided by Wu " + today, ""},
		{"resident situation li away", "", "missing flags"},
		{"resident situation li away --until tomorrow", "", `"tomorrow" is not a time such as 2026-12-01T18:00`},
		{"resident situation li holiday --until " + inAWeek, "", "must be one of"},
		{"resident situation li away --until 2020-01-01T00:00", "", "until is not in the future"},
		{"resident situation li away --note daughter --until " + inAWeek, "away until " + inAWeek, ""},
		{"resident show li", "resident li Li away until " + inAWeek + " daughter condition dementia condition insulin scale 2 decided by Wu " + today, ""},
		{"resident situation li away --end", "", ""},
		{"resident situation li away --end", "", "is under way"},
		{"resident show li", "resident li Li condition dementia condition insulin scale 2 decided by Wu " + today, ""},
	} {
		out, err := command(strings.Fields(step.args)...)
		if (err == nil) != (step.err == "") || err != nil && !strings.Contains(err.Error(), step.err) {
			t.Errorf("%s: %v, want %q", step.args, err, step.err)
			continue
		}
		if got := strings.Join(strings.Fields(out), " "); err == nil && got != step.want {
			t.Errorf("%s: %q, want %q", step.args, got, step.want)
		}
	}
}

// Rules of one's own may ask for conditions that no other rule does.
func TestConditionsOfOnesOwnRules(t *testing.T) {
	command := commands(t)
	rules := t.TempDir()
	err := os.WriteFile(filepath.Join(rules, "own.yaml"), []byte(`
- id: own
  name: {en: Own, zh: 自}
  message: {en: Own, zh: 自}
  severity: info
  residents: {conditions: [parkinson]}
  when: heart_rate > 90
  clear: {by: person}
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := command("resident", "add", "Li", "--id", "li", "--condition", "parkinson"); err == nil {
		t.Error("a condition that no rule asks for was taken")
	}
	if _, err := command("resident", "add", "Li", "--id", "li", "--condition", "parkinson", "--rules-dir", rules); err != nil {
		t.Error(err)
	}
	if out, err := command("resident", "set", "li", "--condition", "copd", "--rules-dir", rules); err != nil || !strings.Contains(out, "parkinson") || !strings.Contains(out, "copd") {
		t.Errorf("%s, %v", out, err)
	}
}

func TestDevicesZoneOnTheCommandLine(t *testing.T) {
	command := commands(t)
	for _, step := range []struct{ args, want, err string }{
		{"device add m-1 --home h-1 --name Motion --zone bathroom", "zone bathroom", ""},
		{"device add m-2 --home h-1 --name Bedroom", "zone bedroom", ""},
		{"device add m-3 --home h-1 --zone attic", "", `zone "attic" is not one of bathroom`},
		{"device set m-1 --zone hall --kind radar", "", ""},
		{"device list", "m-1 Motion native m-1 h-1 hall", ""},
		{"device set m-9 --zone hall", "", "not found"},
	} {
		out, err := command(strings.Fields(step.args)...)
		if (err == nil) != (step.err == "") || err != nil && !strings.Contains(err.Error(), step.err) {
			t.Errorf("%s: %v, want %q", step.args, err, step.err)
		}
		if got := strings.Join(strings.Fields(out), " "); !strings.Contains(got, step.want) {
			t.Errorf("%s: %q, want %q", step.args, got, step.want)
		}
	}
}
