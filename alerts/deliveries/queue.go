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

// Queue writes deliveries to all of whom the tellings are, but those who were told
// of the same at the same step already. When tx has committed,
// [Deliveries.Committed] is to be called, so that they are sent at once.
func (d *Deliveries) Queue(ctx context.Context, tx bun.Tx, tellings []Telling) error {
	if err := d.queue(ctx, tx, tellings); err != nil {
		return fmt.Errorf("queue deliveries: %w", err)
	}
	return nil
}

// Committed has what was written sent.
func (d *Deliveries) Committed([]Telling) {}

// once is what a contact is told once.
type once struct {
	about   About
	subject string
	step    int
	contact string
}

func (d *Deliveries) queue(ctx context.Context, tx bun.Tx, tellings []Telling) error {
	var subjects []string
	var who []Who
	for i := range tellings {
		who, subjects = append(who, tellings[i].Who), append(subjects, tellings[i].Subject)
	}
	known, err := d.people.Contacts(ctx, tx, who)
	if err != nil {
		return err
	}
	told, err := alreadyTold(ctx, tx, compact(subjects))
	if err != nil {
		return err
	}
	now := d.now()
	var rows []row
	for i := range tellings {
		t := &tellings[i]
		contact := known[t.Who]
		key := once{t.About, t.Subject, t.Step, t.Contact}
		if told[key] || t.Severity < contact.From {
			continue
		}
		told[key] = true
		r, err := newRow(t, &contact, now)
		if err != nil {
			return err
		}
		if ch, ok := pick(&contact, t.Severity, t.Over, nil); ok {
			r.Channel, r.Kind, r.Loud = ch.ID, ch.Kind, t.Severity >= ch.LoudFrom && t.About != OfNews
		}
		rows = append(rows, r)
	}
	for some := range slices.Chunk(rows, rowsAtOnce) {
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return fmt.Errorf("write them: %w", err)
		}
	}
	return nil
}

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

func newRow(t *Telling, c *Contact, now time.Time) (row, error) {
	said, err := json.Marshal(detail{Holder: t.Holder, HeldUntil: store.Millis(t.HeldUntil), Emergency: t.Emergency, Late: t.Late, Words: t.Words})
	if err != nil {
		return row{}, err
	}
	at := store.Millis(now)
	return row{
		ID: ulid.Make().String(), About: t.About, Subject: t.Subject, Step: t.Step, Says: t.Says, Resident: t.Resident, Contact: t.Contact, Relation: c.Relation,
		Severity: int8(t.Severity), RepeatMS: c.Repeat.Milliseconds(), Detail: string(said), Status: Queued, QueuedAt: at, DueAt: at, NextAt: at,
		DeadlineAt: store.Millis(now.Add(patience(t.Severity))),
	}, nil
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
