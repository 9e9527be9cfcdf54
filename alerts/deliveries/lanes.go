package deliveries

import (
	"sync"

	"github.com/anxin-care/anxin/alerts/rules"
)

const (
	// lane width: how many messages a provider is handed at once, of which the last
	// are kept for what is critical.
	laneWidth    = 8
	laneOrdinary = 6
)

// lanes are the sendings under way, by provider.
type lanes struct {
	mu   sync.Mutex
	busy map[string]int
}

// enter takes a place in a lane when there is one for the severity.
func (l *lanes) enter(lane string, severity rules.Severity) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[lane] >= width(severity) {
		return false
	}
	l.busy[lane]++
	return true
}

func width(severity rules.Severity) int {
	if severity == rules.Critical {
		return laneWidth
	}
	return laneOrdinary
}

// leave gives the place back. It reports whether somebody may have waited for it.
func (l *lanes) leave(lane string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	waited := l.busy[lane] >= laneOrdinary
	if l.busy[lane]--; l.busy[lane] == 0 {
		delete(l.busy, lane)
	}
	return waited
}

// full are the lanes without a place for a severity.
func (l *lanes) full(severity rules.Severity) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := []string{""} // no channel has this one
	for lane, n := range l.busy {
		if n >= width(severity) {
			full = append(full, lane)
		}
	}
	return full
}
