package api

import (
	"context"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Occurrence is one time at which a reminder is due, and what became of it.
type Occurrence struct {
	ID       string     `json:"id"`
	Reminder string     `json:"reminder"`
	Resident string     `json:"resident"`
	Kind     string     `json:"kind"`
	What     string     `json:"what"`
	Day      string     `json:"day" format:"date" doc:"On the resident's clock"`
	N        int        `json:"n" doc:"Which of the day's times"`
	Due      time.Time  `json:"due"`
	Status   string     `json:"status" enum:"due,told,done,skipped,missed"`
	Told     int        `json:"told" doc:"How often it was handed to a speaker at home, or to a delivery"`
	OnTime   bool       `json:"on_time,omitempty"`
	DoneAt   *time.Time `json:"done_at,omitempty" doc:"By the clock of what noticed it"`
	HeardAt  *time.Time `json:"heard_at,omitempty" doc:"When Anxin heard of that"`
	By       string     `json:"by,omitempty" doc:"The user who said so, or contact: and the id of one"`
	Device   string     `json:"device,omitempty" doc:"What noticed it"`
	Reason   string     `json:"reason,omitempty" doc:"Why it was skipped; refused when the answer was no, untold while nobody could be told"`
}

// AdherenceWeek is how a reminder went in a week.
type AdherenceWeek struct {
	Reminder string   `json:"reminder"`
	Week     string   `json:"week" format:"date" doc:"Its Monday"`
	Due      int      `json:"due" doc:"How often it was due so far"`
	OnTime   int      `json:"on_time"`
	Late     int      `json:"late"`
	Skipped  int      `json:"skipped"`
	Missed   int      `json:"missed"`
	Share    *float64 `json:"share,omitempty" doc:"Which part of what was due, and not skipped, was done"`
}

type occurrencesInput struct {
	ResidentPath
	Day      string `query:"day" format:"date" doc:"On the resident's clock; today when absent"`
	Reminder string `query:"reminder" doc:"Only of this one"`
}

type occurrencesOutput struct{ Body []Occurrence }

func (a *API) listOccurrences(ctx context.Context, in *occurrencesInput) (*occurrencesOutput, error) {
	resident, err := a.resident(ctx, records.Alerts, in.ID)
	if err != nil {
		return nil, err
	}
	day, err := records.ParseDate(in.Day)
	if err != nil {
		return nil, invalid("query.day", in.Day, err.Error())
	}
	if day.IsZero() {
		day = records.DateOf(a.now().In(resident.Zone()))
	}
	ofDay, err := a.reminders.OnDay(ctx, in.ID, day)
	if err != nil {
		return nil, a.failed(ctx, "list what is to be done", err)
	}
	if in.Reminder != "" {
		ofDay = slices.DeleteFunc(ofDay, func(o reminders.Occurrence) bool { return o.Reminder != in.Reminder })
	}
	shown, err := a.showOccurrences(ctx, ofDay)
	if err != nil {
		return nil, a.failed(ctx, "list what is to be done", err)
	}
	return &occurrencesOutput{Body: shown}, nil
}

func (a *API) showOccurrences(ctx context.Context, all []reminders.Occurrence) ([]Occurrence, error) {
	var ids []string
	for _, o := range all {
		ids = append(ids, o.Reminder)
	}
	of, err := a.reminders.Reminders(ctx, ids...)
	if err != nil {
		return nil, err
	}
	shown := make([]Occurrence, len(all))
	for i, o := range all {
		shown[i] = Occurrence{
			ID: o.ID, Reminder: o.Reminder, Resident: o.Resident, Kind: string(of[o.Reminder].Kind), What: of[o.Reminder].What, Day: o.Day.String(), N: o.N, Due: o.Due,
			Status: string(o.Status), Told: o.Told, OnTime: o.OnTime, DoneAt: when(o.DoneAt), HeardAt: when(o.HeardAt), By: o.By, Device: o.Device, Reason: o.Reason,
		}
	}
	return shown, nil
}

// OccurrencePath names an occurrence in an operation's path.
type OccurrencePath struct {
	ResidentPath
	Occurrence string `path:"occurrence" doc:"Occurrence id"`
}

type occurrenceOutput struct{ Body Occurrence }

type doneInput struct {
	OccurrencePath
	Body *struct {
		At time.Time `json:"at,omitempty" doc:"When it was done; now when absent"`
	}
}

func (a *API) finishOccurrence(ctx context.Context, in *doneInput) (*occurrenceOutput, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	now := a.now()
	at := now
	if in.Body != nil && !in.Body.At.IsZero() {
		if at = in.Body.At; at.After(now.Add(time.Minute)) {
			return nil, a.failed(ctx, "note that it was done", store.Invalid("occurrence", in.Occurrence, []store.Field{{Path: "at", Message: "is in the future"}}))
		}
	}
	o, err := a.reminders.Finish(ctx, in.ID, in.Occurrence, reminders.Finish{By: user.ID, At: at})
	return a.showOccurrence(ctx, o, err)
}

type skipInput struct {
	OccurrencePath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000"`
	}
}

func (a *API) skipOccurrence(ctx context.Context, in *skipInput) (*occurrenceOutput, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	o, err := a.reminders.Skip(ctx, in.ID, in.Occurrence, reminders.Skip{By: user.ID, Reason: in.Body.Reason})
	return a.showOccurrence(ctx, o, err)
}

func (a *API) showOccurrence(ctx context.Context, o reminders.Occurrence, err error) (*occurrenceOutput, error) {
	if err != nil {
		return nil, a.failed(ctx, "note what became of it", err)
	}
	shown, err := a.showOccurrences(ctx, []reminders.Occurrence{o})
	if err != nil {
		return nil, a.failed(ctx, "note what became of it", err)
	}
	return &occurrenceOutput{Body: shown[0]}, nil
}

type adherenceInput struct {
	ResidentPath
	Weeks int `query:"weeks" minimum:"1" maximum:"53" default:"8" doc:"How many weeks back"`
}

type adherenceOutput struct{ Body []AdherenceWeek }

func (a *API) readAdherence(ctx context.Context, in *adherenceInput) (*adherenceOutput, error) {
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	weeks, err := a.reminders.Adherence(ctx, in.ID, a.now().AddDate(0, 0, -7*(in.Weeks-1)))
	if err != nil {
		return nil, a.failed(ctx, "read the adherence", err)
	}
	out := &adherenceOutput{Body: []AdherenceWeek{}}
	for _, w := range weeks {
		shown := AdherenceWeek{Reminder: w.Reminder, Week: w.Monday.String(), Due: w.Due, OnTime: w.OnTime, Late: w.Late, Skipped: w.Skipped, Missed: w.Missed}
		if share, ok := w.Share(); ok {
			shown.Share = &share
		}
		out.Body = append(out.Body, shown)
	}
	return out, nil
}
