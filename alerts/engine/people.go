package engine

import (
	"github.com/anxin-care/anxin/alerts/rules"
)

// find is the rule of an open alert. From then on the work is on what that is
// about: the resident, the home or one of its devices.
func (r *run) find(alert string) (j judged, p *rules.Program, f *facts, ok bool) {
	for _, s := range append([]*State{r.state}, r.state.devices...) {
		for _, j := range s.judged {
			if j.alert != nil && j.alert.ID == alert {
				copied := *j.alert
				j.alert = &copied
				s.now, s.deaf = r.state.now, r.state.deaf
				r.state, r.facts.State = s, s
				p := r.engine.set.Programs()[j.rule]
				return j, p, r.factsFor(p, nil), true
			}
		}
	}
	return judged{}, nil, nil, false
}

// claim gives an alert to somebody for a time. A claim by another takes it over.
func (r *run) claim(c Claim) {
	if r.onAdrift(c.Alert, func(a *adrift) { r.claimAdrift(a, c) }) {
		return
	}
	j, p, f, ok := r.find(c.Alert)
	if !ok || c.Until <= r.state.now {
		return
	}
	j.alert.Status, j.alert.By, j.alert.Until = Claimed, c.By, c.Until
	t := r.tell(j.alert, p, f, WasClaimed)
	t.By, t.Until = c.By, c.Until
	r.state.remember(j)
}

// release ends a claim as if its time were over, and says whose it was.
func (r *run) release(c Release) {
	if r.onAdrift(c.Alert, func(a *adrift) { r.endClaim(&a.Alert, a.program(), &r.facts, c.By) }) {
		return
	}
	j, p, f, ok := r.find(c.Alert)
	if ok && r.endClaim(j.alert, p, f, c.By) {
		r.state.remember(j)
	}
}

// endClaim ends a claim by somebody, and reports whether there was one.
func (r *run) endClaim(a *open, p *rules.Program, f *facts, by string) bool {
	if a.Status != Claimed || a.By != by {
		return false
	}
	a.Status, a.By, a.Until = Firing, "", 0
	r.tell(a, p, f, ClaimExpired).By = by
	return true
}

// resolve closes an alert, and those that are parts of it. While its condition holds on, its rule is hushed for
// a while, but for what is graver.
func (r *run) resolve(c Resolve) {
	if r.onAdrift(c.Alert, func(a *adrift) { r.resolveAdrift(a, c) }) {
		return
	}
	j, p, f, ok := r.find(c.Alert)
	if !ok {
		return
	}
	for _, part := range r.state.parts(c.Alert) {
		whole := c
		whole.Alert = part
		r.resolve(whole)
	}
	severity := j.alert.Severity
	r.changed = true
	j.alert.Status = Resolved
	t := r.tell(j.alert, p, f, WasResolved)
	t.By, t.Verdict, t.Reason = c.By, c.Verdict, c.Reason
	r.state.forgetRaised(p.ID)
	r.state.remember(judged{rule: j.rule, hushed: r.state.now + hush[severity].Milliseconds(), closed: severity})
	r.judge(j.rule, nil)
}

// snooze keeps an alert quiet until a time. What is critical is not snoozed.
func (r *run) snooze(c Snooze) {
	if r.onAdrift(c.Alert, func(a *adrift) { r.snoozeAdrift(a, c) }) {
		return
	}
	j, p, f, ok := r.find(c.Alert)
	if !ok || j.alert.Severity == rules.Critical || c.Until <= r.state.now {
		return
	}
	j.alert.Snoozed = c.Until
	t := r.tell(j.alert, p, f, WasSnoozed)
	t.By, t.Until = c.By, c.Until
	r.state.remember(j)
}
