package rules

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDefaultPack(t *testing.T) {
	all, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 69 {
		t.Errorf("%d rules, want the 54 of the clinical catalogue and 15 of our own", len(all))
	}
	for _, p := range set.Programs() {
		if p.Source == "" {
			t.Errorf("%s has no source", p.ID)
		}
		if p.Cleared == nil && p.Clear.By != "person" && !p.Raised {
			t.Errorf("%s never ends", p.ID)
		}
	}
	for _, id := range []string{"sos", "fall", "smoke_gas_co", "hr_very_high", "device_never_heard", "home_dark", "battery_low"} {
		if _, ok := set.Find(id); !ok {
			t.Errorf("no rule %s", id)
		}
	}
	again, err := NewSet(all)
	if err != nil || again.ID() != set.ID() {
		t.Errorf("the same rules have another id: %v", err)
	}
	if len(set.Windows()) == 0 || len(slices.Compact(slices.Clone(set.Windows()))) != len(set.Windows()) {
		t.Errorf("windows: %v", set.Windows())
	}
}

const example = `
- id: example
  name: {en: Example, zh: 例}
  message: {en: "Heart rate {value} of {name}", zh: "{name}心率{value}"}
  severity: warning
  active: "22:00-06:00"
  when: heart_rate > 100
  for: 5m
  readings: 2
  clear: {when: heart_rate < 95, for: 10m}
  caps: {radar: info}
`

func TestRuleSurvivesItsForms(t *testing.T) {
	rules, err := Parse([]byte(example))
	if err != nil || len(rules) != 1 {
		t.Fatalf("%v, %v", rules, err)
	}
	r := rules[0]
	if r.Severity != Warning || time.Duration(r.For) != 5*time.Minute || r.Readings != 2 || r.Active.From != 22*60 || r.Caps["radar"] != Info {
		t.Errorf("read as %+v", r)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Rule
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(text) {
		t.Errorf("%s\n%s (%v)", text, again, err)
	}
}

func TestRulesThatCannotBe(t *testing.T) {
	for change, want := range map[string]string{
		"severity: warning>severty: warning":                                `line 5: there is no "severty" here: did you mean severity?`,
		"severity: warning>severity: serious":                               `line 5: severity "serious": want info, warning or critical`,
		"severity: warning>severity: Warnin":                                "did you mean warning?",
		"severity: warning>x: 1":                                            `there is no "x" here`,
		"id: example>id: Example!":                                          "id \"Example!\"",
		"zh: 例>zh: ''":                                                      "name: want both en and zh",
		"{value} of>{pulse} of":                                             "message: {pulse} is nothing",
		"heart_rate > 100>hart_rate > 100":                                  "when: 1:1: there is no metric hart_rate",
		"heart_rate < 95>heart_rate <":                                      "clear: 1:",
		"22:00-06:00>22-06":                                                 "no hours of the day",
		"for: 5m>for: 5 minutes":                                            `line 8: "5 minutes" is no length of time`,
		"readings: 2>readings: 1000":                                        "readings 1000",
		"readings: 2>readings: 1\n  unconfirmed: 5m":                        "unconfirmed",
		"caps: {radar: info}>caps: {radar: mild}":                           `line 11: severity "mild": want info, warning or critical`,
		"caps: {radar: info}>paused: [hospitl]":                             "did you mean hospital?",
		"{value} of>{nam} of":                                               "did you mean name?",
		"caps: {radar: info}>paused: [asleep]":                              "paused \"asleep\"",
		"caps: {radar: info}>parts: [fall, example]":                        "parts: a rule is no part of itself",
		"caps: {radar: info}>subject: street":                               "subject \"street\"",
		"caps: {radar: info}>tells: everybody":                              "tells \"everybody\"",
		"caps: {radar: info}>show: {x: door_contact == true}":               "show: x: want a number",
		"clear: {when: heart_rate < 95, for: 10m}>clear: {}":                "clear: want a condition, or by: person",
		"clear: {when: heart_rate < 95, for: 10m}>clear: {by: nobody}":      "want person",
		"when: heart_rate > 100>levels: []":                                 "the rule has no condition",
		"when: heart_rate > 100>raised: true\n  when: heart_rate > 100":     "raised: there is no condition",
		"when: heart_rate > 100>raised: true":                               "clear: who raises it says when it is over",
		"when: heart_rate > 100>subject: service\n  when: heart_rate > 100": "no reading is about it",
		"when: heart_rate > 100>levels: [{severity: critical, when: spo2 > 1}, {severity: info, when: spo2 > 2}]": "graver",
	} {
		old, changed, _ := strings.Cut(change, ">")
		if strings.Count(change, ">") > 1 { // the condition itself has one
			for _, cut := range []string{"heart_rate > 100"} {
				if rest, ok := strings.CutPrefix(change, cut+">"); ok {
					old, changed = cut, rest
				} else if rest, ok := strings.CutPrefix(change, "when: "+cut+">"); ok {
					old, changed = "when: "+cut, rest
				}
			}
		}
		text := strings.Replace(example, old, changed, 1)
		if text == example {
			t.Fatalf("%s changes nothing", change)
		}
		rules, err := Parse([]byte(text))
		if err == nil {
			_, err = NewSet(rules)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", change, err, want)
		}
	}
	rules, err := Parse([]byte(example + example))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewSet(rules); err == nil || !strings.Contains(err.Error(), "two of this id") {
		t.Errorf("two of one id: %v", err)
	}
}

// What NEWS2 is made of are signs of one illness where there is no score, and
// nothing else is.
func TestSignsOfIllnessAreThePartsOfNEWS2(t *testing.T) {
	all, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	var signs, parts []string
	for _, r := range all {
		if r.SignOf == "illness" {
			signs = append(signs, r.ID)
		}
		if r.ID == "news2_high" {
			parts = slices.DeleteFunc(slices.Clone(r.Parts), func(id string) bool { return strings.HasPrefix(id, "news2") })
		}
	}
	slices.Sort(signs)
	slices.Sort(parts)
	if !slices.Equal(signs, parts) {
		t.Errorf("signs %q\nparts %q", signs, parts)
	}
}

// Of rules that are parts of each other the earlier is the whole, and no set
// fails for them.
func TestPartsOfParts(t *testing.T) {
	for name, tc := range map[string]struct{ parts, want map[string][]string }{
		"a chain": {
			map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"none"}},
			map[string][]string{"a": {"b", "c", "none"}, "b": {"c", "none"}, "c": {"none"}},
		},
		"each other's": {
			map[string][]string{"a": {"b"}, "b": {"a"}},
			map[string][]string{"a": {"b"}},
		},
		"a ring that a rule holds": {
			map[string][]string{"b": {"d"}, "c": {"b"}, "d": {"c", "c"}, "e": {"d"}},
			map[string][]string{"b": {"d", "c"}, "c": {"d"}, "e": {"d", "c", "b"}},
		},
		"two rings": {
			map[string][]string{"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c", "e"}},
			map[string][]string{"a": {"b", "c", "d", "e"}, "b": {"c", "d", "e"}, "c": {"d", "e"}, "d": {"e"}},
		},
	} {
		var all []Rule
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			r, err := Parse([]byte(strings.Replace(example, "id: example", "id: "+id, 1)))
			if err != nil {
				t.Fatal(err)
			}
			r[0].Parts = tc.parts[id]
			all = append(all, r[0])
		}
		set, err := NewSet(all)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range set.Programs() {
			if !slices.Equal(p.Parts, tc.want[p.ID]) {
				t.Errorf("%s: %s has the parts %q, want %q", name, p.ID, p.Parts, tc.want[p.ID])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("- id: x\n---\nid: y"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := Parse(text)
		if err == nil {
			_, _ = NewSet(rules)
		}
	})
}

func TestHours(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	night, err := ParseHours("22:00-06:00")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for text, in := range map[string]bool{
		"2026-11-24 21:59": false, "2026-11-24 22:00": true, "2026-11-25 00:30": true, "2026-11-25 05:59": true, "2026-11-25 06:00": false,
		"2026-03-29 03:30": true, // the night when the clock is set forward
		"2026-10-25 02:30": true, // and back
	} {
		if night.Include(at(text)) != in {
			t.Errorf("%s is of the night: %v", text, !in)
		}
	}
	for from, want := range map[string]string{
		"2026-11-24 12:00": "2026-11-24 22:00", "2026-11-24 22:00": "2026-11-25 06:00", "2026-03-29 01:30": "2026-03-29 06:00",
	} {
		if got := night.Next(at(from)); !got.Equal(at(want)) {
			t.Errorf("after %s they change at %s, want %s", from, got, want)
		}
	}
	for _, wrong := range []string{"22:00", "22:00-22:00", "24:00-06:00", "22:60-06:00", "22:00-06:00 ", "aa:bb-cc:dd", "2:00-6:00"} {
		if h, err := ParseHours(wrong); err == nil {
			t.Errorf("%q is read as %s", wrong, h)
		}
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "45m": 45 * time.Minute, "26h": 26 * time.Hour, "14d": 14 * 24 * time.Hour, "0s": 0} {
		s, err := ParseSpan(text)
		if err != nil || time.Duration(s) != want || s.String() != text {
			t.Errorf("%s is %s, %v", text, s, err)
		}
	}
	for _, wrong := range []string{"", "5", "m", "-5m", "1.5h", "5 m", "99999d", "5w", "99999999999s"} {
		if s, err := ParseSpan(wrong); err == nil {
			t.Errorf("%q is read as %s", wrong, s)
		}
	}
}

func TestLimitsOfConditionsAndPeople(t *testing.T) {
	copd := func(c string) bool { return c == "copd" }
	none := func(string) bool { return false }
	for _, tc := range []struct {
		own  map[string]float64
		has  func(string) bool
		want float64
	}{{nil, none, 94}, {nil, copd, 88}, {map[string]float64{"spo2.low": 90}, copd, 90}} {
		if got, ok := Limit("spo2.low", tc.own, tc.has); !ok || got != tc.want {
			t.Errorf("%v: %v, want %v", tc.own, got, tc.want)
		}
	}
	if _, ok := Limit("spo2.lo", nil, none); ok {
		t.Error("a limit of no name")
	}
}
