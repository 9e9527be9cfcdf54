package reminders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// reader is the name of the journal's reader that looks for evidence.
const reader = "reminders"

// cursorEvery is how often it is written how far was read where nothing came of it.
const cursorEvery = 15 * time.Second

type cursorRow struct {
	bun.BaseModel `bun:"table:journal_cursors"`

	Reader string `bun:"reader,pk"`
	Seq    int64  `bun:"seq"`
}

func (row *cursorRow) write(ctx context.Context, db bun.IDB) error {
	if _, err := db.NewInsert().Model(row).On("CONFLICT (reader) DO UPDATE").Set("seq = excluded.seq").Exec(ctx); err != nil {
		return fmt.Errorf("write the cursor %s: %w", row.Reader, err)
	}
	return nil
}

// Witness follows the journal for readings that show that something was done. It
// is for one goroutine.
type Witness struct {
	book    *Book
	runner  *Runner
	version int64
	awaited map[string]map[vitals.Metric]bool // by resident
	written time.Time
}

// NewWitness returns a witness. It waits until the runner has planned what was to
// be planned: what devices had to say while Anxin was down is about that, too.
func NewWitness(book *Book, runner *Runner) *Witness { return &Witness{book: book, runner: runner} }

// Cursor is the journal's entry up to which it has read.
func (w *Witness) Cursor(ctx context.Context) (uint64, error) {
	var row cursorRow
	err := w.book.db.NewSelect().Model(&row).Where("reader = ?", reader).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the cursor %s: %w", reader, err)
	}
	return uint64(row.Seq), nil
}

// seen is a reading of a resident who is to do something that it may show.
type seen struct {
	resident string
	received time.Time
	Reading
}

// Hear takes entries of the journal in, in their order. What comes of them is
// written with how far was read.
func (w *Witness) Hear(ctx context.Context, entries []alerts.Passed) error {
	select {
	case <-w.runner.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	if len(entries) == 0 {
		return nil
	}
	if err := w.refresh(ctx); err != nil {
		return err
	}
	var all []seen
	for i := range entries {
		all = append(all, w.wanted(&entries[i].Report)...)
	}
	cursor := cursorRow{Reader: reader, Seq: int64(entries[len(entries)-1].Seq)}
	if len(all) == 0 {
		if now := w.book.now(); now.Sub(w.written) >= cursorEvery {
			w.written = now
			return cursor.write(ctx, w.book.db)
		}
		return nil
	}
	err := w.book.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, one := range all {
			if err := w.book.witness(ctx, tx, one); err != nil {
				return err
			}
		}
		return cursor.write(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("look what was done: %w", err)
	}
	w.written = w.book.now()
	w.book.nudge()
	return nil
}

// refresh learns for which readings somebody waits.
func (w *Witness) refresh(ctx context.Context) error {
	version, err := w.book.version(ctx)
	if err != nil || version == w.version {
		return err
	}
	all, err := w.book.list(ctx, func(q *bun.SelectQuery) { q.Where("ended_at IS NULL") })
	if err != nil {
		return err
	}
	w.awaited = map[string]map[vitals.Metric]bool{}
	for i := range all {
		for _, m := range all[i].course().Evidence.Metrics {
			if w.awaited[all[i].Resident] == nil {
				w.awaited[all[i].Resident] = map[vitals.Metric]bool{}
			}
			w.awaited[all[i].Resident][m] = true // a recheck begins with what it waits for
		}
	}
	w.version = version
	return nil
}

func (w *Witness) wanted(r *vitals.Report) (all []seen) {
	for _, resident := range r.Residents {
		metrics := w.awaited[resident]
		if len(metrics) == 0 {
			continue
		}
		for _, sample := range r.Samples {
			for _, v := range sample.Values {
				if metrics[v.Metric] && !v.Marks.Unfit() {
					all = append(all, seen{resident, store.Time(r.Received), Reading{Metric: v.Metric, Value: v.Number, At: store.Time(sample.At), Device: r.Device, Shared: len(r.Residents) > 1}})
				}
			}
		}
	}
	return all
}

// witness lets the occurrences hear a reading that it is evidence of: of each
// reminder the one that it is nearest to.
func (b *Book) witness(ctx context.Context, tx bun.Tx, s seen) error {
	reminders, err := listIn(ctx, tx, func(q *bun.SelectQuery) { q.Where("resident = ?", s.resident).Where("ended_at IS NULL") })
	if err != nil {
		return err
	}
	for i := range reminders {
		r := &reminders[i]
		c := r.course()
		if !c.counts(s.Reading) {
			continue
		}
		if err := b.heard(ctx, tx, r, &c, s); err != nil {
			return err
		}
		if r.Kind == Recheck && isLow(s.Reading) {
			if err := b.recheck(ctx, tx, r, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// heard lets the nearest occurrence of a reminder hear a reading.
func (b *Book) heard(ctx context.Context, tx bun.Tx, r *Reminder, c *Course, s seen) error {
	var rows []occurrenceRow
	err := tx.NewSelect().Model(&rows).Where("reminder = ?", r.ID).
		Where("due_at >= ? AND due_at <= ?", s.At.Add(-c.Last).UnixMilli(), s.At.Add(c.Early).UnixMilli()).Order("due_at").Scan(ctx)
	if err != nil {
		return err
	}
	near, err := occurrencesOf(rows)
	if err != nil {
		return err
	}
	if r.Kind == Recheck { // one is measured for the next, too
		near = slices.DeleteFunc(near, func(o Occurrence) bool { return o.Settled() })
	}
	at := c.Nearest(near, s.At)
	if at < 0 {
		return nil
	}
	_, err = b.happen(ctx, tx, r, near[at], Event{At: b.moment(), What: s.Reading})
	return err
}
