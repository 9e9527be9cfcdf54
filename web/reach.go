package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// Reach knows whether anybody can be told of residents' alerts, and tries it.
type Reach interface {
	// Reach says it for each severity, mildest first.
	Reach(ctx context.Context, user User, resident string) ([]Reached, error)
	// Drills are the last ones, newest first.
	Drills(ctx context.Context, user User, resident string) ([]Drill, error)
	// BeginDrill begins a virtual SOS; [RefusedDrill] when one is under way.
	BeginDrill(ctx context.Context, user User, resident string) error
	// TestChannel sends a test message over a contact's channel.
	TestChannel(ctx context.Context, user User, contact, channel string) error
}

// Reached is whether somebody can be told of alerts of one severity.
type Reached struct {
	Severity Severity
	// Name is who can be told, "" for nobody, over a channel of this kind that worked
	// then.
	Name     string
	Kind     ChannelKind
	WorkedAt time.Time
	// Untried are the names of those with a channel that did not work lately.
	Untried []string
}

// Drill is a virtual SOS.
type Drill struct {
	Alert string
	// ToldAt is when a provider first had a message, AnsweredAt when somebody
	// answered; zero while that is not so. Name is who it was.
	BeganAt, ToldAt, AnsweredAt time.Time
	Name                        string
}

// reachView is the part of the care team's page about it.
type reachView struct {
	*locale
	Lines  []reachLine
	Drills []drillLine
	Path   string // of the resident
	Back   string
}

type reachLine struct {
	Severity Severity
	Of, Says string
	Gap      bool
	Untried  string
}

type drillLine struct{ Alert, Clock, Stamp, Says string }

func (s *Site) reachOf(ctx context.Context, user User, p *page, resident Resident) (*reachView, error) {
	proofs, err := s.reach.Reach(ctx, user, resident.ID)
	if err != nil {
		return nil, fmt.Errorf("prove who can be told of resident %s: %w", resident.ID, err)
	}
	drills, err := s.reach.Drills(ctx, user, resident.ID)
	if err != nil {
		return nil, fmt.Errorf("read the drills of resident %s: %w", resident.ID, err)
	}
	view := &reachView{locale: p.locale, Path: "/residents/" + resident.ID, Back: p.Path + "#reach"}
	for _, proof := range proofs {
		line := reachLine{Severity: proof.Severity, Of: p.T("severity." + proof.Severity.String()), Gap: proof.Name == "", Says: p.T("reach.nobody")}
		if !line.Gap {
			line.Says = p.T("reach.somebody", "name", proof.Name, "channel", p.T("channel."+string(proof.Kind)), "age", p.age(p.Now.Sub(proof.WorkedAt)))
		} else if len(proof.Untried) > 0 {
			line.Untried = p.T("reach.untried", "names", strings.Join(proof.Untried, ", "))
		}
		view.Lines = append(view.Lines, line)
	}
	for _, d := range drills {
		view.Drills = append(view.Drills, p.drillLine(d, resident.Zone))
	}
	return view, nil
}

func (p *page) drillLine(d Drill, zone *time.Location) drillLine {
	line := drillLine{Alert: d.Alert, Clock: clock(d.BeganAt, p.Now, zone), Stamp: stamp(d.BeganAt, zone), Says: p.T("drill.waits")}
	if !d.AnsweredAt.IsZero() {
		line.Says = p.T("drill.answered", "name", d.Name, "seconds", int(d.AnsweredAt.Sub(d.BeganAt).Round(time.Second)/time.Second))
	}
	return line
}

// gap says of which alerts nobody can be told, gravest first; "" when somebody can
// of all.
func (s *Site) gap(ctx context.Context, user User, p *page, resident string) (string, error) {
	if s.reach == nil {
		return "", nil
	}
	proofs, err := s.reach.Reach(ctx, user, resident)
	if err != nil {
		return "", fmt.Errorf("prove who can be told of resident %s: %w", resident, err)
	}
	var of []string
	for i := len(proofs) - 1; i >= 0; i-- {
		if proofs[i].Name == "" {
			of = append(of, p.T("severity."+proofs[i].Severity.String()))
		}
	}
	if len(of) == 0 {
		return "", nil
	}
	return p.T("reach.gap", "severities", strings.Join(of, ", ")), nil
}

func (s *Site) beginDrill(ctx context.Context, user User, resident string, _ *http.Request) error {
	return s.reach.BeginDrill(ctx, user, resident)
}

func (s *Site) testChannel(ctx context.Context, user User, contact string, r *http.Request) error {
	return s.reach.TestChannel(ctx, user, contact, chi.URLParam(r, "channel"))
}
