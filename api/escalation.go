package api

import (
	"context"
	"errors"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/store"
)

// Escalation knows who was told of alerts, and who is told next.
type Escalation interface {
	File(ctx context.Context, alert string) (escalation.File, error)
}

// AlertEscalation is who was told of an alert, and who is told next.
type AlertEscalation struct {
	Alert  string           `json:"alert"`
	State  string           `json:"state" enum:"waiting,running,claimed,snoozed,part,ended" doc:"waiting: nobody has decided yet; part: it is told with another alert"`
	Policy *EscalatedBy     `json:"policy,omitempty" doc:"As it was when the steps began"`
	Next   *EscalationNext  `json:"next,omitempty" doc:"None when nobody is told any more"`
	Steps  []EscalationStep `json:"steps" nullable:"false" doc:"What was told, oldest first"`
}

// EscalatedBy is the policy that says who is told when.
type EscalatedBy struct {
	ID      string `json:"id"`
	Version int    `json:"version" doc:"0 for a default one that nobody has changed"`
	Name    Text   `json:"name"`
}

// EscalationNext is who is told next.
type EscalationNext struct {
	At   time.Time `json:"at"`
	Why  string    `json:"why,omitempty" enum:"step,claimed,not_closed,over,gap"`
	Whom []Named   `json:"whom" nullable:"false" doc:"As things are now"`
}

// EscalationStep is that people were told at one moment.
type EscalationStep struct {
	N         int       `json:"n"`
	Cause     string    `json:"cause" enum:"begun,step,worsened,claim_expired,snooze_ended,ungrouped,repeated,claimed,unreached,not_closed,over"`
	Why       string    `json:"why" enum:"step,claimed,not_closed,over,gap"`
	Stage     int       `json:"stage,omitempty" doc:"Which step of the policy, from 1; none for news"`
	Round     int       `json:"round,omitempty" doc:"How often that step was made before"`
	DueAt     time.Time `json:"due_at"`
	At        time.Time `json:"at"`
	Late      bool      `json:"late,omitempty" doc:"Anxin did not run when it was due"`
	Emergency bool      `json:"emergency,omitempty" doc:"It asks for the emergency number to be called"`
	Whom      []Named   `json:"whom" nullable:"false"`
	Unreached []Named   `json:"unreached,omitempty" doc:"Those whom no channel reached, as far as that is known"`
}

type escalationOutput struct{ Body AlertEscalation }

func (a *API) readEscalation(ctx context.Context, in *AlertPath) (*escalationOutput, error) {
	if _, _, err := a.alert(ctx, in.ID, alerts.MayRead); err != nil {
		return nil, err
	}
	file, err := a.escalation.File(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read who was told of the alert", err)
	}
	named := naming{a, map[string]string{}}
	out := AlertEscalation{Alert: in.ID, State: string(file.Phase), Steps: []EscalationStep{}}
	if out.State == "" {
		out.State = "waiting"
	} else {
		out.Policy = &EscalatedBy{ID: file.Policy.ID, Version: file.Policy.Version, Name: file.Policy.Name}
	}
	if !file.Due.IsZero() {
		out.Next = &EscalationNext{At: file.Due, Why: string(file.ComingWhy)}
		if out.Next.Whom, err = named.all(ctx, file.Coming); err != nil {
			return nil, err
		}
	}
	for _, m := range file.Made {
		step := EscalationStep{
			N: m.N, Cause: string(m.Cause), Why: string(m.Why), Stage: m.Stage, Round: m.Round, DueAt: m.Due, At: m.At, Late: m.Late, Emergency: m.Emergency,
		}
		if step.Whom, err = named.all(ctx, m.Whom); err != nil {
			return nil, err
		}
		if step.Unreached, err = named.all(ctx, m.Unreached); err != nil {
			return nil, err
		}
		out.Steps = append(out.Steps, step)
	}
	return &escalationOutput{Body: out}, nil
}

// naming finds the names of contacts for one answer.
type naming struct {
	a     *API
	known map[string]string
}

func (n naming) all(ctx context.Context, ids []string) ([]Named, error) {
	list := make([]Named, 0, len(ids))
	for _, id := range ids {
		if _, ok := n.known[id]; !ok {
			c, err := n.a.people.Contact(ctx, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, n.a.failed(ctx, "read who was told", err)
			}
			n.known[id] = c.Name
		}
		list = append(list, Named{ID: id, Name: n.known[id]})
	}
	return list, nil
}
