package deliveries

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Config is what deliveries stand on.
type Config struct {
	DB      *store.DB
	People  People
	Carrier Carrier
	Author  Author
	// Escalation hears of those who cannot be told, Occurrences knows which are
	// closed, Weeks and Questions what may be told still; each may be nil.
	Escalation  Escalation
	Occurrences Occurrences
	Weeks       Weeks
	Questions   Questions
	Metrics     *Metrics
	Log         *slog.Logger
	Now         func() time.Time
}

// Author finds the words.
type Author interface {
	// Write says what one delivery says to its contact over its channel.
	Write(ctx context.Context, d Draft) (Letter, error)
}

// Draft is what a letter is about.
type Draft struct {
	Delivery
	Contact Contact
	Channel Channel
	detail  detail
	// Members are the deliveries that go in a digest, gravest first.
	Members []Delivery
	details []detail // of the members
}

// Escalation finds somebody else.
type Escalation interface {
	// Lost is told, in the transaction that writes it, of those whom no channel has
	// reached.
	Lost(ctx context.Context, tx bun.Tx, lost []Lost) error
	// Wake is called when that has committed.
	Wake()
}

// Lost is somebody who is to be told of an alert and whom no channel has reached.
type Lost struct {
	Alert string
	Step  int
	Who
}

// Deliveries tells people.
type Deliveries struct {
	db          *store.DB
	people      People
	carrier     Carrier
	author      Author
	escalation  Escalation
	occurrences Occurrences
	weeks       Weeks
	questions   Questions
	metrics     *Metrics
	log         *slog.Logger
	now         func() time.Time

	lanes lanes
	wake  chan struct{} // something is to be looked at

	mu      sync.Mutex
	running context.Context // of [Deliveries.Run]; nil while it does not
	sending sync.WaitGroup
	leased  map[once]leasing    // by [Deliveries.Queue], and perhaps not committed
	held    map[string]struct{} // the deliveries under way
}

type leasing struct {
	row row
	at  time.Time
}

// New returns deliveries. They are queued at once, and sent while
// [Deliveries.Run] runs.
func New(c Config) *Deliveries {
	return &Deliveries{
		db: c.DB, people: c.People, carrier: c.Carrier, author: c.Author, escalation: c.Escalation, occurrences: c.Occurrences, weeks: c.Weeks, questions: c.Questions, metrics: c.Metrics, log: c.Log, now: c.Now,
		lanes: lanes{busy: map[string]int{}}, wake: make(chan struct{}, 1), leased: map[once]leasing{}, held: map[string]struct{}{},
	}
}

const (
	// looksAgain is how often it is looked for what another process has queued and
	// left behind.
	looksAgain = 10 * time.Second
	// looksWhenFull is how often while some provider has all that it can have: what
	// waits for it may run out of time.
	looksWhenFull = time.Second
	// waitsForDB is how long after the database failed.
	waitsForDB = time.Second
)

// Run sends what is due until ctx ends, and returns when nothing is under way any
// more.
func (d *Deliveries) Run(ctx context.Context) error {
	d.mu.Lock()
	d.running = ctx
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.running = nil
		d.mu.Unlock()
		d.sending.Wait()
	}()
	for {
		wait, err := d.work(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			d.log.Error("deliveries stand still", "error", err)
			wait = waitsForDB
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-d.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Wake has it looked at once what is due.
func (d *Deliveries) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// work sends what is due and says how long there is nothing to do then.
func (d *Deliveries) work(ctx context.Context) (wait time.Duration, err error) {
	d.forget()
	if next, err := nextAfter(ctx, d.db, time.Time{}); err != nil || next.IsZero() || next.After(d.now()) {
		return d.until(next), err
	}
	for {
		round, err := d.take(ctx)
		if err != nil {
			return 0, err
		}
		for i := range round.rows {
			d.start(round.rows[i], false)
		}
		if round.lost && d.escalation != nil {
			d.escalation.Wake()
		}
		if round.more {
			continue
		}
		return d.until(round.next), nil
	}
}

// until is how long to wait for what is due next.
func (d *Deliveries) until(next time.Time) time.Duration {
	wait := looksAgain
	if len(d.lanes.full(rules.Info)) > 1 {
		wait = looksWhenFull
	}
	if !next.IsZero() {
		wait = min(wait, max(next.Sub(d.now()), 0))
	}
	return wait
}

// lease gives a delivery that is being queued to this process, when it has a free
// hand for it: then it needs no other transaction before it is sent.
func (d *Deliveries) lease(key once, r *row, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running == nil || r.Channel == "" || !d.lanes.enter(r.Lane, rules.Severity(r.Severity)) {
		return false
	}
	r.lease(now)
	d.leased[key] = leasing{*r, now}
	return true
}

// giveBack gives back what was leased for tellings by a transaction that is run
// again: it may find them told by another this time.
func (d *Deliveries) giveBack(tellings []Telling) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range tellings {
		key := tellings[i].once()
		if before, ok := d.leased[key]; ok {
			delete(d.leased, key)
			d.lanes.leave(before.row.Lane)
		}
	}
}

// Committed has what was queued sent.
func (d *Deliveries) Committed(tellings []Telling) {
	rest := false
	for i := range tellings {
		d.mu.Lock()
		l, ok := d.leased[tellings[i].once()]
		delete(d.leased, tellings[i].once())
		d.mu.Unlock()
		if ok {
			d.start(l.row, true)
		}
		rest = rest || !ok
	}
	if rest {
		d.Wake()
	}
}

// forget gives back what transactions have taken that never committed.
func (d *Deliveries) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, l := range d.leased {
		if d.now().Sub(l.at) > leaseFor(rules.Severity(l.row.Severity)) {
			delete(d.leased, key)
			d.lanes.leave(l.row.Lane)
		}
	}
}

// start sends a delivery that is leased and has a place in its lane, unless Run has
// ended: then it is sent when its lease ends.
func (d *Deliveries) start(r row, readAgain bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx := d.running
	if ctx == nil {
		d.lanes.leave(r.Lane)
		return
	}
	d.held[r.ID] = struct{}{}
	d.sending.Go(func() {
		again := d.send(ctx, &r, readAgain)
		d.mu.Lock()
		delete(d.held, r.ID)
		d.mu.Unlock()
		if d.lanes.leave(r.Lane) || again {
			d.Wake()
		}
	})
}

// underWay are the ids of the deliveries that this process is sending.
func (d *Deliveries) underWay() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := make([]string, 0, len(d.held)+1)
	for id := range d.held {
		ids = append(ids, id)
	}
	return append(ids, "")
}
