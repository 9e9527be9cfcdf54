package timeline

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Move says which readings are to be whose: those of From that Device measured,
// Since <= At < Until, are to be To's.
//
// Where To has a reading of that device, metric and time already, To's stays and
// From's goes: it is the same measurement, which was written for both.
//
// Of the hours whose raw readings are gone, those move of which all that the
// device measured in them lies within the span. In the hour of a border what was
// measured before and after it may be in one roll-up, which cannot be told apart
// any more: such an hour stays whole with From, and is counted in Moved.Mixed.
// When To has a roll-up of the same hour, they are added to each other, unless
// both have the same count, extremes, first and last: then they are of the same
// readings, and one is kept.
//
// With Both nothing goes from From: what moves is To's, too. Where To has a roll-up
// of the same hour already, To's stays, as readings do.
type Move struct {
	From, To string
	Device   string    // "" for all devices
	Since    time.Time // the zero time for all that there was
	Until    time.Time // the zero time for all that there is
	Both     bool
}

// Hour is from when to when a device measured within an hour of which only roll-ups
// are left.
type Hour struct {
	Device      string
	First, Last time.Time
}

func (h Hour) compare(o Hour) int {
	return cmp.Or(cmp.Compare(h.Device, o.Device), h.First.Compare(o.First))
}

// Moved is what a Move moved, or would. After one that was interrupted it is
// what was still to be done; with Both, which leaves all in its place, it is all again.
type Moved struct {
	// Readings are how many raw readings of each metric From had in the span.
	Readings map[vitals.Metric]int
	// Hours are how many roll-ups, each of a device, a metric and an hour.
	Hours int
	// Mixed are how many roll-ups stay with From, as part of them is from outside of
	// the span.
	Mixed int
}

// Count is how many raw readings there are.
func (m Moved) Count() (n int) {
	for _, of := range m.Readings {
		n += of
	}
	return n
}

func (m Moved) add(metric vitals.Metric, n int) {
	if n > 0 {
		m.Readings[metric] += n
	}
}

func (m Move) check() error {
	switch {
	case m.From == "" || m.To == "":
		return errors.New("move readings: whose they are and whose they are to be must both be said")
	case m.From == m.To:
		return fmt.Errorf("move readings of resident %s: they are theirs already", m.From)
	}
	return nil
}

// span is what is asked for, without end where no end is said.
func (m Move) span() span {
	if m.Until.IsZero() {
		return span{millis(m.Since), math.MaxInt64}
	}
	return span{millis(m.Since), millis(m.Until)}
}

func (m Move) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("move readings of resident %s to resident %s: %w", m.From, m.To, err)
}

// holds reports whether an hour that holds readings from first to last lies
// within the span, and whether any of it may.
func (p span) holds(first, last int64) (all, any bool) {
	return first >= p.start && last < p.stop, first < p.stop && last >= p.start
}

// hours is the span of the beginnings of all hours that may hold some of it.
func (p span) hours() span { return span{windowStart(p.start, hour), p.stop} }

// sameReadings reports whether two windows are of the same readings, as far as can
// be told. Sums may differ in their last digits by the order of adding.
func (w window) sameReadings(o window) bool {
	return w.count == o.count && w.min == o.min && w.max == o.max &&
		w.first.at == o.first.at && w.first.number == o.first.number && w.last.at == o.last.at && w.last.number == o.last.number
}
