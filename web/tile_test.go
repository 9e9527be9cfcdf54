package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

var now = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func tileOf(t *testing.T, m vitals.Metric, readings ...vitals.Reading) tile {
	t.Helper()
	return newTiler(loaded(t)[0], now, time.UTC, readings).tile(m)
}

func TestValuesGrowOld(t *testing.T) {
	for _, m := range vitals.Metrics() {
		limit := freshFor(m)
		if limit < time.Minute || limit > 400*24*time.Hour {
			t.Errorf("%s is fresh for %s", m, limit)
		}
		for age, old := range map[time.Duration]bool{0: false, limit: false, limit + time.Millisecond: true} {
			made := tileOf(t, m, vitals.Reading{Metric: m, At: now.Add(-age)})
			if made.Old != old || made.Never() {
				t.Errorf("%s after %s is old: %v, want %v", m, age, made.Old, old)
			}
			if said := strings.Contains(made.Age, "old"); said != (old && m.Info().Kind != vitals.Event) {
				t.Errorf("%s after %s: %q", m, age, made.Age)
			}
		}
		if made := tileOf(t, m); !made.Never() || made.Parts[0].Text != "—" || made.Age != "never" {
			t.Errorf("%s that was never measured: %+v", m, made)
		}
	}
}

func TestBloodPressureIsAsOldAsItsOlderPart(t *testing.T) {
	systolic := vitals.Reading{Metric: vitals.BPSystolic, Number: 132, At: now.Add(-time.Minute)}
	diastolic := vitals.Reading{Metric: vitals.BPDiastolic, Number: 78, At: now.Add(-48 * time.Hour), Marks: vitals.Implausible | vitals.Below}
	made := tileOf(t, vitals.BPSystolic, systolic, diastolic)
	if !made.Old || made.At != diastolic.At || made.Parts[0].Text != "132" || made.Parts[1].Text != "<78" {
		t.Errorf("132 of now with <78 of two days ago: %+v", made)
	}
	if !slices.Equal(made.Doubts, []string{"implausible"}) {
		t.Errorf("doubts: %q", made.Doubts)
	}
	if made := tileOf(t, vitals.BPSystolic, systolic); made.Never() || made.Old || made.Parts[1].Text != "—" {
		t.Errorf("132 alone: %+v", made)
	}
}

func TestNaturalOrder(t *testing.T) {
	sorted := []string{"", "1-101", "2", "2-9", "2-10", "02-11", "10-1", "A", "a2", "a10", "a10b", "王1", "王12"}
	for i, a := range sorted {
		for j, b := range sorted {
			got := compareNatural(a, b)
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q beside %q: %d", a, b, got)
			}
		}
	}
}

func FuzzNaturalOrder(f *testing.F) {
	f.Add("2-101", "10-101", "2-99")
	f.Add("王1", "a\xff", "00")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if compareNatural(a, b) != -compareNatural(b, a) || compareNatural(a, a) != 0 {
			t.Errorf("%q and %q have no order", a, b)
		}
		if compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0 && compareNatural(a, c) > 0 {
			t.Errorf("%q, %q, %q go round", a, b, c)
		}
	})
}

func FuzzLocalPath(f *testing.F) {
	for _, next := range []string{"/", "/residents/r-1?range=7d", "//example.org", `/\example.org`, "https://example.org", "/%2f/example.org"} {
		f.Add(next)
	}
	here := &url.URL{Scheme: "https", Host: "anxin.example", Path: "/sign-in"}
	f.Fuzz(func(t *testing.T, next string) {
		path := localPath(next)
		to, err := here.Parse(path)
		if err != nil || to.Host != here.Host || to.Scheme != here.Scheme || strings.Contains(path, `\`) || strings.HasPrefix(path, "//") {
			t.Errorf("%q leads to %v (%v)", next, to, err)
		}
	})
}

func TestTroubles(t *testing.T) {
	l := loaded(t)[0]
	yes, no := true, false
	charge := func(percent float64) *float64 { return &percent }
	for name, tc := range map[string]struct {
		device Device
		want   []string
	}{
		"well":               {Device{LastSeen: now.Add(-time.Hour), Online: &yes, Battery: charge(20)}, nil},
		"says little":        {Device{LastSeen: now.Add(-25 * time.Hour)}, nil},
		"never heard":        {Device{}, []string{"silent: never heard"}},
		"offline":            {Device{LastSeen: now.Add(-3 * time.Hour), Online: &no}, []string{"offline: offline, last heard 3 h ago"}},
		"silent":             {Device{LastSeen: now.Add(-72 * time.Hour), Online: &yes}, []string{"silent: silent, last heard 3 days ago"}},
		"battery":            {Device{LastSeen: now, Battery: charge(19.9)}, []string{"battery: battery 19 %"}},
		"says battery low":   {Device{LastSeen: now, BatteryLow: true}, []string{"battery: battery low"}},
		"slow clock":         {Device{LastSeen: now, ClockOff: 61 * time.Minute}, []string{"clock: clock is 1 h slow"}},
		"fast clock":         {Device{LastSeen: now, ClockOff: -5 * time.Minute}, []string{"clock: clock is 5 min fast"}},
		"clock nearly right": {Device{LastSeen: now, ClockOff: 2 * time.Minute}, nil},
	} {
		var got []string
		for _, trouble := range l.troubles(tc.device, now) {
			got = append(got, trouble.Kind+": "+trouble.Text)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
