package escalation

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts/rules"
)

var defaults = sync.OnceValues(Default)

// standard is a default policy.
func standard(t testing.TB, id string) Policy {
	t.Helper()
	all, err := defaults()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("there is no default policy %s", id)
	return Policy{}
}

func TestDefaultsAreThere(t *testing.T) {
	for _, about := range []Subject{Residents, Equipment} {
		for _, severity := range []rules.Severity{rules.Info, rules.Warning, rules.Critical} {
			p := standard(t, Standard(about, severity))
			if p.About != about || p.Severity != severity {
				t.Errorf("policy %s is about %s and %s, want %s and %s", p.ID, p.About, p.Severity, about, severity)
			}
			if p.Source == "" {
				t.Errorf("policy %s names no source", p.ID)
			}
		}
	}
}

// The step times are those of the clinical catalogue, section 6.
func TestDefaultTimes(t *testing.T) {
	for id, want := range map[string][]string{"critical": {"0s", "2m", "3m", "5m"}, "warning": {"0s", "15m", "30m", "1h"}, "info": {"0s"}} {
		var got []string
		for _, s := range standard(t, id).Steps {
			got = append(got, s.At.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("steps of %s (-want +got):\n%s", id, diff)
		}
	}
	if p := standard(t, "critical"); p.Again.After.String() != "30m" || p.Steps[3].Every.String() != "5m" || !p.Steps[3].Emergency {
		t.Errorf("critical: again after %s, last step every %s, emergency %t", p.Again.After, p.Steps[3].Every, p.Steps[3].Emergency)
	}
	if p := standard(t, "warning"); p.Again.After.String() != "4h" {
		t.Errorf("warning: again after %s", p.Again.After)
	}
}

func TestPolicyIsKeptAsJSON(t *testing.T) {
	p := standard(t, "critical")
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff([]Policy{p}, all); diff != "" {
		t.Errorf("after a round (-want +got):\n%s", diff)
	}
}

const good = `id: night
name: {en: Night, zh: 夜间}
severity: critical
steps:
  - {at: 0s, whom: [family 1]}
  - {at: 2m, whom: [family], every: 5m}
again: {after: 30m, whom: [claimer]}
`

func TestMistakesSayWhereAndWhy(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"nobody":             {"family 1", "familly 1", `line 5: steps[0].whom[0] names nobody: "familly" is nobody: did you mean family?`},
		"number":             {"family 1", "on duty 2", `line 5: steps[0].whom[0] names nobody: "on duty 2": only of family, neighbours, caregivers, doctors can one be named by number`},
		"family 0":           {"family 1", "family 0", `line 5: steps[0].whom[0] names nobody: "family 0": want a number from 1 to 99`},
		"twice":              {"family 1", "family or family", `line 5: steps[0].whom[0] names nobody: "family or family" names family twice`},
		"no one":             {"[family 1]", "[]", `line 5: steps[0].whom names 0: want 1 to 20`},
		"unknown key":        {"whom: [family]", "who: [family]", `line 6: there is no "who" here: did you mean whom?`},
		"span":               {"2m", "2min", `line 6: steps[1].at is "2min" is no length of time: want a number and s, m, h or d, such as 45m`},
		"late start":         {"at: 0s", "at: 1m", `line 5: steps[0].at is 1m: the first step is made at once`},
		"order":              {"2m", "10s", `line 6: steps[1].at is 10s: want at least 30s after the step before, which is at 0s`},
		"too late":           {"2m", "2h", `line 6: steps[1].at is 2h: want the last step of what is critical after 1h at the latest`},
		"never again":        {", every: 5m", "", `line 6: steps[1].every is 0s: want the last step of what is critical again every 30m at the least, until somebody answers`},
		"too rarely":         {"every: 5m", "every: 1h", `line 6: steps[1].every is 1h: want the last step of what is critical again every 30m at the least, until somebody answers`},
		"too often":          {"every: 5m", "every: 1s", `line 6: steps[1].every is 1s: want at least 30s`},
		"every in between":   {"whom: [family 1]", "whom: [family 1], every: 1m", `line 5: steps[0].every is for the last step alone`},
		"severity":           {"severity: critical", "severity: grave", `line 3: severity is "grave": want info, warning or critical`},
		"about":              {"severity: critical", "severity: critical\nabout: cats", `line 4: about is "cats": want residents or equipment`},
		"no again":           {"again: {after: 30m, whom: [claimer]}", "", `line 1: again is missing: what is critical, claimed and not closed is told again`},
		"again for too long": {"30m", "13h", `line 7: again.after is 13h: want 1m to 12h`},
		"id":                 {"id: night", "id: Night shift", `line 1: id is "Night shift": want lower case letters, digits and hyphens, at most 64`},
		"name":               {"zh: 夜间", `zh: ""`, `line 2: name.zh has 0 characters: want 1 to 120`},
		"no mapping":         {good, "- critical", `line 1: want a policy, with its id, severity and steps`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(good, c.from, c.to, 1)
			if text == good {
				t.Fatalf("%q is not there to be replaced", c.from)
			}
			_, err := Parse([]byte(text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse says %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := Parse([]byte(good)); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add(policiesYAML)
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := Parse(text)
		if err != nil {
			return
		}
		for _, p := range all {
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(text)
			if err != nil {
				t.Fatalf("what was read cannot be read again: %v\n%s", err, text)
			}
			if diff := cmp.Diff([]Policy{p}, again); diff != "" {
				t.Fatalf("it is another now (-before +after):\n%s", diff)
			}
		}
	})
}

func FuzzParseWhom(f *testing.F) {
	f.Add("holder or family 1")
	f.Add("on duty")
	f.Fuzz(func(t *testing.T, text string) {
		whom, err := ParseWhom(text)
		if err != nil {
			return
		}
		again, err := ParseWhom(whom.String())
		if err != nil || !cmp.Equal(whom, again) {
			t.Fatalf("%q is read as %v, and that as %v, %v", text, whom, again, err)
		}
	})
}
