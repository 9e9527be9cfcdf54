package engine

import (
	"math"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// facts are what conditions are told of a resident at one moment.
type facts struct {
	*State
	engine *Engine
	fresh  time.Duration // of the rule, 0 for the metric's
	// sample is what has just been measured; nil when time alone has passed.
	sample *vitals.Sample
	// clearing is set while it is asked whether an alert is over: that nobody could
	// be heard for a while is no answer.
	clearing bool
}

func (f *facts) Now() int64 { return f.now }

// Value implements [rules.Facts]. An event is known only as it comes: it is
// what has happened, not how things are.
func (f *facts) Value(m vitals.Metric) (float64, bool) {
	l := f.find(m)
	if l == nil {
		return 0, false
	}
	switch m.Info().Kind {
	case vitals.Event:
		if !f.justNow(l) {
			return 0, false
		}
	case vitals.State:
		if l.at < f.blind {
			return 0, false
		}
	}
	limit := f.fresh
	if limit == 0 {
		limit = freshness(m)
	}
	return m.Round(l.number), f.now-l.at <= limit.Milliseconds()
}

func (f *facts) justNow(l *latest) bool {
	return f.sample != nil && f.sample.At == l.at && slices.ContainsFunc(f.sample.Values, func(v vitals.Value) bool {
		return v.Metric == l.metric
	})
}

func (f *facts) MeasuredAt(m vitals.Metric) (int64, bool) {
	l := f.find(m)
	if l == nil {
		return 0, false
	}
	return l.at, true
}

// DeafUntil implements [rules.Facts].
func (f *facts) DeafUntil() int64 { return f.deaf }

func (f *facts) Past(window int) rules.Past {
	if window >= len(f.past) {
		return rules.Past{}
	}
	return f.past[window].past(f.engine.set.Windows()[window], f.now, f.offset(f.now))
}

func (f *facts) Field(field rules.Field) (float64, bool) {
	switch field {
	case rules.ResidentAge:
		born := f.of().Birth
		if born.IsZero() {
			return 0, false
		}
		return float64(years(born, f.local(f.now))), true
	case rules.ResidentAsleep:
		return number(f.asleep()), true
	case rules.ResidentAtHome:
		return number(f.episodes[rules.Away] == 0 && !f.in(rules.AwayFromHome) && !f.in(rules.InHospital)), true
	case rules.ResidentSinceWaking:
		return f.sinceWaking()
	case rules.ResidentOverdue:
		return f.overdue()
	case rules.ResidentSinceLate:
		return float64(f.now-f.late.Came) / 1000, f.late.Came != 0
	case rules.ResidentLateCritical:
		return number(f.late.Worst == rules.Critical), f.late.Came != 0
	case rules.Hour:
		return float64(f.local(f.now).Hour()), true
	case rules.News2Total, rules.News2Red:
		score, err := f.score()
		if field == rules.News2Red {
			return number(score.Red), err == nil
		}
		return float64(score.Total), err == nil
	}
	return f.gearField(field)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func years(born, now time.Time) int {
	n := now.Year() - born.Year()
	if now.Month() < born.Month() || now.Month() == born.Month() && now.Day() < born.Day() {
		n--
	}
	return n
}

// asleep is in bed by the sensor; without one, by the clock.
func (f *facts) asleep() bool {
	if f.episodes[rules.InBed] != 0 {
		return true
	}
	if _, known := f.Value(vitals.BedPresence); known {
		return false
	}
	hour := f.local(f.now).Hour()
	return hour >= bedtime || hour < getUpTime
}

func (f *facts) in(s rules.Situation) bool { return f.of().Situations[s] > f.now }

// sinceWaking is the time since the resident has usually got up; not known
// before that.
func (f *facts) sinceWaking() (float64, bool) {
	local := f.local(f.now)
	waking := f.rhythm.waking(f.localDay(f.now))
	at := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, int(waking.Seconds()), 0, local.Location())
	// Before it the time is negative: the comparison then knows when to look again.
	return local.Sub(at).Seconds(), true
}

func (f *facts) overdue() (float64, bool) {
	most, planned := math.Inf(-1), false
	for m, every := range f.of().Planned {
		from := f.since
		if l := f.find(m); l != nil {
			from = max(from, l.at)
		}
		if f.clearing && from < f.deaf {
			return 0, false // it may be as overdue as it was
		}
		from = max(from, f.deaf)
		most, planned = max(most, float64(f.now-from-every.Milliseconds())/1000), true
	}
	return most, planned
}

// score is NEWS2 of what was measured in the last half hour, if that is all.
func (f *facts) score() (news2.Score, error) {
	scale := news2.Scale1
	if f.of().Scale2 {
		scale = news2.Scale2
	}
	if l := f.find(vitals.Consciousness); l == nil || f.now-l.at > complete.Milliseconds() {
		// The rarest of them, which somebody has to say: without it the rest is in vain.
		return news2.Score{}, &news2.IncompleteError{Missing: []news2.Parameter{news2.Consciousness}}
	}
	o := news2.Nothing(scale)
	for _, p := range news2.Parameters() {
		if l := f.find(p.Metric()); l != nil && f.now-l.at <= complete.Milliseconds() {
			o.Values[p] = l.number
		}
	}
	return news2.Of(o)
}

func (f *facts) Episode(e rules.Episode) (start int64, open, known bool) {
	if e == rules.Quiet {
		start, open = f.quiet(f.now)
		return start, open, true
	}
	return f.episodes[e], f.episodes[e] != 0, f.lost&(1<<e) == 0
}

func (f *facts) Usual(e rules.Episode) (int64, bool) {
	var days []int32
	switch e {
	case rules.Quiet:
		days = f.rhythm.LongestOf
	case rules.OutOfBed:
		days = f.rhythm.NightOf
	}
	d, ok := usual(days)
	return d.Milliseconds(), ok
}

func (f *facts) Active(span int64) bool { return f.moved != 0 && f.now-f.moved < span }

func (f *facts) Limit(name string) (float64, bool) {
	return rules.Limit(name, f.of().Limits, f.HasCondition)
}

func (f *facts) HasCondition(name string) bool { return slices.Contains(f.of().Conditions, name) }

func (f *facts) NextHour() int64 {
	local := f.local(f.now)
	into := time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	return local.Add(time.Hour - into).UnixMilli()
}
