package engine

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// State is all that the engine knows of one resident. It is made by
// [Engine.Step] from events, and written and read by [Engine.Save] and
// [Engine.Load]. The zero value, with the resident's id, knows nothing.
type State struct {
	// Resident is whom it is about; "" for one of a home's devices.
	Resident string
	// Home is the home whose devices it is about; "" for a resident, and for devices
	// that are in none.
	Home string
	// Service is set for what is about Anxin itself.
	Service bool

	now     int64  // of the newest event
	seq     uint64 // of the newest entry of the journal
	input   uint64 // of the newest numbered input
	since   int64  // of the first profile
	profile *Profile

	latest []latest // by metric
	past   []ring   // by the window's number
	warm   bits     // windows that hold all that there is
	moved  int64    // when somebody last moved
	rhythm rhythm
	// start of each episode that is under way; 0 for none.
	episodes [numEpisodes]int64
	fixtures []fixture // by device and metric

	judged []judged // of the rules about which there is something to remember
	adrift []adrift // open alerts whose rules are not judged
	raised []raised // of the open alerts of rules that are raised
	// unseen is when all rules are to be looked at, since they are others than
	// those that the state was judged by before; 0 when they are not.
	unseen int64

	// deaf is until when Anxin itself took nothing in, lately; blind is until when it
	// did not for so long that states may have changed meanwhile.
	deaf, blind int64
	late        finding // the newest of a late reading
	lateStreaks []lateStreak

	// lost are the episodes, a bit for each, of which nobody knows whether they go
	// on: nothing could be heard.
	lost uint8
	// dark says that nothing is heard of the resident's home.
	dark bool

	devices []*State // of a home, by their ids
	// residents are those who live in the home.
	residents []string
	lit       int64  // when the home was last heard again after it was dark
	gear      *gear  // of a device
	parent    *State // of a device: its home
}

// latest is the newest reading of a metric.
type latest struct {
	metric       vitals.Metric
	marks        vitals.Marks
	number       float64
	at, received int64
	source       *source
	every        int64 // how often it is measured, in milliseconds, as far as that is learnt
}

// source is what measured: the readings of one device share one.
type source struct{ device, class, zone string }

// from is the source of readings that come in now.
func (s *State) from(device, class, zone string) *source {
	from := source{device, class, zone}
	for i := range s.latest {
		if known := s.latest[i].source; *known == from {
			return known
		}
	}
	return &from
}

const numEpisodes = int(rules.Away) + 1

var nobody = &Profile{Zone: time.UTC}

func (s *State) of() *Profile {
	if s.profile == nil {
		return nobody
	}
	return s.profile
}

func (s *State) find(m vitals.Metric) *latest {
	if i, ok := s.place(m); ok {
		return &s.latest[i]
	}
	return nil
}

// place is where a metric's newest reading is, or belongs. It is looked up several
// times for each condition, and what is compared is large.
func (s *State) place(m vitals.Metric) (int, bool) {
	from, to := 0, len(s.latest)
	for from < to {
		middle := (from + to) / 2
		if s.latest[middle].metric < m {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return from, from < len(s.latest) && s.latest[from].metric == m
}

// note keeps a reading when it is the newest of its metric.
func (s *State) note(l latest) {
	i, ok := s.place(l.metric)
	if !ok {
		s.latest = slices.Insert(s.latest, i, l)
	} else if l.at >= s.latest[i].at {
		l.every = paced(s.latest[i].every, l.at-s.latest[i].at)
		s.latest[i] = l
	}
}

// slowest bounds the pace that is learnt.
const slowest = 12 * time.Hour

// paced goes on learning how often a metric is measured. Nothing is assumed at
// first: it takes some readings to believe that they come seldom.
func paced(every, interval int64) int64 {
	if interval == 0 {
		return every
	}
	return every + (min(interval, slowest.Milliseconds())-every)/4
}

// local is a moment on the resident's clock.
func (s *State) local(at int64) time.Time {
	zone := s.of().Zone
	if zone == nil {
		zone = time.UTC
	}
	return time.UnixMilli(at).In(zone)
}

// offset is how far the resident's clock is ahead of UTC, in milliseconds.
func (s *State) offset(at int64) int64 {
	_, seconds := s.local(at).Zone()
	return int64(seconds) * 1000
}

// rule is what is remembered of a rule; the zero value when that is nothing.
func (s *State) rule(i int) judged {
	at, ok := s.ruleAt(i)
	if !ok {
		return judged{rule: i}
	}
	return s.judged[at]
}

func (s *State) ruleAt(i int) (int, bool) {
	return slices.BinarySearchFunc(s.judged, i, func(j judged, i int) int { return j.rule - i })
}

// remember keeps what is to be remembered of a rule, and forgets it when that
// is nothing.
func (s *State) remember(j judged) {
	at, ok := s.ruleAt(j.rule)
	switch {
	case j.empty() && ok:
		s.judged = slices.Delete(s.judged, at, at+1)
	case j.empty():
	case ok:
		s.judged[at] = j
	default:
		s.judged = slices.Insert(s.judged, at, j)
	}
}

// Input is the number of the newest numbered input that was heard.
func (s *State) Input() uint64 { return s.input }

// Now is when the newest event was heard, in Unix milliseconds.
func (s *State) Now() int64 { return s.now }

// Next is when time alone may change something, in Unix milliseconds; 0 for
// never.
func (s *State) Next() int64 {
	next := s.unseen
	for i := range s.judged {
		next = sooner(next, s.judged[i].due())
	}
	for i := range s.adrift {
		next = sooner(next, s.adrift[i].due())
	}
	for _, d := range s.devices {
		next = sooner(next, d.Next())
	}
	return next
}

// dueBy are the rules about which time alone may have changed something by then.
func (s *State) dueBy(at int64) (rules []int) {
	for i := range s.judged {
		if due := s.judged[i].due(); due != 0 && due <= at {
			rules = append(rules, s.judged[i].rule)
		}
	}
	return rules
}

// sooner is the earlier of two moments, where 0 is never.
func sooner(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// MoveOut takes a resident out of a home's state, and reports whether they were in it.
// The next [Equipment] says anew who lives there.
func (s *State) MoveOut(resident string) bool {
	if !slices.Contains(s.residents, resident) {
		return false
	}
	s.residents = slices.DeleteFunc(slices.Clone(s.residents), func(one string) bool { return one == resident })
	return true
}
