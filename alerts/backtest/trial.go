package backtest

import (
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

// Alert is an alert that a trial gave, or that there was.
type Alert struct {
	ID       string `json:"-"`
	Resident string `json:"resident"`
	// Device is set for one about a device.
	Device string `json:"device,omitempty"`
	Rule   string `json:"rule"`
	// Severity is the gravest that it came to.
	Severity rules.Severity `json:"severity"`
	Began    time.Time      `json:"began"`
	// Ended is zero for one that was open at the end.
	Ended time.Time `json:"ended,omitzero"`
	// Part says that it was told as a part of another alert from its first moment,
	// for they have one cause. One that was put under another later was told by
	// itself before.
	Part bool `json:"part,omitempty"`
	// Night says that it began between 22:00 and 07:00 on the resident's clock.
	Night bool `json:"night,omitempty"`
	// Verdict is what people said of it, or of the alert that there was then.
	Verdict engine.Verdict `json:"verdict,omitempty"`
}

// answered is how long an alert that only a person closes stays open in a trial:
// without anybody, the first fall would hide all the others.
const answered = time.Hour

// answerer is who closes such alerts.
const answerer = "backtest"

// trial is one set of rules on one resident.
type trial struct {
	engine *engine.Engine
	set    *rules.Set
	who    string
	zone   *time.Location
	from   int64 // when counting begins
	state  engine.State
	home   *engine.State  // of the devices; nil when nothing is expected of them
	open   map[string]int // alerts by id, by their place
	alerts []Alert
	// waiting are alerts that only a person closes, oldest first.
	waiting []waiting
}

type waiting struct {
	alert string
	until int64
}

func newTrial(e *engine.Engine, set *rules.Set, r Resident, begin int64) *trial {
	zone := r.Profile.Zone
	if zone == nil {
		zone = time.UTC
	}
	t := &trial{engine: e, set: set, who: r.ID, zone: zone, from: r.From.UnixMilli(), state: engine.State{Resident: r.ID}, open: map[string]int{}}
	t.step(&t.state, begin, r.Profile)
	if len(r.Equipment.Devices) > 0 {
		t.home = &engine.State{Home: r.Home}
		t.step(t.home, begin, r.Equipment)
	}
	return t
}

// hear takes a message in.
func (t *trial) hear(m *Message) {
	t.answer(m.Received)
	if t.home != nil {
		if due := t.home.Next(); due != 0 && due < m.Received {
			t.step(t.home, m.Received-1, engine.Tick{})
		}
	}
	t.step(&t.state, m.Received, m.Readings)
	if t.home != nil {
		t.step(t.home, m.Received, engine.Heard{Device: m.Device, Samples: m.Samples})
	}
}

// answer is the person who closes what only a person closes.
func (t *trial) answer(until int64) {
	for len(t.waiting) > 0 && t.waiting[0].until <= until {
		w := t.waiting[0]
		t.waiting = t.waiting[1:]
		t.step(&t.state, w.until, engine.Resolve{Alert: w.alert, By: answerer, Verdict: engine.TestAlarm})
	}
}

func (t *trial) step(s *engine.State, at int64, what any) {
	out, _ := t.engine.Step(s, engine.Event{At: at, What: what})
	t.take(out)
	for i := range out {
		if t.engine.Darkens(&out[i]) {
			t.step(&t.state, out[i].At, engine.Dark{})
		}
	}
}

// pass lets time pass, for the home first: what is dark is nobody's silence.
func (t *trial) pass(at int64) {
	if t.home != nil {
		t.step(t.home, at, engine.Tick{})
	}
	t.step(&t.state, at, engine.Tick{})
}

func (t *trial) take(transitions []engine.Transition) {
	for i := range transitions {
		tr := &transitions[i]
		at := time.UnixMilli(tr.At).UTC()
		if tr.Cause == engine.Began {
			t.open[tr.Alert] = len(t.alerts)
			t.alerts = append(t.alerts, Alert{
				ID: tr.Alert, Resident: t.who, Device: tr.Device, Rule: tr.Rule, Severity: tr.Severity, Began: at, Night: alerts.AtNight(at.In(t.zone)), Part: tr.PartOf != "",
			})
			if n, ok := t.set.Find(tr.Rule); ok && t.set.Programs()[n].Cleared == nil {
				t.waiting = append(t.waiting, waiting{tr.Alert, tr.At + answered.Milliseconds()})
			}
		}
		a := &t.alerts[t.open[tr.Alert]]
		a.Severity = max(a.Severity, tr.Severity)
		if tr.Cause == engine.Grouped && at.Equal(a.Began) {
			a.Part = true
		}
		if tr.Status == engine.Resolved {
			a.Ended = at
			delete(t.open, tr.Alert)
		}
	}
}

// end lets the time pass until the period is over, and returns the alerts that
// began in it, and how many were open when it began.
func (t *trial) end(to int64) (began []Alert, before map[string]int) {
	t.answer(to - 1)
	t.pass(to - 1)
	before = map[string]int{}
	for _, a := range t.alerts {
		switch {
		case a.Began.UnixMilli() >= t.from:
			began = append(began, a)
		case a.Ended.IsZero() || a.Ended.UnixMilli() > t.from:
			before[a.Rule]++
		}
	}
	return began, before
}
