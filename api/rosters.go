package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records"
)

// Roster is who of a team is on duty when.
type Roster struct {
	TimeZone  string     `json:"time_zone" doc:"In which the shifts are meant"`
	Shifts    []Shift    `json:"shifts" nullable:"false" doc:"Of every week"`
	Overrides []Override `json:"overrides" nullable:"false" doc:"What stands in place of all shifts for a while, as far as it touches the time asked for"`
	Stretches []Stretch  `json:"stretches" nullable:"false" doc:"Who is on duty in the time asked for, in order and without holes"`
	Gaps      []Gap      `json:"gaps" nullable:"false" doc:"When nobody is"`
}

// Shift is when somebody is on duty in every week.
type Shift struct {
	ID      string `json:"id,omitempty"`
	Contact string `json:"contact"`
	Weekday string `json:"weekday" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday" doc:"On which it begins"`
	Hours
	Since string `json:"since,omitempty" format:"date" doc:"The first day on which it may begin"`
	Until string `json:"until,omitempty" format:"date" doc:"The last"`
}

// Override stands in place of all weekly shifts for a while.
type Override struct {
	ID      string    `json:"id"`
	Contact string    `json:"contact"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	SetBy   string    `json:"set_by,omitempty" doc:"A user; absent for the command line"`
	Reason  string    `json:"reason,omitempty"`
}

// Stretch is a time in which the same people are on duty.
type Stretch struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	OnDuty   []string  `json:"on_duty" nullable:"false" doc:"Contacts"`
	Override bool      `json:"override,omitempty" doc:"Not by the week"`
}

// Gap is a time in which nobody is on duty.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func showShift(s records.Shift) Shift {
	from, to := s.Clocks()
	return Shift{
		ID: s.ID, Contact: s.Contact, Weekday: strings.ToLower(s.Weekday.String()), Hours: Hours{from, to}, Since: s.Since.String(), Until: s.Until.String(),
	}
}

func showOverride(o records.Override) Override {
	return Override{ID: o.ID, Contact: o.Contact, From: o.From.UTC(), To: o.To.UTC(), SetBy: o.SetBy, Reason: o.Reason}
}

func showStretch(s records.Stretch) Stretch {
	return Stretch{From: s.From.UTC(), To: s.To.UTC(), OnDuty: append([]string{}, s.OnDuty...), Override: s.Override}
}

// longestRoster is how long a time may be asked for.
const longestRoster = 92 * 24 * time.Hour

type rosterInput struct {
	TeamPath
	From time.Time `query:"from" doc:"Default now"`
	To   time.Time `query:"to" doc:"Default 7 days later; at most 92"`
}

type rosterOutput struct{ Body Roster }

func (a *API) readRoster(ctx context.Context, in *rosterInput) (*rosterOutput, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	from, to := in.From, in.To
	if from.IsZero() {
		from = a.now()
	}
	if to.IsZero() {
		to = from.Add(7 * 24 * time.Hour)
	}
	if !from.Before(to) || to.Sub(from) > longestRoster {
		return nil, invalid("query.to", to, "must be after from, and at most 92 days")
	}
	r, err := a.people.Roster(ctx, in.ID, from, to)
	if err != nil {
		return nil, a.failed(ctx, "read the roster", err)
	}
	out := &rosterOutput{Body: Roster{TimeZone: r.Zone.String(), Shifts: []Shift{}, Overrides: []Override{}, Stretches: []Stretch{}, Gaps: []Gap{}}}
	for _, s := range r.Shifts {
		out.Body.Shifts = append(out.Body.Shifts, showShift(s))
	}
	for _, o := range r.Overrides {
		out.Body.Overrides = append(out.Body.Overrides, showOverride(o))
	}
	for _, s := range r.Stretches(from, to) {
		out.Body.Stretches = append(out.Body.Stretches, showStretch(s))
		if len(s.OnDuty) == 0 {
			out.Body.Gaps = append(out.Body.Gaps, Gap{s.From.UTC(), s.To.UTC()})
		}
	}
	return out, nil
}

type changeRosterInput struct {
	TeamPath
	Body struct {
		Shifts []Shift `json:"shifts" nullable:"false"`
	}
}

var weekdays = map[string]time.Weekday{
	"sunday": time.Sunday, "monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday,
	"thursday": time.Thursday, "friday": time.Friday, "saturday": time.Saturday,
}

func (s *Shift) read() (out records.Shift, err error) {
	out = records.Shift{ID: s.ID, Contact: s.Contact, Weekday: weekdays[s.Weekday]}
	if out.Hours, err = records.ParseHours(s.From, s.To); err != nil {
		return out, err
	}
	if out.Since, err = records.ParseDate(s.Since); err != nil {
		return out, err
	}
	out.Until, err = records.ParseDate(s.Until)
	return out, err
}

func (a *API) changeRoster(ctx context.Context, in *changeRosterInput) (*rosterOutput, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	shifts := make([]records.Shift, len(in.Body.Shifts))
	for i, s := range in.Body.Shifts {
		var err error
		if shifts[i], err = s.read(); err != nil {
			return nil, invalid(fmt.Sprintf("body.shifts[%d]", i), s, err.Error())
		}
	}
	if err := a.people.SetShifts(ctx, in.ID, shifts); err != nil {
		return nil, a.failed(ctx, "change the roster", err)
	}
	return a.readRoster(ctx, &rosterInput{TeamPath: in.TeamPath})
}

type onDutyInput struct {
	TeamPath
	At time.Time `query:"at" doc:"Default now"`
}

type onDutyOutput struct{ Body Stretch }

// onDuty tells who is on duty, and until when that is so.
func (a *API) onDuty(ctx context.Context, in *onDutyInput) (*onDutyOutput, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	at := in.At
	if at.IsZero() {
		at = a.now()
	}
	r, err := a.people.Roster(ctx, in.ID, at, at.Add(7*24*time.Hour))
	if err != nil {
		return nil, a.failed(ctx, "read the roster", err)
	}
	return &onDutyOutput{Body: showStretch(r.Stretches(at, at.Add(7*24*time.Hour))[0])}, nil
}

type newOverrideInput struct {
	TeamPath
	Body struct {
		Contact string    `json:"contact"`
		From    time.Time `json:"from"`
		To      time.Time `json:"to" doc:"At most 92 days after from"`
		Reason  string    `json:"reason,omitempty" maxLength:"2000"`
	}
}

type overrideOutput struct{ Body Override }

func (a *API) addOverride(ctx context.Context, in *newOverrideInput) (*overrideOutput, error) {
	user, err := a.mayArrange(ctx)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	o, err := a.people.AddOverride(ctx, in.ID, records.Override{Contact: b.Contact, From: b.From, To: b.To, SetBy: user.ID, Reason: b.Reason})
	if err != nil {
		return nil, a.failed(ctx, "change who is on duty", err)
	}
	return &overrideOutput{Body: showOverride(o)}, nil
}

type removeOverrideInput struct {
	TeamPath
	Override string `path:"override" doc:"Override id"`
}

func (a *API) removeOverride(ctx context.Context, in *removeOverrideInput) (*struct{}, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	if err := a.people.RemoveOverride(ctx, in.ID, in.Override); err != nil {
		return nil, a.failed(ctx, "change who is on duty", err)
	}
	return nil, nil
}
