package rules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// known is a world of facts for conditions.
type known struct {
	now        int64
	values     map[vitals.Metric]float64
	ages       map[vitals.Metric]time.Duration
	past       map[Window]Past
	windows    []Window
	fields     map[Field]float64
	open       map[Episode]time.Duration
	conditions string
	limits     map[string]float64
	moved      time.Duration
}

func (k *known) Now() int64 { return k.now }

func (k *known) Value(m vitals.Metric) (float64, bool) {
	v, ok := k.values[m]
	return v, ok
}

func (k *known) MeasuredAt(m vitals.Metric) (int64, bool) {
	age, ok := k.ages[m]
	if _, fresh := k.values[m]; fresh {
		ok = true
	}
	return k.now - age.Milliseconds(), ok
}

func (k *known) Past(i int) Past { return k.past[k.windows[i]] }

func (k *known) Field(f Field) (float64, bool) {
	v, ok := k.fields[f]
	return v, ok
}

func (k *known) Episode(e Episode) (start int64, open, known bool) {
	d, ok := k.open[e]
	return k.now - d.Milliseconds(), ok, true
}

func (k *known) Usual(e Episode) (int64, bool) {
	return (5 * time.Hour).Milliseconds(), e == Quiet
}

func (k *known) DeafUntil() int64 { return 0 }

func (k *known) Active(span int64) bool { return k.moved.Milliseconds() < span }

func (k *known) Limit(name string) (float64, bool) { return Limit(name, k.limits, k.HasCondition) }

func (k *known) HasCondition(name string) bool { return k.conditions != "" && name == k.conditions }

func (k *known) NextHour() int64 { return k.now + time.Hour.Milliseconds() }

func (k *known) window(w Window) int {
	k.windows = append(k.windows, w)
	return len(k.windows) - 1
}

func world() *known {
	return &known{
		now: 1_800_000_000_000,
		values: map[vitals.Metric]float64{
			vitals.HeartRate: 120, vitals.BPSystolic: 85, vitals.DoorContact: 1, vitals.ECGRhythm: 3, vitals.SpO2: 90, vitals.GlucoseCGM: 3.5,
		},
		ages: map[vitals.Metric]time.Duration{vitals.BodyWeight: 30 * time.Hour, vitals.GlucoseFasting: time.Hour, vitals.GlucoseCGM: time.Minute},
		past: map[Window]Past{
			{Metric: vitals.HeartRate, Span: Span(10 * time.Minute)}: {Count: 4, Sum: 480, Min: 110, Max: 130, First: 110, Last: 130, FirstAt: 0,
				LastAt: 600_000, Days: 1, Squares: 57_800, SumT: 1200, SumTT: 560_000, SumTimes: 150_000, Expires: 1_800_000_030_000},
			{Metric: vitals.SpO2, Span: Span(7 * 24 * time.Hour), Before: true}:                                  {Count: 30, Sum: 2850, Squares: 270_840, Days: 6},
			{Metric: vitals.BodyTemperature, Span: Span(14 * 24 * time.Hour), Before: true}:                      {Count: 30, Sum: 1095, Days: 2},
			{Metric: vitals.ECGRhythm, Span: Span(24 * time.Hour), Only: "==", Bound: 3}:                         {Count: 2},
			{Metric: vitals.GlucoseFasting, Span: Span(7 * 24 * time.Hour), Only: ">", Limit: "glucose.fasting"}: {Count: 3},
			{Metric: vitals.StepCount, Span: Span(7 * 24 * time.Hour)}:                                           {Count: 700, Sum: 21_000, Days: 7},
		},
		fields: map[Field]float64{ResidentAge: 81, ResidentAsleep: 0, Hour: 3, DeviceSilent: 1800, DeviceInterval: 60, News2Total: 7, News2Red: 0},
		open:   map[Episode]time.Duration{Bathroom: 40 * time.Minute}, conditions: "copd", moved: 20 * time.Minute,
	}
}

func TestConditions(t *testing.T) {
	for _, tc := range []struct {
		text string
		want Truth
	}{
		{"heart_rate > 100", True},
		{"heart_rate <= 100", False},
		{"heart_rate > 100 and not active(\"5m\")", True},
		{`heart_rate > 100 and active("30m")`, True},
		{"respiratory_rate > 20", Unknown},
		{"not (respiratory_rate > 20)", Unknown},
		// Kleene's logic: what is unknown does not matter where the other side decides.
		{"respiratory_rate > 20 or heart_rate > 100", True},
		{"heart_rate > 100 or respiratory_rate > 20", True},
		{"respiratory_rate > 20 and heart_rate < 100", False},
		{"heart_rate < 100 and respiratory_rate > 20", False},
		{"respiratory_rate > 20 and heart_rate > 100", Unknown},
		{"respiratory_rate > 20 or heart_rate < 100", Unknown},
		{`door_contact == "open"`, True},
		{`door_contact == "opened"`, True},
		{`door_contact != "closed"`, True},
		{"door_contact == true", True},
		{`ecg_rhythm in ["afib", "vt"]`, True},
		{`ecg_rhythm in ["sinus", "pause"]`, False},
		{`smoke in ["alarm"]`, Unknown},
		{`bp_systolic < 90 and heart_rate > 110`, True},
		{`bp_systolic * 2 - 10 == 160`, True},
		{`avg(heart_rate, "10m") == 120`, True},
		{`min(heart_rate, "10m") == 110 and max(heart_rate, "10m") == 130`, True},
		{`delta(heart_rate, "10m") == 20`, True},
		{`slope(heart_rate, "10m") > 100`, True},
		{`count(heart_rate, "10m") >= 4`, True},
		{`count(heart_rate, "20m") == 0`, True}, // nothing there is known to be nothing
		{`avg(heart_rate, "20m") > 0`, Unknown},
		{`count(ecg_rhythm == "afib", "24h") >= 2`, True},
		{`count(glucose_fasting > threshold("glucose.fasting"), "7d") >= 3`, True},
		{`daily(step_count, "7d") == 3000`, True},
		{`spo2 <= baseline(spo2, "7d") - 5`, True},
		{`baseline(spo2, "7d").spread < 2`, True},
		{`body_temperature > baseline(body_temperature, "14d")`, Unknown}, // of two days only
		{`age(body_weight) > "26h"`, True},
		{`age(body_height) > "26h"`, Unknown},
		{`silent(body_weight, "26h")`, True},
		{`silent(body_weight, "2d")`, False},
		{`silent(body_height, "1h")`, Unknown},
		{`news2() >= 7 and not news2().red`, True},
		{`resident.age >= 80 and "copd" in resident.conditions`, True},
		{`"dementia" in resident.conditions`, False},
		{`spo2 < threshold("spo2.low")`, False}, // 88 for COPD
		{`hour() >= 23 or hour() < 6`, True},
		{`episode("bathroom") >= "30m"`, True},
		{`episode("bathroom") >= "45m"`, False},
		{`episode("away") >= "1s"`, False},
		{`episode("away") < "1s"`, True},
		{`device.silent >= max("30m", 3 * device.interval)`, True},
		{`device.silent >= max("6h", 1.5 * usual("quiet")) + "2h"`, False},
		{`glucose < 4`, True}, // the newest of several
		{`glucose_meter < 4`, Unknown},
		{`resident.asleep`, False},
		{`not resident.asleep and heart_rate > 100`, True},
		{`1 / (heart_rate - 120) > 3`, Unknown},
	} {
		k := world()
		c, err := compile(tc.text, k.window)
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if got, _ := c.Holds(k); got != tc.want {
			t.Errorf("%s is %s, want %s", tc.text, got, tc.want)
		}
	}
}

func TestOriginIsWhenWhatLastsBegan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`episode("bathroom") >= "30m"`:                                   40 * time.Minute,
		`"30m" <= episode("bathroom")`:                                   40 * time.Minute,
		`episode("bathroom") >= "30m" and episode("away") < "30m"`:       40 * time.Minute,
		`episode("bathroom") >= "45m"`:                                   0, // not yet
		`episode("bathroom") < "45m"`:                                    0, // asks for no length
		`heart_rate > 100`:                                               0,
		`silent(body_weight, "1d") and device.silent >= device.interval`: 30 * time.Hour,
	} {
		k := world()
		c, err := compile(text, k.window)
		if err != nil {
			t.Fatal(err)
		}
		got := time.Duration(0)
		if at := c.Origin(k); at != 0 {
			got = time.Duration(k.now-at) * time.Millisecond
		}
		if got != want && !(strings.Contains(text, "silent") && got > 0) {
			t.Errorf("%s began %s ago, want %s", text, got, want)
		}
	}
}

func TestTimeAloneChanges(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`episode("bathroom") >= "45m"`:                 5 * time.Minute,
		`episode("bathroom") >= "30m"`:                 0, // it has
		`silent(body_weight, "2d")`:                    18 * time.Hour,
		`"2d" <= age(body_weight)`:                     18 * time.Hour,
		`device.silent > 40 * device.interval`:         10 * time.Minute,
		`hour() >= 23 or episode("bathroom") >= "45m"`: 5 * time.Minute,
		`avg(heart_rate, "10m") > 100`:                 30 * time.Second,
		`heart_rate > 100`:                             0,
		`episode("away") >= "1h"`:                      0,
	} {
		k := world()
		c, err := compile(text, k.window)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		_, again := c.Holds(k)
		got := time.Duration(0)
		if again != 0 {
			got = time.Duration(again-k.now) * time.Millisecond
		}
		if got != want {
			t.Errorf("%s changes in %s, want %s", text, got, want)
		}
	}
}

func TestConditionsThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "1:1: empty",
		"heart_rate >":                       "1:",
		"heart_rte > 100":                    "1:1: there is no metric heart_rte: did you mean heart_rate?",
		"heart_rate > 100 and\nspo 2 < 90":   "2:",
		"heart_rate > 100 and\nspo < 90":     "2:1: there is no metric spo: did you mean spo2?",
		`door_contact == "opne"`:             `1:17: door_contact is never "opne": want one of closed, open: did you mean open?`,
		`door_contact > "open"`:              "words are not greater or less",
		`heart_rate == "fast"`:               "a text cannot be compared with a number",
		"heart_rate":                         "want a condition, not a number",
		"heart_rate and spo2 > 90":           "1:1: want a condition, not a number",
		`avg(heart_rate)`:                    `avg() has 1 arguments, want avg(metric, "1h")`,
		`avg(heart_rate, 10) > 1`:            "1:17: want a length of time in quotes",
		`avg(heart_rate, "10") > 1`:          "no length of time",
		`avg(heart_rate, "0s") > 1`:          "over 0",
		`avg(heart_rate, "500d") > 1`:        "too long",
		`average(heart_rate, "1h") > 1`:      "there is no function average",
		`threshold("spo2.lo") > 1`:           `: did you mean spo2.low?`,
		`episode("shower") > "1h"`:           `want one of "away", "bathroom"`,
		`filter(1..1000000, true)`:           "1:",
		`let x = 1; x > 0`:                   "no place",
		`heart_rate > 100 ? true : false`:    "a condition does not choose",
		`heart_rate > [100]`:                 "cannot be compared",
		`heart_rate > nil`:                   "no place",
		`{"a": 1}.a > 0`:                     "no place",
		`news2().green`:                      "news2() has .total and .red, no .green",
		`resident.agee > 80`:                 "there is no resident.agee: did you mean resident.age?",
		`resident.name == "Li"`:              "there is no resident.name",
		`heart_rate in spo2`:                 "want a list",
		`heart_rate matches "1.*"`:           "no place",
		`heart_rate ** 9 > 1`:                "no place",
		`count(heart_rate > spo2, "1h") > 1`: "fixed number",
		`age(heart_rate) > 5`:                "a length of time and a number cannot be compared",
		`device.silent > "soon"`:             "no length of time",
		`silent("band-1", "1h")`:             "want a metric",
		strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300) + " and not" + strings.Repeat(" not", 100) + " true": "nested too deeply",
		strings.Repeat("heart_rate > 1 and ", 200) + "true":                                                               "maximum allowed nodes",
	} {
		_, err := compile(text, world().window)
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v, want %s", text, err, want)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, text := range []string{`heart_rate > 100 and not active("5m")`, `count(ecg_rhythm == "afib", "24h") >= 2`, `a?.b[0]`, "\"", `max("1h", device.interval * 3) > age(spo2)`, `in in in`, `1..2`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k := world()
		c, err := compile(text, k.window)
		if err != nil {
			var wrong *Error
			if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Column < 1 {
				t.Fatalf("%q: an error without a place: %v", text, err)
			}
			return
		}
		first, again := c.Holds(k)
		if second, _ := c.Holds(k); second != first {
			t.Fatalf("%q: %s and then %s", text, first, second)
		}
		if again != 0 && again <= k.now {
			t.Fatalf("%q: look again in the past", text)
		}
	})
}
