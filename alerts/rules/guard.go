package rules

import (
	"errors"
	"fmt"
	"slices"

	"github.com/anxin-care/anxin/vitals"
)

// wayOut is what to do instead of what [Guard] refuses.
const wayOut = "give single residents limits of their own, or leave them out with residents.except and write a rule for them with residents.ids"

// Guard refuses rules that take the place of a default one that may be critical
// and would switch it off, or make it milder, for everyone: SOS and falls among
// them. Their conditions, thresholds, durations and texts may change.
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
	if is.Off {
		say("off", "cannot be switched off for everyone")
	}
	if worst := is.worst(); worst < Critical && worst > 0 {
		say("severity", "cannot be made %s for everyone", worst)
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
	if most, ok := is.Caps[""]; ok && most < Critical {
		say("caps", "cannot be capped for devices of no special kind")
	}
	if !sameMatter(was, is) {
		say("when", "cannot be about something else")
	}
	return by
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
