package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

func (a *API) reminderOperations(api huma.API, get, post, put, ask, remove describe) {
	huma.Register(api, get("list-reminders", "/residents/{id}/reminders", "What a resident is to do, and when", "reminders"), a.listReminders)
	huma.Register(api, post("create-reminder", "/residents/{id}/reminders", "Remind a resident of something", "reminders"), a.createReminder)
	huma.Register(api, get("read-reminder", "/residents/{id}/reminders/{reminder}", "Read a reminder", "reminders"), a.readReminder)
	huma.Register(api, put("change-reminder", "/residents/{id}/reminders/{reminder}", "Change a reminder: what is still to come is planned anew", "reminders"), a.changeReminder)
	huma.Register(api, remove("end-reminder", "/residents/{id}/reminders/{reminder}", "Take a reminder away; what has been is kept", "reminders"), a.endReminder)
	huma.Register(api, put("set-stock", "/residents/{id}/reminders/{reminder}/stock", "Say how much of a medicine there is", "reminders"), a.setStock)
	huma.Register(api, get("list-occurrences", "/residents/{id}/occurrences", "What is due on a day, and what became of it", "reminders"), a.listOccurrences)
	huma.Register(api, ask("finish-occurrence", "/residents/{id}/occurrences/{occurrence}/done", "Say that it was done", "reminders"), a.finishOccurrence)
	huma.Register(api, ask("skip-occurrence", "/residents/{id}/occurrences/{occurrence}/skip", "Say that it is not to be done, and why", "reminders"), a.skipOccurrence)
	huma.Register(api, get("read-adherence", "/residents/{id}/adherence", "How each reminder went, by week, the newest first", "reminders"), a.readAdherence)
	huma.Register(api, get("list-reminder-presets", "/reminder-presets", "Reminders as they usually are, to begin with", "reminders"), a.listPresets)
	huma.Register(api, get("list-holidays", "/holidays", "Holidays, and weekends that are worked instead", "reminders"), a.listHolidays)
	huma.Register(api, put("import-holidays", "/holidays", "Put holidays in the place of those of their years", "reminders"), a.importHolidays)
}

// ReminderCheck looks at a reminder before it is kept: it refuses whom it names that
// is nobody around the resident, and returns what to warn of.
type ReminderCheck interface {
	Check(ctx context.Context, r reminders.Reminder) (warnings []string, err error)
}

// Reminder is something that a resident is to do on a schedule.
type Reminder struct {
	ID       string `json:"id"`
	Resident string `json:"resident"`
	ReminderFields
	Version   int        `json:"version"`
	CreatedAt time.Time  `json:"created_at"`
	ChangedAt time.Time  `json:"changed_at"`
	ChangedBy string     `json:"changed_by,omitempty" doc:"A user; absent for the command line"`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"When somebody took it away"`
	Warnings  []string   `json:"warnings,omitempty" doc:"Where it was just saved: what may surprise about it, such as that nobody can be told"`
}

// ReminderFields are what people say of a reminder.
type ReminderFields struct {
	Kind     string `json:"kind" enum:"medication,measurement,appointment,drinking,exercise,follow_up,charge,battery,device_test,recheck,check_in"`
	What     string `json:"what" minLength:"1" maxLength:"200" doc:"What is to be done, in the words that people hear" example:"Metformin 500 mg"`
	Note     string `json:"note,omitempty" maxLength:"2000" doc:"What belongs to it; of a medicine its own text, which is all that is said of a dose that was forgotten"`
	Schedule string `json:"schedule,omitempty" maxLength:"500" doc:"Absent for a recheck, which a low glucose brings about. On the resident's clock: daily at 08:00, 20:00 | every mon, thu at 09:00 | every 3 days from 2026-03-01 at 09:00 | every 3 months from 2026-03-01 at 09:00 | every 8h from 2026-03-01T06:00+08:00 (elapsed time) | once 2026-03-05 09:00 | cron 30 7 * * 1-5" example:"daily at 08:00, 20:00"`
	Start    string `json:"start,omitempty" format:"date" doc:"Its first day"`
	End      string `json:"end,omitempty" format:"date" doc:"Its last day"`
	Days     string `json:"days,omitempty" enum:"not_holidays,working_days" doc:"Which days count; every day when absent"`

	Dose         string `json:"dose,omitempty" maxLength:"200" example:"1 tablet"`
	Food         string `json:"food,omitempty" enum:"before,with,after"`
	TimeCritical bool   `json:"time_critical,omitempty" doc:"A medicine that does harm when it is late: told to others after 30 minutes"`

	Metrics  []string `json:"metrics,omitempty" maxItems:"8" example:"[\"bp_systolic\",\"bp_diastolic\"]"`
	Readings int      `json:"readings,omitempty" minimum:"0" maximum:"5" doc:"How many readings within ten minutes are one measurement"`
	Window   string   `json:"window,omitempty" doc:"Until how long after it is due a measurement is in time, 3h when absent; for how long an answer to a check-in is waited for, 10m when absent" example:"3h"`

	Device string         `json:"device,omitempty" doc:"What it is about, or the only one that shows that it was done"`
	Stock  *ReminderStock `json:"stock,omitempty" doc:"What there is of a medicine; absent when nobody counts"`
	Helper string         `json:"helper,omitempty" maxLength:"64" doc:"The contact who is told where the resident has neither a speaker nor a telephone"`
}

// ReminderStock is what there is of a medicine.
type ReminderStock struct {
	Left     float64 `json:"left" minimum:"0"`
	PerDose  float64 `json:"per_dose" exclusiveMinimum:"0"`
	RefillAt float64 `json:"refill_at" minimum:"0" doc:"How little asks for more"`
	Refill   string  `json:"refill" minLength:"1" maxLength:"200" doc:"Who is to get more, and is told so: the id of a contact, or the name of one around the resident"`
}

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

// ReminderPreset is a reminder as it usually is, to begin with.
type ReminderPreset struct {
	Name     string   `json:"name"`
	Title    Text     `json:"title"`
	Kind     string   `json:"kind"`
	Schedule string   `json:"schedule,omitempty"`
	Food     string   `json:"food,omitempty"`
	Metrics  []string `json:"metrics,omitempty"`
	Readings int      `json:"readings,omitempty"`
	Window   string   `json:"window,omitempty"`
}

// reminder reads what was said of one.
func (f *ReminderFields) reminder(resident string) (reminders.Reminder, error) {
	r := reminders.Reminder{
		Resident: resident, Kind: reminders.Kind(f.Kind), What: f.What, Note: f.Note, Days: timetable.Days(f.Days),
		Dose: f.Dose, Food: reminders.Food(f.Food), TimeCritical: f.TimeCritical, Readings: f.Readings, Device: f.Device, Helper: f.Helper,
	}
	var err error
	if f.Schedule != "" { // else the book says whether it may be absent
		if r.Schedule, err = timetable.Parse(f.Schedule); err != nil {
			return r, invalid("body.schedule", f.Schedule, err.Error())
		}
	}
	for path, day := range map[string]*records.Date{"start": &r.Start, "end": &r.End} {
		text := map[string]string{"start": f.Start, "end": f.End}[path]
		if *day, err = records.ParseDate(text); err != nil {
			return r, invalid("body."+path, text, err.Error())
		}
	}
	for _, name := range f.Metrics {
		m, ok := vitals.ParseMetric(name)
		if !ok {
			return r, invalid("body.metrics", name, "there is no such metric")
		}
		r.Metrics = append(r.Metrics, m)
	}
	if f.Window != "" {
		if r.Window, err = time.ParseDuration(f.Window); err != nil {
			return r, invalid("body.window", f.Window, "want a length of time, such as 3h")
		}
	}
	if s := f.Stock; s != nil {
		r.Stock = &reminders.Stock{Left: s.Left, PerDose: s.PerDose, RefillAt: s.RefillAt, Refill: s.Refill}
	}
	return r, nil
}

func showReminder(r reminders.Reminder) Reminder {
	shown := Reminder{
		ID: r.ID, Resident: r.Resident, Version: r.Version, CreatedAt: r.CreatedAt, ChangedAt: r.ChangedAt, ChangedBy: r.ChangedBy, EndedAt: when(r.EndedAt),
		ReminderFields: ReminderFields{
			Kind: string(r.Kind), What: r.What, Note: r.Note, Schedule: r.Schedule.String(), Start: r.Start.String(), End: r.End.String(), Days: string(r.Days),
			Dose: r.Dose, Food: string(r.Food), TimeCritical: r.TimeCritical, Metrics: metricNames(r.Metrics), Readings: r.Readings, Window: span(r.Window), Device: r.Device, Helper: r.Helper,
		},
	}
	if s := r.Stock; s != nil {
		shown.Stock = &ReminderStock{Left: s.Left, PerDose: s.PerDose, RefillAt: s.RefillAt, Refill: s.Refill}
	}
	return shown
}

func metricNames(metrics []vitals.Metric) (names []string) {
	for _, m := range metrics {
		names = append(names, m.String())
	}
	return names
}

// span is a length of time as people write it: "3h", "1h30m"; "" for none.
func span(d time.Duration) string {
	if d == 0 {
		return ""
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

type remindersOutput struct{ Body []Reminder }

type reminderOutput struct{ Body Reminder }

func (a *API) listReminders(ctx context.Context, in *ResidentPath) (*remindersOutput, error) {
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	all, err := a.reminders.List(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "list the reminders", err)
	}
	out := &remindersOutput{Body: []Reminder{}}
	for _, r := range all {
		out.Body = append(out.Body, showReminder(r))
	}
	return out, nil
}

type newReminderInput struct {
	ResidentPath
	Body ReminderFields
}

func (a *API) createReminder(ctx context.Context, in *newReminderInput) (*reminderOutput, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := in.Body.reminder(in.ID)
	if err != nil {
		return nil, err
	}
	warnings, err := a.checkReminder.Check(ctx, r)
	if err != nil {
		return nil, a.failed(ctx, "create the reminder", err)
	}
	if r, err = a.reminders.Create(ctx, r, user.ID); err != nil {
		return nil, a.failed(ctx, "create the reminder", err)
	}
	shown := showReminder(r)
	shown.Warnings = warnings
	return &reminderOutput{Body: shown}, nil
}

// ReminderPath names a reminder in an operation's path.
type ReminderPath struct {
	ResidentPath
	Reminder string `path:"reminder" doc:"Reminder id"`
}

func (a *API) readReminder(ctx context.Context, in *ReminderPath) (*reminderOutput, error) {
	if _, err := a.resident(ctx, records.Alerts, in.ID); err != nil {
		return nil, err
	}
	r, err := a.reminders.Get(ctx, in.ID, in.Reminder)
	if err != nil {
		return nil, a.failed(ctx, "read the reminder", err)
	}
	return &reminderOutput{Body: showReminder(r)}, nil
}

type changeReminderInput struct {
	ReminderPath
	Body struct {
		ReminderFields
		From int `json:"from,omitempty" minimum:"1" doc:"The version that it was made from; another one meanwhile is a conflict"`
	}
}

func (a *API) changeReminder(ctx context.Context, in *changeReminderInput) (*reminderOutput, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := in.Body.reminder(in.ID)
	if err != nil {
		return nil, err
	}
	r.ID = in.Reminder
	warnings, err := a.checkReminder.Check(ctx, r)
	if err != nil {
		return nil, a.failed(ctx, "change the reminder", err)
	}
	if r, err = a.reminders.Change(ctx, r, in.Body.From, user.ID); err != nil {
		return nil, a.failed(ctx, "change the reminder", err)
	}
	shown := showReminder(r)
	shown.Warnings = warnings
	return &reminderOutput{Body: shown}, nil
}

func (a *API) endReminder(ctx context.Context, in *ReminderPath) (*struct{}, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.reminders.End(ctx, in.ID, in.Reminder, user.ID); err != nil {
		return nil, a.failed(ctx, "end the reminder", err)
	}
	return nil, nil
}

type stockInput struct {
	ReminderPath
	Body struct {
		Left float64 `json:"left" minimum:"0"`
	}
}

func (a *API) setStock(ctx context.Context, in *stockInput) (*reminderOutput, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := a.reminders.SetStock(ctx, in.ID, in.Reminder, in.Body.Left, user.ID)
	if err != nil {
		return nil, a.failed(ctx, "change the stock", err)
	}
	return &reminderOutput{Body: showReminder(r)}, nil
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

type presetsOutput struct{ Body []ReminderPreset }

func (a *API) listPresets(context.Context, *struct{}) (*presetsOutput, error) {
	out := &presetsOutput{}
	for _, p := range reminders.Presets() {
		out.Body = append(out.Body, ReminderPreset{
			Name: p.Name, Title: Text(p.Title), Kind: string(p.Kind), Schedule: p.Schedule, Food: string(p.Food), Metrics: metricNames(p.Metrics), Readings: p.Readings, Window: span(p.Window),
		})
	}
	return out, nil
}

// Holiday is a day that is not as its day of the week would have it.
type Holiday struct {
	Day   string `json:"day" format:"date"`
	Works bool   `json:"works" doc:"A weekend that is worked instead of a holiday (调休)"`
	Name  string `json:"name" maxLength:"200" example:"春节"`
}

type holidaysOutput struct{ Body []Holiday }

func (a *API) listHolidays(ctx context.Context, _ *struct{}) (*holidaysOutput, error) {
	c, err := a.reminders.Holidays(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list the holidays", err)
	}
	out := &holidaysOutput{Body: []Holiday{}}
	for _, day := range c.Dates() {
		out.Body = append(out.Body, Holiday{Day: day.String(), Works: c[day].Works, Name: c[day].Name})
	}
	return out, nil
}

type importHolidaysInput struct {
	Body []Holiday `maxItems:"1000"`
}

func (a *API) importHolidays(ctx context.Context, in *importHolidaysInput) (*holidaysOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	c := timetable.Calendar{}
	for i, h := range in.Body {
		day, err := records.ParseDate(h.Day)
		if err != nil || day.IsZero() {
			return nil, invalid(fmt.Sprintf("body[%d].day", i), h.Day, cmp.Or(err, fmt.Errorf("want a day")).Error())
		}
		c[day] = timetable.Special{Works: h.Works, Name: h.Name}
	}
	if err := a.reminders.ImportHolidays(ctx, c); err != nil {
		return nil, a.failed(ctx, "import holidays", err)
	}
	return a.listHolidays(ctx, nil)
}
