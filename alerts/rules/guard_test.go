package rules

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
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
		"insulin is measured":  {"medication_missed_critical", func(r *Rule) { r.Raised, r.When, r.Levels = false, "heart_rate > 300", nil; r.Severity = Critical }, "raised: "},
		"insulin is a warning": {"medication_missed_critical", func(r *Rule) { r.Levels = r.Levels[:1] }, "severity: "},
		"for one alone":        {"smoke_gas_co", func(r *Rule) { r.Residents.IDs = []string{"li"} }, "residents: "},
		"for heart failure":    {"hr_very_high", func(r *Rule) { r.Residents.Conditions = []string{"heart_failure"} }, "residents: "},
		"not for dementia":     {"hr_very_high", func(r *Rule) { r.Residents.Without = append(r.Residents.Without, "dementia") }, "residents: "},
		"not for one":          {"hr_very_high", func(r *Rule) { r.Residents.Except = []string{"li"} }, ""},
		"in the day":           {"sos", func(r *Rule) { r.Active = Hours{From: 480, To: 1200} }, "active: "},
		"not with visitors":    {"fall", func(r *Rule) { r.Paused = []Situation{WithVisitors} }, "paused: "},
		"for technicians":      {"sos", func(r *Rule) { r.Tells = Technician }, "tells: "},
		"of a device":          {"sos", func(r *Rule) { r.Subject = OfDevice }, "subject: "},
		"capped":               {"sos", func(r *Rule) { r.Caps = map[string]Severity{"": Info} }, "caps: "},
		"a radar's fall":       {"fall", func(r *Rule) { r.Caps = map[string]Severity{"radar": Warning} }, "caps: rule fall is critical whatever device says so"},
		"capped for radars":    {"spo2_very_low", func(r *Rule) { r.Caps = map[string]Severity{"radar": Warning} }, ""},
		"only at once":         {"sos", func(r *Rule) { r.Fresh = Span(time.Second) }, "fresh: rule sos is critical and cannot have its values count for less long"},
		"a fast heart at once": {"hr_very_high", func(r *Rule) { r.Fresh = Span(time.Second) }, "fresh: "},
		"about the weather":    {"sos", func(r *Rule) { r.When = "room_temperature < 10" }, "when: "},
		"never":                {"sos", func(r *Rule) { r.When = "false" }, "when: "},
		"closed by itself":     {"sos", func(r *Rule) { r.Clear = Clear{When: "sos_button == \"released\""} }, "clear: rule sos is critical and is closed by a person alone"},
		"closed at once":       {"fall", func(r *Rule) { r.Clear = Clear{When: "true"} }, "clear: "},
		"closed by both":       {"smoke_gas_co", func(r *Rule) { r.Clear.When = "true" }, "clear: "},
		"pressed for a day":    {"sos", func(r *Rule) { r.For = Span(24 * time.Hour) }, "for: rule sos is critical and cannot wait for 1d"},
		"pressed for a bit":    {"sos", func(r *Rule) { r.For = Span(time.Second) }, "for: "},
		"pressed once":         {"sos", func(r *Rule) { r.Readings = 1 }, ""},
		"pressed twice":        {"sos", func(r *Rule) { r.Readings = 2 }, "readings: rule sos is critical and cannot wait for 2"},
		"pressed, then wait":   {"sos", func(r *Rule) { r.Unconfirmed = Span(time.Minute) }, "unconfirmed: "},
		"pressed and not":      {"sos", func(r *Rule) { r.When += " and sos_button == \"released\"" }, `when: rule sos is critical and begins on all that it begins on now: write "sos_button in [\"pressed\", \"double\", \"long\"]", and`},
		"pressed long":         {"sos", func(r *Rule) { r.When = `sos_button == "long"` }, "when: "},
		"two at once":          {"rhythm_pause_vt", func(r *Rule) { r.When = `ecg_rhythm in ["pause"]` }, "when: "},
		"pressed or fallen":    {"sos", func(r *Rule) { r.When += " or fall_event == \"fall\" and heart_rate > 100" }, ""},
		"on other lines":       {"smoke_gas_co", func(r *Rule) { r.When = strings.ReplaceAll(r.When, " or ", "\n  or ") + "\nor water_leak == \"wet\"" }, ""},
		"a milder one first": {"sos", func(r *Rule) {
			r.Levels = []Level{{Severity: Warning, When: "heart_rate > 0"}, r.Level}
			r.Level = Level{}
		}, ""},
		"only the milder one": {"sos", func(r *Rule) {
			late := r.Level
			late.For = Span(time.Hour)
			r.Levels, r.Level = []Level{{Severity: Warning, When: r.When}, late}, Level{}
		}, "for: "},
		"an hour longer":       {"hr_very_high", func(r *Rule) { r.For += Span(time.Hour) }, ""},
		"more than an hour":    {"hr_very_high", func(r *Rule) { r.For += Span(time.Hour + time.Second) }, "for: rule hr_very_high is critical and cannot wait for 3901s, 65m at most"},
		"five more readings":   {"hr_very_high", func(r *Rule) { r.Readings += 5 }, ""},
		"six more readings":    {"hr_very_high", func(r *Rule) { r.Readings += 6 }, "readings: rule hr_very_high is critical and cannot wait for 8, 7 at most"},
		"its graver one late":  {"bathroom_long", func(r *Rule) { r.Levels = slices.Clone(r.Levels); r.Levels[1].For = Span(2 * time.Hour) }, "for: "},
		"its milder one late":  {"bathroom_long", func(r *Rule) { r.Levels = slices.Clone(r.Levels); r.Levels[0].For = Span(2 * time.Hour) }, ""},
		"a mild one in a day":  {"room_cold", func(r *Rule) { r.For = Span(24 * time.Hour) }, ""},
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
