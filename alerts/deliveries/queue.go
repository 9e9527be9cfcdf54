package deliveries

import (
	"cmp"
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

// Queue writes deliveries to all of whom the tellings are, but those who were told
// of the same at the same step already. When tx has committed,
// [Deliveries.Committed] is to be called with the same, so that they are sent at
// once. It may be called again for a transaction that is run again.
func (d *Deliveries) Queue(ctx context.Context, tx bun.Tx, tellings []Telling) error {
	if err := d.queue(ctx, tx, tellings); err != nil {
		return fmt.Errorf("queue deliveries: %w", err)
	}
	return nil
}

// once is what a contact is told once.
type once struct {
	about   About
	subject string
	step    int
	contact string
}

func (t *Telling) once() once { return once{t.About, t.Subject, t.Step, t.Contact} }

func (d *Deliveries) queue(ctx context.Context, tx bun.Tx, tellings []Telling) error {
	d.giveBack(tellings)
	var subjects, contacts []string
	var who []Who
	var steps []int
	for i := range tellings {
		t := &tellings[i]
		who, subjects, contacts, steps = append(who, t.Who), append(subjects, t.Subject), append(contacts, t.Contact), append(steps, t.Step)
	}
	known, err := d.people.Contacts(ctx, tx, who)
	if err != nil {
		return err
	}
	told, err := alreadyTold(ctx, tx, compact(subjects), compact(steps))
	if err != nil {
		return err
	}
	now := store.Time(d.now().UnixMilli())
	pace, err := readPace(ctx, tx, compact(contacts), now)
	if err != nil {
		return err
	}
	gravest := slices.Clone(tellings)
	slices.SortStableFunc(gravest, func(a, b Telling) int { return cmp.Compare(b.Severity, a.Severity) })
	var rows []row
	var leases []attemptRow
	for i := range gravest {
		t := &gravest[i]
		if told[t.once()] {
			continue
		}
		told[t.once()] = true
		contact := known[t.Who]
		r, err := newRow(t, &contact, pace, now)
		if err != nil {
			return err
		}
		if r.NextAt <= store.Millis(now) && !r.Gathered && d.lease(t.once(), &r, now) {
			leases = append(leases, attemptRow{Delivery: r.ID, N: 1, At: store.Millis(now)})
		}
		rows = append(rows, r)
	}
	return insert(ctx, tx, rows, leases)
}

func insert(ctx context.Context, tx bun.Tx, rows []row, attempts []attemptRow) error {
	for some := range slices.Chunk(rows, rowsAtOnce) {
		// Of two who write the same at once PostgreSQL has one begin anew.
		if _, err := tx.NewInsert().Model(&some).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return fmt.Errorf("write deliveries: %w", err)
		}
	}
	for some := range slices.Chunk(attempts, rowsAtOnce) {
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return fmt.Errorf("write attempts: %w", err)
		}
	}
	return nil
}

func compact[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

// alreadyTold are the tellings of subjects at steps that are written. What was told
// of an alert that nobody closes grows by a step every few minutes, so that the
// others are left alone.
func alreadyTold(ctx context.Context, tx bun.Tx, subjects []string, steps []int) (map[once]bool, error) {
	told := map[once]bool{}
	for some := range slices.Chunk(subjects, rowsAtOnce) {
		var rows []row
		if err := tx.NewSelect().Model(&rows).Column("about", "subject", "step", "contact").Where("subject IN (?)", bun.In(some)).Where("step IN (?)", bun.In(steps)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read who was told already: %w", err)
		}
		for i := range rows {
			told[once{rows[i].About, rows[i].Subject, rows[i].Step, rows[i].Contact}] = true
		}
	}
	return told, nil
}

// readPace is what contacts were told in the hour before now, and will be soon.
func readPace(ctx context.Context, db bun.IDB, contacts []string, now time.Time) (*pace, error) {
	p := newPace()
	for some := range slices.Chunk(contacts, rowsAtOnce) {
		var rows []row
		err := db.NewSelect().Model(&rows).Column("resident", "contact", "channel", "severity", "due_at").Where("contact IN (?)", bun.In(some)).
			Where("NOT gathered").Where("due_at > ?", store.Millis(now.Add(-time.Hour))).Where("about NOT IN (?)", bun.In([]About{OfDigest, OfTest, OfOccurrence, OfWeek, OfQuestion})).
			Where("status <> ?", Dropped).Where("channel <> ''").Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read what contacts were told lately: %w", err)
		}
		for _, r := range rows {
			p.add(Who{r.Resident, r.Contact}, r.Channel, rules.Severity(r.Severity), store.Time(r.DueAt))
		}
		if err := p.readReminded(ctx, db, some, now); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *pace) readReminded(ctx context.Context, db bun.IDB, contacts []string, now time.Time) error {
	var rows []row
	err := db.NewSelect().Model(&rows).Column("resident", "contact", "due_at").Where("contact IN (?)", bun.In(contacts)).Where("about = ?", OfOccurrence).
		Where("gathered").Where("due_at > ?", store.Millis(now.Add(-time.Hour))).Where("status NOT IN (?)", bun.In([]Status{Dropped, Failed})).Where("channel <> ''").Scan(ctx)
	if err != nil {
		return fmt.Errorf("read of what contacts were reminded lately: %w", err)
	}
	for _, r := range rows {
		who, minute := Who{r.Resident, r.Contact}, store.Time(r.DueAt).Truncate(time.Minute)
		if !slices.Contains(p.reminded[who], minute) {
			p.reminded[who] = append(p.reminded[who], minute)
		}
	}
	return nil
}

func newRow(t *Telling, c *Contact, pace *pace, now time.Time) (row, error) {
	said, err := json.Marshal(detail{
		Holder: t.Holder, HeldUntil: store.Millis(t.HeldUntil), Emergency: t.Emergency, Late: t.Late, Until: store.Millis(t.Until), Over: t.Over, Only: t.Channel, Words: t.Words,
		Again: store.Millis(t.Again), Unanswered: t.Unanswered,
	})
	if err != nil {
		return row{}, err
	}
	r := row{
		About: t.About, Subject: t.Subject, Step: t.Step, Says: t.Says, Resident: t.Resident, Contact: t.Contact, Relation: c.Relation,
		Severity: int8(t.Severity), RepeatMS: c.Repeat.Milliseconds(), Detail: string(said),
	}
	ch, ok := t.channel(c)
	if !ok {
		r.place(Channel{}, moment{at: now}, now)
		return r, nil
	}
	at := when(t, c, now)
	switch t.About {
	case OfAlert, OfNews: // a digest is made of alerts
		at = pace.fit(at, t.Who, c, ch.ID, t.Severity)
	case OfOccurrence:
		if at.gathered {
			at = pace.space(at, t.Who)
		}
	}
	r.place(ch, at, now)
	return r, nil
}

// channel is the one to use first.
func (t *Telling) channel(c *Contact) (Channel, bool) {
	if t.Channel != "" {
		i := slices.IndexFunc(c.Channels, func(ch Channel) bool { return ch.ID == t.Channel })
		if i < 0 {
			return Channel{}, false
		}
		return c.Channels[i], true
	}
	return pick(c, t.Severity, t.Over, nil)
}

// place makes r a new delivery over a channel at a moment. Without a channel it
// fails as soon as it is looked at, which is as it should be: that is known to
// whoever has to find somebody else.
func (r *row) place(ch Channel, m moment, now time.Time) {
	severity := rules.Severity(r.Severity)
	r.ID, r.Channel, r.Kind, r.Lane, r.Gathered = ulid.Make().String(), ch.ID, ch.Kind, ch.lane(), m.gathered
	r.Loud = severity >= ch.LoudFrom && r.About != OfNews
	r.Status, r.Attempts, r.Answer = Queued, 0, ""
	r.QueuedAt, r.DueAt, r.NextAt, r.DeadlineAt = store.Millis(now), store.Millis(m.at), store.Millis(m.at), store.Millis(m.at.Add(patience(severity)))
	r.SentAt, r.DeliveredAt, r.SeenAt, r.EndedAt, r.Digest = 0, 0, 0, 0, ""
	if ch.ID == "" {
		r.Lane = ""
	}
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
