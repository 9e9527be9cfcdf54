package engine

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// mostLevels is how many levels a rule may have: as many as severities.
const mostLevels = 3

// judged is what is remembered of a rule about one resident.
type judged struct {
	rule   int
	levels [mostLevels]streak
	clear  streak // or the calls that were told, see [run.repeat]
	alert  *open
	// hushed keeps the rule from beginning again at once after a person has closed
	// its alert, as grave as that was or milder: until its condition was seen not to
	// hold, or until that moment.
	hushed int64
	closed rules.Severity // how grave that alert was; 0 for one that is not remembered
	again  int64          // when time alone may change something about its conditions
}

// open is an alert that is not resolved.
type open struct {
	_        struct{} `cbor:",toarray"`
	ID       string
	Since    int64
	At       int64
	Severity rules.Severity
	Status   Status
	By       string
	Until    int64  // of the claim
	Snoozed  int64  // until when
	Told     int    // transitions
	Of       string // the alert that it is a part of
	Version  int    // of its rule, at the newest of them
}

// hushes reports whether a rule that holds as gravely as this is not told again.
func (j *judged) hushes(severity rules.Severity) bool {
	return j.hushed != 0 && (j.closed == 0 || severity <= j.closed)
}

// toAndFro reports whether a rule that is hushed stays so though its condition does
// not hold: nothing but a person ends its alert, so nothing says that it is over, and
// somebody whose weight goes up and down at the threshold would be told of each
// time. What is critical is told each time.
func (j *judged) toAndFro(p *rules.Program) bool {
	return p.Cleared == nil && j.closed != 0 && j.closed < rules.Critical
}

func (j *judged) empty() bool {
	return j.alert == nil && j.again == 0 && j.hushed == 0 && j.levels == [mostLevels]streak{} && j.clear == streak{}
}

// due is when time alone may change something.
func (j *judged) due() int64 {
	due := j.again
	if j.alert != nil {
		due = sooner(sooner(due, j.alert.Until), j.alert.Snoozed)
	}
	return due
}

// hush is how long a rule whose alert a person has closed does not begin anew
// while its condition holds on: shorter for what is graver. What is for information
// and lasts, such as a loss of weight, is not said again each day.
var hush = map[rules.Severity]time.Duration{
	rules.Info: 7 * 24 * time.Hour, rules.Warning: 6 * time.Hour, rules.Critical: 30 * time.Minute,
}

// run is the work on one event.
type run struct {
	engine *Engine
	state  *State
	facts  facts // used for one rule after the other
	look   rules.Look
	about  []int  // room for the rules that a sample is about
	seq    uint64 // of the entry that is heard; 0 while time passes
	came   int64  // when that was received
	// hearing is set while the reason is that a device was heard, and lit once a
	// home is not dark any more.
	hearing, lit bool
	// changed is set when alerts have begun, worsened or ended.
	changed bool
	out     []Transition
}

// judge looks at one rule. Sample is what has just been measured, nil when time
// alone has passed.
func (r *run) judge(i int, sample *vitals.Sample) {
	s := r.state
	p := r.engine.set.Programs()[i]
	f := r.factsFor(p, sample)
	j := s.rule(i)
	meant := p.Residents.Includes(s.Resident, f.HasCondition)
	if j.alert == nil && !meant {
		s.remember(judged{rule: i})
		return
	}
	j.again = 0
	g := glance{now: s.now}
	if sample != nil {
		g.at = sample.At
		g.reading = slices.ContainsFunc(sample.Values, func(v vitals.Value) bool {
			return !v.Marks.Unfit() && slices.Contains(p.Metrics, v.Metric)
		})
	}
	if r.hearing && len(p.Metrics) == 0 {
		g.reading, g.at = true, s.now
	}
	held, holds := -1, false
	for n := range p.Levels {
		level := &p.Levels[n]
		t, again := level.Condition.HoldsBy(&r.look)
		g.truth, g.clocked = t, level.Condition.Clocked
		if g.counts() {
			g.gap = f.gap(level.Within, level.Condition)
		}
		ok, due := j.levels[n].look(g, level.Confirm, level.Unconfirmed)
		j.again = sooner(sooner(j.again, again), due)
		holds = holds || t == rules.True
		if ok {
			held = n
		}
	}
	if over := !holds && !j.toAndFro(p); over || s.now >= j.hushed {
		j.hushed, j.closed = 0, 0
	}
	switch {
	case j.alert == nil && held >= 0:
		r.begin(&j, p, f, held, g)
	case j.alert != nil:
		if !meant {
			held = -1 // it may clear, and not worsen
		}
		r.goOn(&j, p, f, g, held, holds)
	}
	if j.hushed != 0 {
		j.again = sooner(j.again, j.hushed)
	}
	s.remember(j)
}

// factsFor are the facts as a rule asks for them.
func (r *run) factsFor(p *rules.Program, sample *vitals.Sample) *facts {
	r.facts.fresh, r.facts.sample = time.Duration(p.Fresh), sample
	return &r.facts
}

// gap is the longest time between two readings of a streak: what the rule says,
// else as long as a reading is fresh. Of what is measured more seldom it is two
// readings' time, or a streak of it could never be: a nurse measures every hour.
func (f *facts) gap(within rules.Span, c *rules.Condition) int64 {
	longest, pace := f.fresh.Milliseconds(), int64(0)
	for _, m := range c.Metrics {
		if f.fresh == 0 {
			longest = max(longest, freshness(m).Milliseconds())
		}
		if l := f.find(m); l != nil {
			pace = max(pace, l.every)
		}
	}
	if within > 0 {
		longest = within.Milliseconds()
	}
	return max(longest, 2*pace)
}

// begin raises an alert, when the hour and the situation allow it.
func (r *run) begin(j *judged, p *rules.Program, f *facts, level int, g glance) {
	s := r.state
	severity := capped(p, f, p.Levels[level].Severity)
	if j.hushes(severity) {
		return
	}
	if local := s.local(s.now); !p.Active.Include(local) {
		j.again = sooner(j.again, p.Active.Next(local).UnixMilli())
		return
	}
	for _, situation := range p.Paused {
		if f.in(situation) {
			j.again = sooner(j.again, f.of().Situations[situation])
			return
		}
	}
	if s.parent != nil && p.Levels[level].Condition.Silence {
		if again, dark := r.dark(); dark {
			j.again = sooner(j.again, again)
			return
		}
	}
	since := j.levels[level].Since
	if origin := p.Levels[level].Condition.Origin(f); origin != 0 {
		since = origin
	}
	if g.reading && g.at < since && p.Levels[level].For == 0 {
		since = g.at // who fell before the line was back has lain there since
	}
	j.clear, j.hushed, j.closed = streak{}, 0, 0
	if p.Cleared == nil {
		j.clear = streak{Last: g.at, N: 1}
	}
	j.alert = &open{
		ID: r.alertID(p, since, g.at), Since: since, At: s.now, Status: Firing, Severity: severity,
	}
	j.alert.Of = r.wholeOf(p, j.alert)
	r.changed = true
	r.tell(j.alert, p, f, Began)
}

// capped is the severity that what measured it allows.
func capped(p *rules.Program, f *facts, severity rules.Severity) rules.Severity {
	for _, m := range p.Metrics {
		if l := f.find(m); l != nil {
			if most, ok := p.Caps[l.source.class]; ok {
				severity = min(severity, most)
			}
		}
	}
	return severity
}

// goOn follows an alert that is open: it may worsen, and it may clear.
func (r *run) goOn(j *judged, p *rules.Program, f *facts, g glance, level int, holds bool) {
	s, a := r.state, j.alert
	r.expire(a, p, f)
	if level >= 0 {
		if severity := capped(p, f, p.Levels[level].Severity); severity > a.Severity {
			a.Severity = severity
			a.Snoozed = 0
			r.changed = true
			r.tell(a, p, f, Worsened)
		}
	}
	if p.Cleared == nil {
		if holds && calls(p, f) {
			r.repeat(j, p, f, g.at)
		}
		return
	}
	if holds {
		j.clear = streak{}
		return
	}
	f.clearing = true
	t, again := p.Cleared.HoldsBy(&r.look)
	f.clearing = false
	g.truth, g.clocked = t, p.Cleared.Clocked
	if g.counts() {
		g.gap = f.gap(p.Clear.Within, p.Cleared)
	}
	cleared, due := j.clear.look(g, p.Clear.Confirm, 0)
	j.again = sooner(sooner(j.again, again), due)
	if cleared {
		a.Status = Resolved
		r.changed = true
		r.tell(a, p, f, Cleared)
		if p.Subject == rules.OfHome {
			s.lit, r.lit = s.now, true
		}
		*j = judged{rule: j.rule, again: j.again}
	}
}

// expire ends claims and snoozes whose time is over.
func (r *run) expire(a *open, p *rules.Program, f *facts) {
	if a.Until != 0 && r.state.now >= a.Until {
		a.Status, a.By, a.Until = Firing, "", 0
		r.tell(a, p, f, ClaimExpired)
	}
	if a.Snoozed != 0 && r.state.now >= a.Snoozed {
		a.Snoozed = 0
		r.tell(a, p, f, SnoozeEnded)
	}
}

// tell adds a transition with what the rule sees.
func (r *run) tell(a *open, p *rules.Program, f *facts, cause Cause) *Transition {
	a.Told++
	a.Version = p.Version
	r.out = append(r.out, Transition{
		Alert: a.ID, N: a.Told, Resident: r.state.Resident, Home: r.state.Home, Device: r.state.deviceID(), Rule: p.ID, Version: p.Version, At: r.state.now, Since: a.Since,
		Status: a.Status, Severity: a.Severity, Cause: cause, Holder: a.By, HeldUntil: a.Until, Snoozed: a.Snoozed, PartOf: a.Of, Evidence: evidence(p, f),
	})
	return &r.out[len(r.out)-1]
}

func evidence(p *rules.Program, f *facts) Evidence {
	var e Evidence
	for _, m := range p.Metrics {
		if l := f.find(m); l != nil {
			e.Readings = append(e.Readings, l.used())
		}
	}
	if p.Late && f.late.Came != 0 {
		e.Readings = append(e.Readings, f.late.Used)
		e.Shown = map[string]float64{"value": f.late.Used.Metric.Round(f.late.Used.Number)}
	}
	if p.Raised {
		e.Incidents = f.incidents(p.ID)
	}
	for _, d := range f.devices {
		e.Devices = append(e.Devices, HeardOf{Device: d.gear.expected.ID, At: d.gear.heard})
	}
	for _, shown := range p.Shown {
		if v, ok := shown.Of(f); ok {
			if e.Shown == nil {
				e.Shown = map[string]float64{}
			}
			e.Shown[shown.Name] = v
		}
	}
	for _, b := range p.Bounds {
		if compared, actual, limit, ok := b.Of(f); ok {
			e.Bounds = append(e.Bounds, Compared{Comparison: compared, Actual: actual, Limit: limit})
		}
	}
	if slices.Contains(p.Metrics, vitals.Consciousness) {
		if score, err := f.score(); err == nil {
			e.Score = &score
		}
	}
	return e
}
