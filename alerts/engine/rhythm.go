package engine

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

const (
	// rhythmDays is of how many days the resident's rhythm is.
	rhythmDays = 14
	// leastDays is how many days make a rhythm.
	leastDays = 5
	// The defaults until then, on the resident's clock.
	defaultWaking = 8 * time.Hour
	bedtime       = 22
	getUpTime     = 7
	nightBegins   = 23
	nightEnds     = 6
)

// rhythm is how the resident's days are: the longest time of each without
// movement, when each began, and the longest absence from bed of its night.
type rhythm struct {
	Day                    int64 // the local day that is under way, in days since 1970
	Longest, Waking, Night int32
	// Of the days before, newest last, in seconds; a day without an answer is left
	// out.
	LongestOf, WakingOf, NightOf []int32
}

// turn begins a new day.
func (r *rhythm) turn(day int64) {
	if day <= r.Day {
		return
	}
	r.LongestOf = keep(r.LongestOf, r.Longest)
	r.WakingOf = keep(r.WakingOf, r.Waking)
	r.NightOf = keep(r.NightOf, r.Night)
	r.Day, r.Longest, r.Waking, r.Night = day, 0, 0, 0
}

func keep(days []int32, of int32) []int32 {
	if of == 0 {
		return days
	}
	days = append(days, of)
	return slices.Clip(days[max(0, len(days)-rhythmDays):])
}

// usual is the most of the days but one: a day on which somebody lay on the floor
// must not make that usual.
func usual(days []int32) (time.Duration, bool) {
	if len(days) < leastDays {
		return 0, false
	}
	return mostButOne(days), true
}

func mostButOne(days []int32) time.Duration {
	sorted := slices.Sorted(slices.Values(days))
	return time.Duration(sorted[len(sorted)-2]) * time.Second
}

// waking is when the resident has usually got up, at the latest, as it is known on
// a day, in days since 1970. Two mornings are no rhythm, but who got up later than
// the default on both rises late.
func (r *rhythm) waking(today int64) time.Duration {
	mornings := r.WakingOf
	if r.Day < today {
		mornings = keep(mornings, r.Waking) // nobody has moved yet, which would have turned the day
	}
	if own, ok := usual(mornings); ok {
		return own
	}
	if len(mornings) < 2 {
		return defaultWaking
	}
	return max(defaultWaking, mostButOne(mornings))
}

// live follows what somebody does: movement, episodes and the rhythm of days. It
// reports whether that is a reason to look at what moves rules.
func (s *State) live(at int64, device, zone string, v vitals.Value) bool {
	if !isActivity(v.Metric, v.Number) && v.Metric != vitals.Presence {
		return false
	}
	if !s.turned(device, v) {
		return false
	}
	s.turnDay(at)
	switch {
	case v.Metric == vitals.BedPresence:
		s.bed(at, v.Number > 0)
	case v.Metric == vitals.DoorContact && zone == entrance:
		if v.Number > 0 {
			s.begin(rules.Away, at)
			s.end(rules.Bathroom)
		}
	case indoors(zone, v) && zone == bathroom:
		s.begin(rules.Bathroom, at)
		s.end(rules.Away)
	case indoors(zone, v):
		s.end(rules.Bathroom)
		if zone != entrance || at-s.episodes[rules.Away] > leaving.Milliseconds() {
			s.end(rules.Away)
		}
	}
	if v.Metric == vitals.Presence && v.Number == 0 {
		return true
	}
	if s.moved != 0 && at > s.moved {
		if start, open := s.quiet(at); open && start < at {
			s.rhythm.Longest = max(s.rhythm.Longest, int32((at-start)/1000))
		}
	}
	s.moved = max(s.moved, at)
	return true
}

// The zones by which episodes are told.
const (
	bathroom = "bathroom"
	entrance = "entrance"
	// leaving is how long what moves at the entrance may still be somebody who has
	// opened the door to go.
	leaving = 2 * time.Minute
)

// indoors reports whether a value shows that somebody is in the home, at a place:
// who opens the fridge is in the kitchen, and not in the bathroom any more.
func indoors(zone string, v vitals.Value) bool {
	switch v.Metric {
	case vitals.Motion, vitals.Presence:
		return v.Number > 0
	case vitals.DoorContact:
		return zone != "" && zone != entrance
	}
	return false
}

// bed follows a bed that somebody lies down in, or leaves: who lies in it is
// nowhere else.
func (s *State) bed(at int64, in bool) {
	if in {
		s.begin(rules.InBed, at)
		s.backInBed(at)
		s.end(rules.Bathroom)
		s.end(rules.Away)
		return
	}
	s.end(rules.InBed)
	local := s.local(at)
	if local.Hour() >= nightBegins || local.Hour() < nightEnds {
		s.begin(rules.OutOfBed, at)
	} else {
		s.woke(local)
	}
}

// mostOfANight is the longest that somebody is out of bed and goes back to it in
// the same night.
const mostOfANight = 4 * time.Hour

// backInBed ends an absence from bed.
func (s *State) backInBed(at int64) {
	if left := s.episodes[rules.OutOfBed]; left != 0 && at-left <= mostOfANight.Milliseconds() {
		s.rhythm.Night = max(s.rhythm.Night, int32((at-left)/1000))
	}
	s.end(rules.OutOfBed)
}

// woke notes when the resident's day began.
func (s *State) woke(local time.Time) {
	if s.rhythm.Waking == 0 && local.Hour() >= 4 && local.Hour() < 14 {
		s.rhythm.Waking = int32(local.Hour()*3600 + local.Minute()*60 + local.Second())
	}
}

func (s *State) turnDay(at int64) { s.rhythm.turn(s.localDay(at)) }

// localDay is the day of a moment where the resident lives, in days since 1970.
func (s *State) localDay(at int64) int64 { return (at + s.offset(at)) / day.Milliseconds() }

func (s *State) begin(e rules.Episode, at int64) {
	s.lost &^= 1 << e
	if s.episodes[e] == 0 {
		s.episodes[e] = at
	}
}

func (s *State) end(e rules.Episode) {
	s.lost &^= 1 << e
	s.episodes[e] = 0
}

// lose forgets an episode that may be over.
func (s *State) lose(e rules.Episode) {
	if s.episodes[e] != 0 {
		s.end(e)
		s.lost |= 1 << e
	}
}

// quiet is since when nothing moves of somebody who is at home and not in bed,
// or from when on that will be so. Without a bed sensor the night is spent in
// bed.
func (s *State) quiet(now int64) (int64, bool) {
	if s.dark || s.moved == 0 || s.episodes[rules.InBed] != 0 || s.episodes[rules.Away] != 0 {
		return 0, false
	}
	start := max(s.moved, s.deaf)
	for _, situation := range []rules.Situation{rules.AwayFromHome, rules.InHospital} {
		start = max(start, s.of().Situations[situation])
	}
	if s.find(vitals.BedPresence) != nil {
		return start, true
	}
	local := s.local(now)
	up := time.Date(local.Year(), local.Month(), local.Day(), getUpTime, 0, 0, 0, local.Location())
	return max(start, up.UnixMilli()), true
}
