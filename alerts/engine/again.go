package engine

import "github.com/anxin-care/anxin/alerts/rules"

// AgainFrom is how long before now a state begins to hear again: the resident's
// rhythm is of 14 days, and days without an answer are not among them.
const AgainFrom = 31 * day

// Again makes a resident's state anew of what their devices said, since some of
// what it was made of was not theirs. Nothing is told of what comes about
// meanwhile: it is past.
type Again struct {
	engine   *Engine
	state    *State
	now      int64 // until when it hears
	gaps     []Gap
	recalled []*Recalled
}

// Again begins to make a state anew. It hears what was received from now minus
// [AgainFrom] on, until the state's own now.
func (e *Engine) Again(s *State) *Again {
	a := &Again{engine: e, state: &State{Resident: s.Resident}, now: s.now}
	if s.profile != nil {
		profile := *s.profile
		a.step(Event{At: s.now - AgainFrom.Milliseconds(), What: profile})
	}
	blank := &State{Resident: s.Resident, profile: s.profile}
	a.gaps = e.Missing(blank)
	for _, gap := range a.gaps {
		a.recalled = append(a.recalled, e.Recall(blank, gap.Metric))
	}
	return a
}

func (a *Again) step(event Event) { a.engine.Step(a.state, event) }

// Now is until when what was received is to be heard, in Unix milliseconds.
func (a *Again) Now() int64 { return a.now }

// Hear takes in what a device said, in the order of arrival.
func (a *Again) Hear(received int64, in Readings) { a.step(Event{At: received, What: in}) }

// Gaps are the metrics of whose past the rules ask for more than Hear is told:
// each is to be filled by Recall.
func (a *Again) Gaps() []Gap { return a.gaps }

// Recall takes in a reading of one of the gaps, oldest first.
func (a *Again) Recall(gap int, at int64, number float64) { a.recalled[gap].Add(at, number) }

// Received is what was received while the past was read.
type Received struct {
	At int64
	Readings
}

// Over ends it: what was received since is heard, and what people did, what is
// open, and what else does not come from readings is taken over from the state as it
// is now. That one is not changed.
func (a *Again) Over(now *State, since []Received) *State {
	s := a.state
	a.step(Event{At: a.now, What: Tick{}})
	s.past, s.warm = nil, nil
	for i := range since {
		a.Hear(since[i].At, since[i].Readings)
	}
	a.step(Event{At: now.now, What: Tick{}})
	for _, recalled := range a.recalled {
		a.engine.Warm(s, recalled)
	}
	for e := rules.Episode(0); int(e) < numEpisodes; e++ {
		if now.lost&(1<<e) != 0 && s.episodes[e] <= now.blind {
			s.lose(e)
		}
	}
	s.now, s.seq, s.input, s.since, s.profile = now.now, now.seq, now.input, now.since, now.profile
	s.deaf, s.blind, s.dark, s.lit, s.unseen = now.deaf, now.blind, now.dark, now.lit, now.unseen
	s.adrift, s.raised = now.adrift, now.raised
	if now.late.Came != 0 && now.holdsLate(a.engine) {
		s.late = now.late
	}
	for i := range a.engine.set.Programs() {
		s.remember(a.rule(i, s.rule(i), now.rule(i)))
	}
	return s
}

// holdsLate reports whether an alert about what came late is open.
func (s *State) holdsLate(e *Engine) bool {
	for _, i := range e.late {
		if s.rule(i).alert != nil {
			return true
		}
	}
	return false
}

// rule is what is to be remembered of a rule: how long its levels have held is of
// what was heard again, its alert and what people did of now.
func (a *Again) rule(i int, again, now judged) judged {
	p := a.engine.set.Programs()[i]
	j := again
	j.alert, j.hushed, j.closed = nil, now.hushed, now.closed
	switch {
	case now.alert != nil:
		open := *now.alert
		j.alert = &open
		if p.Cleared == nil || again.alert == nil {
			j.clear = streak{}
			if p.Cleared == nil {
				j.clear = now.clear
			}
		}
	case again.alert != nil:
		j.clear = streak{}
		// What is so by the clock is looked at once: nothing that is measured may be
		// the next to say it.
		for n := range p.Levels {
			if p.Levels[n].Condition.Clocked {
				j.again = sooner(j.again, a.state.now+1)
			}
		}
	}
	if j.hushed != 0 {
		j.again = sooner(j.again, j.hushed)
	}
	return j
}

// Disown closes an alert that began by readings which were not the resident's. Its
// rule is not hushed by that: what is measured next is theirs.
type Disown struct {
	Alert, By, Reason string
}

// disown closes the alert alone: what was a part of it stands on its own, unless
// another is its whole.
func (r *run) disown(d Disown) {
	c := Resolve{Alert: d.Alert, By: d.By, Reason: d.Reason, Verdict: NotTheirs}
	if r.onAdrift(d.Alert, func(a *adrift) { r.resolveAdrift(a, c) }) {
		return
	}
	j, p, f, ok := r.find(d.Alert)
	if !ok {
		return
	}
	r.changed = true
	j.alert.Status = Resolved
	t := r.tell(j.alert, p, f, WasResolved)
	t.By, t.Verdict, t.Reason = c.By, c.Verdict, c.Reason
	r.state.forgetRaised(p.ID)
	r.state.remember(judged{rule: j.rule})
}
