package escalation

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

// Facts are what is known of an alert.
type Facts struct {
	Alert string
	About About
	// Part is set while the alert is a part of another, which is told in its place.
	Part     bool
	Severity rules.Severity
	Status   engine.Status
	BeganAt  time.Time
	// ClaimedBy has it until ClaimedUntil, while it is claimed.
	ClaimedBy    string
	ClaimedUntil time.Time
	SnoozedUntil time.Time // zero when it is not snoozed
	// New are the changes that were not heard of yet, oldest first.
	New []Change
}

// Change is a transition of an alert, as far as it matters who is to be told.
type Change struct {
	At    time.Time
	Cause engine.Cause
	By    string
}

// Phase is where the telling of an alert is.
type Phase string

// The phases.
const (
	Running Phase = "running" // steps are made
	Claimed Phase = "claimed" // somebody has it
	Snoozed Phase = "snoozed" // it is kept quiet for a while
	Part    Phase = "part"    // another alert is told in its place
	Ended   Phase = "ended"
)

// State is how far the telling of an alert has come. The zero value has not begun.
type State struct {
	Phase    Phase
	Policy   Policy // as it was when the steps began
	Severity rules.Severity
	// Next is the step that is made next, Round how often the last step was made.
	Next, Round int
	// Due is when something is to be done next; zero for never.
	Due time.Time
	// Made is how often something was told.
	Made int
	// Told are the contacts who were told so far.
	Told []string
	// Claim is the claim that others were told of, or would have been.
	Claim Hold
	// Outgrown is a claim of an alert that has become graver since: it stops nothing
	// any more.
	Outgrown Hold
	// Gap is set once it was found that there is nobody to be told.
	Gap bool
	// Lost is set when nobody could be reached of those who were told last.
	Lost bool
}

// Hold is that somebody has an alert until a time.
type Hold struct {
	By    string    `json:"by"`
	Until time.Time `json:"until"`
}

func (h Hold) same(other Hold) bool { return h.By == other.By && h.Until.Equal(other.Until) }

// Cause is why something was told.
type Cause string

// The causes.
const (
	Begun      Cause = "begun"
	DueStep    Cause = "step" // nobody has answered the step before
	Worse      Cause = "worsened"
	ClaimOver  Cause = "claim_expired"
	SnoozeOver Cause = "snooze_ended"
	Alone      Cause = "ungrouped" // it is no part of another any more
	Pressed    Cause = "repeated"  // somebody has called for help again
	Taken      Cause = "claimed"
	Unheard    Cause = "unreached" // nobody could be reached of those who were told last
	StillOpen  Cause = "not_closed"
	IsOver     Cause = "over"
)

// Made is what was told at one moment: a row of an alert's escalation.
type Made struct {
	N     int // from 1
	Cause Cause
	Why   Why
	// Stage is the step of the policy, from 1; 0 for what is none. Round is how often
	// it was made before.
	Stage, Round int
	// Due is when it was to be made, At when it was.
	Due, At   time.Time
	Late      bool
	Emergency bool
	// Again is when somebody called again, if that is news of it; zero otherwise.
	Again time.Time
	Whom  []string // contacts
	// Unreached are those of them whom no channel reached, as far as that is known.
	Unreached []string
}

// unanswered reports whether help was asked for before and nobody has come.
func (m *Made) unanswered() bool {
	return m.Why == ForStep && (m.Cause == DueStep || m.Cause == Pressed)
}

// Decision is what [Plan] comes to.
type Decision struct {
	State State
	Made  []Made
	// Gap is set when it was found that nobody can be told but the service's staff.
	Gap bool
}

const (
	// lateAfter is how much later than due a step may be made without saying so.
	lateAfter = 10 * time.Second
	// overdue is how long after the end of a claim or a snooze the alert goes on
	// without having heard of it.
	overdue = time.Minute
)

// Plan decides what is to be told now of an alert, and when to ask again. Policy
// is the one that holds now for its subject and severity: its steps are followed
// from when they begin, whatever becomes of the policy meanwhile.
func Plan(before State, facts Facts, circle *Circle, policy Policy, now time.Time) Decision {
	p := planner{Decision: Decision{State: before}, facts: facts, circle: circle, now: now}
	p.State.Told = slices.Clone(before.Told)
	if before.Phase != Ended {
		p.decide(policy)
	}
	return p.Decision
}

type planner struct {
	Decision
	facts  Facts
	circle *Circle
	now    time.Time
}

func (p *planner) decide(policy Policy) {
	s, f := &p.State, &p.facts
	was, phase := s.Phase, p.phase()
	worse := was != "" && f.Severity > s.Severity
	if was == "" || worse {
		s.Policy, s.Severity = policy, f.Severity
	}
	switch {
	case phase == Ended:
		p.end()
		return
	case phase == Part:
		s.Due = time.Time{}
	case was == "" && phase == Running:
		p.begin(Begun, f.BeganAt)
	case worse:
		// Whoever has it took something milder: that stops nothing any more.
		s.Outgrown, phase = p.hold(), Running
		p.begin(Worse, p.changed())
	case was == Part && phase == Running:
		p.begin(Alone, p.changed())
	case phase == Claimed:
		p.claimed()
	case phase == Snoozed:
		s.Due = f.SnoozedUntil.Add(overdue)
	case was == Claimed:
		p.resume(ClaimOver)
	case was == Snoozed:
		p.resume(SnoozeOver)
	case s.Due.IsZero() || s.Due.After(p.now):
	case s.Lost && s.Next >= len(s.Policy.Steps):
		p.lost()
	default:
		p.step(DueStep, s.Due)
	}
	if s.Phase = phase; phase != Claimed {
		s.Claim = Hold{}
	}
	p.pressed()
}

// phase is where the telling is to be, as the alert is now.
func (p *planner) phase() Phase {
	f := &p.facts
	switch {
	case f.Status == engine.Resolved:
		return Ended
	case f.Part:
		return Part
	case f.Status == engine.Claimed && f.ClaimedUntil.Add(overdue).After(p.now) && !p.hold().same(p.State.Outgrown):
		return Claimed
	case f.Severity < rules.Critical && f.SnoozedUntil.Add(overdue).After(p.now):
		return Snoozed
	}
	return Running
}

// hold is the claim of the alert, zero while nobody has it.
func (p *planner) hold() Hold { return holdOf(&p.facts) }

func holdOf(f *Facts) Hold {
	if f.Status != engine.Claimed {
		return Hold{}
	}
	return Hold{f.ClaimedBy, f.ClaimedUntil}
}

// changed is when the alert changed last, as far as that is news.
func (p *planner) changed() time.Time {
	if n := len(p.facts.New); n > 0 {
		return p.facts.New[n-1].At
	}
	return p.now
}

// begin makes the first step.
func (p *planner) begin(cause Cause, due time.Time) {
	p.State.Next, p.State.Round = 0, 0
	p.step(cause, due)
}

// resume goes on where the steps stood: with the next one, at once. Those who
// were told before believe that somebody has the alert, so they hear of it too.
func (p *planner) resume(cause Cause) {
	p.step(cause, p.changed(), p.told()...)
}

// step makes the next step in which there is somebody to help, for these others
// too. Whom the alert is about hears of it, and is no help.
func (p *planner) step(cause Cause, due time.Time, others ...string) {
	s := &p.State
	steps := s.Policy.Steps
	last := len(steps) - 1
	i := min(s.Next, last)
	whom := p.whom(steps[i].Whom)
	for !p.circle.helps(whom) && i < last {
		i++
		whom = merge(whom, p.whom(steps[i].Whom))
	}
	if whom = merge(whom, others); !p.circle.helps(whom) {
		whom = merge(whom, p.told())
	}
	round := 0
	if i == last {
		round = s.Round
		s.Round++
	}
	made := Made{Cause: cause, Why: ForStep, Stage: i + 1, Round: round, Due: due, Emergency: steps[i].Emergency, Whom: whom}
	base := p.tell(made)
	if !p.circle.helps(whom) && s.Severity > rules.Info {
		made.Why, made.Whom = ForGap, p.whom([]Whom{{{Role: Staff}}})
		p.Gap, s.Gap = !s.Gap, true
		p.tell(made)
	}
	s.Next, s.Lost = i+1, false
	switch {
	case i < last:
		s.Due = base.Add(time.Duration(steps[i+1].At - steps[i].At))
	case steps[i].Every > 0:
		s.Due = base.Add(time.Duration(steps[i].Every))
	default:
		s.Due = time.Time{}
	}
}

// lost tells the service's staff that nobody was reached, not even by the last
// step, which is made again in its time.
func (p *planner) lost() {
	s := &p.State
	s.Lost = false
	p.Gap, s.Gap = !s.Gap, true
	p.tell(Made{Cause: Unheard, Why: ForGap, Due: s.Due, Whom: p.whom([]Whom{{{Role: Staff}}})})
	s.Due = time.Time{}
	if every := s.Policy.Steps[len(s.Policy.Steps)-1].Every; every > 0 {
		s.Due = p.now.Add(time.Duration(every))
	}
}

// Unreached is the state once nobody could be reached of those whom the newest
// step has told: what comes next is due at once.
func (s State) Unreached(now time.Time) State {
	if s.Phase == Running && s.Severity > rules.Info {
		s.Lost = true
		if s.Due.IsZero() || s.Due.After(now) {
			s.Due = now
		}
	}
	return s
}

// tell notes that people are told, if there are any, and returns the time from
// which on what comes next is counted: when it was due, or now when that is long
// ago, so that a service that did not run does not tell everybody at once.
func (p *planner) tell(m Made) time.Time {
	m.At, m.Late = p.now, p.now.Sub(m.Due) > lateAfter
	if len(m.Whom) > 0 || m.Why == ForGap {
		p.State.Made++
		m.N = p.State.Made
		p.State.Told = merge(p.State.Told, m.Whom)
		p.Made = append(p.Made, m)
	}
	if m.Late || m.Due.After(p.now) {
		return p.now
	}
	return m.Due
}

// claimed stops the steps, and tells those who were told who has it. What stays
// claimed and open for long is told again.
func (p *planner) claimed() {
	s := &p.State
	hold := p.hold()
	again := func(from time.Time) {
		s.Due = from.Add(time.Duration(s.Policy.Again.After))
		if end := hold.Until.Add(overdue); s.Policy.Again.After == 0 || end.Before(s.Due) {
			s.Due = end // by then it should have been heard that the claim is over
		}
	}
	switch {
	case !hold.same(s.Claim):
		if hold.By != s.Claim.By {
			p.tell(Made{Cause: Taken, Why: ForClaim, Due: p.changed(), Whom: p.without(p.told(), hold.By)})
		}
		s.Claim = hold
		again(p.changed())
	case !s.Due.After(p.now) && s.Policy.Again.After > 0:
		whom := p.whom(s.Policy.Again.Whom)
		if len(whom) == 0 {
			whom = p.told()
		}
		again(p.tell(Made{Cause: StillOpen, Why: ForNoClose, Due: s.Due, Whom: whom}))
	}
}

// pressed tells all again of whom help was asked, when somebody calls for it
// again, and whoever has it. Nothing is told twice at the same moment: a step that is
// made says it.
func (p *planner) pressed() {
	s := &p.State
	var calls []time.Time
	for _, c := range p.facts.New {
		if c.Cause == engine.Repeated {
			calls = append(calls, c.At)
		}
	}
	if len(calls) == 0 || s.Phase == Part {
		return
	}
	again := calls[len(calls)-1]
	stepped := false
	for i := range p.Made {
		if p.Made[i].Why == ForStep {
			p.Made[i].Again, stepped = again, true
		}
	}
	if stepped {
		return
	}
	whom := p.told()
	if holder, ok := p.circle.person(p.hold().By); ok {
		whom = merge(whom, []string{holder.Contact})
	}
	p.tell(Made{Cause: Pressed, Why: ForStep, Stage: min(s.Next, len(s.Policy.Steps)), Due: calls[0], Again: again, Whom: whom})
}

// end tells those who were told that it is over, but for whoever closed it, and
// unless it was for information only.
func (p *planner) end() {
	s := &p.State
	if s.Severity > rules.Info && s.Phase != Part {
		var by string
		if n := len(p.facts.New); n > 0 {
			by = p.facts.New[n-1].By
		}
		p.tell(Made{Cause: IsOver, Why: ForEnd, Due: p.changed(), Whom: p.without(p.told(), by)})
	}
	s.Phase, s.Due = Ended, time.Time{}
}

// told are the contacts who were told so far and are still around: whoever has left
// the care team or the team hears nothing more.
func (p *planner) told() []string {
	around := append(p.circle.everyone(), p.circle.Staff...)
	return slices.DeleteFunc(slices.Clone(p.State.Told), func(contact string) bool { return !holds(around, contact) })
}

// whom are the contacts whom any of several may be.
func (p *planner) whom(whom []Whom) []string {
	a := asked{circle: p.circle, severity: p.State.Severity, claimer: p.hold().By}
	var contacts []string
	for _, person := range a.all(whom) {
		contacts = append(contacts, person.Contact)
	}
	return contacts
}

// without are contacts but for the one who acts under an id.
func (p *planner) without(contacts []string, by string) []string {
	person, ok := p.circle.person(by)
	if !ok {
		return slices.Clone(contacts)
	}
	return slices.DeleteFunc(slices.Clone(contacts), func(c string) bool { return c == person.Contact })
}

// merge adds to contacts those of others who are not among them.
func merge(contacts, others []string) []string {
	for _, c := range others {
		if !slices.Contains(contacts, c) {
			contacts = append(contacts, c)
		}
	}
	return contacts
}
