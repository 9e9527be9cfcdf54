package web

import (
	"fmt"
	"net/http"
	"time"
)

type alertsView struct {
	page
	// Care are the open alerts about residents, Technical those about devices.
	Care, Technical []alertLine
	// More about devices and homes are open than are among them.
	More int
	// Resolved are those of lately.
	Resolved []alertLine
	// Checked is when this was found out.
	Checked string
}

// lately is how far back the page of alerts looks.
const lately = 24 * time.Hour

func (s *Site) alertList(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	view := alertsView{page: s.listPage(r, user, "alerts.title")}
	open, more, err := s.alerts.Open(ctx, user)
	if err != nil {
		return fmt.Errorf("read the open alerts: %w", err)
	}
	view.More, view.Alarms = more, alarmsOf(open, more)
	residents, err := s.residents.List(ctx, user)
	if err != nil {
		return fmt.Errorf("list residents: %w", err)
	}
	known := map[string]Resident{}
	for _, resident := range residents {
		known[resident.ID] = resident
	}
	view.Care, view.Technical = split(view.alertLines(open, known))
	resolved, err := s.alerts.Resolved(ctx, user, view.Now.Add(-lately))
	if err != nil {
		return fmt.Errorf("list the alerts that were resolved lately: %w", err)
	}
	view.Resolved = view.alertLines(resolved, known)
	zone := zoneOf(residents)
	view.Checked = view.Now.In(zone).Format("15:04:05")
	view.live("alerts.js", zone)
	s.render(w, http.StatusOK, "alerts", view)
	return nil
}

// split sets those about devices apart.
func split(lines []alertLine) (care, technical []alertLine) {
	for _, line := range lines {
		if line.Technical {
			technical = append(technical, line)
		} else {
			care = append(care, line)
		}
	}
	return care, technical
}

// zoneOf is the zone in which a page of several residents tells the time: that of
// most of them.
func zoneOf(residents []Resident) *time.Location {
	zone, most, in := time.UTC, 0, map[string]int{}
	for _, r := range residents {
		name := r.Zone.String()
		if in[name]++; in[name] > most {
			zone, most = r.Zone, in[name]
		}
	}
	return zone
}

// Alarms is what the top of every page says about alerts.
type Alarms struct {
	// N is how many are open, and Worst the gravest of them. Unknown is set when
	// they could not be read: that is not none.
	N       int
	Worst   Severity
	Unknown bool
}

// alarmsOf counts the open alerts of a list, beside which there are more.
func alarmsOf(open []Alert, more int) Alarms {
	counted := Alarms{N: len(open) + more}
	for _, a := range open {
		counted.Worst = max(counted.Worst, a.worst())
	}
	return counted
}
