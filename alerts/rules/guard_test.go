package rules

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func defaultRule(t *testing.T, id string) Rule {
	t.Helper()
	all, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("no default rule %s", id)
	}
	return all[i]
}

func TestWhatIsCriticalStaysSo(t *testing.T) {
	standard, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if err := Guard(standard, standard); err != nil {
		t.Fatalf("the default rules themselves: %v", err)
	}
	for name, tc := range map[string]struct {
		id     string
		change func(*Rule)
		want   string // "" when it is allowed
	}{
		"SOS off":              {"sos", func(r *Rule) { r.Off = true }, "off: rule sos is critical and cannot be switched off for everyone: give single residents limits of their own"},
		"a fall is a warning":  {"fall", func(r *Rule) { r.Severity = Warning }, "severity: rule fall is critical and cannot be made warning for everyone"},
		"for one alone":        {"smoke_gas_co", func(r *Rule) { r.Residents.IDs = []string{"li"} }, "residents: "},
		"for heart failure":    {"hr_very_high", func(r *Rule) { r.Residents.Conditions = []string{"heart_failure"} }, "residents: "},
		"not for dementia":     {"hr_very_high", func(r *Rule) { r.Residents.Without = append(r.Residents.Without, "dementia") }, "residents: "},
		"not for one":          {"hr_very_high", func(r *Rule) { r.Residents.Except = []string{"li"} }, ""},
		"in the day":           {"sos", func(r *Rule) { r.Active = Hours{From: 480, To: 1200} }, "active: "},
		"not with visitors":    {"fall", func(r *Rule) { r.Paused = []Situation{WithVisitors} }, "paused: "},
		"for technicians":      {"sos", func(r *Rule) { r.Tells = Technician }, "tells: "},
		"of a device":          {"sos", func(r *Rule) { r.Subject = OfDevice }, "subject: "},
		"capped":               {"sos", func(r *Rule) { r.Caps = map[string]Severity{"": Info} }, "caps: "},
		"capped for radars":    {"fall", func(r *Rule) { r.Caps = map[string]Severity{"radar": Warning} }, ""},
		"about the weather":    {"sos", func(r *Rule) { r.When = "room_temperature < 10" }, "when: "},
		"never":                {"sos", func(r *Rule) { r.When = "false" }, "when: "},
		"another threshold":    {"hr_very_high", func(r *Rule) { r.When = "heart_rate >= 140" }, ""},
		"its graver level off": {"bathroom_long", func(r *Rule) { r.Levels = r.Levels[:len(r.Levels)-1] }, "severity: "},
		"its milder level off": {"bathroom_long", func(r *Rule) { r.Levels = r.Levels[len(r.Levels)-1:] }, ""},
		"a mild rule off":      {"room_cold", func(r *Rule) { r.Off = true }, ""},
		"one that is no other": {"sos", func(r *Rule) { r.ID, r.Off = "sos_2", true }, ""},
	} {
		r := defaultRule(t, tc.id)
		tc.change(&r)
		err := Guard(standard, []Rule{r})
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestProblemsSayWhere(t *testing.T) {
	rules, err := Parse([]byte(strings.NewReplacer("heart_rate > 100", "heart_rat > 100", "caps: {radar: info}", "tells: everybody").Replace(example)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewSet(append(rules, Rule{ID: "B"}))
	got := Problems(err)
	if len(got) < 4 {
		t.Fatalf("problems: %+v", got)
	}
	want := []Problem{
		{Rule: rules[0].ID, Field: "tells", Reason: `tells "everybody": want care or devices`},
		{Rule: rules[0].ID, Field: "when", Reason: `when: 1:1: there is no metric heart_rat: did you mean heart_rate? in "heart_rat > 100"`, Text: "heart_rat > 100", Line: 1, Column: 1},
	}
	if !reflect.DeepEqual(got[:2], want) {
		t.Errorf("problems:\n got %+v\nwant %+v", got[:2], want)
	}
	for _, p := range got[2:] {
		if p.Rule != "B" || p.Field == "" || !strings.Contains(err.Error(), p.Reason) {
			t.Errorf("of the other rule: %+v", p)
		}
	}
	if p := Problems(nil); p != nil {
		t.Errorf("of nothing: %+v", p)
	}
}
