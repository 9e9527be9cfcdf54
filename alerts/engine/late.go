package engine

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// oldestLate is how old a late reading may be to be worth a word: what a device
// sends of days ago is history, and there is much of it.
const oldestLate = 12 * time.Hour

// finding is a late reading that would have been an alert.
type finding struct {
	_     struct{} `cbor:",toarray"`
	Came  int64    // when it was received; 0 for never
	Used  Used
	Worst rules.Severity // what it would have been
	// Told are the rules that it was told of while one alert is open.
	Told []string
}

// lateStreak is a level of a rule that late readings say held then.
type lateStreak struct {
	_     struct{} `cbor:",toarray"`
	Rule  string
	Level int
	Held  streak
}

// findLate looks whether a sample that came too late to be told of makes what
// would have been a warning then, with the late ones before it: confirmed as its
// rule asks, but without what was measured around it.
func (r *run) findLate(in Readings, sample *vitals.Sample, received int64) {
	s := r.state
	if s.now-sample.At > oldestLate.Milliseconds() {
		return
	}
	then := &State{Resident: s.Resident, now: sample.At, profile: s.profile}
	from := then.from(in.Device, in.Class, in.Zone)
	var about []int
	for _, v := range sample.Values {
		if v.Marks.Unfit() || v.Metric.Info().Kind == vitals.State {
			continue
		}
		then.note(latest{metric: v.Metric, marks: v.Marks, number: v.Number, at: sample.At, received: received, source: from})
		about = append(about, r.engine.set.About(v.Metric)...)
	}
	if moves(sample) {
		then.moved = sample.At
	}
	f := &facts{State: then, engine: r.engine, sample: sample}
	look := &rules.Look{Facts: f}
	slices.Sort(about)
	for _, i := range slices.Compact(about) {
		p := r.engine.set.Programs()[i]
		if p.Subject != rules.OfResident || !p.Residents.Includes(s.Resident, f.HasCondition) {
			continue
		}
		worst := s.confirmedLate(p, f, look)
		for _, m := range p.Metrics {
			if l := then.find(m); l != nil && worst > 0 {
				r.tellLate(p.ID, finding{Came: s.now, Used: l.used(), Worst: worst})
				break
			}
		}
	}
}

// tellLate tells of a finding by a rule, with the alert that is open of one by
// another rule.
func (r *run) tellLate(rule string, found finding) {
	s := r.state
	for _, i := range r.engine.late {
		at, ok := s.ruleAt(i)
		if !ok || s.judged[at].alert == nil {
			found.Told = []string{rule}
			s.late = found
			r.judge(i, nil)
			continue
		}
		if slices.Contains(s.late.Told, rule) {
			continue
		}
		found.Told = append(slices.Clone(s.late.Told), rule)
		s.late = found
		before := len(r.out)
		if r.judge(i, nil); len(r.out) == before {
			at, _ = s.ruleAt(i)
			r.change(at, func(a *open) { a.Snoozed = 0 }, Worsened)
		}
	}
}

func moves(sample *vitals.Sample) bool {
	return slices.ContainsFunc(sample.Values, func(v vitals.Value) bool { return !v.Marks.Unfit() && isActivity(v.Metric, v.Number) })
}

// confirmedLate is the gravest level of a rule, more than mere information, that
// held then and was confirmed; 0 for none.
func (s *State) confirmedLate(p *rules.Program, f *facts, look *rules.Look) (worst rules.Severity) {
	at := f.now
	for n := range p.Levels {
		level := &p.Levels[n]
		if level.Severity < rules.Warning {
			continue
		}
		i := slices.IndexFunc(s.lateStreaks, func(l lateStreak) bool { return l.Rule == p.ID && l.Level == n })
		one := lateStreak{Rule: p.ID, Level: n}
		if i >= 0 {
			one = s.lateStreaks[i]
			s.lateStreaks = slices.Delete(s.lateStreaks, i, i+1)
		}
		t, _ := level.Condition.HoldsBy(look)
		g := glance{truth: t, reading: true, at: at, now: at, gap: f.gap(level.Within, level.Condition)}
		held, _ := one.Held.look(g, level.Confirm, 0)
		if held {
			worst = max(worst, level.Severity)
		}
		if one.Held.Since != 0 {
			s.lateStreaks = append(s.lateStreaks, one)
		}
	}
	return worst
}

func (l *latest) used() Used {
	return Used{Metric: l.metric, Number: l.number, Marks: l.marks, At: l.at, Received: l.received, Device: l.source.device, Zone: l.source.zone}
}
