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

// findLate looks whether a sample that came too late to be told of would have
// been worth a warning then, as far as it says so alone: without what was
// measured around it, and unconfirmed.
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
	f := &facts{State: then, engine: r.engine, sample: sample}
	slices.Sort(about)
	for _, i := range slices.Compact(about) {
		p := r.engine.set.Programs()[i]
		if p.Subject != rules.OfResident || !p.Residents.Includes(s.Resident, f.HasCondition) || !worthAWord(p, f) {
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

// worthAWord reports whether a level of a rule that is no mere information holds.
func worthAWord(p *rules.Program, f *facts) bool {
	for n := range p.Levels {
		if level := &p.Levels[n]; level.Severity >= rules.Warning {
			if t, _ := level.Condition.Holds(f); t == rules.True {
				return true
			}
		}
	}
	return false
}

func (l *latest) used() Used {
	return Used{Metric: l.metric, Number: l.number, Marks: l.marks, At: l.at, Received: l.received, Device: l.source.device, Zone: l.source.zone}
}
