package deliveries

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// rowsAtOnce bounds one statement.
const rowsAtOnce = 500

// Deliveries tells people.
type Deliveries struct {
	db     *store.DB
	people People
	now    func() time.Time
}

// New returns the deliveries in db to people.
func New(db *store.DB, people People, now func() time.Time) *Deliveries {
	return &Deliveries{db: db, people: people, now: now}
}

// Batch is what one call of [Deliveries.Queue] wrote.
type Batch struct {
	// Unreached are those who are to be told and have no channel for it. That is
	// written too, as a delivery that failed.
	Unreached []Telling
}

// Queue writes deliveries to all of whom the tellings are, but those who were told
// of the same at the same step already. When tx has committed, the batch is to be
// handed to [Deliveries.Committed], so that it is sent at once.
func (d *Deliveries) Queue(ctx context.Context, tx bun.Tx, tellings []Telling) (Batch, error) {
	batch, err := d.queue(ctx, tx, tellings)
	if err != nil {
		return Batch{}, fmt.Errorf("queue deliveries: %w", err)
	}
	return batch, nil
}

// Committed tells the sender of what the transaction has written.
func (d *Deliveries) Committed(Batch) {}

// once is what a contact is told once.
type once struct {
	about   About
	subject string
	step    int
	contact string
}

func (d *Deliveries) queue(ctx context.Context, tx bun.Tx, tellings []Telling) (batch Batch, err error) {
	var contacts, subjects []string
	for i := range tellings {
		contacts, subjects = append(contacts, tellings[i].Contact), append(subjects, tellings[i].Subject)
	}
	known, err := d.people.Contacts(ctx, tx, compact(contacts))
	if err != nil {
		return batch, err
	}
	told, err := alreadyTold(ctx, tx, compact(subjects))
	if err != nil {
		return batch, err
	}
	now := d.now()
	var rows []row
	for i := range tellings {
		t := &tellings[i]
		key := once{t.About, t.Subject, t.Step, t.Contact}
		if told[key] || t.Severity < t.From {
			continue
		}
		told[key] = true
		r, err := newRow(t, now)
		if err != nil {
			return batch, err
		}
		contact := known[t.Contact]
		if ch, ok := pick(&contact, t.Severity, t.Over, nil); ok {
			r.Channel, r.Kind = ch.ID, ch.Kind
		} else {
			r.Status, r.NextAt, r.EndedAt, r.Answer = Failed, 0, r.QueuedAt, noChannel
			batch.Unreached = append(batch.Unreached, *t)
		}
		rows = append(rows, r)
	}
	for some := range slices.Chunk(rows, rowsAtOnce) {
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return batch, fmt.Errorf("write them: %w", err)
		}
	}
	return batch, nil
}

const noChannel = "no channel for this"

func compact(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// alreadyTold are the tellings of subjects that are written.
func alreadyTold(ctx context.Context, tx bun.Tx, subjects []string) (map[once]bool, error) {
	told := map[once]bool{}
	for some := range slices.Chunk(subjects, rowsAtOnce) {
		var rows []row
		if err := tx.NewSelect().Model(&rows).Column("about", "subject", "step", "contact").Where("subject IN (?)", bun.In(some)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read who was told already: %w", err)
		}
		for i := range rows {
			told[once{rows[i].About, rows[i].Subject, rows[i].Step, rows[i].Contact}] = true
		}
	}
	return told, nil
}

func newRow(t *Telling, now time.Time) (row, error) {
	at := store.Millis(now)
	r := row{
		ID: ulid.Make().String(), About: t.About, Subject: t.Subject, Step: t.Step, Says: t.Says, Resident: t.Resident, Zone: t.Zone, Contact: t.Contact, Relation: t.Relation,
		Severity: int8(t.Severity), Loud: t.Loud, RepeatMS: t.Repeat.Milliseconds(), Status: Queued, QueuedAt: at, DueAt: at, NextAt: at,
	}
	r.DeadlineAt = store.Millis(now.Add(patience(t.Severity)))
	if t.Said != nil {
		text, err := json.Marshal(t.Said)
		if err != nil {
			return r, err
		}
		r.Said = string(text)
	}
	return r, nil
}

// patience is how long one channel is tried.
func patience(s rules.Severity) time.Duration {
	switch s {
	case rules.Critical:
		return time.Minute
	case rules.Warning:
		return 10 * time.Minute
	}
	return 6 * time.Hour
}

// pick is the channel to use: the first of the contact's that is for this
// severity, over one of the kinds when there are any, and not among those that were
// tried; one that failed when it was last used comes after those that did not.
func pick(c *Contact, severity rules.Severity, over []Kind, tried []string) (Channel, bool) {
	var spare *Channel
	for i := range c.Channels {
		ch := &c.Channels[i]
		switch {
		case severity < ch.From, len(over) > 0 && !slices.Contains(over, ch.Kind), slices.Contains(tried, ch.ID):
		case !ch.broken():
			return *ch, true
		case spare == nil:
			spare = ch
		}
	}
	if spare == nil {
		return Channel{}, false
	}
	return *spare, true
}
