package engine

import (
	"fmt"
	"hash/fnv"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

const day = 24 * time.Hour

const dayLong = int64(day / time.Millisecond)

// ring is what is kept of a window: readings in buckets, oldest first. A bucket
// leaves the window when its newest reading does, so a window of few readings is
// exact, and one of many is longer than it says by at most a bucket.
type ring []bucket

// bucket is the summary of the readings of a part of a window.
type bucket struct {
	_                     struct{} `cbor:",toarray"`
	At                    int64    // of the newest reading
	N                     int32
	First, Last, Min, Max float32 // exact again once rounded to the metric's resolution
	// Sum and Squares are of the differences from First, which are small.
	Sum, Squares float32
}

// total is the sum of the readings, squares that of their squares.
func (b *bucket) total() float64 { return float64(b.First)*float64(b.N) + float64(b.Sum) }

func (b *bucket) squares() float64 {
	first := float64(b.First)
	return first*first*float64(b.N) + 2*first*float64(b.Sum) + float64(b.Squares)
}

// width is how long a bucket is: a day for what is kept for days, an eighth of
// a shorter window, and no more than 31 in all; an hour for what is compared by
// the hour.
func width(w rules.Window) int64 {
	span := time.Duration(w.Span)
	switch {
	case w.ByHour:
		return time.Hour.Milliseconds()
	case w.Before, span >= 2*day && span <= 31*day:
		return day.Milliseconds()
	case span > 31*day:
		return (span / 30).Truncate(day).Milliseconds()
	}
	return max(1, (span / 8).Milliseconds())
}

// add takes a reading in. One that is older than the newest goes into the bucket
// of its time when there still is one, and is left out otherwise.
func (r *ring) add(w rules.Window, at int64, n float64, offset int64) {
	wide := width(w)
	index := (at + offset) / wide
	b := *r
	i := len(b) - 1
	for i >= 0 && (b[i].At+offset)/wide > index {
		i--
	}
	if i >= 0 && (b[i].At+offset)/wide == index {
		b[i].add(at, n)
		return
	}
	if i != len(b)-1 {
		return
	}
	fresh := bucket{At: at, First: float32(n), Min: float32(n), Max: float32(n)}
	fresh.add(at, n)
	b.drop(at - w.Span.Milliseconds())
	if len(b) == cap(b) { // by no more than is needed: there are many rings
		b = append(make(ring, 0, len(b)+1), b...)
	}
	*r = append(b, fresh)
}

// drop forgets what is not newer than a time.
func (r *ring) drop(until int64) {
	b := *r
	i := 0
	for i < len(b) && b[i].At <= until {
		i++
	}
	*r = b[:copy(b, b[i:])]
}

func (b *bucket) add(at int64, n float64) {
	b.N++
	d := n - float64(b.First)
	b.Sum += float32(d)
	b.Squares += float32(d * d)
	f := float32(n)
	b.Min, b.Max = min(b.Min, f), max(b.Max, f)
	if at >= b.At {
		b.At, b.Last = at, f
	}
}

// past sums the buckets up.
func (r ring) past(w rules.Window, now, offset int64) rules.Past {
	var p rules.Past
	span, wide := w.Span.Milliseconds(), width(w)
	lastDay := int64(-1)
	var began int64
	var first, last, least, most float32
	for i := range r {
		b := &r[i]
		if b.At <= now-span || w.Before && (b.At+offset)/dayLong >= (now+offset)/dayLong {
			continue
		}
		if w.ByHour && (b.At+offset)/wide%24 != (now+offset)/wide%24 {
			continue
		}
		if p.Count == 0 {
			first, least, most = b.First, b.Min, b.Max
			p.FirstAt, began = b.At, b.At
			p.Expires = b.At + span
		}
		p.Count += int(b.N)
		p.Sum += b.total()
		p.Squares += b.squares()
		least, most = min(least, b.Min), max(most, b.Max)
		last, p.LastAt = b.Last, b.At
		t := float64(b.At-began) / 1000
		p.SumT += t * float64(b.N)
		p.SumTT += t * t * float64(b.N)
		p.SumTimes += t * b.total()
		if d := (b.At + offset) / day.Milliseconds(); d != lastDay {
			lastDay = d
			p.Days += int(min(int64(b.N), max(1, wide/day.Milliseconds())))
		}
	}
	round := func(f float32) float64 { return w.Metric.Round(float64(f)) }
	p.First, p.Last, p.Min, p.Max = round(first), round(last), round(least), round(most)
	return p
}

// nameOf is a window's name in a state that is written: short, since each state
// names all that it has.
func nameOf(w rules.Window) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%+v", w)
	return h.Sum32()
}
