package engine

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Gap is a metric of whose past a state lacks what the rules ask for: it was not
// there when that was measured, or the rules were others.
type Gap struct {
	Metric vitals.Metric
	// Span is how far back they ask for it.
	Span time.Duration
}

// Missing are the gaps of a resident's state. One that is filled by [Engine.Warm] is none
// any more, even when nothing was measured.
func (e *Engine) Missing(s *State) []Gap {
	var gaps []Gap
	for i, w := range e.set.Windows() {
		if s.warm.has(i) || w.Metric.Info().Subject == vitals.OfDevice {
			continue
		}
		// The oldest part of a window is kept as long as its newest reading counts.
		span := time.Duration(w.Span) + time.Duration(width(w))*time.Millisecond
		at := slices.IndexFunc(gaps, func(g Gap) bool { return g.Metric == w.Metric })
		if at < 0 {
			gaps = append(gaps, Gap{Metric: w.Metric, Span: span})
			continue
		}
		gaps[at].Span = max(gaps[at].Span, span)
	}
	return gaps
}

// Recalled is what was measured of a metric until a state was asked for it, as
// the windows keep it.
type Recalled struct {
	engine  *Engine
	facts   facts
	windows []int
	rings   []ring
	known   []ring // what the state had of it then
}

// Recall begins to recall what was measured of a metric until now. The readings
// may be added while the state goes on.
func (e *Engine) Recall(s *State, m vitals.Metric) *Recalled {
	about := &State{Resident: s.Resident, profile: s.profile}
	r := &Recalled{engine: e, facts: facts{State: about, engine: e}, windows: e.windows[m], rings: make([]ring, len(e.windows[m]))}
	for _, i := range r.windows {
		var known ring
		if i < len(s.past) {
			known = slices.Clone(s.past[i])
		}
		r.known = append(r.known, known)
	}
	return r
}

// Add takes a reading in that is fit for rules, measured at a time in Unix
// milliseconds. They come oldest first.
func (r *Recalled) Add(at int64, number float64) {
	for k, i := range r.windows {
		w := r.engine.set.Windows()[i]
		n := w.Metric.Round(number)
		if math.IsNaN(n) || math.IsInf(n, 0) {
			continue
		}
		if w.Takes(n, r.facts.Limit) {
			r.rings[k].add(w, at, n, r.facts.offset(at))
		}
	}
}

// Warm puts what was recalled into a state, beside what it has heard since.
func (e *Engine) Warm(s *State, r *Recalled) {
	s.room(len(e.set.Windows()))
	for k, i := range r.windows {
		wide := width(e.set.Windows()[i])
		index := func(b *bucket) int64 { return (b.At + s.offset(b.At)) / wide }
		s.past[i] = joined(r.rings[k], r.known[k], s.past[i], index)
		s.warm = s.warm.with(i)
	}
}

// room makes place for so many windows.
func (s *State) room(windows int) {
	if missing := windows - len(s.past); missing > 0 {
		s.past = append(s.past, make([]ring, missing)...)
	}
}

// joined is what was recalled until a moment, when the state had what was known,
// with what the state has got since.
func joined(recalled, known, now ring, index func(*bucket) int64) ring {
	out := recalled
	for i := range now {
		fresh := now[i]
		was := find(known, index(&fresh), index)
		at, ok := slices.BinarySearchFunc(out, index(&fresh), func(b bucket, want int64) int { return cmp.Compare(index(&b), want) })
		switch {
		case !ok:
			out = slices.Insert(out, at, fresh)
		case was != nil && *was == fresh && was.N <= out[at].N: // nothing has come since
		case was != nil && was.N > out[at].N: // more was heard than there is to be recalled
			out[at] = fresh
		default:
			out[at].join(&fresh, was)
		}
	}
	return out
}

func find(r ring, want int64, index func(*bucket) int64) *bucket {
	for i := range r {
		if index(&r[i]) == want {
			return &r[i]
		}
	}
	return nil
}

// join adds what another bucket of the same time has got since it was as it was
// then, which is in this one already.
func (b *bucket) join(now, was *bucket) {
	if was == nil {
		was = &bucket{}
	}
	total, squares := b.total()+now.total()-was.total(), b.squares()+now.squares()-was.squares()
	b.N += now.N - was.N
	first, n := float64(b.First), float64(b.N)
	b.Sum = float32(total - first*n)
	b.Squares = float32(squares - first*first*n - 2*first*(total-first*n))
	b.Min, b.Max = min(b.Min, now.Min), max(b.Max, now.Max)
	if now.At >= b.At {
		b.At, b.Last = now.At, now.Last
	}
}

// bits is a set of small numbers.
type bits []uint64

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// with is the set with one more in it.
func (b bits) with(i int) bits {
	for len(b) <= i/64 {
		b = append(b, 0)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}
