package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/alerts/reminders/titles"
)

type remindersView struct {
	page
	reminderLists
	Day string // where most residents are
}

// reminderLists are what is due today: what waits for somebody, what is still to
// come, and what is settled.
type reminderLists struct {
	Waiting, Later, Settled []reminderLine
}

// Any reports whether anything is due today.
func (l reminderLists) Any() bool { return len(l.Waiting)+len(l.Later)+len(l.Settled) > 0 }

// reminderLine is an occurrence as pages list it.
type reminderLine struct {
	Occurrence
	*locale
	Who Resident
	// ShowWho is set where the page is not about that resident alone.
	ShowWho bool
	// Back is the page that its forms come back to.
	Back string
	now  time.Time
}

func (s *Site) reminderList(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	residents, err := s.residents.List(ctx, user)
	if err != nil {
		return fmt.Errorf("list residents: %w", err)
	}
	view := remindersView{page: s.newPage(r, user, "reminders.title")}
	if view.reminderLists, err = s.remindersOf(ctx, &view.page, user, true, residents...); err != nil {
		return err
	}
	zone := zoneOf(residents)
	view.Day = view.Now.In(zone).Format(time.DateOnly)
	view.live("reminders.js", zone)
	s.render(w, http.StatusOK, "reminders", view)
	return nil
}

// remindersOf are what is due today for some residents.
func (s *Site) remindersOf(ctx context.Context, p *page, user User, showWho bool, residents ...Resident) (lists reminderLists, err error) {
	known, ids := map[string]Resident{}, []string{}
	for _, one := range residents {
		known[one.ID] = one
		ids = append(ids, one.ID)
	}
	today, err := s.reminders.Today(ctx, user, ids...)
	if err != nil {
		return lists, fmt.Errorf("list what is due today: %w", err)
	}
	for _, o := range today {
		o.What = titles.In(o.What, p.Tag)
		line := reminderLine{Occurrence: o, locale: p.locale, Who: known[o.Resident], ShowWho: showWho, Back: p.Path, now: p.Now}
		switch {
		case o.Status == ReminderDone || o.Status == ReminderSkipped:
			lists.Settled = append(lists.Settled, line)
		case o.Due.After(p.Now):
			lists.Later = append(lists.Later, line)
		default:
			lists.Waiting = append(lists.Waiting, line)
		}
	}
	// What is worst stands first: missed, then late, then what was just told.
	slices.SortStableFunc(lists.Waiting, func(a, b reminderLine) int { return b.rank() - a.rank() })
	return lists, nil
}

func (l reminderLine) rank() int {
	rank := 0
	if l.Status == ReminderMissed {
		rank++
	}
	if l.Critical {
		rank += 2
	}
	return rank
}

// Clock is when it is due, by the resident's clock.
func (l reminderLine) Clock() string { return clock(l.Due, l.now, l.Who.Zone) }

// Says is how it stands.
func (l reminderLine) Says() string {
	done := clock(l.DoneAt, l.now, l.Who.Zone)
	switch {
	case l.Status == ReminderDone && l.OnTime:
		return l.T("reminder.done", "time", done)
	case l.Status == ReminderDone:
		return l.T("reminder.done_late", "time", done)
	case l.Status == ReminderSkipped:
		return l.T("reminder.skipped", "reason", l.Reason)
	case l.Status == ReminderMissed && l.Untold:
		return l.T("reminder.missed_untold")
	case l.Status == ReminderMissed:
		return l.T("reminder.missed")
	case l.Untold:
		return l.T("reminder.untold")
	case l.Status == ReminderTold:
		return l.T("reminder.told", "n", l.Told)
	}
	return l.T("reminder.due")
}

// Sign is the shape that stands for it.
func (l reminderLine) Sign() string {
	switch {
	case l.Status == ReminderDone:
		return "fine"
	case l.Status == ReminderMissed && l.Critical:
		return "critical"
	case l.Status == ReminderMissed:
		return "warning"
	}
	return "info"
}

// adherenceLine is how a reminder went in the weeks of the head.
type adherenceLine struct {
	What  string
	Cells []adherenceCell
}

type adherenceCell struct {
	Share string // "93 %", or a dash
	Of    string // "13 of 14"
	Low   bool
}

// adherenceTable is how reminders went by week, the newest last.
type adherenceTable struct {
	Weeks []string
	Lines []adherenceLine
}

const (
	// adherenceWeeks is how many weeks a page shows.
	adherenceWeeks = 4
	// adherent is the share of doses taken below which a page marks a week: 80 % is
	// what medicine calls adherent.
	adherent = 0.8
)

func (p *page) adherence(weeks []AdherenceWeek) (table adherenceTable) {
	var mondays, reminders []string
	for _, w := range weeks {
		if !slices.Contains(mondays, w.Monday) && len(mondays) < adherenceWeeks {
			mondays = append(mondays, w.Monday)
		}
		if !slices.Contains(reminders, w.Reminder) {
			reminders = append(reminders, w.Reminder)
		}
	}
	slices.Sort(mondays)
	for _, monday := range mondays {
		table.Weeks = append(table.Weeks, p.T("adherence.week", "day", monday[len("2006-"):]))
	}
	for _, id := range reminders {
		line := adherenceLine{Cells: make([]adherenceCell, len(mondays))}
		for i := range line.Cells {
			line.Cells[i].Share = "—"
		}
		for _, w := range weeks {
			i := slices.Index(mondays, w.Monday)
			if w.Reminder != id || i < 0 {
				continue
			}
			line.What = titles.In(w.What, p.Tag)
			if due := w.Due - w.Skipped; due > 0 {
				share := float64(w.Done) / float64(due)
				line.Cells[i] = adherenceCell{Share: fmt.Sprintf("%.0f %%", 100*share), Of: p.T("adherence.of", "n", w.Done, "all", due), Low: share < adherent}
			}
		}
		if line.What != "" {
			table.Lines = append(table.Lines, line)
		}
	}
	return table
}

func (s *Site) finishReminder(ctx context.Context, user User, id string, r *http.Request) error {
	return s.reminders.Finish(ctx, user, id, chi.URLParam(r, "occurrence"))
}

func (s *Site) skipReminder(ctx context.Context, user User, id string, r *http.Request) error {
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	if reason == "" {
		return fmt.Errorf("%w: no reason", errForm)
	}
	return s.reminders.Skip(ctx, user, id, chi.URLParam(r, "occurrence"), reason)
}
