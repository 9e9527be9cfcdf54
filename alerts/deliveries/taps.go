package deliveries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
)

// tapClaims is for how long one tap claims an alert: time to call, to go there, and
// to see. CLINICAL §6 asks again about what is critical after as long.
const tapClaims = 30 * time.Minute

// Judge decides what becomes of alerts.
type Judge interface {
	Claim(ctx context.Context, alert, by string, until time.Time) error
	Resolve(ctx context.Context, alert, by string, verdict engine.Verdict, reason string) error
}

// Duties are what residents are to do.
type Duties interface {
	// Open are those of some occurrences that may be noted as done now.
	Open(ctx context.Context, occurrences []string) ([]string, error)
	// Finish notes that some are done, by whom.
	Finish(ctx context.Context, occurrences []string, by string) error
	// Refusable are those of which somebody may say that they need help.
	Refusable(ctx context.Context, occurrences []string) ([]string, error)
	// Refuse says so of some.
	Refuse(ctx context.Context, occurrences []string, by string) error
}

// Taps does what one-tap links ask for, as the contact to whom a link was sent. A
// link works once, and for nothing else.
type Taps struct {
	db     *store.DB
	links  *Links
	people People
	writer *Writer
	faces  Faces
	judge  Judge
	duties Duties
	now    func() time.Time

	// acting lets one tap at a time act: of two who tap together the second is told
	// who has it.
	acting sync.Mutex
}

// NewTaps returns taps on the links of writer.
func NewTaps(db *store.DB, people People, writer *Writer, judge Judge, duties Duties, now func() time.Time) *Taps {
	return &Taps{db: db, links: writer.links, people: people, writer: writer, faces: writer.faces, judge: judge, duties: duties, now: now}
}

// Standing is what can be done by a link.
type Standing string

// The standings.
const (
	Ready   Standing = "ready"
	Done    Standing = "done"    // it was done by this link
	HeldNow Standing = "held"    // somebody has the alert, perhaps who taps
	Closed  Standing = "closed"  // the alert is over, there is nothing left to be done
	Expired Standing = "expired" // the link's time is over
)

// Tap is what somebody sees who follows a link.
type Tap struct {
	Standing Standing
	Action   Action
	// Language is that of the message with the link.
	Language string
	// Subject is that of the message with the link, Label what the link says.
	Subject, Label string
	// Holder is the name of who has the alert or has closed it, until Until; "" for
	// nobody, for somebody who is not named over this channel, or when it ended by
	// itself. Mine is set when that is who taps.
	Holder string
	Until  time.Time
	Zone   *time.Location
	Mine   bool
	// Drill is set for an alert that only pretends. Alert is the alert's id, "" for what
	// is about none. Many is set for a digest.
	Drill bool
	Alert string
	Many  bool
	// Scene is what is shown of the alert; nil for nothing.
	Scene *Scene
	// Page is where what it is about is shown, where that is no alert; "" for nowhere.
	Page string
}

// Look says what a link is good for, and changes nothing: programs that look for
// harm in messages follow links too. ErrNoLink when it is none of ours.
func (t *Taps) Look(ctx context.Context, token string) (Tap, error) {
	tap, _, err := t.look(ctx, token)
	if err != nil && !errors.Is(err, ErrNoLink) {
		err = fmt.Errorf("look at a link: %w", err)
	}
	return tap, err
}

// followed is what is behind a link.
type followed struct {
	ticket
	row     row
	contact Contact
	drill   bool
	open    []string // occurrences that may be finished, or of which help may be asked for
}

// ofTask reports whether the link is about what a resident is to do.
func (f *followed) ofTask() bool { return f.action == Finish || f.action == Help }

// as is whom the contact acts as.
func (f *followed) as() string {
	if f.contact.User != "" {
		return f.contact.User
	}
	return byContact + f.row.Contact
}

func (t *Taps) look(ctx context.Context, token string) (tap Tap, f followed, err error) {
	f.ticket, err = t.links.read(token, t.now())
	expired := errors.Is(err, ErrLinkExpired)
	if err != nil && !expired {
		return tap, f, ErrNoLink
	}
	err = t.db.NewSelect().Model(&f.row).Where("id = ?", f.delivery).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return tap, f, ErrNoLink
	}
	if err != nil {
		return tap, f, err
	}
	who := Who{f.row.Resident, f.row.Contact}
	known, err := t.people.Contacts(ctx, t.db, []Who{who})
	if err != nil {
		return tap, f, err
	}
	f.contact = known[who]
	i := slices.IndexFunc(f.contact.Channels, func(c Channel) bool { return c.ID == f.row.Channel })
	left := f.row.Relation != Staff && f.contact.Relation == Staff
	if i < 0 || left { // who was removed does nothing any more
		return tap, f, ErrNoLink
	}
	tap = Tap{Standing: Ready, Action: f.action, Zone: f.contact.zone()}
	if tap, err = t.about(ctx, tap, &f, f.contact.Channels[i]); err != nil {
		return tap, f, err
	}
	used, err := t.db.NewSelect().Table("link_uses").Where("hash = ?", hashOf(token)).Exists(ctx)
	switch {
	case err != nil:
		return tap, f, err
	case used && (tap.Standing != Closed || f.ofTask()):
		tap.Standing = Done
	case expired && tap.Standing == Ready:
		tap.Standing = Expired
	}
	if expired { // who finds it later is not the one who was asked
		tap.Scene = nil
	}
	return tap, f, nil
}

// about says how what the link is about stands.
func (t *Taps) about(ctx context.Context, tap Tap, f *followed, ch Channel) (Tap, error) {
	draft := Draft{Delivery: f.row.delivery(), Contact: f.contact, Channel: ch}
	var err error
	if draft.detail, err = f.row.detail(); err != nil {
		return tap, err
	}
	var gathered []row
	if f.row.About == OfDigest {
		tap.Many = !f.ofTask()
		if gathered, err = gatheredIn(ctx, t.db, f.row.ID); err == nil {
			err = draft.include(gathered)
		}
		if err != nil {
			return tap, err
		}
	}
	letter, err := t.writer.Write(ctx, draft)
	if err != nil {
		return tap, err
	}
	tap.Subject, tap.Language = letter.Subject, letter.Language
	if f.ofTask() {
		if i := slices.IndexFunc(letter.Links, func(l Link) bool { return l.Action == f.action }); i >= 0 {
			tap.Label = letter.Links[i].Label
		}
		open := t.duties.Open
		if f.action == Help {
			open = t.duties.Refusable
		}
		f.open, err = open(ctx, occurrencesOf(append(gathered, f.row)))
		if len(f.open) == 0 {
			tap.Standing = Closed
		}
		return tap, err
	}
	if f.row.About == OfWeek && t.writer.weeks != nil {
		tap.Page = t.writer.weeks.Page(Who{f.row.Resident, f.row.Contact}, f.row.Subject)
	}
	if f.row.About == OfQuestion && t.writer.asked != nil {
		tap.Page = t.writer.asked.Page(f.row.Subject)
	}
	if f.row.About != OfAlert && f.row.About != OfNews {
		return tap, nil
	}
	a, err := t.writer.alerts.One(ctx, f.row.Subject)
	if err != nil {
		return tap, err
	}
	tap.Alert, tap.Drill = a.ID, a.Rule.ID == alerts.DrillRule
	f.drill = tap.Drill
	by := ""
	switch {
	case !a.Open():
		tap.Standing, by = Closed, closedBy(&a)
	case a.Status == engine.Claimed:
		by, tap.Until = a.ClaimedBy, a.ClaimedUntil
		if f.action == Claim || f.action == FalseAlarm && by != f.as() {
			tap.Standing = HeldNow
		}
	}
	tap.Mine = by != "" && by == f.as()
	if tap.Scene, err = t.scene(ctx, &draft, f, &letter); err != nil {
		return tap, err
	}
	if by == "" || !ch.Trusted {
		return tap, nil
	}
	tap.Holder, err = t.faces.NameOf(ctx, by)
	return tap, err
}

// occurrencesOf are those that deliveries are about.
func occurrencesOf(rows []row) (ids []string) {
	for i := range rows {
		if rows[i].About == OfOccurrence {
			ids = append(ids, rows[i].Subject)
		}
	}
	return compact(ids)
}

func closedBy(a *alerts.Alert) string {
	if n := len(a.Transitions); n > 0 {
		return a.Transitions[n-1].By
	}
	return ""
}

// Use does what a link asks for, once, and says how things stand then. The
// delivery counts as seen.
func (t *Taps) Use(ctx context.Context, token string) (Tap, error) {
	t.acting.Lock()
	defer t.acting.Unlock()
	tap, f, err := t.look(ctx, token)
	if errors.Is(err, ErrNoLink) {
		return tap, err
	}
	if err == nil && tap.Standing == Ready {
		err = t.act(ctx, &f)
	}
	if err == nil {
		err = t.used(ctx, token, &f, tap.Standing == Ready)
	}
	if err != nil {
		return tap, fmt.Errorf("do what a link of delivery %s asks for: %w", f.row.ID, err)
	}
	return t.Look(ctx, token)
}

func (t *Taps) act(ctx context.Context, f *followed) error {
	var err error
	switch f.action {
	case Claim:
		err = t.judge.Claim(ctx, f.row.Subject, f.as(), t.now().Add(tapClaims))
		if err == nil && f.drill { // it has shown what it was to show
			err = t.judge.Resolve(ctx, f.row.Subject, f.as(), engine.TestAlarm, "")
		}
	case Finish:
		err = t.duties.Finish(ctx, f.open, f.as())
	case Help:
		err = t.duties.Refuse(ctx, f.open, f.as())
	case FalseAlarm:
		err = t.judge.Resolve(ctx, f.row.Subject, f.as(), engine.FalseAlarm, "")
	}
	var fault *store.Fault
	if errors.As(err, &fault) && fault.Code == "alert.resolved" {
		return nil // meanwhile: that is what is shown
	}
	return err
}

// used writes that a link was used, when it did something, and that its delivery
// was seen.
func (t *Taps) used(ctx context.Context, token string, f *followed, did bool) error {
	return t.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := t.now()
		if did {
			_, err := tx.NewRaw("INSERT INTO link_uses (hash, delivery, action, used_at, by_whom) VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING",
				hashOf(token), f.row.ID, f.action, store.Millis(now), f.as()).Exec(ctx)
			if err != nil {
				return fmt.Errorf("write that the link was used: %w", err)
			}
		}
		if err := seen(ctx, tx, f.row.ID, now); err != nil {
			return err
		}
		if f.row.About == OfTest {
			return t.people.Confirmed(ctx, tx, f.row.Channel, now)
		}
		return nil
	})
}

// Receive notes that the message with a link has arrived, or that somebody has
// looked at it: the service worker of a browser says so. Who looked at a test has
// confirmed the channel.
func (t *Taps) Receive(ctx context.Context, token string, looked bool) error {
	ticket, err := t.links.read(token, t.now())
	if err != nil {
		return err
	}
	return t.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if !looked {
			return delivered(ctx, tx, ticket.delivery, t.now())
		}
		if err := seen(ctx, tx, ticket.delivery, t.now()); err != nil {
			return err
		}
		var tests []row
		if err := tx.NewSelect().Model(&tests).Where("id = ? AND about = ?", ticket.delivery, OfTest).Scan(ctx); err != nil || len(tests) == 0 {
			return err
		}
		return t.people.Confirmed(ctx, tx, tests[0].Channel, t.now())
	})
}
