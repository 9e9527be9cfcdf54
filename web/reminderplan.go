package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/alerts/reminders/titles"
	"github.com/anxin-care/anxin/vitals"
)

// nextTimes is how many of the next times are shown before a reminder is kept.
const nextTimes = 5

var (
	reminderKinds = []string{"medication", "measurement", "appointment", "drinking", "exercise", "follow_up", "charge", "battery", "device_test", "recheck", "check_in"}
	foods         = []string{"", "before", "with", "after"}
	calendarDays  = []string{"", "not_holidays", "working_days"}
	weekdays      = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	// measurable is what is usually measured by plan; what belongs together is one.
	measurable = []string{"bp_systolic,bp_diastolic", "glucose_fasting", "glucose_2h_postprandial", "glucose_random", "body_weight", "body_temperature", "spo2", "heart_rate"}
)

// plansView lists the reminders of a resident.
type plansView struct {
	page
	Resident Resident
	Plans    []planLine
}

type planLine struct {
	ReminderPlan
	Kind, When, From string
}

func (s *Site) plans(w http.ResponseWriter, r *http.Request, user User) error {
	resident, err := s.residents.Resident(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	all, err := s.plansOf.Plans(r.Context(), user, resident.ID)
	if err != nil {
		return fmt.Errorf("list the reminders of resident %s: %w", resident.ID, err)
	}
	view := plansView{page: s.newPage(r, user, "plans.title"), Resident: resident}
	today := view.Now.In(resident.Zone).Format(time.DateOnly)
	for _, p := range all {
		p.What = titles.In(p.What, view.Tag)
		line := planLine{ReminderPlan: p, Kind: view.T("remind_kind." + p.Kind), When: view.schedule(p)}
		switch {
		case p.End != "" && p.End < today:
			line.From = view.T("plans.over", "day", p.End)
		case p.Start > today:
			line.From = view.T("plans.from", "day", p.Start)
		}
		view.Plans = append(view.Plans, line)
	}
	s.render(w, http.StatusOK, "plans", view)
	return nil
}

// schedule says in words when something is due.
func (l *locale) schedule(p ReminderPlan) string {
	switch {
	case p.Schedule == "" && p.Kind == "recheck":
		return l.T("plan.recheck")
	case p.Schedule == "":
		return ""
	}
	if pattern, err := timetable.Parse(p.Schedule); err == nil {
		p.Schedule = pattern.String() // "Daily at 8:00" is kept as it was written
	}
	f := formOf(p)
	switch f.How {
	case "daily":
		return l.T("plan.daily", "times", f.Times)
	case "weekly":
		var days []string
		for _, day := range f.Weekdays {
			days = append(days, l.T("weekday."+longDays[day]))
		}
		return l.T("plan.weekly", "days", strings.Join(days, l.T("list.and")), "times", f.Times)
	case "once":
		return l.T("plan.once", "day", f.On, "times", f.Times)
	}
	if every := everySo.FindStringSubmatch(p.Schedule); every != nil {
		switch n, from, times := every[1], every[3], every[4]; {
		case every[2] == "days":
			return l.T("plan.every_days", "n", n, "day", from, "times", times)
		case n == "1":
			return l.T("plan.every_month", "day", from, "times", times)
		default:
			return l.T("plan.every_months", "n", n, "day", from, "times", times)
		}
	}
	if every := everyHours.FindStringSubmatch(p.Schedule); every != nil {
		return l.T("plan.every_hours", "n", every[1], "time", every[2]+" "+every[3])
	}
	return p.Schedule
}

var (
	// everySo is a schedule of every so many days or months, everyHours one by elapsed
	// time, whose beginning is said by the clock on which it was written.
	everySo    = regexp.MustCompile(`^every (\d+) (days|months) from (\S+) at (.+)$`)
	everyHours = regexp.MustCompile(`^every (\d+)h from (\d{4}-\d\d-\d\d)T(\d\d:\d\d)`)
)

var longDays = map[string]string{"mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday", "sat": "saturday", "sun": "sunday"}

// planForm is a reminder that is being said, with its schedule in simple forms: How
// is daily, weekly, once or own, and Own what somebody wrote for the last.
type planForm struct {
	ReminderPlan
	How, Times, On, Own string
	Weekdays            []string
}

// formOf takes a schedule apart.
func formOf(p ReminderPlan) planForm {
	f := planForm{ReminderPlan: p, How: "own", Own: p.Schedule}
	words, times, at := strings.Cut(p.Schedule, " at ")
	switch days := strings.Split(strings.ReplaceAll(strings.TrimPrefix(words, "every "), " ", ""), ","); {
	case p.Schedule == "":
		f.How, f.Own = "daily", ""
	case at && words == "daily":
		f.How, f.Times, f.Own = "daily", times, ""
	case at && !slices.ContainsFunc(days, func(day string) bool { return !slices.Contains(weekdays, day) }):
		f.How, f.Weekdays, f.Times, f.Own = "weekly", days, times, ""
	case strings.HasPrefix(p.Schedule, "once "):
		if fields := strings.Fields(p.Schedule); len(fields) == 3 {
			f.How, f.On, f.Times, f.Own = "once", fields[1], fields[2], ""
		}
	}
	return f
}

// pattern puts a schedule together.
func (f *planForm) pattern() string {
	times := strings.NewReplacer("，", ", ", "、", ", ", "：", ":").Replace(strings.TrimSpace(f.Times))
	switch {
	case f.Kind == "recheck":
		return ""
	case f.How == "daily":
		return "daily at " + times
	case f.How == "weekly":
		return "every " + strings.Join(f.Weekdays, ", ") + " at " + times
	case f.How == "once":
		return "once " + f.On + " " + times
	case len(strings.Fields(f.Own)) == 5 && strings.ContainsAny(f.Own[:1], "0123456789*"):
		return "cron " + f.Own
	}
	return f.Own
}

// planView is the form.
type planView struct {
	page
	Resident Resident
	Form     planForm
	Wrong    map[string]string
	// Helpers are who may be told where the resident cannot be.
	Helpers []option
	// Shown is set once the next times are.
	Shown bool
	Next  []string
}

// options are a list to choose from, by the beginning of their keys.
func (v *planView) options(prefix string, values []string, chosen ...string) (list []option) {
	for _, value := range values {
		name := value
		if name == "" {
			name = "none"
		}
		list = append(list, option{value, v.T(prefix + name), slices.Contains(chosen, value)})
	}
	return list
}

// Kinds are those of reminders.
func (v *planView) Kinds() []option { return v.options("remind_kind.", reminderKinds, v.Form.Kind) }

// Foods are how a medicine goes with a meal.
func (v *planView) Foods() []option { return v.options("plan.food_", foods, v.Form.Food) }

// CalendarDays are the days of the calendar that count.
func (v *planView) CalendarDays() []option {
	return v.options("plan.days_", calendarDays, v.Form.Days)
}

// Weekdays are those of a week.
func (v *planView) Weekdays() (list []option) {
	for _, day := range weekdays {
		list = append(list, option{day, v.T("weekday." + longDays[day]), slices.Contains(v.Form.Weekdays, day)})
	}
	return list
}

// Measured is what can be measured.
func (v *planView) Measured() (list []option) {
	all := slices.Clone(measurable)
	for _, name := range v.Form.Metrics {
		if !slices.Contains(strings.Split(strings.Join(all, ","), ","), name) {
			all = append(all, name)
		}
	}
	for _, value := range all {
		var names []string
		chosen := true
		for name := range strings.SplitSeq(value, ",") {
			if m, ok := vitals.ParseMetric(name); ok {
				names = append(names, m.Info().Display(v.Tag))
			}
			chosen = chosen && slices.Contains(v.Form.Metrics, name)
		}
		list = append(list, option{value, strings.Join(names, " / "), chosen})
	}
	return list
}

// Action is where the form goes.
func (v *planView) Action() string {
	at := "/residents/" + v.Resident.ID + "/reminders/"
	if v.Form.ID == "" {
		return at + "new"
	}
	return at + v.Form.ID
}

func (s *Site) plan(w http.ResponseWriter, r *http.Request, user User) error {
	form := planForm{ReminderPlan: ReminderPlan{Kind: "medication"}, How: "daily"}
	ctx, resident := r.Context(), chi.URLParam(r, "id")
	if id := chi.URLParam(r, "reminder"); id != "" {
		p, err := s.plansOf.Plan(ctx, user, resident, id)
		if err != nil {
			return fmt.Errorf("read the reminder: %w", err)
		}
		form = formOf(p)
	} else if may, err := s.plansOf.MayPlan(ctx, user, resident); err != nil {
		return fmt.Errorf("ask who makes reminders: %w", err)
	} else if !may {
		return ErrNotFound
	}
	view, err := s.newPlan(r, user, form)
	if err != nil {
		return err
	}
	s.render(w, http.StatusOK, "plan", view)
	return nil
}

func (s *Site) newPlan(r *http.Request, user User, form planForm) (*planView, error) {
	resident, err := s.residents.Resident(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return nil, fmt.Errorf("read the resident: %w", err)
	}
	around, err := s.people.Circle(r.Context(), user, resident.ID)
	if err != nil {
		return nil, fmt.Errorf("read who is around resident %s: %w", resident.ID, err)
	}
	view := &planView{page: s.newPage(r, user, "plan.title"), Resident: resident, Form: form, Wrong: map[string]string{}}
	view.Form.What = titles.In(view.Form.What, view.Tag)
	view.Path = view.Action()
	view.Helpers = []option{{"", view.T("plan.no_helper"), form.Helper == ""}}
	for _, c := range around.Candidates {
		view.Helpers = append(view.Helpers, option{c.ID, c.Name, c.ID == form.Helper})
	}
	return view, nil
}

// keepPlan shows when a reminder would be due, keeps it, has it begin again later, or
// ends it.
func (s *Site) keepPlan(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	ctx, resident, id := r.Context(), chi.URLParam(r, "id"), chi.URLParam(r, "reminder")
	back := "/residents/" + resident + "/reminders"
	var form planForm
	var err error
	switch do := r.PostFormValue("do"); {
	case do == "end" && id != "":
		if err := s.plansOf.EndPlan(ctx, user, resident, id); err != nil {
			return err
		}
		http.Redirect(w, r, back, http.StatusSeeOther)
		return nil
	case do == "pause" && id != "":
		p, err := s.plansOf.Plan(ctx, user, resident, id)
		if err != nil {
			return err
		}
		form = formOf(p)
		form.Start = r.PostFormValue("until")
		if form.Start == "" {
			return fmt.Errorf("%w: until when", errForm)
		}
	default:
		if form, err = planOf(r.PostForm, id); err != nil {
			return err
		}
	}
	view, err := s.newPlan(r, user, form)
	if err != nil {
		return err
	}
	next, err := s.plansOf.NextTimes(ctx, user, resident, form.ReminderPlan, nextTimes)
	if err == nil && r.PostFormValue("do") != "show" {
		if err = s.plansOf.KeepPlan(ctx, user, resident, form.ReminderPlan); err == nil {
			http.Redirect(w, r, back, http.StatusSeeOther)
			return nil
		}
	}
	status := http.StatusOK
	var wrong ReminderFault
	switch {
	case errors.As(err, &wrong):
		status = http.StatusUnprocessableEntity
		for _, field := range wrong.of() {
			view.Wrong[field] = view.T("plan.wrong_" + field)
		}
	case err != nil:
		return err
	default:
		view.Shown = true
	}
	for _, at := range next {
		view.Next = append(view.Next, view.day(at, view.Resident.Zone)+" "+at.In(view.Resident.Zone).Format("15:04"))
	}
	s.render(w, status, "plan", view)
	return nil
}

// planOf reads the form. What does not belong to the kind is left out, so that who
// chooses another kind need not empty fields.
func planOf(form url.Values, id string) (planForm, error) {
	f := planForm{
		ReminderPlan: ReminderPlan{
			ID: id, Kind: form.Get("kind"), What: strings.TrimSpace(form.Get("what")), Note: strings.TrimSpace(form.Get("note")), Start: form.Get("start"), End: form.Get("end"),
			Helper: form.Get("helper"),
		},
		How: form.Get("how"), Times: form.Get("times"), On: form.Get("on"), Own: strings.TrimSpace(form.Get("own")), Weekdays: form["weekday"],
	}
	if text := form.Get("version"); text != "" {
		var err error
		if f.Version, err = strconv.Atoi(text); err != nil {
			return f, fmt.Errorf("%w: version %q", errForm, text)
		}
	}
	switch f.Kind {
	case "medication":
		f.Dose, f.Food, f.TimeCritical = strings.TrimSpace(form.Get("dose")), form.Get("food"), form.Get("time_critical") != ""
	case "measurement":
		for _, names := range form["metric"] {
			f.Metrics = append(f.Metrics, strings.Split(names, ",")...)
		}
		if text := form.Get("readings"); text != "" {
			f.Readings, _ = strconv.Atoi(text) // anything else is refused as none
		}
	default:
		f.Days = form.Get("days")
	}
	f.Schedule = f.pattern()
	return f, nil
}
