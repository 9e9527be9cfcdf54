package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/vitals"
)

type residentView struct {
	page
	Resident Resident
	// Clock is the time in the resident's zone.
	Clock string
	// Body is what was measured of the person, Home in the home.
	Body, Home []tile
	Charts     []chart
	Ranges     []period
	Devices    []deviceLine
	State      state
	In         []string // situations
	// Open are the alerts that are not resolved, Past those of the last days.
	Open, Past []alertLine
	// Circle is who is around the resident.
	Circle *circleView
	// Reminders are those of today, Adherence how they went by week.
	Reminders reminderLists
	Adherence adherenceTable
	// MayPlan says that the user may make reminders.
	MayPlan bool
	// MayConsent and MayLook say which of the pages about who may see what the user
	// may open.
	MayConsent, MayLook bool
	// Assess are the forms that are to be filled in now.
	Assess []dueLine
}

// Today is what the template of reminders shows.
func (v residentView) Today() remindersView {
	return remindersView{page: v.page, reminderLists: v.Reminders}
}

// alertsFor is how far back a resident's page lists alerts.
const alertsFor = 7 * 24 * time.Hour

// period is a length of time that the charts can show.
type period struct {
	Name     string // as in the address: "7d"
	Label    string
	Selected bool
}

var periodNames = []string{"24h", "7d", "30d"}

// longestPeriod is the longest of them: what is older has no chart.
const longestPeriod = 30 * 24 * time.Hour

// deviceLine is a device of the resident, and how it is.
type deviceLine struct {
	Device
	Seen     string
	Clock    string
	Charge   string
	Status   string
	Troubles []trouble
}

func (s *Site) resident(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	resident, err := s.residents.Resident(ctx, user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	devices, err := s.devices.DevicesOf(ctx, resident.ID)
	if err != nil {
		return fmt.Errorf("list the devices of resident %q: %w", resident.ID, err)
	}
	view := residentView{page: s.newPage(r, user, "board.title"), Resident: resident}
	view.Title = resident.Name
	view.Clock = view.Now.In(resident.Zone).Format("15:04")
	view.Ranges = view.periods(r.URL.Query().Get("range"))
	if err := s.residentAlerts(ctx, user, &view); err != nil {
		return err
	}
	if view.Reminders, err = s.remindersOf(ctx, &view.page, user, false, resident); err != nil {
		return err
	}
	if view.MayPlan, err = s.plansOf.MayPlan(ctx, user, resident.ID); err != nil {
		return fmt.Errorf("read what the user may of resident %s: %w", resident.ID, err)
	}
	if resident.Shows.Alerts {
		weeks, err := s.reminders.Adherence(ctx, user, resident.ID)
		if err != nil {
			return fmt.Errorf("read the adherence of resident %s: %w", resident.ID, err)
		}
		view.Adherence = view.adherence(weeks)
	}
	if resident.Shows.File {
		due, err := s.assessments.Due(ctx, user, resident.ID)
		if err != nil {
			return fmt.Errorf("look which assessments of resident %s are due: %w", resident.ID, err)
		}
		view.Assess = view.dueLines(due)
	}
	latest := s.readings.Latest(resident.ID)
	if view.MayConsent, view.MayLook, err = s.privacy.May(ctx, user, resident.ID); err != nil {
		return fmt.Errorf("read what the user may of resident %s: %w", resident.ID, err)
	}
	if view.Circle, err = s.circle(ctx, user, &view.page, resident); err != nil {
		return err
	}
	care, _ := split(view.Open)
	view.In = view.situations(resident)
	view.State = view.stateOf(resident, care, latest, devices[resident.ID])
	tiles := newTiler(view.locale, view.Now, resident.Zone, shown(resident, latest))
	for _, m := range measured(tiles) {
		made := tiles.tile(m)
		if m.Info().Subject == vitals.OfHome {
			view.Home = append(view.Home, made)
		} else {
			view.Body = append(view.Body, made)
		}
		if view.Now.Sub(made.At) < longestPeriod {
			view.Charts = append(view.Charts, newChart(view.locale, m, made))
		}
	}
	for _, d := range devices[resident.ID] {
		view.Devices = append(view.Devices, view.deviceLine(d, resident.Zone))
	}
	data := view.live("resident.js", resident.Zone)
	for _, m := range vitals.Metrics() {
		if m.Info().Subject != vitals.OfDevice {
			data.Extras[m.String()] = true
		}
	}
	data.Resident, data.Zone = resident.ID, resident.Zone.String()
	s.render(w, http.StatusOK, "resident", view)
	return nil
}

// residentAlerts puts the resident's alerts on the page.
func (s *Site) residentAlerts(ctx context.Context, user User, view *residentView) error {
	open, err := s.alerts.OpenOf(ctx, user, view.Resident.ID)
	if err != nil {
		return fmt.Errorf("list the open alerts of resident %s: %w", view.Resident.ID, err)
	}
	for _, a := range open {
		if a.Resident == view.Resident.ID {
			line := view.alertLine(a, view.Resident)
			line.Linked = true
			view.Open = append(view.Open, line)
		}
	}
	past, err := s.alerts.Resolved(ctx, user, view.Now.Add(-alertsFor), view.Resident.ID)
	if err != nil {
		return fmt.Errorf("list the alerts of resident %s: %w", view.Resident.ID, err)
	}
	for _, a := range past {
		view.Past = append(view.Past, view.alertLine(a, view.Resident))
	}
	return nil
}

// measured lists the metrics of the person and the home that were ever
// measured, those that a card always shows first. A blood pressure is one: the
// diastolic stands with the systolic.
func measured(t tiler) []vitals.Metric {
	var metrics []vitals.Metric
	for m := range t.latest {
		if m.Info().Subject == vitals.OfDevice || m == vitals.BPDiastolic && t.has(vitals.BPSystolic) {
			continue
		}
		metrics = append(metrics, m)
	}
	rank := func(m vitals.Metric) int {
		if i := slices.Index(cardAlways, m); i >= 0 {
			return i
		}
		return len(cardAlways)
	}
	slices.SortFunc(metrics, func(a, b vitals.Metric) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
	return metrics
}

// periods are the lengths to choose from; the first where the wish is none of them.
func (p *page) periods(wish string) []period {
	if !slices.Contains(periodNames, wish) {
		wish = periodNames[0]
	}
	var all []period
	for _, name := range periodNames {
		all = append(all, period{Name: name, Label: p.T("range." + name), Selected: name == wish})
	}
	return all
}

func (p *page) deviceLine(d Device, zone *time.Location) deviceLine {
	line := deviceLine{Device: d, Seen: p.T("age.never"), Troubles: p.troubles(d, p.Now)}
	if !d.LastSeen.IsZero() {
		line.Seen = p.age(p.Now.Sub(d.LastSeen))
		line.Clock = d.LastSeen.In(zone).Format(time.DateTime)
	}
	switch {
	case d.Online == nil:
		line.Status = "—"
	case *d.Online:
		line.Status = p.T("word.online")
	default:
		line.Status = p.T("word.offline")
	}
	if d.Battery != nil {
		line.Charge = vitals.DeviceBattery.Format(*d.Battery) + " %"
	}
	return line
}
