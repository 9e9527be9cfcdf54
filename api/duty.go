package api

import (
	"context"
	"errors"
	"time"

	"github.com/anxin-care/anxin/records"
)

// Duty is who has a resident until when, or is offered to.
type Duty struct {
	ID         string     `json:"id"`
	Contact    string     `json:"contact"`
	Name       string     `json:"name"`
	Until      time.Time  `json:"until" doc:"When it ends by itself"`
	OfferedBy  string     `json:"offered_by,omitempty" doc:"A user, or contact: and an id; absent for the command line"`
	OfferedAt  time.Time  `json:"offered_at"`
	AcceptedAt *time.Time `json:"accepted_at,omitempty" doc:"Absent while it is only offered"`
}

// Duties are a resident's.
type Duties struct {
	Held    *Duty  `json:"held,omitempty" doc:"Who has the resident now"`
	Offered []Duty `json:"offered" nullable:"false" doc:"Offers that hold, newest first"`
}

type dutiesOutput struct{ Body Duties }

func (a *API) readDuty(ctx context.Context, in *ResidentPath) (*dutiesOutput, error) {
	if _, err := a.resident(ctx, records.Status, in.ID); err != nil {
		return nil, err
	}
	list, err := a.people.Duties(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the duty", err)
	}
	out := &dutiesOutput{Body: Duties{Offered: []Duty{}}}
	for _, d := range list {
		c, err := a.people.Contact(ctx, d.Contact)
		if err != nil {
			return nil, a.failed(ctx, "read the duty", err)
		}
		shown := Duty{
			ID: d.ID, Contact: d.Contact, Name: c.Name, Until: d.Until, OfferedBy: d.OfferedBy, OfferedAt: d.OfferedAt, AcceptedAt: when(d.AcceptedAt),
		}
		if d.AcceptedAt.IsZero() {
			out.Body.Offered = append(out.Body.Offered, shown)
		} else {
			out.Body.Held = &shown
		}
	}
	return out, nil
}

// actor is who asks, for what happens to a resident's duty token.
func (a *API) actor(ctx context.Context, resident string) (records.Actor, error) {
	user, err := a.mayLookAfter(ctx, resident)
	if err != nil {
		return records.Actor{}, err
	}
	by := records.Actor{User: user.ID, Staff: a.access.MayArrange(ctx, user) == nil}
	c, err := a.people.ContactOf(ctx, user.ID)
	if err != nil && !errors.Is(err, records.ErrNotFound) {
		return by, a.failed(ctx, "read your contact", err)
	}
	by.Contact = c.ID
	return by, nil
}

type offerDutyInput struct {
	ResidentPath
	Body struct {
		Contact string    `json:"contact,omitempty" doc:"To whom it is offered; left out, you have them from now on"`
		Until   time.Time `json:"until" doc:"When it ends by itself; at most 31 days ahead"`
	}
}

func (a *API) offerDuty(ctx context.Context, in *offerDutyInput) (*dutiesOutput, error) {
	by, err := a.actor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Contact == "" || in.Body.Contact == by.Contact {
		_, err = a.people.TakeDuty(ctx, in.ID, in.Body.Until, by)
	} else {
		_, err = a.people.OfferDuty(ctx, in.ID, in.Body.Contact, in.Body.Until, by)
	}
	if err != nil {
		return nil, a.failed(ctx, "hand the duty over", err)
	}
	return a.readDuty(ctx, &in.ResidentPath)
}

// DutyPath names an offer in an operation's path.
type DutyPath struct {
	ResidentPath
	Duty string `path:"duty" doc:"Duty id"`
}

func (a *API) acceptDuty(ctx context.Context, in *DutyPath) (*dutiesOutput, error) {
	by, err := a.actor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := a.people.AcceptDuty(ctx, in.ID, in.Duty, by); err != nil {
		return nil, a.failed(ctx, "accept the duty", err)
	}
	return a.readDuty(ctx, &in.ResidentPath)
}

func (a *API) declineDuty(ctx context.Context, in *DutyPath) (*dutiesOutput, error) {
	by, err := a.actor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.people.DeclineDuty(ctx, in.ID, in.Duty, by); err != nil {
		return nil, a.failed(ctx, "decline the duty", err)
	}
	return a.readDuty(ctx, &in.ResidentPath)
}

func (a *API) returnDuty(ctx context.Context, in *ResidentPath) (*struct{}, error) {
	by, err := a.actor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.people.ReturnDuty(ctx, in.ID, by); err != nil {
		return nil, a.failed(ctx, "give the duty back", err)
	}
	return nil, nil
}
