package engine

import "github.com/anxin-care/anxin/alerts/rules"

// streak is a condition that holds, and has not been believed yet or was.
type streak struct {
	_     struct{} `cbor:",toarray"`
	Since int64    // of the first reading, or the moment, that it holds from; 0 when it does not
	Last  int64    // of the newest reading that said so
	N     int32    // different readings in a row that said so
}

// glance is one look at a condition.
type glance struct {
	truth   rules.Truth
	clocked bool // the condition holds until something changes it
	// reading is set when a reading of the rule's own metrics is the reason, and at
	// is when it was measured.
	reading bool
	at, now int64
	gap     int64 // the longest time between two readings of a streak
}

// counts reports whether a reading goes on with a streak of readings.
func (g *glance) counts() bool { return g.truth == rules.True && g.reading && !g.clocked }

// look goes on with the streak, or ends it. It reports whether what holds is to
// be believed, and when time alone may make it so.
//
// How long a level has held is what its readings say, from the first to the
// newest: one that is not measured any more does not go on holding. A state
// holds until its sensor says otherwise, and there the clock counts.
func (k *streak) look(g glance, c rules.Confirm, unconfirmed rules.Span) (held bool, due int64) {
	switch {
	case g.truth == rules.False, g.truth == rules.Unknown && g.clocked:
		if g.clocked || g.reading {
			*k = streak{}
		}
		return false, 0
	case g.truth == rules.Unknown:
		return false, 0
	case g.clocked:
		return k.byClock(g, c)
	}
	if g.reading && g.at > k.Last {
		if k.Since == 0 || g.at-k.Last > g.gap {
			*k = streak{Since: g.at}
		}
		k.N++
		k.Last = g.at
	}
	if k.Since == 0 {
		return false, 0
	}
	if int(k.N) >= max(1, c.Readings) && k.Last-k.Since >= c.For.Milliseconds() {
		return true, 0
	}
	if unconfirmed == 0 {
		return false, 0
	}
	due = k.Since + unconfirmed.Milliseconds()
	return g.now >= due, later(due, g.now)
}

func (k *streak) byClock(g glance, c rules.Confirm) (held bool, due int64) {
	if k.Since == 0 {
		*k = streak{Since: g.now}
	}
	if g.reading && g.at > k.Last {
		k.N++
		k.Last = g.at
	}
	due = k.Since + c.For.Milliseconds()
	return g.now >= due && int(k.N) >= c.Readings, later(due, g.now)
}

// later is a moment that is still to come, 0 otherwise.
func later(at, now int64) int64 {
	if at > now {
		return at
	}
	return 0
}
