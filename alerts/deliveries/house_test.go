package deliveries

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// house is a database with a sender on it, some people, and the receivers behind
// their channels.
type house struct {
	t      testing.TB
	db     *store.DB
	people *people
	post   *post
	lost   *lostOnes
	done   *done
	asking *asking
	*Deliveries
	stop func() // kills the sender
}

// story runs on a virtual clock that begins at noon in Shanghai, on a Friday.
func story(t *testing.T, tell func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)))
		h := newHouse(t, storetest.Open(t, storetest.New(t)))
		h.run()
		defer func() { h.stop() }()
		tell(t, h)
	})
}

func newHouse(t testing.TB, db *store.DB) *house {
	h := &house{t: t, db: db, people: &people{all: map[string]Contact{}}, post: newPost(), lost: &lostOnes{}, done: &done{why: map[string]string{}}, asking: &asking{settled: map[string]bool{}}, stop: func() {}}
	h.Deliveries = h.sender()
	return h
}

func (h *house) sender() *Deliveries {
	return New(Config{
		DB: h.db, People: h.people, Carrier: h.post, Author: plainAuthor{}, Escalation: h.lost, Occurrences: h.done, Questions: h.asking, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
}

// run starts a new sender, as after a restart.
func (h *house) run() {
	h.Deliveries = h.sender()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	d := h.Deliveries
	go func() {
		defer close(done)
		if err := d.Run(ctx); err != nil {
			h.t.Error(err)
		}
	}()
	h.stop = func() {
		cancel()
		<-done
	}
}

// passes lets time pass, and everything happen that does in it.
func (h *house) passes(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	if _, err := h.db.NewRaw(query, args...).Exec(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// alert begins an alert.
func (h *house) alert(id string, severity rules.Severity) {
	h.t.Helper()
	now := time.Now().UnixMilli()
	h.exec(`INSERT INTO alerts (id, resident, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
		VALUES (?, 'r1', 'fall', '{}', 'firing', ?, ?, ?, ?, '', '', 1)`, id, int8(severity), now, now, now)
}

func (h *house) resolve(id string) {
	h.t.Helper()
	h.exec("UPDATE alerts SET status = 'resolved', resolved_at = ? WHERE id = ?", time.Now().UnixMilli(), id)
}

func (h *house) claim(id, by string, until time.Time) {
	h.t.Helper()
	h.exec("UPDATE alerts SET status = 'claimed', claimed_by = ?, claimed_until = ? WHERE id = ?", by, until.UnixMilli(), id)
}

// tell queues tellings and has them sent.
func (h *house) tell(tellings ...Telling) {
	h.t.Helper()
	err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error { return h.Queue(ctx, tx, tellings) })
	if err != nil {
		h.t.Fatal(err)
	}
	h.Committed(tellings)
}

func call(alert string, step int, contact string, severity rules.Severity) Telling {
	return Telling{About: OfAlert, Subject: alert, Step: step, Says: Call, Who: Who{"r1", contact}, Severity: severity}
}

// rows are the deliveries of a subject in their order.
func (h *house) rows(subject string) []row {
	h.t.Helper()
	var rows []row
	if err := h.db.NewSelect().Model(&rows).Where("subject = ?", subject).Order("queued_at", "id").Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// became says what became of the deliveries of a subject.
func (h *house) became(subject string, want ...string) {
	h.t.Helper()
	var got []string
	for _, r := range h.rows(subject) {
		got = append(got, fmt.Sprintf("%s %s %s: %s", r.Contact, r.Channel, r.Status, r.Answer))
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("deliveries of %s:\n%q\nwant\n%q", subject, got, want)
	}
}

// people can be told.
type people struct {
	mu     sync.Mutex
	all    map[string]Contact
	worked []string
	failed []string

	confirmed []string
	ended     []string
}

// add adds somebody whose channels are e-mails to these addresses.
func (p *people) add(id string, relation Relation, addresses ...string) {
	c := Contact{ID: id, Relation: relation, Name: id, Zone: shanghai(), Quiet: records.Contact{TimeZone: "Asia/Shanghai"}}
	for _, address := range addresses {
		c.Channels = append(c.Channels, Channel{ID: address, Kind: Email, Address: address, From: rules.Info, LoudFrom: rules.Critical})
	}
	p.set(c)
}

func (p *people) set(c Contact) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[c.ID] = c
}

func shanghai() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}

func (p *people) Contacts(_ context.Context, _ bun.IDB, who []Who) (map[Who]Contact, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := map[Who]Contact{}
	for _, w := range who {
		if c, ok := p.all[w.Contact]; ok {
			found[w] = c
		}
	}
	return found, nil
}

func (p *people) Worked(_ context.Context, _ bun.IDB, channel string, _ time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.worked = append(p.worked, channel)
	return nil
}

func (p *people) Failed(_ context.Context, _ bun.IDB, channel string, _ time.Time, _ string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = append(p.failed, channel)
	return nil
}

// Ended takes the channel away from whoever has it.
func (p *people) Ended(_ context.Context, _ bun.IDB, channel string, _ time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, channel)
	for id, c := range p.all {
		c.Channels = slices.DeleteFunc(slices.Clone(c.Channels), func(ch Channel) bool { return ch.ID == channel })
		p.all[id] = c
	}
	return nil
}

func (p *people) Confirmed(_ context.Context, _ bun.IDB, channel string, _ time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.confirmed = append(p.confirmed, channel)
	return nil
}

// post carries messages to receivers.
type post struct {
	mu        sync.Mutex
	receivers map[string]receiver // by address
	got       []got
	news      chan struct{} // something was taken
}

// got is a message that a receiver has taken.
type got struct {
	Message
	at time.Time
}

// receiver is what is at an address: it takes the nth message that it is handed or
// does not.
type receiver func(ctx context.Context, n int, take func()) error

func newPost() *post { return &post{receivers: map[string]receiver{}, news: make(chan struct{}, 1)} }

func (p *post) at(address string, r receiver) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.receivers[address] = r
}

func (p *post) Carry(ctx context.Context, m Message) (Receipt, error) {
	p.mu.Lock()
	n := 0
	for _, g := range p.got {
		if g.Channel.Address == m.Channel.Address {
			n++
		}
	}
	take := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.got = append(p.got, got{m, time.Now()})
		select {
		case p.news <- struct{}{}:
		default:
		}
	}
	r := p.receivers[m.Channel.Address]
	p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	if r != nil {
		return Receipt{Answer: "250 ok"}, r(ctx, n, take)
	}
	take()
	return Receipt{Answer: "250 ok"}, nil
}

// taken are the messages that were taken, oldest first, since the last call.
func (p *post) taken() []got {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.got
	p.got = nil
	return all
}

// expects checks who got something, in any order, since it was last asked.
func (h *house) expects(addresses ...string) []got {
	h.t.Helper()
	all := h.post.taken()
	var to []string
	for _, g := range all {
		to = append(to, g.Channel.Address)
	}
	slices.Sort(to)
	slices.Sort(addresses)
	if !slices.Equal(to, addresses) {
		h.t.Errorf("%q got something, want %q", to, addresses)
	}
	return all
}

type refusal struct {
	permanent, gone bool
	after           time.Duration
}

func (r refusal) Error() string             { return "refused" }
func (r refusal) Answer() string            { return "550 no" }
func (r refusal) Permanent() bool           { return r.permanent }
func (r refusal) Gone() bool                { return r.gone }
func (r refusal) RetryAfter() time.Duration { return r.after }

var errBusy = errors.New("500 busy")

func failing(context.Context, int, func()) error { return errBusy }

func hanging(ctx context.Context, _ int, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

// lostOnes are those whom nobody can reach. PostgreSQL has transactions run again that
// others got in the way of: what is said in one twice counts once.
type lostOnes struct {
	mu   sync.Mutex
	all  []Lost
	woke int
}

func (l *lostOnes) Lost(_ context.Context, _ bun.Tx, lost []Lost) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range lost {
		if !slices.Contains(l.all, one) { // which it does when the transaction is run again
			l.all = append(l.all, one)
		}
	}
	return nil
}

func (l *lostOnes) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.woke++
}

// heard are those whom nobody can reach, and how often the escalation was woken.
func (l *lostOnes) heard() (all []Lost, woke int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all), l.woke
}

// done are the occurrences of which there is nothing left to be told, and who has
// finished some.
type done struct {
	mu       sync.Mutex
	why      map[string]string
	finished []string
	refused  []string
}

func (d *done) Closed(_ context.Context, _ bun.IDB, ids []string) (map[string]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	closed := map[string]string{}
	for _, id := range ids {
		if why := d.why[id]; why != "" {
			closed[id] = why
		}
	}
	return closed, nil
}

func (d *done) Open(ctx context.Context, ids []string) ([]string, error) {
	closed, err := d.Closed(ctx, nil, ids)
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return closed[id] != "" }), err
}

func (d *done) Finish(_ context.Context, ids []string, by string) error {
	for _, id := range ids {
		d.close(id)
		d.finished = append(d.finished, id+" by "+by)
	}
	return nil
}

func (d *done) Refusable(_ context.Context, ids []string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return slices.ContainsFunc(d.refused, func(r string) bool { return strings.HasPrefix(r, id+" ") })
	}), nil
}

func (d *done) Refuse(_ context.Context, ids []string, by string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		d.refused = append(d.refused, id+" by "+by)
	}
	return nil
}

func (d *done) close(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.why[id] = "it is done"
}

type plainAuthor struct{}

func (plainAuthor) Write(_ context.Context, d Draft) (Letter, error) {
	if d.About != OfDigest {
		return Letter{Subject: d.Subject, Text: string(d.Says)}, nil
	}
	text := ""
	for _, m := range d.Members {
		text += m.Subject + " "
	}
	return Letter{Subject: fmt.Sprintf("%d alerts", len(d.Members)), Text: text}, nil
}
