package engine

import (
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

// Recalled is what was measured of a metric before a state knew of it, as the
// windows keep it.
type Recalled struct {
	engine  *Engine
	facts   facts
	windows []int
	rings   []ring
}

// Recall begins to recall a metric's past for a state, of which it reads the
// profile alone.
func (e *Engine) Recall(s *State, m vitals.Metric) *Recalled {
	about := &State{Resident: s.Resident, profile: s.profile}
	return &Recalled{engine: e, facts: facts{State: about, engine: e}, windows: e.windows[m], rings: make([]ring, len(e.windows[m]))}
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

// Warm puts what was recalled into a state. Where the state has heard of the
// same time itself, what is of more readings counts.
func (e *Engine) Warm(s *State, r *Recalled) {
	s.room(len(e.set.Windows()))
	for k, i := range r.windows {
		s.past[i] = fuller(r.rings[k], s.past[i], func(b *bucket) int64 { return (b.At + s.offset(b.At)) / width(e.set.Windows()[i]) })
		s.warm = s.warm.with(i)
	}
}

// room makes place for so many windows.
func (s *State) room(windows int) {
	if missing := windows - len(s.past); missing > 0 {
		s.past = append(s.past, make([]ring, missing)...)
	}
}

// fuller is of both rings, bucket by bucket, the one of more readings.
func fuller(a, b ring, index func(*bucket) int64) ring {
	if len(b) == 0 {
		return a
	}
	out := make(ring, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch of, other := index(&a[0]), index(&b[0]); {
		case of < other:
			out, a = append(out, a[0]), a[1:]
		case of > other:
			out, b = append(out, b[0]), b[1:]
		case a[0].N >= b[0].N:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		default:
			out, a, b = append(out, b[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
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
