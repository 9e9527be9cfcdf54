package engine

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// oldestLate is how old a late reading may be to be worth a word.
const oldestLate = 7 * 24 * time.Hour

// finding is a late reading that would have been an alert.
type finding struct {
	_    struct{} `cbor:",toarray"`
	Came int64    // when it was received; 0 for never
	Used Used
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
	slices.Sort(about)
	for _, i := range slices.Compact(about) {
		p := r.engine.set.Programs()[i]
		if p.Subject != rules.OfResident || !p.Residents.Includes(s.Resident, f.HasCondition) || !s.confirmedLate(p, f, sample.At) {
			continue
		}
		for _, m := range p.Metrics {
			if l := then.find(m); l != nil {
				s.late = finding{Came: s.now, Used: l.used()}
				r.judgeAll(r.engine.late, nil)
				return
			}
		}
	}
}

func moves(sample *vitals.Sample) bool {
	return slices.ContainsFunc(sample.Values, func(v vitals.Value) bool { return !v.Marks.Unfit() && isActivity(v.Metric, v.Number) })
}

// confirmedLate reports whether a level of a rule that is no mere information
// held then, and was confirmed.
func (s *State) confirmedLate(p *rules.Program, f *facts, at int64) (confirmed bool) {
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
		t, _ := level.Condition.Holds(f)
		g := glance{truth: t, reading: true, at: at, now: at, gap: f.gap(level.Within, level.Condition)}
		held, _ := one.Held.look(g, level.Confirm, 0)
		confirmed = confirmed || held
		if one.Held.Since != 0 {
			s.lateStreaks = append(s.lateStreaks, one)
		}
	}
	return confirmed
}

func (l *latest) used() Used {
	return Used{Metric: l.metric, Number: l.number, Marks: l.marks, At: l.at, Received: l.received, Device: l.source.device, Zone: l.source.zone}
}
