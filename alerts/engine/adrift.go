package engine

import (
	"slices"

	"github.com/anxin-care/anxin/alerts/rules"
)

// adrift is an open alert whose rule is not judged any more: it was switched
// off, or taken away. Nothing that is measured changes it, so it does not clear
// by itself; people claim and close it, and their claims run out. When its rule
// is judged again, so is the alert.
type adrift struct {
	Rule  string
	Alert open
}

// due is when time alone changes something.
func (a *adrift) due() int64 { return sooner(a.Alert.Until, a.Alert.Snoozed) }

// program stands for the rule that is gone: it sees nothing.
func (a *adrift) program() *rules.Program {
	return &rules.Program{Rule: rules.Rule{ID: a.Rule, Version: a.Alert.Version}}
}

// Adopt is an open alert that the engine does not know, as it is written: the
// rules by which it began are not those that its events were judged by again.
type Adopt struct {
	Alert, Rule string
	// Device is the one that it is about, in the state of its home.
	Device    string
	Version   int // of the rule
	Since, At int64
	Severity  rules.Severity
	Status    Status
	// By has claimed it until Until; Snoozed is until when it is snoozed.
	By             string
	Until, Snoozed int64
	Transitions    int    // so many there were
	PartOf         string // the alert that it is a part of
	// Incidents are those of an alert that was raised, as far as they are known.
	Incidents []Incident `json:",omitempty"`
}

// Incidents are those of the open alert of a rule that was raised.
func (s *State) Incidents(rule string) []Incident { return s.incidents(rule) }

// adopt takes an alert in: to its rule when that is judged and has none open.
func (r *run) adopt(a Adopt) {
	if r.state.Knows(a.Alert) {
		return
	}
	take := func() {
		r.engine.anchor(r.state, adrift{Rule: a.Rule, Alert: open{
			ID: a.Alert, Since: a.Since, At: a.At, Severity: a.Severity, Status: a.Status, By: a.By, Until: a.Until, Snoozed: a.Snoozed, Told: a.Transitions, Version: a.Version, Of: a.PartOf,
		}})
		if i, ok := r.engine.judges(r.state, a.Rule); ok {
			if own := r.state.rule(i).alert; own != nil && own.ID == a.Alert && len(a.Incidents) > 0 {
				r.state.addIncidents(a.Rule, a.Incidents)
			}
			r.judge(i, nil)
		}
		r.ungroupAdrift()
	}
	r.changed = true
	if d := r.state.device(a.Device); d != nil {
		r.on(d, take)
		return
	}
	take()
}

// judges is the number of a rule when that is about such as the state is of.
func (e *Engine) judges(s *State, rule string) (int, bool) {
	about := rules.OfResident
	switch {
	case s.gear != nil:
		about = rules.OfDevice
	case s.Service:
		about = rules.OfService
	case s.Resident == "":
		about = rules.OfHome
	}
	i, ok := e.set.Find(rule)
	return i, ok && e.set.Programs()[i].Subject == about
}

// anchor gives an alert back to its rule when that is judged and has no other
// open; it stays adrift otherwise.
func (e *Engine) anchor(s *State, a adrift) {
	if i, ok := e.judges(s, a.Rule); ok {
		if j := s.rule(i); j.alert == nil {
			j.alert = &a.Alert
			s.remember(j)
			return
		}
	}
	s.adrift = append(s.adrift, a)
}

// Knows reports whether an alert is open by this state.
func (s *State) Knows(alert string) bool {
	return s.findAdrift(alert) >= 0 || slices.ContainsFunc(s.judged, func(j judged) bool { return j.alert != nil && j.alert.ID == alert }) ||
		slices.ContainsFunc(s.devices, func(d *State) bool { return d.Knows(alert) })
}

func (s *State) findAdrift(alert string) int {
	return slices.IndexFunc(s.adrift, func(a adrift) bool { return a.Alert.ID == alert })
}

// expireAdrift ends claims and snoozes of alerts that are adrift.
func (r *run) expireAdrift() {
	for i := range r.state.adrift {
		a := &r.state.adrift[i]
		r.expire(&a.Alert, a.program(), &r.facts)
	}
}

// ungroupAdrift has alerts that are adrift stand for themselves: what they were
// parts of may end without them.
func (r *run) ungroupAdrift() {
	for i := range r.state.adrift {
		if a := &r.state.adrift[i]; a.Alert.Of != "" {
			a.Alert.Of = ""
			r.tell(&a.Alert, a.program(), &r.facts, Ungrouped)
		}
	}
	for _, d := range r.state.devices {
		r.on(d, r.ungroupAdrift)
	}
}

// onAdrift carries out what somebody does about an alert that is adrift. It
// reports whether the alert is.
func (r *run) onAdrift(alert string, do func(*adrift)) bool {
	if i := r.state.findAdrift(alert); i >= 0 {
		do(&r.state.adrift[i])
		return true
	}
	for _, d := range r.state.devices {
		if i := d.findAdrift(alert); i >= 0 {
			r.on(d, func() { do(&d.adrift[i]) })
			return true
		}
	}
	return false
}

func (r *run) claimAdrift(a *adrift, c Claim) {
	if c.Until <= r.state.now {
		return
	}
	a.Alert.Status, a.Alert.By, a.Alert.Until = Claimed, c.By, c.Until
	t := r.tell(&a.Alert, a.program(), &r.facts, WasClaimed)
	t.By, t.Until = c.By, c.Until
}

func (r *run) resolveAdrift(a *adrift, c Resolve) {
	a.Alert.Status = Resolved
	t := r.tell(&a.Alert, a.program(), &r.facts, WasResolved)
	t.By, t.Verdict, t.Reason = c.By, c.Verdict, c.Reason
	r.state.forgetRaised(a.Rule)
	i := r.state.findAdrift(a.Alert.ID)
	r.state.adrift = slices.Delete(r.state.adrift, i, i+1)
}

func (r *run) snoozeAdrift(a *adrift, c Snooze) {
	if a.Alert.Severity == rules.Critical || c.Until <= r.state.now {
		return
	}
	a.Alert.Snoozed = c.Until
	t := r.tell(&a.Alert, a.program(), &r.facts, WasSnoozed)
	t.By, t.Until = c.By, c.Until
}
