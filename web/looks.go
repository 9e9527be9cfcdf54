package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
)

type looksView struct {
	page
	Resident Resident
	Lines    []lookLine
	// Older is the last entry, from which the older ones go on; 0 when there are none.
	Older int64
}

type lookLine struct {
	look
	Clock, Says, Why string
}

// look is what somebody did of a kind within a short while.
type look struct {
	Look
	from time.Time
}

// atOnce is how long a visit lasts, whose looks are one line.
const atOnce = 30 * time.Minute

// gathered makes one line of what somebody did of a kind at once. Of what was said
// about it, each is a line.
func gathered(list []Look) []look {
	type kind struct{ who, via, action, ground string }
	var all []look
	last := map[kind]int{}
	for _, one := range list { // newest first
		of := kind{one.Who, one.Via, one.Action, one.Ground}
		i, ok := last[of]
		if !ok || one.Refused || one.Reason != "" || all[i].Refused || all[i].Reason != "" || all[i].At.Sub(one.At) > atOnce {
			last[of] = len(all)
			all = append(all, look{one, one.At})
			continue
		}
		all[i].from = one.At
		for _, scope := range one.Scopes {
			if !slices.Contains(all[i].Scopes, scope) {
				all[i].Scopes = append(slices.Clip(all[i].Scopes), scope)
			}
		}
	}
	for i := range all {
		slices.SortFunc(all[i].Scopes, func(a, b string) int { return slices.Index(scopes, a) - slices.Index(scopes, b) })
	}
	return all
}

// stretch is a moment, or a short while, by the clock of a zone.
func (p *page) stretch(from, to time.Time, zone *time.Location) string {
	if minute(from, zone) == minute(to, zone) {
		return minute(to, zone)
	}
	return minute(from, zone) + "–" + to.In(zone).Format("15:04")
}

// looksAtOnce is how many a page shows.
const looksAtOnce = 100

func (s *Site) looks(w http.ResponseWriter, r *http.Request, user User) error {
	resident, err := s.residents.Resident(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // anything else is the first page
	list, err := s.privacy.Looks(r.Context(), user, resident.ID, before)
	if err != nil {
		return fmt.Errorf("read who has looked at resident %s: %w", resident.ID, err)
	}
	view := looksView{page: s.newPage(r, user, "looks.title"), Resident: resident}
	for _, look := range gathered(list) {
		line := lookLine{look: look, Clock: view.stretch(look.from, look.At, resident.Zone)}
		if line.Who == "" {
			line.Who = view.T("looks.service")
		}
		line.Says = view.T("looks." + look.Action)
		if look.Refused {
			line.Says = view.T("looks.wanted")
		}
		if len(look.Scopes) > 0 {
			line.Says += view.T("looks.colon") + view.kinds(look.Scopes)
		}
		if look.Ground != "" {
			line.Why = view.T("ground." + look.Ground)
		}
		view.Lines = append(view.Lines, line)
	}
	if len(list) == looksAtOnce {
		view.Older = list[len(list)-1].Seq
	}
	s.render(w, http.StatusOK, "looks", view)
	return nil
}
