package panels

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// Users knows who can be asked. It is records.Users.
type Users interface {
	Get(ctx context.Context, id string) (records.User, error)
}

// Consents knows what residents agreed to. It is records.Consents.
type Consents interface {
	Of(ctx context.Context, resident string) ([]records.Consent, error)
	// Unwatched are the residents who withdrew the consent to be watched over, by id.
	Unwatched(ctx context.Context) (map[string]bool, error)
}

// Config is what the book stands on.
type Config struct {
	DB       *store.DB
	Audit    *audit.Log
	Users    Users
	Consents Consents
	Sources  Sources
	// Makers make the changes that are accepted, by their kind.
	Makers map[ChangeKind]Maker
	// Alarm tells the staff of what is late.
	Alarm Alarm
	Log   *slog.Logger
	Now   func() time.Time
}

// Book keeps panels, consultations and advice. Several processes may use one
// database: what time brings about happens once.
type Book struct {
	db       *store.DB
	log      *audit.Log
	users    Users
	consents Consents
	sources  Sources
	makers   map[ChangeKind]Maker
	alarm    Alarm
	slog     *slog.Logger
	now      func() time.Time
	// found is when it was written down that something was altered upon which the book comes
	// by itself, time and again.
	found sync.Map
}

// NewBook returns the book in a database.
func NewBook(c Config) *Book {
	return &Book{
		db: c.DB, log: c.Audit, users: c.Users, consents: c.Consents, sources: c.Sources, makers: c.Makers, alarm: c.Alarm, slog: c.Log, now: c.Now,
	}
}

// moment is the time, as exact as the tables keep it.
func (b *Book) moment() time.Time { return store.Time(b.now().UnixMilli()) }

// consent is the one to ask panels about the resident that holds; "" for none. Who is
// not to be watched over any more is shown to nobody.
func (b *Book) consent(ctx context.Context, resident string) (string, error) {
	unwatched, err := b.consents.Unwatched(ctx)
	if err != nil || unwatched[resident] {
		return "", err
	}
	all, err := b.consents.Of(ctx, resident)
	if err != nil {
		return "", err
	}
	now := b.moment()
	for _, c := range all {
		if c.Purpose == records.Panel && c.Holds(now) {
			return c.ID, nil
		}
	}
	return "", nil
}

func noConsent(resident string) error {
	return conflict(CodeNoConsent, "resident", resident, "has not agreed that experts are asked: ask them, or their guardian, and enter their consent for the purpose panel")
}

// Ask puts a question to a panel, with what is known of the resident now. It needs the
// resident's consent. The same question by the same user, within a minute, while it is
// open, is put once: it returns that one.
func (b *Book) Ask(ctx context.Context, q Question) (Consultation, error) {
	c, err := b.ask(ctx, q)
	if err != nil {
		return Consultation{}, fmt.Errorf("put a question to a panel: %w", about("resident", q.Resident, err))
	}
	return c, nil
}

func (b *Book) ask(ctx context.Context, q Question) (Consultation, error) {
	now := b.moment()
	r, err := b.sources.Residents.Get(ctx, q.Resident)
	if err != nil {
		return Consultation{}, err
	}
	if err := q.settle(now, r); err != nil {
		return Consultation{}, err
	}
	consent, err := b.consent(ctx, q.Resident)
	if err != nil {
		return Consultation{}, err
	}
	if consent == "" {
		return Consultation{}, noConsent(q.Resident)
	}
	evidence, err := b.sources.freeze(ctx, r, now)
	if err != nil {
		return Consultation{}, fmt.Errorf("freeze the evidence: %w", err)
	}
	c := Consultation{
		ID: ulid.MustNew(ulid.Timestamp(now), ulid.DefaultEntropy()).String(), Resident: q.Resident, Panel: q.Panel, Question: q.Text, Urgency: q.Urgency, Mode: q.Mode, Status: Open,
		Consent: consent, Reviews: q.Reviews, OpenedAt: now, OpenedBy: q.By, Rule: q.Rule, DueAt: q.Due, ExpiresAt: q.Due.Add(grace[q.Urgency]),
	}
	evidence.Subject, evidence.Question = c.ID, c.Question
	for i := range evidence.Reminders {
		evidence.Reminders[i].Ref = refOf(c.ID, evidence.Reminders[i].ID)
	}
	if evidence.Documents, err = b.sources.documents(ctx, q.Resident, q.Documents); err != nil {
		return Consultation{}, err
	}
	if q.Reviews != "" {
		if evidence.Earlier, err = b.earlier(ctx, q.Resident, q.Reviews); err != nil {
			return Consultation{}, err
		}
	}
	body, hash, err := sealed(evidence)
	if err != nil {
		return Consultation{}, err
	}
	if len(body) > mostEvidence {
		return Consultation{}, tooLarge(len(body))
	}
	c.Evidence = hash
	var same []Consultation
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if same, err = sameAsked(ctx, tx, &c); err != nil || len(same) > 0 {
			return err
		}
		return b.open(ctx, tx, &c, body)
	})
	if err == nil && len(same) > 0 {
		return same[0], nil
	}
	return c, err
}

// twice is within what time the same question by the same user is one that was sent twice.
const twice = time.Minute

// sameAsked are the questions that are open and say the same, put by the same user just
// before.
func sameAsked(ctx context.Context, tx bun.Tx, c *Consultation) ([]Consultation, error) {
	if c.OpenedBy == "" {
		return nil, nil
	}
	return consultationsWhere(ctx, tx, func(q *bun.SelectQuery) {
		q.Where("c.resident = ?", c.Resident).Where("c.panel = ?", c.Panel).Where("c.question = ?", c.Question).Where("c.opened_by = ?", c.OpenedBy).
			Where("c.status = ?", Open).Where("c.opened_at > ?", store.Millis(c.OpenedAt.Add(-twice))).Order("opened_at")
	})
}

// open keeps a consultation with what was frozen for it.
func (b *Book) open(ctx context.Context, tx bun.Tx, c *Consultation, body string) error {
	p, err := panelOf(ctx, tx, c.Panel)
	if err != nil {
		return err
	}
	if !p.Active {
		return conflict(CodePanelIdle, "panel", p.ID, "takes no questions now: choose another")
	}
	if c.Rule != "" { // which another process may have put just now
		put, err := putByRule(ctx, tx, c.Resident, c.Panel, c.Rule, c.OpenedAt)
		if err != nil {
			return err
		}
		if put {
			return conflict(CodePut, "consultation", c.ID, "was put by the rule already")
		}
	}
	c.PanelVersion, c.Seats = p.Version, nil
	seats := make([]seatRow, len(p.Members))
	for i, m := range p.Members {
		seats[i] = seatRow{Consultation: c.ID, User: m.User, Speciality: m.Speciality, N: i + 1, State: Asked}
		c.Seats = append(c.Seats, seats[i].seat())
	}
	row := consultationRowOf(c)
	for _, model := range []any{
		&evidenceRow{SHA256: c.Evidence, Resident: c.Resident, Body: body, MadeAt: store.Millis(c.OpenedAt)}, &row, &seats,
	} {
		if _, err := tx.NewInsert().Model(model).Exec(ctx); err != nil {
			return err
		}
	}
	if err := b.tell(ctx, tx, c, &p); err != nil {
		return err
	}
	return b.witness(ctx, tx, c.OpenedBy, c, anEvidence, c.Evidence)
}

// Withdraw takes a question back, with a reason.
func (b *Book) Withdraw(ctx context.Context, id, by, reason string) (Consultation, error) {
	var f faults
	f.text("reason", &reason, mostReason, true)
	if err := store.Invalid("consultation", id, f.list); err != nil {
		return Consultation{}, fmt.Errorf("withdraw %w", err)
	}
	return b.step(ctx, id, "withdraw the question", func(ctx context.Context, tx bun.Tx, c *Consultation, _ *Panel) error {
		c.end(Withdrawn, by, reason, b.moment())
		return b.note(ctx, tx, by, c, "withdrawn", reason)
	})
}

func (c *Consultation) end(as Status, by, why string, now time.Time) {
	c.Status, c.EndedAt, c.EndedBy, c.EndedFor = as, now, by, why
}

// step changes a consultation that is under way, in one transaction.
func (b *Book) step(ctx context.Context, id, what string, do func(context.Context, bun.Tx, *Consultation, *Panel) error) (c Consultation, err error) {
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if c, err = consultationOf(ctx, tx, id); err != nil {
			return err
		}
		p, err := panelOf(ctx, tx, c.Panel)
		if err != nil {
			return err
		}
		if !c.Status.UnderWay() {
			return ended(&c)
		}
		if err := do(ctx, tx, &c, &p); err != nil {
			return err
		}
		if err := b.tell(ctx, tx, &c, &p); err != nil {
			return err
		}
		return c.write(ctx, tx)
	})
	if err != nil {
		return c, fmt.Errorf("%s: %w", what, about("consultation", id, err))
	}
	return c, nil
}

func ended(c *Consultation) error {
	return conflict(CodeEnded, "consultation", c.ID, "is under way no more: it is %s", c.Status)
}

// note writes a step into the audit, in its transaction.
func (b *Book) note(ctx context.Context, tx bun.Tx, by string, c *Consultation, what, reason string) error {
	return audit.AppendIn(ctx, tx, b.moment(), audit.Entry{
		Actor: by, Action: audit.Change, Resident: c.Resident, Scope: "file", What: fmt.Sprintf("consultation %s: %s", c.ID, what), Ground: ground(c.ID), Reason: reason,
	})
}
