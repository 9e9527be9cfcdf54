package backtest

import (
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

// Alert is an alert that a trial gave, or that there was.
type Alert struct {
	Resident string `json:"resident"`
	Rule     string `json:"rule"`
	// Severity is the gravest that it came to.
	Severity rules.Severity `json:"severity"`
	Began    time.Time      `json:"began"`
	// Ended is zero for one that was open at the end.
	Ended time.Time `json:"ended,omitzero"`
	// Night says that it began between 22:00 and 07:00 on the resident's clock.
	Night bool `json:"night,omitempty"`
	// Verdict is what people said of it, or of the alert that there was then.
	Verdict engine.Verdict `json:"verdict,omitempty"`
}

// nightBegins and nightEnds are the hours of the night on the resident's clock.
const (
	nightBegins = 22
	nightEnds   = 7
)

// answered is how long an alert that only a person closes stays open in a trial:
// without anybody, the first fall would hide all the others.
const answered = time.Hour

// answerer is who closes such alerts.
const answerer = "backtest"

// trial is one set of rules on one resident.
type trial struct {
	engine *engine.Engine
	set    *rules.Set
	zone   *time.Location
	from   int64 // when counting begins
	state  engine.State
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
	t := &trial{engine: e, set: set, zone: zone, from: r.From.UnixMilli(), state: engine.State{Resident: r.ID}, open: map[string]int{}}
	t.step(engine.Event{At: begin, What: r.Profile})
	return t
}

// step lets the engine hear an event, and before it the person who has closed
// what only a person closes.
func (t *trial) step(e engine.Event) {
	for len(t.waiting) > 0 && t.waiting[0].until <= e.At {
		w := t.waiting[0]
		t.waiting = t.waiting[1:]
		out, _ := t.engine.Step(&t.state, engine.Event{At: w.until, What: engine.Resolve{Alert: w.alert, By: answerer, Verdict: engine.TestAlarm}})
		t.take(out)
	}
	out, _ := t.engine.Step(&t.state, e)
	t.take(out)
}

func (t *trial) take(transitions []engine.Transition) {
	for i := range transitions {
		tr := &transitions[i]
		at := time.UnixMilli(tr.At).UTC()
		if tr.Cause == engine.Began {
			hour := at.In(t.zone).Hour()
			t.open[tr.Alert] = len(t.alerts)
			t.alerts = append(t.alerts, Alert{Resident: tr.Resident, Rule: tr.Rule, Severity: tr.Severity, Began: at, Night: hour >= nightBegins || hour < nightEnds})
			if n, ok := t.set.Find(tr.Rule); ok && t.set.Programs()[n].Cleared == nil {
				t.waiting = append(t.waiting, waiting{tr.Alert, tr.At + answered.Milliseconds()})
			}
		}
		a := &t.alerts[t.open[tr.Alert]]
		a.Severity = max(a.Severity, tr.Severity)
		if tr.Status == engine.Resolved {
			a.Ended = at
			delete(t.open, tr.Alert)
		}
	}
}

// end lets the time pass until the period is over, and returns the alerts that
// began in it, and how many were open when it began.
func (t *trial) end(to int64) (alerts []Alert, before map[string]int) {
	t.step(engine.Event{At: to - 1, What: engine.Tick{}})
	before = map[string]int{}
	for _, a := range t.alerts {
		switch {
		case a.Began.UnixMilli() >= t.from:
			alerts = append(alerts, a)
		case a.Ended.IsZero() || a.Ended.UnixMilli() > t.from:
			before[a.Rule]++
		}
	}
	return alerts, before
}
