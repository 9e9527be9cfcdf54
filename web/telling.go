package web

import (
	"strings"
	"time"
)

// Telling is who was told of an alert, step by step, and who is told next.
type Telling struct {
	Phase TellingPhase
	// Policy is the name of what says who is told when.
	Policy Text
	// Next is when somebody is told next, zero for never, and Whom are their names.
	Next time.Time
	Whom []string
	// Asks is set when that is about why the alert is still open, for somebody has it.
	Asks bool
	// Told is what was told, oldest first.
	Told []ToldStep
}

// TellingPhase is where the telling of an alert is.
type TellingPhase string

// The phases. Before the first it is "".
const (
	TellingRuns   TellingPhase = "running"
	TellingHeld   TellingPhase = "claimed"
	TellingQuiet  TellingPhase = "snoozed"
	TellingInPart TellingPhase = "part" // it is told with another alert
	TellingEnded  TellingPhase = "ended"
)

// ToldStep is that people were told of an alert at one moment.
type ToldStep struct {
	At   time.Time
	Kind ToldKind
	// Stage is which step of the policy asked, from 1; 0 for news.
	Stage int
	// Late is set when Anxin did not run when it should have been told.
	Late bool
	// Emergency is set when it asked for the emergency number to be called.
	Emergency bool
	// Whom are names, Unreached those of them whom no channel reached.
	Whom, Unreached []string
}

// ToldKind is what people were told for.
type ToldKind string

// The kinds.
const (
	ToldForHelp  ToldKind = "step"
	ToldWhoHasIt ToldKind = "claimed"
	ToldNotShut  ToldKind = "not_closed"
	ToldOver     ToldKind = "over"
	ToldGap      ToldKind = "gap" // to the service's staff: nobody else can be told
)

// tellingView is a telling in words.
type tellingView struct {
	Policy, Next, Held string
	Steps              []stepLine
}

func (p *page) tellingView(t Telling, zone *time.Location) *tellingView {
	if t.Phase == "" {
		return nil
	}
	view := &tellingView{Policy: p.in(t.Policy)}
	switch t.Phase {
	case TellingHeld, TellingQuiet, TellingInPart:
		view.Held = p.T("telling.while_" + string(t.Phase))
	}
	if at := clock(t.Next, p.Now, zone); !t.Next.IsZero() {
		switch {
		case len(t.Whom) == 0 && t.Phase == TellingRuns:
			view.Next = p.T("telling.next_nobody", "time", at)
		case len(t.Whom) == 0:
		case t.Asks:
			view.Next = p.T("telling.next_asks", "time", at, "names", p.names(t.Whom))
		default:
			view.Next = p.T("telling.next", "time", at, "names", p.names(t.Whom))
		}
	}
	for _, step := range t.Told {
		view.Steps = append(view.Steps, p.toldStep(step, zone))
	}
	return view
}

func (p *page) toldStep(s ToldStep, zone *time.Location) stepLine {
	said := []string{p.T("told_for."+string(s.Kind), "n", s.Stage, "names", p.names(s.Whom))}
	if s.Emergency {
		said = append(said, p.T("telling.emergency"))
	}
	if s.Late {
		said = append(said, p.T("telling.late"))
	}
	if len(s.Unreached) > 0 {
		said = append(said, p.T("telling.unreached", "names", p.names(s.Unreached)))
	}
	return stepLine{Clock: clock(s.At, p.Now, zone), Stamp: stamp(s.At, zone), Text: strings.Join(said, " · ")}
}

// names are several names in one line.
func (p *page) names(all []string) string {
	if len(all) == 0 {
		return p.T("telling.nobody")
	}
	return strings.Join(all, p.T("list.and"))
}
