package engine

import (
	"slices"

	"github.com/anxin-care/anxin/alerts/rules"
)

// wholeOf is the open alert that an alert of a rule is a part of, for they have
// one cause; "" for none. Of several it is the one with the most parts.
func (r *run) wholeOf(p *rules.Program) string {
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

// regroup puts the open alerts under those that they are parts of, after
// something has begun, worsened or ended. What somebody has claimed stays where
// it is as long as it can. A whole is as grave as its gravest part.
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
		if whole := r.wholeOf(p); whole != a.Of {
			cause := Grouped
			if whole == "" {
				cause = Ungrouped
			}
			r.change(i, func(a *open) { a.Of = whole }, cause)
		}
	}
	for i := range s.judged {
		if a := s.judged[i].alert; a != nil {
			if gravest := s.gravest(a.ID); gravest > a.Severity {
				r.change(i, func(a *open) { a.Severity, a.Snoozed = gravest, 0 }, Worsened)
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

// gravest is how grave the gravest of an alert's parts is.
func (s *State) gravest(alert string) (gravest rules.Severity) {
	for i := range s.judged {
		if a := s.judged[i].alert; a != nil && a.Of == alert {
			gravest = max(gravest, a.Severity)
		}
	}
	return gravest
}
