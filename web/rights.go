package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

type rightsView struct {
	page
	Resident Resident
	MayCopy  bool
	MayErase bool
	Lines    []disclosureLine
}

type disclosureLine struct {
	Disclosure
	Clock, Says string
}

// rights is what a resident may ask for: a copy, to whom data went, and that all is
// erased.
func (s *Site) residentRights(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	resident, err := s.residents.Resident(ctx, user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	view := rightsView{page: s.newPage(r, user, "rights.title"), Resident: resident}
	list, err := s.rights.Disclosures(ctx, user, resident.ID)
	if err != nil {
		return fmt.Errorf("read to whom data of resident %s went: %w", resident.ID, err)
	}
	if view.MayCopy, err = s.rights.MayCopy(ctx, user, resident.ID); err != nil {
		return err
	}
	if view.MayErase, err = s.rights.MayErase(ctx, user, resident.ID); err != nil {
		return err
	}
	for _, d := range list {
		line := disclosureLine{Disclosure: d, Clock: minute(d.At, resident.Zone), Says: view.T("disclosed." + d.Kind)}
		if d.Over != "" {
			line.Says += " · " + view.T("channel."+string(d.Over))
		}
		if len(d.Scopes) > 0 {
			line.Says += view.T("looks.colon") + view.kinds(d.Scopes)
		}
		view.Lines = append(view.Lines, line)
	}
	s.render(w, http.StatusOK, "rights", view)
	return nil
}

// erase has a resident erased, and goes on to where it is said how that stands.
func (s *Site) erase(w http.ResponseWriter, r *http.Request, user User) error {
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	resident := chi.URLParam(r, "id")
	if strings.TrimSpace(r.PostFormValue("confirm")) != resident {
		return RefusedID
	}
	if err := s.rights.Erase(r.Context(), user, resident, reason); err != nil {
		return fmt.Errorf("erase resident %s: %w", resident, err)
	}
	http.Redirect(w, r, "/erasures", http.StatusSeeOther)
	return nil
}

type erasuresView struct {
	page
	List []erasureLine
}

type erasureLine struct {
	Erasure
	Asked, Done string
	Rows        []erasedRow
}

// erasedRow is how much of something there was and is.
type erasedRow struct {
	What          string
	Before, After amount
	Kept          bool
}

// amount is how much there is of something; less than 0 when that is not known.
type amount int64

// String implements [fmt.Stringer].
func (n amount) String() string {
	if n < 0 {
		return "?"
	}
	return fmt.Sprint(int64(n))
}

// and is both together.
func (n amount) and(more amount) amount {
	if n < 0 || more < 0 {
		return -1
	}
	return n + more
}

// erased says in words what there was and is. Several tables may hold what people call
// one thing: that is one row.
func (l *locale) erased(places []ErasedPlace) (rows []erasedRow) {
	for _, p := range places {
		row := erasedRow{l.held(p), amount(p.Before), amount(p.After), p.Kept}
		if row.Before == 0 && row.After == 0 {
			continue
		}
		i := slices.IndexFunc(rows, func(one erasedRow) bool { return one.What == row.What && one.Kept == row.Kept })
		if i < 0 {
			rows = append(rows, row)
			continue
		}
		rows[i].Before, rows[i].After = rows[i].Before.and(row.Before), rows[i].After.and(row.After)
	}
	return rows
}

// held is what a place holds, in words; what is known of its store when nothing is of
// the place, as in a proof of an older version.
func (l *locale) held(p ErasedPlace) string {
	for _, key := range []string{p.Store + "." + strings.ReplaceAll(p.What, " ", "_"), p.Store} {
		if words, known := l.messages["held."+key]; known {
			return words
		}
	}
	return l.T("held.other")
}

func (s *Site) erasures(w http.ResponseWriter, r *http.Request, user User) error {
	list, err := s.rights.Erasures(r.Context(), user)
	if err != nil {
		return fmt.Errorf("list erasures: %w", err)
	}
	view := erasuresView{page: s.newPage(r, user, "erasures.title")}
	for _, e := range list {
		line := erasureLine{Erasure: e, Asked: minute(e.AskedAt, time.UTC) + " UTC"}
		if !e.DoneAt.IsZero() {
			line.Done = minute(e.DoneAt, time.UTC) + " UTC"
		}
		line.Rows = view.erased(e.Places)
		view.List = append(view.List, line)
	}
	s.render(w, http.StatusOK, "erasures", view)
	return nil
}

type processingView struct {
	page
	Residents  int
	Activities []activityLine
	Recipients []recipientLine
	Kept       []keptLine
	Measures   []string
	Missing    []string
}

type activityLine struct{ Title, Data, Basis string }

type recipientLine struct{ Title, Host, Data string }

type keptLine struct{ What, Where, For string }

// processing is the record of processing, as the law asks for it.
func (s *Site) processing(w http.ResponseWriter, r *http.Request, user User) error {
	p, err := s.rights.Processing(r.Context(), user)
	if err != nil {
		return fmt.Errorf("read the record of processing: %w", err)
	}
	view := processingView{page: s.newPage(r, user, "processing.title"), Residents: p.Residents}
	for _, a := range p.Activities {
		line := activityLine{Basis: view.T("basis." + a.Basis), Title: view.T("activity." + a.Name)}
		if a.Purpose {
			line.Title = view.T("purpose." + a.Name)
			line.Basis = view.T("processing.by_consent", "count", fmt.Sprint(a.Consents), "version", a.Version)
		}
		var data []string
		for _, kind := range a.Data {
			data = append(data, view.T("data."+kind))
		}
		line.Data = strings.Join(data, view.T("list.and"))
		if a.Sensitive {
			line.Data += " · " + view.T("processing.sensitive")
		}
		view.Activities = append(view.Activities, line)
	}
	for _, to := range p.Recipients {
		line := recipientLine{Host: to.Host, Data: view.T("processing.no_detail"), Title: view.T("recipient." + to.Kind)}
		if to.Channel {
			line.Title = view.T("channel." + to.Kind)
		}
		if to.Detail {
			line.Data = view.T("processing.detail")
		}
		view.Recipients = append(view.Recipients, line)
	}
	for _, k := range p.Kept {
		line := keptLine{What: view.T("kept." + k.What), Where: k.Where, For: view.T("processing.until_erased")}
		if k.For > 0 {
			line.For = view.T("processing.hours", "hours", fmt.Sprint(int64(k.For.Hours())))
			if k.For >= 48*time.Hour {
				line.For = view.T("processing.days", "days", fmt.Sprint(int64(k.For.Hours()/24)))
			}
		}
		view.Kept = append(view.Kept, line)
	}
	for _, m := range p.Measures {
		view.Measures = append(view.Measures, view.T("measure."+m))
	}
	for _, m := range p.Missing {
		view.Missing = append(view.Missing, view.T("measure."+m))
	}
	s.render(w, http.StatusOK, "processing", view)
	return nil
}
