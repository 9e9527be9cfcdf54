package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// wayOut is what to do instead of what [Guard] refuses.
const wayOut = "give single residents limits of their own, or leave them out with residents.except and write a rule for them with residents.ids"

// MostOwn bounds the rules that are no default ones: each is looked at for each
// resident, with each reading that it is about.
const MostOwn = 200

// CheckNumber refuses more rules of one's own, beside the default ones, than are
// judged together.
func CheckNumber(standard, all []Rule) error {
	own := 0
	for i := range all {
		if !slices.ContainsFunc(standard, func(s Rule) bool { return s.ID == all[i].ID }) {
			own++
		}
	}
	if own > MostOwn {
		return fmt.Errorf("there are %d rules beside the default ones, and at most %d are judged: make one rule of several, or take some away", own, MostOwn)
	}
	return nil
}

// Guard refuses rules that take the place of a default one that may be critical
// and would switch it off, make it milder, or have it wait for too long, for
// everyone. Their conditions, thresholds, durations and texts may change, but of
// those that only a person closes, SOS and falls among them, no more than that
// they begin on something else too.
func Guard(standard, own []Rule) error {
	var wrong []error
	for _, r := range own {
		i := slices.IndexFunc(standard, func(s Rule) bool { return s.ID == r.ID })
		if i < 0 || standard[i].worst() < Critical {
			continue
		}
		var reasons []error
		for _, reason := range weaker(&standard[i], &r) {
			reasons = append(reasons, fmt.Errorf("%s: %s", reason, wayOut))
		}
		if len(reasons) > 0 {
			wrong = append(wrong, &Refused{ID: r.ID, Reasons: reasons})
		}
	}
	return errors.Join(wrong...)
}

// worst is the gravest severity of a rule.
func (r *Rule) worst() Severity {
	worst := r.Severity
	for _, l := range r.Levels {
		worst = max(worst, l.Severity)
	}
	return worst
}

// weaker says by what a rule would watch less than the one whose place it takes.
func weaker(was, is *Rule) (by []string) {
	say := func(field, format string, args ...any) {
		by = append(by, fmt.Sprintf("%s: rule %s is critical and ", field, was.ID)+fmt.Sprintf(format, args...))
	}
	if is.Raised != was.Raised {
		say("raised", "cannot come about in another way")
		return by
	}
	if is.Off {
		say("off", "cannot be switched off for everyone")
	}
	if worst := is.worst(); worst < Critical && worst > 0 {
		say("severity", "cannot be made %s for everyone", worst)
	}
	if is.Fresh != was.Fresh && (is.Fresh < was.Fresh || was.Fresh == 0) {
		say("fresh", "cannot have its values count for less long")
	}
	if !sameWho(was.Residents, is.Residents) {
		say("residents", "cannot be taken from all but some")
	}
	if is.Active != was.Active && !is.Active.IsZero() {
		say("active", "cannot be left out at other hours of the day")
	}
	for _, s := range is.Paused {
		if !slices.Contains(was.Paused, s) {
			say("paused", "cannot be paused for %s", s)
		}
	}
	if tells(is.Tells) != tells(was.Tells) {
		say("tells", "cannot be told to others only")
	}
	if subject(is.Subject) != subject(was.Subject) {
		say("subject", "cannot watch something else")
	}
	if was.Clear.By == "person" {
		for kind, most := range is.Caps {
			if before, ok := was.Caps[kind]; most < Critical && (!ok || most < before) {
				by = append(by, fmt.Sprintf("caps: rule %s is critical whatever device says so", was.ID))
			}
		}
	}
	if most, ok := is.Caps[""]; ok && most < Critical {
		say("caps", "cannot be capped for devices of no special kind")
	}
	if was.Clear.By == "person" && (is.Clear.By != "person" || is.Clear.When != "") {
		say("clear", "is closed by a person alone")
	}
	if !sameMatter(was, is) {
		say("when", "cannot be about something else")
		return by
	}
	now, ok := is.critical()
	if !ok {
		return by // said already
	}
	before, _ := was.critical()
	if was.Clear.By == "person" {
		slowerAtAll(before, now, say)
	} else {
		muchSlower(before, now, say)
	}
	return by
}

// critical is the level of a rule that is.
func (r *Rule) critical() (Level, bool) {
	levels := r.AllLevels()
	i := slices.IndexFunc(levels, func(l Level) bool { return l.Severity >= Critical })
	if i < 0 {
		return Level{}, false
	}
	return levels[i], true
}

// slowerAtAll says by what a level would begin later than the one whose place it
// takes, or not on everything that the other begins on.
func slowerAtAll(was, is Level, say func(field, format string, args ...any)) {
	if is.For > was.For {
		say("for", "cannot wait for %s", is.For)
	}
	if max(is.Readings, 1) > max(was.Readings, 1) {
		say("readings", "cannot wait for %d", is.Readings)
	}
	if is.Unconfirmed > was.Unconfirmed {
		say("unconfirmed", "cannot wait for %s", is.Unconfirmed)
	}
	before, now := oneSpaced(was.When), oneSpaced(is.When)
	if now != before && !strings.HasPrefix(now, before+" or ") {
		say("when", "begins on all that it begins on now: write %q, and what is to come with it after or", before)
	}
}

func oneSpaced(text string) string { return strings.Join(strings.Fields(text), " ") }

const (
	// slower is how much longer than by default everyone's critical alerts may wait,
	// and moreReadings for how many more readings. Choices of ours: enough for any
	// sensor that is slow or noisy, and too little to silence a rule.
	slower       = Span(time.Hour)
	moreReadings = 5
)

// muchSlower says by what a level would begin so much later that it never might.
func muchSlower(was, is Level, say func(field, format string, args ...any)) {
	if most := was.For + slower; is.For > most {
		say("for", "cannot wait for %s, %s at most", is.For, most)
	}
	if most := max(was.Readings, 1) + moreReadings; is.Readings > most {
		say("readings", "cannot wait for %d, %d at most", is.Readings, most)
	}
}

// sameMatter reports that a rule's conditions are about what they were about: one
// of the metrics, or what the resident does. Rules that cannot be compiled are
// refused elsewhere.
func sameMatter(was, is *Rule) bool {
	none := func(Window) int { return 0 }
	before, err := was.compile(none)
	if err != nil {
		return true
	}
	after, err := is.compile(none)
	if err != nil {
		return true
	}
	return len(before.Metrics) == 0 && before.Lives == after.Lives ||
		slices.ContainsFunc(before.Metrics, func(m vitals.Metric) bool { return slices.Contains(after.Metrics, m) })
}

// sameWho reports that a rule is still for all whom it was for. Those who are
// left out by name are named one by one.
func sameWho(was, is Who) bool {
	without := func(names []string) bool {
		return !slices.ContainsFunc(is.Without, func(name string) bool { return !slices.Contains(names, name) })
	}
	conditions := len(is.Conditions) == 0
	if len(was.Conditions) > 0 && !conditions {
		conditions = !slices.ContainsFunc(was.Conditions, func(name string) bool { return !slices.Contains(is.Conditions, name) })
	}
	return len(is.IDs) == 0 && conditions && without(was.Without)
}

func tells(a Audience) Audience {
	if a == "" {
		return Care
	}
	return a
}

func subject(s Subject) Subject {
	if s == "" {
		return OfResident
	}
	return s
}
