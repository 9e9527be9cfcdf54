package reminders

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Query says which occurrences: those of residents that are due from a moment on
// and before another.
type Query struct {
	Residents []string
	From, To  time.Time
}

// Occurrences lists occurrences by when they are due.
func (b *Book) Occurrences(ctx context.Context, q Query) ([]Occurrence, error) {
	var all []Occurrence
	for some := range slices.Chunk(q.Residents, rowsAtOnce) {
		var rows []occurrenceRow
		find := b.db.NewSelect().Model(&rows).Where("resident IN (?)", bun.In(some)).
			Where("due_at >= ? AND due_at < ?", store.Millis(q.From), store.Millis(q.To))
		if err := find.Scan(ctx); err != nil {
			return nil, fmt.Errorf("list what is to be done: %w", err)
		}
		found, err := occurrencesOf(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b Occurrence) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// OnDay lists what is due for a resident on a day of their clock.
func (b *Book) OnDay(ctx context.Context, resident string, day records.Date) ([]Occurrence, error) {
	// A day of another zone begins and ends up to a day apart.
	from := time.Date(day.Year, day.Month, day.Day-1, 0, 0, 0, 0, time.UTC)
	all, err := b.Occurrences(ctx, Query{Residents: []string{resident}, From: from, To: from.AddDate(0, 0, 3)})
	return slices.DeleteFunc(all, func(o Occurrence) bool { return o.Day != day }), err
}

// Reminders are those of some ids, also such as have ended, by id.
func (b *Book) Reminders(ctx context.Context, ids ...string) (map[string]Reminder, error) {
	all := map[string]Reminder{}
	for some := range slices.Chunk(ids, rowsAtOnce) {
		found, err := b.list(ctx, func(q *bun.SelectQuery) { q.Where("id IN (?)", bun.In(some)) })
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			all[r.ID] = r
		}
	}
	return all, nil
}

// OfTelling returns the one of a resident that a telling asked about, by the
// telling's id, or by its own.
func (b *Book) OfTelling(ctx context.Context, resident, id string) (Occurrence, error) {
	occurrence, _, _ := strings.Cut(id, asking)
	return b.occurrence(ctx, b.db, resident, occurrence)
}

func (b *Book) occurrence(ctx context.Context, db bun.IDB, resident, id string) (Occurrence, error) {
	var row occurrenceRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Where("resident = ?", resident).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Occurrence{}, store.NotFound("occurrence", id)
	}
	if err != nil {
		return Occurrence{}, fmt.Errorf("read occurrence %s: %w", id, err)
	}
	return row.occurrence()
}

// Week is how a reminder went in a week.
type Week struct {
	Reminder string
	// Monday is the week's first day, on the resident's clock.
	Monday records.Date
	// Due is how often it was due so far; the others are what became of these.
	Due, OnTime, Late, Skipped, Missed int
}

// Share is which part of what was due was done, from 0 to 1; what was skipped for
// a reason was not due. False when nothing was.
func (w *Week) Share() (float64, bool) {
	due := w.Due - w.Skipped
	return float64(w.OnTime+w.Late) / float64(max(1, due)), due > 0
}

// Adherence is how each reminder of a resident went in the weeks that have begun
// since a moment, the newest first.
func (b *Book) Adherence(ctx context.Context, resident string, since time.Time) ([]Week, error) {
	all, err := b.Occurrences(ctx, Query{Residents: []string{resident}, From: since.Add(-7 * day), To: b.moment()})
	if err != nil {
		return nil, err
	}
	weeks := map[Week]*Week{} // by reminder and Monday
	for _, o := range all {
		key := Week{Reminder: o.Reminder, Monday: monday(o.Day)}
		if o.Open() || key.Monday.Compare(monday(records.DateOf(since.In(o.Zone)))) < 0 {
			continue // it is not known yet
		}
		w, ok := weeks[key]
		if !ok {
			w = &Week{Reminder: key.Reminder, Monday: key.Monday}
			weeks[key] = w
		}
		w.Due++
		switch {
		case o.Status == Skipped:
			w.Skipped++
		case o.Status == Missed:
			w.Missed++
		case o.OnTime:
			w.OnTime++
		default:
			w.Late++
		}
	}
	out := make([]Week, 0, len(weeks))
	for _, w := range weeks {
		out = append(out, *w)
	}
	slices.SortFunc(out, func(a, b Week) int { return cmp.Or(b.Monday.Compare(a.Monday), cmp.Compare(a.Reminder, b.Reminder)) })
	return out, nil
}

func monday(d records.Date) records.Date {
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	return records.DateOf(t.AddDate(0, 0, -int(t.Weekday()+6)%7))
}
