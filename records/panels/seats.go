package panels

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// sees is all that evidence is made of, so that a token needs all of it.
const sees = records.Vitals | records.Alerts | records.File

// place is what a user is in a consultation.
type place struct {
	seat    Seat
	seated  bool // and a member still, who has not declined
	chair   bool // of the panel now, who has not declined
	consent bool // the resident's holds
}

func placeOf(c *Consultation, p *Panel, u records.User) place {
	seat, asked := c.Seat(u.ID)
	in := u.ID != "" && u.Role != records.Family && p.Has(u.ID) && seat.State != Declined
	if u.Bound.Bounded && !u.Bound.Scope.Has(sees) {
		in = false
	}
	return place{seat: seat, seated: in && asked, chair: in && p.Chair() == u.ID}
}

// looks reports whether the evidence is theirs to see: of whoever was asked while
// opinions are awaited, and of the chair until the advice is published.
func (at place) looks(s Status) bool {
	return at.consent && (s == Open && (at.seated || at.chair) || s == Answered && at.chair)
}

// seatedIn is what a user is in a consultation, without a word in the audit.
func (b *Book) seatedIn(ctx context.Context, u records.User, id string) (Consultation, Panel, place, error) {
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return c, Panel{}, place{}, err
	}
	p, err := panelOf(ctx, b.db, c.Panel)
	if err != nil {
		return c, p, place{}, err
	}
	at := placeOf(&c, &p, u)
	if at.seated || at.chair {
		consent, err := b.consent(ctx, c.Resident)
		if err != nil {
			return c, p, at, err
		}
		at.consent = consent != ""
	}
	return c, p, at, nil
}

// enter lets an expert into a consultation, and writes it down: what cannot be written
// down is not to be seen.
func (b *Book) enter(ctx context.Context, u records.User, id string) (Consultation, Panel, place, error) {
	return b.enterFor(ctx, u, id, sees)
}

// enterFor is enter for what a token needs these kinds of data for.
func (b *Book) enterFor(ctx context.Context, u records.User, id string, needs records.Scope) (Consultation, Panel, place, error) {
	c, p, at, err := b.seatedIn(ctx, u, id)
	if err != nil {
		return c, p, at, err
	}
	entry := audit.Entry{Actor: u.ID, Action: audit.Read, Resident: c.Resident, Scope: needs.String(), Ground: ground(id)}
	allowed := at.looks(c.Status) && (!u.Bound.Bounded || u.Bound.Scope.Has(needs))
	if !allowed {
		entry.Ground, entry.Refused = "", true
	}
	if err := b.log.Look(ctx, entry); err != nil {
		return c, p, at, err
	}
	if !allowed {
		return c, p, at, forbidden(id, "is not one in which you are asked now")
	}
	return c, p, at, nil
}

// Asked reports whether a user is asked in a consultation now, for who shows what to
// whom. Nothing is written down.
func (b *Book) Asked(ctx context.Context, u records.User, id string) (bool, error) {
	c, _, at, err := b.seatedIn(ctx, u, id)
	if err != nil {
		return false, fmt.Errorf("look who is asked: %w", about("consultation", id, err))
	}
	return at.looks(c.Status), nil
}

// Case is a consultation as an expert sees it: without who it is about, and who asks.
type Case struct {
	Consultation
	// Panel is what the panel is called.
	PanelName string
	// Mine is where the expert sits; false in Seated for a chair who was not asked.
	Mine   Seat
	Seated bool
	Chair  bool
	// MyTurn says that their opinion can be given now.
	MyTurn bool
	// Sees says that others' opinions are theirs to see: all, or those before.
	Sees bool
	// Whole says that all opinions are.
	Whole bool
}

// Case lets an expert into a consultation.
func (b *Book) Case(ctx context.Context, u records.User, id string) (Case, error) {
	c, p, at, err := b.enter(ctx, u, id)
	if err != nil {
		return Case{}, fmt.Errorf("open the case: %w", about("consultation", id, err))
	}
	return b.caseOf(c, p, at), nil
}

func (b *Book) caseOf(c Consultation, p Panel, at place) Case {
	now := b.moment()
	shown := Case{Consultation: c, PanelName: p.Name, Mine: at.seat, Seated: at.seated, Chair: at.chair}
	shown.MyTurn = c.Status == Open && at.seated && c.turn(&p, at.seat, now)
	shown.Whole = at.chair && c.unsealed(now)
	before := func(s Seat) bool { return s.N < at.seat.N && s.State == Spoke }
	shown.Sees = shown.Whole || c.Mode == InTurn && at.seated && slices.ContainsFunc(c.Seats, before)
	shown.Resident, shown.OpenedBy, shown.Consent, shown.EndedBy, shown.EndedFor = "", "", "", "", ""
	return shown
}

// Evidence is what the experts go by, as it was frozen, for one of them.
func (b *Book) Evidence(ctx context.Context, u records.User, id string) (json.RawMessage, error) {
	c, _, _, err := b.enter(ctx, u, id)
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w", about("consultation", id, err))
	}
	return b.evidence(ctx, u.ID, &c)
}

// EvidenceFor is the same for who may see all of the resident's file, vitals and alerts,
// which whoever calls it has asked the access check.
func (b *Book) EvidenceFor(ctx context.Context, user, id string) (json.RawMessage, error) {
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w", about("consultation", id, err))
	}
	return b.evidence(ctx, user, &c)
}

func (b *Book) evidence(ctx context.Context, user string, c *Consultation) (json.RawMessage, error) {
	var row evidenceRow
	if err := b.db.NewSelect().Model(&row).Where("sha256 = ?", c.Evidence).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the evidence: %w", about("consultation", c.ID, err))
	}
	if err := b.verify(ctx, user, c, anEvidence, row.Body, c.Evidence, c.OpenedAt); err != nil {
		return nil, fmt.Errorf("read the evidence: %w", err)
	}
	var of struct{ Subject, Question string }
	if err := json.Unmarshal([]byte(row.Body), &of); err != nil {
		return nil, fmt.Errorf("read the evidence: %w", about("consultation", c.ID, err))
	}
	if of.Subject != c.ID || of.Question != c.Question {
		return nil, b.altered(ctx, user, c, "question")
	}
	return json.RawMessage(row.Body), nil
}

// frozen is the evidence, read.
func (b *Book) frozen(ctx context.Context, user string, c *Consultation) (e Evidence, err error) {
	body, err := b.evidence(ctx, user, c)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("read the evidence of consultation %q: %w", c.ID, err)
	}
	return e, nil
}
