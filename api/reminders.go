package api

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records"
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
