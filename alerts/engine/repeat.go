package engine

import (
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

const (
	// The second call is told at once. Each one after it must stay away by repeatGap
	// longer from the one that was told before, up to longestRepeatGap: who presses a
	// button ten times in fear is told several times, and a button that is stuck once a
	// minute.
	repeatGap        = 2 * time.Second
	longestRepeatGap = time.Minute
)

// calls reports whether what has just been measured is an event that a rule is
// about: a button that was pressed, not a state that is told again.
func calls(p *rules.Program, f *facts) bool {
	for _, m := range p.Metrics {
		if m.Info().Kind != vitals.Event {
			continue
		}
		if l := f.find(m); l != nil && f.justNow(l) {
			return true
		}
	}
	return false
}

// repeat tells that somebody has called again while the alert of the first call is
// open, claimed or not: nobody has come. It is about emergencies that a person is to
// close, which do not clear: what would be the streak of that keeps when the newest
// call that was told was measured, and how many there were.
func (r *run) repeat(j *judged, p *rules.Program, f *facts, measured int64) {
	gap := min(time.Duration(j.clear.N-1)*repeatGap, longestRepeatGap)
	if j.alert.Severity < rules.Critical || measured <= j.clear.Last || measured-j.clear.Last < gap.Milliseconds() {
		return
	}
	j.clear.Last = measured
	j.clear.N++
	r.tell(j.alert, p, f, Repeated)
}
