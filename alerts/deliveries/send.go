package deliveries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
)

const (
	noAnswer = "no answer in time"
	// mostAnswer bounds what is kept of a provider's answer, in bytes.
	mostAnswer = 500
)

// send makes one attempt, and writes what came of it. It reports whether there is
// something new to look at.
func (d *Deliveries) send(ctx context.Context, r *row, readAgain bool) (again bool) {
	if readAgain {
		idle, err := d.stillOurs(ctx, r)
		if err != nil {
			d.log.Error("delivery waits, for it cannot be read again", "delivery", r.ID, "error", err)
			return false // until its lease ends
		}
		if idle[r.ID] != "" {
			if err := drop(ctx, d.db, idle, d.now()); err != nil {
				d.log.Error("delivery cannot be dropped", "delivery", r.ID, "error", err)
			}
			return false
		}
	}
	h, err := d.carry(ctx, r)
	if ctx.Err() != nil && err != nil {
		return false // we stop; who comes after us sends it again
	}
	return d.settle(ctx, r, h, err)
}

// stillOurs reads again a delivery that was leased when it was queued, and why there
// is no reason to send it any more. One that is not there as it was leased was never
// committed, and is not to be sent.
func (d *Deliveries) stillOurs(ctx context.Context, r *row) (idle map[string]string, err error) {
	err = d.db.View(ctx, func(ctx context.Context, tx bun.Tx) error {
		ours, err := tx.NewSelect().Model((*row)(nil)).Where("id = ? AND attempts = ? AND status = ?", r.ID, r.Attempts, Sending).Exists(ctx)
		if err != nil {
			return fmt.Errorf("read delivery %s: %w", r.ID, err)
		}
		if !ours {
			return fmt.Errorf("read delivery %s: %w", r.ID, errNotOurs)
		}
		idle, err = d.idle(ctx, tx, []row{*r}, d.now())
		return err
	})
	return idle, err
}

var errNotOurs = errors.New("it was not committed, or another sends it")

// handed is what a provider was handed, whom that may name, and what came of it.
type handed struct {
	said     string
	concerns []string
	Receipt
}

// ofErased reports whether somebody was erased, while it was sent, whom what was said
// may name. What is about one resident goes with them.
func (h *handed) ofErased(ctx context.Context, tx bun.Tx, r *row) (bool, error) {
	if r.Resident != "" {
		return false, nil
	}
	for _, resident := range h.concerns {
		if erased, err := rights.IsErased(ctx, tx, resident); err != nil || erased {
			return erased, err
		}
	}
	return false, nil
}

// mostSaid bounds what is kept of what was said, in bytes: twenty lines of a digest
// and more.
const mostSaid = 8000

// carry composes the message and hands it to its provider. It returns what was said; ""
// of a letter about a week, which says much of somebody's health and can be made again
// of what is kept anyway.
func (d *Deliveries) carry(ctx context.Context, r *row) (h handed, err error) {
	m, err := d.compose(ctx, r)
	if err != nil {
		return h, err
	}
	if h.concerns = m.Concerns; r.About != OfWeek {
		h.said = cut(strings.TrimSpace(m.Subject+"\n"+m.Text), mostSaid)
	}
	began := d.now()
	if r.Attempts == 1 {
		d.metrics.waited(r, began)
	}
	lingering, leave := linger(ctx)
	defer leave()
	within, cancel := context.WithTimeout(lingering, sendFor(rules.Severity(r.Severity)))
	defer cancel()
	h.Receipt, err = d.carrier.Carry(within, m)
	if errors.Is(err, context.DeadlineExceeded) && within.Err() != nil {
		err = fmt.Errorf("%s: %w", noAnswer, err)
	}
	return h, err
}

// stopsWithin is how long a sending under way has to come to its end when we stop.
const stopsWithin = 5 * time.Second

// linger is a context that ends a while after ctx does: what a provider has must be
// written, or it is sent once more.
func linger(ctx context.Context) (lingering context.Context, leave func()) {
	lingering, cancel := context.WithCancel(context.WithoutCancel(ctx))
	forget := context.AfterFunc(ctx, func() { time.AfterFunc(stopsWithin, cancel) })
	return lingering, func() {
		forget()
		cancel()
	}
}

func (d *Deliveries) compose(ctx context.Context, r *row) (m Message, err error) {
	who := Who{r.Resident, r.Contact}
	known, err := d.people.Contacts(ctx, d.db, []Who{who})
	if err != nil {
		return m, err
	}
	contact := known[who]
	i := slices.IndexFunc(contact.Channels, func(ch Channel) bool { return ch.ID == r.Channel })
	if i < 0 {
		return m, errGone
	}
	draft := Draft{Delivery: r.delivery(), Contact: contact, Channel: contact.Channels[i]}
	if draft.detail, err = r.detail(); err != nil {
		return m, err
	}
	if r.About == OfDigest {
		rows, err := members(ctx, d.db, r.ID)
		if err != nil {
			return m, err
		}
		if err := draft.include(rows); err != nil {
			return m, err
		}
	}
	letter, err := d.author.Write(ctx, draft)
	if err != nil {
		return m, fmt.Errorf("write what is said: %w", err)
	}
	for _, one := range draft.Members {
		if one.Resident != "" {
			letter.Concerns = append(letter.Concerns, one.Resident)
		}
	}
	letter.Concerns = compact(letter.Concerns)
	return Message{
		Key: r.ID, Alert: r.Subject, About: r.About, Says: r.Says, Severity: rules.Severity(r.Severity), Loud: r.Loud, Channel: draft.Channel,
		Letter: letter, Until: tooLate(r, draft.detail),
	}, nil
}

// lastsAtLeast is how long a message is of use at the least: until all steps of a
// critical alert have been made, and for clocks that are not quite right.
const lastsAtLeast = 10 * time.Minute

// tooLate is when what is said is of no use any more: when that was said of it, or
// else when its channel has had its time.
func tooLate(r *row, said detail) time.Time {
	if said.Until != 0 {
		return store.Time(said.Until)
	}
	return store.Time(max(r.DeadlineAt, r.DueAt+lastsAtLeast.Milliseconds()))
}

// include makes deliveries members of a digest.
func (d *Draft) include(rows []row) error {
	for i := range rows {
		said, err := rows[i].detail()
		if err != nil {
			return err
		}
		d.Members, d.details = append(d.Members, rows[i].delivery()), append(d.details, said)
	}
	return nil
}

// settle writes what came of an attempt. While the database fails it tries again:
// a delivery that a provider has is not to be sent once more.
func (d *Deliveries) settle(ctx context.Context, r *row, h handed, failed error) (again bool) {
	ctx, leave := linger(ctx)
	defer leave()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, waitsForDB) {
		var lost bool
		err := d.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			lost, err = d.outcome(ctx, tx, r, h, failed)
			return err
		})
		if err == nil {
			d.metrics.ended(r, failed)
			if lost && d.escalation != nil {
				d.escalation.Wake()
			}
			return failed != nil || r.RepeatMS > 0
		}
		d.log.Error("outcome of a delivery cannot be written", "delivery", r.ID, "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(jitter(pause)):
		}
	}
}

func (d *Deliveries) outcome(ctx context.Context, tx bun.Tx, r *row, h handed, failed error) (lost bool, err error) {
	now := store.Time(d.now().UnixMilli())
	answer, result, next := h.Answer, "accepted", time.Time{}
	if failed != nil {
		var permanent bool
		var after time.Duration
		permanent, after, answer = refused(failed)
		if result = "failed"; permanent {
			result = "refused"
		} else {
			next = now.Add(max(after, backOff(rules.Severity(r.Severity), r.Attempts)))
		}
	}
	answer = short(answer)
	if gone, err := h.ofErased(ctx, tx, r); err != nil {
		return false, err
	} else if gone {
		h.said, answer = "", ""
	}
	_, err = tx.NewUpdate().Model((*attemptRow)(nil)).Set("ended_at = ?", store.Millis(now)).Set("outcome = ?", result).Set("answer = ?", answer).Set("said = ?", h.said).
		Where("delivery = ? AND n = ?", r.ID, r.Attempts).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("write attempt %d of delivery %s: %w", r.Attempts, r.ID, err)
	}
	status := Status("")
	err = tx.NewSelect().Model((*row)(nil)).Column("status").Where("id = ? AND attempts = ?", r.ID, r.Attempts).Scan(ctx, &status)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil // another has it since
	}
	if err != nil {
		return false, fmt.Errorf("read how far delivery %s has come: %w", r.ID, err)
	}
	arrived := status == Delivered || status == Seen // that was told meanwhile
	if status != Sending && (!arrived || failed != nil) {
		return false, nil
	}
	switch {
	case failed == nil:
		if err := d.sent(ctx, tx, r, Receipt{h.Delivered, answer}, now); err != nil {
			return false, err
		}
		return false, d.worked(ctx, tx, r, now)
	case next.IsZero() || store.Millis(next) >= r.DeadlineAt:
		if lost, err = d.fail(ctx, tx, r, answer, now); err == nil && ended(r.Kind, failed) {
			err = d.people.Ended(ctx, tx, r.Channel, now)
		}
		return lost, err
	}
	_, err = tx.NewUpdate().Model((*row)(nil)).Set("status = ?", Queued).Set("next_at = ?", store.Millis(next)).Set("answer = ?", answer).
		Where("id = ?", r.ID).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("write when delivery %s is tried again: %w", r.ID, err)
	}
	return false, nil
}

// ended reports that a channel will never work again. A browser's subscription that
// was given up does not come back; a mailbox that is not there may.
func ended(kind Kind, failed error) bool {
	r, ok := errors.AsType[Refusal](failed)
	return ok && kind == WebPush && r.Gone()
}

// sent writes that a provider has a delivery, and of a digest all that is in it.
func (d *Deliveries) sent(ctx context.Context, tx bun.Tx, r *row, receipt Receipt, now time.Time) error {
	update := tx.NewUpdate().Model((*row)(nil)).Set("sent_at = ?", store.Millis(now)).Set("next_at = NULL").Set("answer = ?", receipt.Answer).
		Where("id = ? AND status = ? OR digest = ? AND status = ?", r.ID, Sending, r.ID, Queued)
	if receipt.Delivered {
		update = update.Set("status = ?", Delivered).Set("delivered_at = ?", store.Millis(now))
	} else {
		update = update.Set("status = ?", Sent)
	}
	if _, err := update.Exec(ctx); err != nil {
		return fmt.Errorf("write that delivery %s was sent: %w", r.ID, err)
	}
	return nil
}

// worked notes that the channel of a delivery works, and queues what follows.
func (d *Deliveries) worked(ctx context.Context, tx bun.Tx, r *row, now time.Time) error {
	if err := d.people.Worked(ctx, tx, r.Channel, now); err != nil {
		return err
	}
	if r.RepeatMS == 0 || r.About != OfAlert || r.Severity >= int8(rules.Critical) {
		return nil
	}
	return d.repeat(ctx, tx, r, now)
}

// repeat queues that a contact is told again, as it wishes.
func (d *Deliveries) repeat(ctx context.Context, tx bun.Tx, r *row, now time.Time) error {
	who := Who{r.Resident, r.Contact}
	known, err := d.people.Contacts(ctx, tx, []Who{who})
	if err != nil {
		return err
	}
	contact := known[who]
	said, err := r.detail()
	if err != nil {
		return err
	}
	ch, ok := pick(&contact, rules.Severity(r.Severity), said.Over, nil)
	if !ok {
		return nil // it was told once
	}
	pace, err := readPace(ctx, tx, []string{r.Contact}, now)
	if err != nil {
		return err
	}
	again := *r
	again.Again++
	at := contact.next(rules.Severity(r.Severity), now.Add(time.Duration(r.RepeatMS)*time.Millisecond))
	again.place(ch, pace.fit(at, who, &contact, ch.ID, rules.Severity(r.Severity)), now)
	return insert(ctx, tx, []row{again}, nil)
}

// backOff is how long after the nth failure the next attempt is made: longer each
// time, and never the same for many that failed together.
func backOff(s rules.Severity, n int) time.Duration {
	first, most := 30*time.Second, 30*time.Minute
	switch s {
	case rules.Critical:
		first, most = time.Second, 15*time.Second
	case rules.Warning:
		first, most = 5*time.Second, 2*time.Minute
	}
	return jitter(min(first<<min(n-1, 16), most))
}

// jitter is between half of d and d.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

// short is the beginning of what a provider answered, as text.
func short(answer string) string {
	return cut(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, answer), mostAnswer)
}

// cut is as much of a text as goes into so many bytes, as databases keep it.
func cut(text string, most int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", " ")
	if len(text) <= most {
		return text
	}
	for !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
