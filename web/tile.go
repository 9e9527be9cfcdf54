package web

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// tile shows one measurement: its name, its value or two, the unit, and its age.
type tile struct {
	// Key names the tile: its metric, or "blood_pressure".
	Key   string
	Label string
	Unit  string
	Parts []part
	// At is when it was measured, zero when never; of two parts the older.
	At time.Time
	// Age is At as people say it, Clock the time in the resident's zone.
	Age, Clock string
	// Old is set past the metric's limit, FreshMS in milliseconds.
	Old     bool
	FreshMS int64
	// Past is set for events, which stay true when they are old.
	Past bool
	// Doubts say why the value may be wrong.
	Doubts []string
}

// part is one value of a tile.
type part struct {
	Metric string
	Text   string
	At     time.Time
	Marks  string
}

// Never reports whether nothing was ever measured.
func (t tile) Never() bool { return t.At.IsZero() }

// Millis is the time for the scripts, 0 for never.
func (p part) Millis() int64 {
	if p.At.IsZero() {
		return 0
	}
	return p.At.UnixMilli()
}

// bloodPressure is the one measurement of two metrics.
const bloodPressure = "blood_pressure"

// tiler makes a resident's tiles.
type tiler struct {
	locale *locale
	now    time.Time
	zone   *time.Location
	latest map[vitals.Metric]vitals.Reading
}

func newTiler(l *locale, now time.Time, zone *time.Location, readings []vitals.Reading) tiler {
	latest := make(map[vitals.Metric]vitals.Reading, len(readings))
	for _, r := range readings {
		latest[r.Metric] = r
	}
	return tiler{locale: l, now: now, zone: zone, latest: latest}
}

// blank is a tile without values.
func (l *locale) blank(m vitals.Metric) tile {
	info := m.Info()
	return tile{
		Key: info.Name, Label: info.Display(l.Tag), Unit: l.unit(m),
		FreshMS: freshFor(m).Milliseconds(), Past: info.Kind == vitals.Event,
	}
}

// tile makes the tile of a metric; of a blood pressure's two, by the systolic.
func (t tiler) tile(m vitals.Metric) tile {
	made := t.locale.blank(m)
	metrics := []vitals.Metric{m}
	if m == vitals.BPSystolic {
		made.Key, made.Label = bloodPressure, t.locale.T("metric.blood_pressure")
		metrics = []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}
	}
	for _, metric := range metrics {
		r, ok := t.latest[metric]
		p := part{Metric: metric.String(), Text: "—"}
		if ok {
			p.Text, p.At, p.Marks = t.locale.text(r), r.At, r.Marks.String()
		}
		if ok && (made.At.IsZero() || p.At.Before(made.At)) {
			made.At = p.At
		}
		made.Parts = append(made.Parts, p)
		for _, name := range r.Marks.Names() {
			// "Less than" and "more than" stand in the value itself.
			if doubt := t.locale.T("mark." + name); name != "below" && name != "above" && !slices.Contains(made.Doubts, doubt) {
				made.Doubts = append(made.Doubts, doubt)
			}
		}
	}
	if made.At.IsZero() {
		made.Age = t.locale.T("age.never")
		return made
	}
	age := t.now.Sub(made.At)
	made.Age, made.Old = t.locale.age(age), age > freshFor(m)
	if made.Old && !made.Past {
		made.Age = t.locale.T("age.old", "age", made.Age)
	}
	made.Clock = made.At.In(t.zone).Format(time.DateTime)
	return made
}

// has reports whether there is a reading of the metric.
func (t tiler) has(m vitals.Metric) bool {
	_, ok := t.latest[m]
	return ok
}
