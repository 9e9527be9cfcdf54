package engine

import (
	"math"
	"slices"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Engine judges by one set of rules. It holds nothing of any resident and may
// be used by many goroutines at once, each with other states.
type Engine struct {
	set *rules.Set
	// windows of each metric, by their numbers.
	windows map[vitals.Metric][]int
	names   []uint32 // of the windows, by their numbers
	sums    []uint32 // of the rules, see [sumOf]
	// rules about residents, and those of them that movement is a reason to look at.
	all, moved []int
	// rules about homes and about devices.
	homes, devices []int
	late           []int // rules about late findings
	planned        []int // rules about planned measurements
}

// New returns an engine for a set of rules.
func New(set *rules.Set) *Engine {
	e := &Engine{set: set, windows: map[vitals.Metric][]int{}, all: set.Of(rules.OfResident), homes: set.Of(rules.OfHome), devices: set.Of(rules.OfDevice)}
	for i, w := range set.Windows() {
		e.windows[w.Metric] = append(e.windows[w.Metric], i)
		e.names = append(e.names, nameOf(w))
	}
	for _, p := range set.Programs() {
		e.sums = append(e.sums, sumOf(p))
	}
	for _, i := range e.all {
		if set.Programs()[i].Planned {
			e.planned = append(e.planned, i)
		}
		if set.Programs()[i].Late {
			e.late = append(e.late, i)
		}
		if set.Programs()[i].Lives {
			e.moved = append(e.moved, i)
		}
	}
	return e
}

// Step takes one event in. It changes the state, and returns the transitions in
// the order in which they came about and when time alone may bring the next, in
// Unix milliseconds, 0 for never. The same events in the same order give the
// same transitions from the same state.
func (e *Engine) Step(s *State, event Event) (out []Transition, next int64) {
	if event.Seq != 0 && event.Seq <= s.seq || event.Input != 0 && event.Input <= s.input {
		return nil, s.Next()
	}
	s.seq, s.input = max(s.seq, event.Seq), max(s.input, event.Input)
	r := &run{engine: e, state: s, facts: facts{State: s, engine: e}}
	r.look.Facts = &r.facts
	at := max(event.At, s.now)
	if deaf, ok := event.What.(Deaf); ok {
		s.deafen(deaf)
	}
	r.passTo(at)
	s.now, r.seq, r.came = at, event.Seq, event.At
	switch what := event.What.(type) {
	case Dark:
		s.darken(at)
	case Readings:
		if s.of().Unwatched {
			break
		}
		if !onlyOnline(what.Samples) && at-event.At <= lateness.Milliseconds() {
			s.light(at)
		}
		r.readings(what, event.At)
	case Profile:
		if s.of().Unwatched && !what.Unwatched {
			s.deafen(Deaf{To: at}) // nothing was looked at meanwhile
		}
		s.profile = &what
		if s.since == 0 {
			s.since = at
		}
		if what.Unwatched {
			r.withdraw()
			break
		}
		r.judgeAll(e.all, nil)
	case Equipment:
		if s.since == 0 {
			s.since = at
		}
		r.equip(what)
	case Heard:
		r.heard(what, event.At)
	case Claim:
		r.claim(what)
	case Release:
		r.release(what)
	case Resolve:
		r.resolve(what)
	case Disown:
		r.disown(what)
	case Snooze:
		r.snooze(what)
	case Adopt:
		r.adopt(what)
	case Raise:
		if !s.of().Unwatched {
			r.raise(what)
		}
	case Lower:
		r.lower(what)
	}
	r.regroup()
	return r.out, s.Next()
}

// passTo works off what time alone brings about until a moment, each at its own.
func (r *run) passTo(at int64) {
	s := r.state
	for {
		due := s.Next()
		if due == 0 || due > at {
			return
		}
		s.now = max(s.now, due)
		if s.unseen != 0 && s.unseen <= s.now {
			s.unseen = 0
			r.lookAtAll()
			continue
		}
		r.expireAdrift()
		r.judgeAll(s.dueBy(s.now), nil)
		for _, d := range s.devices {
			if rules := d.dueBy(s.now); len(rules) > 0 || len(d.adrift) > 0 {
				r.on(d, func() {
					r.expireAdrift()
					r.judgeAll(rules, nil)
				})
			}
		}
		if r.lit {
			r.lit = false
			r.judgeHome()
		}
		r.regroup()
	}
}

func (r *run) judgeAll(rules []int, sample *vitals.Sample) {
	for _, i := range rules {
		r.judge(i, sample)
	}
}

// readings takes the samples in, oldest first.
func (r *run) readings(in Readings, received int64) {
	samples := in.Samples
	if !slices.IsSortedFunc(samples, bySampleTime) {
		samples = slices.Clone(samples)
		slices.SortStableFunc(samples, bySampleTime)
	}
	for i := range samples {
		r.sample(in, &samples[i], received)
	}
}

func bySampleTime(a, b vitals.Sample) int {
	switch {
	case a.At < b.At:
		return -1
	case a.At > b.At:
		return 1
	}
	return 0
}

func (r *run) sample(in Readings, sample *vitals.Sample, received int64) {
	s := r.state
	late := s.now-sample.At > lateness.Milliseconds()
	from := s.from(in.Device, in.Class, in.Zone)
	about, moved, missed, offset := r.about[:0], false, false, s.offset(sample.At)
	for _, v := range sample.Values {
		if v.Marks.Unfit() {
			continue
		}
		s.note(latest{
			metric: v.Metric, marks: v.Marks, number: v.Number, at: sample.At, received: received, source: from,
		})
		r.remember(v, sample.At, offset)
		if _, planned := s.of().Planned[v.Metric]; planned {
			about = append(about, r.engine.planned...)
		}
		told := !late || v.Metric.Info().Kind == vitals.Event && s.now-sample.At <= lateEvent.Milliseconds()
		if !told {
			missed = true
			continue
		}
		if !late {
			moved = s.live(sample.At, in.Device, in.Zone, v) || moved
		}
		about = append(about, r.engine.set.About(v.Metric)...)
	}
	if moved {
		about = append(about, r.engine.moved...)
	}
	slices.Sort(about)
	r.about = about
	for _, i := range slices.Compact(about) {
		if r.engine.set.Programs()[i].Subject == rules.OfResident {
			r.judge(i, sample)
		}
	}
	if missed && len(r.engine.late) > 0 {
		r.findLate(in, sample, received)
	}
}

// remember adds a reading to the windows that rules ask for.
func (r *run) remember(v vitals.Value, at, offset int64) {
	windows := r.engine.windows[v.Metric]
	if len(windows) == 0 {
		return
	}
	s := r.state
	s.room(len(r.engine.set.Windows()))
	n := v.Metric.Round(v.Number)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return
	}
	for _, i := range windows {
		w := r.engine.set.Windows()[i]
		if w.Only == "" || w.Takes(n, r.facts.Limit) {
			s.past[i].add(w, at, n, offset)
		}
	}
}
