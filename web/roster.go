package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
)

type teamsView struct {
	page
	Teams []teamLine
}

// teamLine is a team with who is on duty.
type teamLine struct {
	Team
	l   *locale
	now time.Time
}

// Now says who is on duty, and until when.
func (l teamLine) Now() string {
	if l.Until.IsZero() {
		return names(l.l, l.OnDuty)
	}
	return l.l.T("roster.until", "names", names(l.l, l.OnDuty), "time", l.l.dayOf(l.Until, l.now, l.Zone)+" "+l.Until.In(l.Zone).Format("15:04"))
}

func (s *Site) teams(w http.ResponseWriter, r *http.Request, user User) error {
	teams, err := s.people.Teams(r.Context(), user)
	if err != nil {
		return fmt.Errorf("list teams: %w", err)
	}
	view := teamsView{page: s.newPage(r, user, "teams.title")}
	for _, t := range teams {
		view.Teams = append(view.Teams, teamLine{t, view.locale, view.Now})
	}
	s.render(w, http.StatusOK, "teams", view)
	return nil
}

// rosterView is a week of a team.
type rosterView struct {
	page
	Roster Roster
	// On says who is on duty now, and Until when that changes.
	On, Until string
	Alone     bool // nobody is
	Days      []dayOfRoster
	Gaps      []string
	Overrides []overrideLine
	// Others are contacts who are not in the team yet.
	Others []Person
	// Week is a day of the week shown, and Back and On are of those beside it.
	Earlier, Later, Clock string
	// Begins and Ends are proposed for an override.
	Begins, Ends string
}

// dayOfRoster is a day with who is on duty when.
type dayOfRoster struct {
	Name      string
	Today     bool
	Stretches []stretchLine
	Shifts    []Shift
	Weekday   int
}

// stretchLine is a part of a day.
type stretchLine struct {
	From, To, Names string
	Gap, Override   bool
	Now             bool
}

// overrideLine is an override as the page lists it.
type overrideLine struct {
	ID, Name, From, To, Reason string
}

// localTime is how a browser sends a local time.
const localTime = "2006-01-02T15:04"

func (s *Site) roster(w http.ResponseWriter, r *http.Request, user User) error {
	ctx, team := r.Context(), chi.URLParam(r, "id")
	view := rosterView{page: s.newPage(r, user, "teams.title")}
	// The zone comes with the roster, so that the moment comes first.
	now, err := s.people.Roster(ctx, user, team, view.Now, view.Now.Add(8*24*time.Hour))
	if err != nil {
		return fmt.Errorf("read the roster: %w", err)
	}
	monday := mondayOf(view.Now.In(now.Zone))
	if week, err := time.ParseInLocation(time.DateOnly, r.URL.Query().Get("week"), now.Zone); err == nil {
		monday = mondayOf(week)
	}
	if view.Roster, err = s.people.Roster(ctx, user, team, monday, monday.AddDate(0, 0, 7)); err != nil {
		return fmt.Errorf("read the roster: %w", err)
	}
	view.Title = view.Roster.Team.Name
	view.Clock = view.Now.In(now.Zone).Format("15:04")
	view.Earlier, view.Later = monday.AddDate(0, 0, -7).Format(time.DateOnly), monday.AddDate(0, 0, 7).Format(time.DateOnly)
	view.Begins = view.Now.In(now.Zone).Truncate(time.Hour).Add(time.Hour).Format(localTime)
	view.Ends = view.Now.In(now.Zone).Truncate(time.Hour).Add(9 * time.Hour).Format(localTime)
	view.tellNow(now)
	for day := range 7 {
		view.Days = append(view.Days, view.dayOf(monday.AddDate(0, 0, day)))
	}
	for _, o := range now.Overrides {
		view.Overrides = append(view.Overrides, overrideLine{
			ID: o.ID, Name: o.Name, From: view.moment(o.From), To: view.moment(o.To), Reason: o.Reason,
		})
	}
	others, err := s.people.Contacts(ctx, user)
	if err != nil {
		return fmt.Errorf("list contacts: %w", err)
	}
	view.Others = slices.DeleteFunc(others, func(p Person) bool { return slices.Contains(view.Roster.Members, p) })
	s.render(w, http.StatusOK, "roster", view)
	return nil
}

func mondayOf(t time.Time) time.Time {
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, t.Location())
}

// tellNow says who is on duty now, and the gaps of the next days.
func (v *rosterView) tellNow(r Roster) {
	if len(r.Stretches) > 0 {
		first := r.Stretches[0]
		v.On, v.Alone = names(v.locale, first.OnDuty), len(first.OnDuty) == 0
		if len(r.Stretches) > 1 {
			v.Until = v.moment(first.To)
		}
	}
	for _, s := range r.Stretches {
		if len(s.OnDuty) == 0 {
			v.Gaps = append(v.Gaps, v.T("roster.gap", "from", v.moment(s.From), "to", v.moment(s.To)))
		}
	}
}

// moment is a time with its day, by the team's clock.
func (v *rosterView) moment(t time.Time) string {
	return v.day(t, v.Roster.Zone) + " " + t.In(v.Roster.Zone).Format("15:04")
}

func (v *rosterView) dayOf(begins time.Time) dayOfRoster {
	ends := begins.AddDate(0, 0, 1)
	day := dayOfRoster{
		Name: v.weekday(begins.Weekday()) + " " + begins.Format("01-02"), Today: !v.Now.Before(begins) && v.Now.Before(ends), Weekday: int(begins.Weekday()),
	}
	for _, s := range v.Roster.Stretches {
		from, to := later(s.From, begins), earlier(s.To, ends)
		if !from.Before(to) {
			continue
		}
		line := stretchLine{
			From: from.In(v.Roster.Zone).Format("15:04"), To: to.In(v.Roster.Zone).Format("15:04"), Names: names(v.locale, s.OnDuty),
			Gap: len(s.OnDuty) == 0, Override: s.Override, Now: !v.Now.Before(from) && v.Now.Before(to),
		}
		if to.Equal(ends) {
			line.To = "24:00"
		}
		day.Stretches = append(day.Stretches, line)
	}
	for _, s := range v.Roster.Shifts {
		if s.Weekday == begins.Weekday() {
			day.Shifts = append(day.Shifts, s)
		}
	}
	return day
}

// NoShifts reports that nobody is on the weekly roster.
func (v rosterView) NoShifts() bool { return len(v.Roster.Shifts) == 0 }

// WeekdayName is the day's name alone, for what holds in every week.
func (v rosterView) WeekdayName(d dayOfRoster) string { return v.weekday(time.Weekday(d.Weekday)) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// joinTeam puts somebody into the team: a contact who is there, or a new one.
func (s *Site) joinTeam(ctx context.Context, user User, team string, r *http.Request) error {
	// A new contact of no team would be left over.
	if _, err := s.people.Roster(ctx, user, team, s.now(), s.now()); err != nil {
		return err
	}
	contact := r.PostFormValue("contact")
	if contact == "" {
		var err error
		if contact, err = s.newContact(ctx, user, r); err != nil {
			return err
		}
	}
	return s.people.JoinTeam(ctx, user, team, contact)
}

func (s *Site) leaveTeam(ctx context.Context, user User, team string, r *http.Request) error {
	return s.people.LeaveTeam(ctx, user, team, chi.URLParam(r, "contact"))
}

// addShift puts a member on the roster on all days that are ticked.
func (s *Site) addShift(ctx context.Context, user User, team string, r *http.Request) error {
	shift := Shift{Person: Person{ID: r.PostFormValue("contact")}, Hours: Hours{r.PostFormValue("from"), r.PostFormValue("to")}}
	if !clockForm.MatchString(shift.From) || !clockForm.MatchString(shift.To) {
		return fmt.Errorf("shift %q to %q: %w", shift.From, shift.To, RefusedHours)
	}
	var shifts []Shift
	for _, value := range r.PostForm["day"] {
		day, err := strconv.Atoi(value)
		if err != nil || day < 0 || day > 6 {
			return fmt.Errorf("%w: day %q", errForm, value)
		}
		shift.Weekday = time.Weekday(day)
		shifts = append(shifts, shift)
	}
	if len(shifts) == 0 || shift.Person.ID == "" {
		return fmt.Errorf("%w: no day, or nobody", errForm)
	}
	return s.people.AddShifts(ctx, user, team, shifts)
}

func (s *Site) removeShift(ctx context.Context, user User, team string, r *http.Request) error {
	return s.people.RemoveShift(ctx, user, team, chi.URLParam(r, "shift"))
}

func (s *Site) addOverride(ctx context.Context, user User, team string, r *http.Request) error {
	roster, err := s.people.Roster(ctx, user, team, s.now(), s.now())
	if err != nil {
		return err
	}
	o := Override{Person: Person{ID: r.PostFormValue("contact")}}
	if o.Reason, err = text(r, "reason"); err != nil {
		return err
	}
	for field, to := range map[string]*time.Time{"from": &o.From, "to": &o.To} {
		if *to, err = time.ParseInLocation(localTime, r.PostFormValue(field), roster.Zone); err != nil {
			return fmt.Errorf("%s %q: %w", field, r.PostFormValue(field), RefusedHours)
		}
	}
	if !slices.ContainsFunc(roster.Members, func(p Person) bool { return p.ID == o.Person.ID }) {
		return fmt.Errorf("%w: nobody is chosen", errForm)
	}
	return s.people.AddOverride(ctx, user, team, o)
}

func (s *Site) removeOverride(ctx context.Context, user User, team string, r *http.Request) error {
	return s.people.RemoveOverride(ctx, user, team, chi.URLParam(r, "override"))
}
