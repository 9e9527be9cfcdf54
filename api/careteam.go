package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// CareTeam is who is around a resident now. How they are reached is at contacts.
type CareTeam struct {
	Resident   string   `json:"resident"`
	Members    []Member `json:"members" nullable:"false" doc:"In the order in which they are told"`
	Team       *Named   `json:"team,omitempty" doc:"The staff who look after the resident"`
	OnDuty     []Named  `json:"on_duty" nullable:"false" doc:"Who of the team is on duty now"`
	Supervisor *Named   `json:"supervisor,omitempty"`
	Holder     *Holder  `json:"holder,omitempty" doc:"Who has accepted to have the resident"`
}

// Named is a contact or a team.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Holder is who has a resident, and until when.
type Holder struct {
	Named
	Until time.Time `json:"until"`
}

// Member is a contact in a care team.
type Member struct {
	Contact  string `json:"contact"`
	Name     string `json:"name"`
	Relation string `json:"relation" enum:"family,family_manager,neighbour,caregiver,doctor,resident"`
	Place    int    `json:"place"`
	Wishes
}

// Wishes are how somebody wants to be told of a resident.
type Wishes struct {
	SeverityFrom string `json:"severity_from,omitempty" enum:"info,warning,critical" doc:"The mildest that they want to hear of; default info, for a neighbour critical"`
	Delay        string `json:"delay,omitempty" doc:"So much later than others, for what is not critical: a number and m or h" example:"10m"`
	Repeat       string `json:"repeat,omitempty" doc:"So often again, for what is not critical; absent for as the policy says" example:"1h"`
	Weekly       bool   `json:"weekly,omitempty" doc:"They wish to be told on Monday morning what the week was like: theirs to say, at me/contact/residents/{id}; said of others it changes nothing"`
}

func showWishes(w records.Wishes) Wishes {
	out := Wishes{SeverityFrom: w.From.String(), Weekly: w.Weekly}
	if w.Delay > 0 {
		out.Delay = rules.Span(w.Delay).String()
	}
	if w.Repeat > 0 {
		out.Repeat = rules.Span(w.Repeat).String()
	}
	return out
}

func (w *Wishes) read() (out records.Wishes, err error) {
	out.Weekly = w.Weekly
	if w.SeverityFrom != "" {
		if out.From, err = records.ParseSeverity(w.SeverityFrom); err != nil {
			return out, invalid("body.severity_from", w.SeverityFrom, err.Error())
		}
	}
	for _, said := range []struct {
		path, text string
		to         *time.Duration
	}{{"delay", w.Delay, &out.Delay}, {"repeat", w.Repeat, &out.Repeat}} {
		if said.text == "" {
			continue
		}
		span, err := rules.ParseSpan(said.text)
		if err != nil {
			return out, invalid("body."+said.path, said.text, err.Error())
		}
		*said.to = time.Duration(span)
	}
	return out, nil
}

func named(c records.Contact) Named { return Named{ID: c.ID, Name: c.Name} }

func showCareTeam(c records.Circle) CareTeam {
	out := CareTeam{Resident: c.Resident, Members: []Member{}, OnDuty: []Named{}}
	for _, m := range c.Members {
		out.Members = append(out.Members, Member{Contact: m.ID, Name: m.Name, Relation: string(m.Relation), Place: m.N, Wishes: showWishes(m.Wishes)})
	}
	for _, one := range c.OnDuty {
		out.OnDuty = append(out.OnDuty, named(one))
	}
	if c.Team != nil {
		out.Team = &Named{c.Team.ID, c.Team.Name}
	}
	if c.Supervisor != nil {
		supervisor := named(*c.Supervisor)
		out.Supervisor = &supervisor
	}
	if c.Holder != nil {
		out.Holder = &Holder{named(*c.Holder), c.HolderUntil}
	}
	return out
}

type careTeamOutput struct{ Body CareTeam }

func (a *API) readCareTeam(ctx context.Context, in *ResidentPath) (*careTeamOutput, error) {
	if _, err := a.resident(ctx, records.Status, in.ID); err != nil {
		return nil, err
	}
	circle, err := a.people.CircleNow(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the care team", err)
	}
	return &careTeamOutput{Body: showCareTeam(circle)}, nil
}

// MemberPath names a contact in a care team in an operation's path.
type MemberPath struct {
	ResidentPath
	Contact string `path:"contact" doc:"Contact id"`
}

type setMemberInput struct {
	MemberPath
	Body struct {
		Relation string `json:"relation" enum:"family,family_manager,neighbour,caregiver,doctor,resident"`
		Place    int    `json:"place,omitempty" minimum:"1" doc:"Where it comes in the order; default where it is, or the end"`
		Wishes
	}
}

func (a *API) setMember(ctx context.Context, in *setMemberInput) (*careTeamOutput, error) {
	if _, err := a.mayArrangeFor(ctx, in.ID); err != nil {
		return nil, err
	}
	wishes, err := in.Body.Wishes.read()
	if err != nil {
		return nil, err
	}
	err = a.people.SetMember(ctx, records.Membership{
		Resident: in.ID, Contact: in.Contact, Relation: records.Relation(in.Body.Relation), Place: in.Body.Place, Wishes: wishes,
	})
	if err != nil {
		return nil, a.failed(ctx, "change the care team", err)
	}
	return a.readCareTeam(ctx, &in.ResidentPath)
}

func (a *API) removeMember(ctx context.Context, in *MemberPath) (*struct{}, error) {
	user, err := a.mayArrangeFor(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.people.RemoveMember(ctx, in.ID, in.Contact, user.ID); err != nil {
		return nil, a.failed(ctx, "change the care team", err)
	}
	return nil, nil
}
