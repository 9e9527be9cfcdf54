package reminders

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// happen lets an occurrence hear an event, and writes all that comes of it. It
// reports whether anything did.
func (b *Book) happen(ctx context.Context, tx bun.Tx, r *Reminder, o Occurrence, e Event) (bool, error) {
	c := r.course()
	after, effects := c.Step(o, e)
	for _, effect := range effects {
		if err := b.effect(ctx, tx, r, &after, e.At, effect); err != nil {
			return false, fmt.Errorf("occurrence %s: %s: %w", o.ID, effect, err)
		}
	}
	next := c.Next(&after)
	if passed, ok := e.What.(Passed); ok && passed.Behind && !next.IsZero() && !next.After(e.At) {
		next = e.At.Add(behindAgain)
	}
	before, err := occurrenceRowOf(o, next)
	if err != nil {
		return false, err
	}
	now, err := occurrenceRowOf(after, next)
	if err != nil {
		return false, err
	}
	if _, passed := e.What.(Passed); now == before && !passed {
		return false, nil
	}
	return now != before, saveOccurrence(ctx, tx, after, next)
}

// behindAgain is when an occurrence is looked at again of which it is not known
// whether it was missed.
const behindAgain = 2 * time.Second

func (b *Book) effect(ctx context.Context, tx bun.Tx, r *Reminder, o *Occurrence, now time.Time, effect Effect) error {
	switch effect {
	case Tell:
		return b.teller.Tell(ctx, tx, r.ask(o, now))
	case Alarm:
		return b.raise(ctx, tx, r, o, now, "late", rules.Warning, nil)
	case Give:
		return b.giveUp(ctx, tx, r, o, now)
	case Comfort:
		return b.call(ctx, tx, o.ID+"-lower", now, o.Resident, engine.Lower{Rule: r.alertRule(), Key: o.ID})
	case Count:
		if err := b.endStreak(ctx, tx, r, o, now); err != nil {
			return err
		}
		return b.countDose(ctx, tx, r, o)
	}
	return nil
}

// alertRule is the rule by which somebody else is told.
func (r *Reminder) alertRule() string {
	switch {
	case r.Kind == Medication && r.TimeCritical:
		return "medication_missed_critical"
	case r.Kind == Medication:
		return "medication_missed"
	case r.Kind == DeviceTest:
		return "device_test_overdue"
	case r.Kind == CheckIn:
		return "check_in_missed"
	}
	return "measurement_missed"
}

const refillRule = "medication_refill"

// severity is how grave a miss is. A weight that was not taken is for the nurse's
// list.
func (r *Reminder) severity(o *Occurrence) rules.Severity {
	switch {
	case r.Kind == Medication && r.TimeCritical, r.Kind == CheckIn && o.Reason == refused:
		return rules.Critical
	case r.Kind == Measurement && !r.onlyWeight(), r.Kind == Recheck:
		return rules.Warning
	}
	return 0 // the rule's mildest
}

func (r *Reminder) onlyWeight() bool {
	for _, m := range r.Metrics {
		if m.String() != "body_weight" {
			return false
		}
	}
	return true
}

// mostHistory is how many misses before the newest one are told with it, of the
// last week.
const mostHistory = 10

// giveUp has somebody else told of a miss, when it is the last of so many in a row
// that this is to be.
func (b *Book) giveUp(ctx context.Context, tx bun.Tx, r *Reminder, o *Occurrence, now time.Time) error {
	c := r.course()
	if c.Misses == 0 {
		return nil
	}
	var rows []occurrenceRow
	err := tx.NewSelect().Model(&rows).Where("reminder = ?", r.ID).Where("due_at < ?", o.Due.UnixMilli()).Where("due_at >= ?", o.Due.Add(-7*day).UnixMilli()).
		Order("due_at DESC").Limit(50).Scan(ctx)
	if err != nil {
		return err
	}
	before, err := occurrencesOf(rows)
	if err != nil {
		return err
	}
	streak := 0
	for streak < len(before) && before[streak].Status == Missed {
		streak++
	}
	if streak+1 < c.Misses {
		return nil
	}
	var history []engine.Incident
	for i, past := range before {
		if past.Status != Missed || len(history) == mostHistory {
			continue
		}
		// Those that nobody was told of are told now; the others are their history.
		news := c.Misses > 1 && i < streak && !past.Escalated
		history = append(history, r.incident(&past, past.missedHow(), !news))
		if news {
			past.Escalated = true
			if err := saveOccurrence(ctx, tx, past, time.Time{}); err != nil {
				return err
			}
		}
	}
	o.Escalated = true
	return b.raise(ctx, tx, r, o, now, o.missedHow(), r.severity(o), history)
}

// missedHow is the kind of incident that a missed occurrence is.
func (o *Occurrence) missedHow() string {
	switch {
	case o.Reason == refused:
		return refused
	case o.Told == 0:
		return untold
	}
	return "missed"
}

func (r *Reminder) incident(o *Occurrence, kind string, over bool) engine.Incident {
	return engine.Incident{Key: o.ID, Kind: kind, What: r.What, At: o.Due.UnixMilli(), Tries: o.Told, Over: over}
}

func (b *Book) raise(ctx context.Context, tx bun.Tx, r *Reminder, o *Occurrence, now time.Time, kind string, severity rules.Severity, history []engine.Incident) error {
	step := "missed"
	switch kind {
	case "late":
		step = kind
	case refused: // whatever was raised before
		step = fmt.Sprintf("%s-%d", kind, now.UnixMilli())
	}
	id := o.ID + "-" + step
	return b.call(ctx, tx, id, now, o.Resident, engine.Raise{
		ID: id, Rule: r.alertRule(), Severity: severity, Since: o.Due.UnixMilli(), Incidents: append(history, r.incident(o, kind, false)),
	})
}

// endStreak says that measurements that were missed before are over now that one
// was done. So are check-ins that were not answered, of whichever reminder: who has
// said now that all is well has answered them all. A "no" waits for its own answer.
func (b *Book) endStreak(ctx context.Context, tx bun.Tx, r *Reminder, o *Occurrence, now time.Time) error {
	c := r.course()
	if c.Misses < 2 && r.Kind != CheckIn {
		return nil
	}
	var rows []occurrenceRow
	missed := tx.NewSelect().Model(&rows).Where("escalated = 1").Where("status = ?", Missed)
	if r.Kind == CheckIn {
		missed.Where("reminder IN (?)", tx.NewSelect().Model((*reminderRow)(nil)).Column("id").Where("resident = ?", r.Resident).Where("kind = ?", CheckIn)).
			Where("due_at <= ?", o.DoneAt.UnixMilli()).Where("o.id <> ?", o.ID).Where("reason <> ?", refused)
	} else {
		missed.Where("reminder = ?", r.ID).Where("due_at < ?", o.Due.UnixMilli())
	}
	err := missed.Scan(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Escalated = 0
		if _, err := tx.NewUpdate().Model(&rows[i]).WherePK().Column("escalated").Exec(ctx); err != nil {
			return err
		}
		if err := b.call(ctx, tx, rows[i].ID+"-lower", now, o.Resident, engine.Lower{Rule: r.alertRule(), Key: rows[i].ID}); err != nil {
			return err
		}
	}
	return nil
}

// countDose takes a dose out of the stock.
func (b *Book) countDose(ctx context.Context, tx bun.Tx, r *Reminder, o *Occurrence) error {
	if r.Stock == nil {
		return nil
	}
	low := r.Stock.Low()
	r.Stock.Left = max(0, r.Stock.Left-r.Stock.PerDose)
	row := reminderRow{ID: r.ID, Stock: &r.Stock.Left}
	if _, err := tx.NewUpdate().Model(&row).WherePK().Column("stock").Exec(ctx); err != nil {
		return err
	}
	return b.checkStock(ctx, tx, r, low, o.ID)
}

// checkStock asks for more of a medicine once it has become little, and says so
// when there is enough again. Because names what it has become so by.
func (b *Book) checkStock(ctx context.Context, tx bun.Tx, r *Reminder, wasLow bool, because string) error {
	isLow := r.Stock.Low() && r.EndedAt.IsZero()
	if isLow == wasLow {
		return nil
	}
	now := b.moment()
	if !isLow {
		return b.call(ctx, tx, because+"-filled", now, r.Resident, engine.Lower{Rule: refillRule, Key: r.ID})
	}
	id := because + refilled
	if err := b.teller.Tell(ctx, tx, r.refill(id, now)); err != nil {
		return err
	}
	return b.call(ctx, tx, id, now, r.Resident, engine.Raise{
		ID: id, Rule: refillRule, Since: now.UnixMilli(), Incidents: []engine.Incident{{Key: r.ID, Kind: "empty", What: r.What, At: now.UnixMilli()}},
	})
}

// Finish notes that somebody says that an occurrence is done, at a moment.
func (b *Book) Finish(ctx context.Context, resident, id string, f Finish) (Occurrence, error) {
	o, err := b.say(ctx, resident, id, f)
	if err != nil {
		return o, fmt.Errorf("note that a reminder is done: %w", err)
	}
	return o, nil
}

// Skip notes that an occurrence is not to be done, and why.
func (b *Book) Skip(ctx context.Context, resident, id string, s Skip) (Occurrence, error) {
	o, err := b.say(ctx, resident, id, s)
	if err != nil {
		return o, fmt.Errorf("skip a reminder: %w", err)
	}
	return o, nil
}

// Refuse notes that somebody said no. Of most things that is no reason to stop
// asking; who is asked whether all is well is to be seen to at once.
func (b *Book) Refuse(ctx context.Context, resident, id string, n Refuse) error {
	err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		o, err := b.occurrence(ctx, tx, resident, id)
		if err != nil {
			return err
		}
		r, err := b.get(ctx, tx, o.Reminder)
		if err != nil {
			return err
		}
		_, err = b.happen(ctx, tx, &r, o, Event{At: b.moment(), What: n})
		return err
	})
	b.nudge()
	if err != nil {
		return fmt.Errorf("note that somebody said no: %w", err)
	}
	return nil
}

func (b *Book) say(ctx context.Context, resident, id string, what any) (o Occurrence, err error) {
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		o, err = b.occurrence(ctx, tx, resident, id)
		if err != nil {
			return err
		}
		r, err := b.get(ctx, tx, o.Reminder)
		if err != nil {
			return err
		}
		changed, err := b.happen(ctx, tx, &r, o, Event{At: b.moment(), What: what})
		if err != nil {
			return err
		}
		if !changed && !o.Settled() {
			return &store.Fault{Kind: store.ErrConflict, Code: "occurrence.not_now", Entity: "occurrence", ID: id, Detail: "is due at another time than that at which it was done"}
		}
		o, err = b.occurrence(ctx, tx, resident, id)
		return err
	})
	b.nudge()
	return o, err
}
