package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// together is how far apart signs of one illness may begin: within one round of
// observation, of which 12 hours is the longest (RCP NEWS2 2017, minimum
// monitoring).
const together = 12 * time.Hour

// wholeOf is the open alert that one of a rule is a part of, for they have one
// cause; "" for none.
func (r *run) wholeOf(p *rules.Program, a *open) string {
	if whole := r.namedBy(p); whole != "" || p.SignOf == "" {
		return whole
	}
	return r.firstSign(p, a)
}

// namedBy is the open alert whose rule names this one as its part; "" for none.
// Of several it is the one with the most parts.
func (r *run) namedBy(p *rules.Program) string {
	var whole string
	most := 0
	for i := range r.state.judged {
		if j := &r.state.judged[i]; j.alert != nil {
			parts := r.engine.set.Programs()[j.rule].Parts
			if len(parts) > most && slices.Contains(parts, p.ID) {
				whole, most = j.alert.ID, len(parts)
			}
		}
	}
	return whole
}

// firstSign is the alert that another sign of the same is a part of; "" when it is
// the first itself, or too late to be of the same time. What is critical is no part:
// it is told for itself. One that somebody has claimed stays where it is.
func (r *run) firstSign(own *rules.Program, a *open) string {
	signs := []*open{a}
	for i := range r.state.judged {
		j := &r.state.judged[i]
		p := r.engine.set.Programs()[j.rule]
		if j.alert == nil || j.alert.ID == a.ID || p.SignOf != own.SignOf || slices.Contains(own.Parts, p.ID) {
			continue // of these, what is to be a part of this one is no whole of it
		}
		if r.namedBy(p) == "" {
			signs = append(signs, j.alert)
		}
	}
	slices.SortFunc(signs, func(a, b *open) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	var wholes []*open
	for _, sign := range signs {
		i := slices.IndexFunc(wholes, func(whole *open) bool {
			return max(sign.At-whole.At, whole.At-sign.At) <= together.Milliseconds()
		})
		alone := i < 0 || sign.Severity == rules.Critical
		if sign != a && sign.Status == Claimed {
			alone = sign.Of == ""
		}
		switch {
		case sign == a && alone:
			return ""
		case sign == a && i >= 0:
			return wholes[i].ID
		case alone:
			wholes = append(wholes, sign)
		}
	}
	return ""
}

// regroup puts the open alerts under those that they are parts of, after
// something has begun, worsened or ended. What somebody has claimed stays where
// it is as long as it can. A whole is as grave as its gravest part, and not
// snoozed any more once it has a new one as grave as itself.
func (r *run) regroup() {
	if !r.changed {
		return
	}
	r.changed = false
	s := r.state
	for i := range s.judged {
		a := s.judged[i].alert
		if a == nil || a.Status == Claimed && (a.Of == "" || s.open(a.Of)) {
			continue
		}
		p := r.engine.set.Programs()[s.judged[i].rule]
		if whole := r.wholeOf(p, a); whole != a.Of {
			cause := Grouped
			if whole == "" {
				cause = Ungrouped
			}
			r.change(i, func(a *open) { a.Of = whole }, cause)
		}
	}
	for i := range s.judged {
		if a := s.judged[i].alert; a != nil {
			switch gravest := s.gravest(a.ID); {
			case gravest > a.Severity:
				r.change(i, func(a *open) { a.Severity, a.Snoozed = gravest, 0 }, Worsened)
			case a.Snoozed != 0 && s.joined(a):
				r.change(i, func(a *open) { a.Snoozed = 0 }, SnoozeEnded)
			}
		}
	}
}

// change does something to an open alert, and tells.
func (r *run) change(judged int, do func(*open), cause Cause) {
	j := &r.state.judged[judged]
	changed := *j.alert
	do(&changed)
	j.alert = &changed
	p := r.engine.set.Programs()[j.rule]
	r.tell(j.alert, p, r.factsFor(p, nil), cause)
}

func (s *State) open(alert string) bool {
	return slices.ContainsFunc(s.judged, func(j judged) bool { return j.alert != nil && j.alert.ID == alert })
}

// parts are the alerts that are parts of one.
func (s *State) parts(alert string) (ids []string) {
	for i := range s.judged {
		if a := s.judged[i].alert; a != nil && a.Of == alert {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// joined reports whether an alert has a part that has just begun, as grave as it is
// itself: whoever snoozed it did not know.
func (s *State) joined(whole *open) bool {
	return slices.ContainsFunc(s.judged, func(j judged) bool {
		return j.alert != nil && j.alert.Of == whole.ID && j.alert.At == s.now && j.alert.Severity >= whole.Severity
	})
}

// gravest is how grave the gravest of an alert's parts is.
func (s *State) gravest(alert string) (gravest rules.Severity) {
	for i := range s.judged {
		if a := s.judged[i].alert; a != nil && a.Of == alert {
			gravest = max(gravest, a.Severity)
		}
	}
	return gravest
}
