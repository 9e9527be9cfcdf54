package panels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Maker makes changes of a kind that were accepted, on the same way as any other
// change of that kind.
type Maker interface {
	// Check says what is wrong with a change before anybody proposes it, nil when
	// nothing is.
	Check(ctx context.Context, resident string, c Change) error
	// Is says how what the change is about is now, in the form of [Change.After]. Of
	// something new that is there already it is the change's After.
	Is(ctx context.Context, resident string, c Change) (string, error)
	// Make makes it, by somebody and for a reason that names the advice, and says what
	// came of it: "care version 3". What says the same already it makes not again.
	Make(ctx context.Context, resident string, c Change, order Order) (made string, err error)
	// Made says what came of it when it was made before, by the key, and when that was; ""
	// when it was not.
	Made(ctx context.Context, resident string, c Change, order Order) (made string, at time.Time, err error)
}

// Order is who has a change made, and why.
type Order struct {
	By string // a user
	// Key names the change: "advice 01J… change 1". It begins the reason.
	Key string
	// Reason is the key and what was said.
	Reason string
	// Was is how it was when it was accepted.
	Was string
}

func (p *Proposal) order() Order {
	key := fmt.Sprintf("advice %s change %d", p.Advice, p.N)
	reason := key
	if p.Reason != "" {
		reason += ": " + p.Reason
	}
	if runes := []rune(reason); len(runes) > mostReason {
		reason = string(runes[:mostReason])
	}
	return Order{By: p.DecidedBy, Key: key, Reason: reason, Was: p.Was}
}

func (b *Book) maker(k ChangeKind) (Maker, error) {
	m, ok := b.makers[k]
	if !ok {
		return nil, fmt.Errorf("nobody makes changes of the kind %q", k)
	}
	return m, nil
}

// is says how what a change is about is now.
func (b *Book) is(ctx context.Context, consultation, resident string, c Change) (string, error) {
	m, err := b.maker(c.Kind)
	if err != nil {
		return "", err
	}
	if c, err = b.meant(ctx, consultation, resident, c); err != nil {
		return "", err
	}
	return m.Is(ctx, resident, c)
}

// check finds changes that could never be made.
func (b *Book) check(ctx context.Context, of *Consultation, changes []Change) error {
	var f faults
	for i, c := range changes {
		m, err := b.maker(c.Kind)
		if err != nil {
			return err
		}
		if c, err = b.meant(ctx, of.ID, of.Resident, c); err != nil {
			return err
		}
		err = m.Check(ctx, of.Resident, c)
		fault, is := errors.AsType[*store.Fault](err)
		switch {
		case err == nil:
		case is && len(fault.Fields) > 0:
			for _, field := range fault.Fields {
				f.add(fmt.Sprintf("changes[%d]", i), "%s %s", field.Path, field.Message)
			}
		case is:
			f.add(fmt.Sprintf("changes[%d]", i), "%s", fault.Error())
		default:
			return err
		}
	}
	return store.Invalid("changes", "", f.list)
}

// Stand is how what a proposal is about was when the evidence was frozen, and is now, in
// the form of [Change.After]. Moved says that this is another, so that it is asked again
// before it is changed. Of a limit that is not the resident's own it is the usual one where
// that is another by now: a condition that was set changes it, too.
type Stand struct {
	Then, Now string
	Moved     bool
}

// Standing is how what a proposal is about stands now.
func (b *Book) Standing(ctx context.Context, p Proposal) (Stand, error) {
	stand, _, err := b.standing(ctx, p)
	if err != nil {
		return Stand{}, fmt.Errorf("look how it is now: %w", err)
	}
	return stand, nil
}

// standing is that, with what its maker says that it is.
func (b *Book) standing(ctx context.Context, p Proposal) (stand Stand, is string, err error) {
	if is, err = b.is(ctx, p.Consultation, p.Resident, p.Change); err != nil {
		return stand, "", err
	}
	stand = Stand{Then: p.Before, Now: is, Moved: is != p.Before}
	switch {
	case p.Change.Kind == OfLimit && p.Before == "" && is == "":
		err = b.usualMoved(ctx, p, &stand)
	case p.Change.Kind == OfReminder && stand.Moved: // the evidence says it without the resident's name
		var r records.Resident
		if r, err = b.sources.Residents.Get(ctx, p.Resident); err == nil {
			stand.Moved = unnamed(namesOf(r), is) != p.Before
		}
	}
	return stand, is, err
}

// usualMoved says of a limit that is not the resident's own whether the usual one is
// another now than when the evidence was frozen.
func (b *Book) usualMoved(ctx context.Context, p Proposal, stand *Stand) error {
	c, err := consultationOf(ctx, b.db, p.Consultation)
	if err != nil {
		return err
	}
	evidence, err := b.frozen(ctx, "", &c)
	if err != nil {
		return err
	}
	care, err := b.sources.Care.Care(ctx, p.Resident)
	if err != nil {
		return err
	}
	then := evidence.Usual(&p.Change)
	now, is := b.sources.Thresholds(care.Care)[p.Change.Target]
	if then != "" && is && number(now) != then {
		*stand = Stand{Then: then, Now: number(now), Moved: true}
	}
	return nil
}

// Accept says yes to a change that an advice proposes, and makes it. When what it is
// about has changed since the evidence was frozen it is refused, unless seen says how
// it is now: whoever accepts it has seen that. When it cannot be made just then it
// stays accepted, and is tried again.
func (b *Book) Accept(ctx context.Context, consultation string, n int, by, reason string, seen *string) (Proposal, error) {
	p, err := b.accept(ctx, consultation, n, by, reason, seen)
	if err != nil {
		return Proposal{}, fmt.Errorf("accept proposal %d: %w", n, about("consultation", consultation, err))
	}
	return p, nil
}

func (b *Book) accept(ctx context.Context, consultation string, n int, by, reason string, seen *string) (Proposal, error) {
	p, c, err := b.proposal(ctx, by, consultation, n)
	if err != nil {
		return p, err
	}
	stand, is, err := b.standing(ctx, p)
	if err != nil {
		return p, fmt.Errorf("look how it is now: %w", err)
	}
	if stand.Moved && (seen == nil || *seen != stand.Now) {
		return p, conflict(CodeMoved, "proposal", fmt.Sprint(n), "has changed since the experts saw it: it was %s, and is %s now: look at it again, and accept it with how it is now", quoted(stand.Then), quoted(stand.Now))
	}
	if err := b.check(ctx, &c, []Change{p.Change}); err != nil {
		return p, err
	}
	p, err = b.decide(ctx, by, &c, p, Accepted, reason, is)
	if err != nil {
		return p, err
	}
	// It is accepted, whatever comes: what cannot be made now is tried again.
	if err := b.make(ctx, &p); err != nil {
		b.slog.WarnContext(ctx, "make a change that was accepted; it is tried again", "advice", p.Advice, "change", p.N, "error", err)
	}
	made, _, err := b.proposal(ctx, by, consultation, n)
	return made, err
}

func quoted(line string) string {
	if line == "" {
		return "nothing of their own"
	}
	return fmt.Sprintf("%q", line)
}

// Refuse says no to a change that an advice proposes, and why.
func (b *Book) Refuse(ctx context.Context, consultation string, n int, by, reason string) (Proposal, error) {
	p, c, err := b.proposal(ctx, by, consultation, n)
	if err == nil {
		p, err = b.decide(ctx, by, &c, p, Refused, reason, "")
	}
	if err != nil {
		return Proposal{}, fmt.Errorf("decline proposal %d: %w", n, about("consultation", consultation, err))
	}
	return p, nil
}

// Proposal is a change that the advice on a question proposes, for who decides on it.
func (b *Book) Proposal(ctx context.Context, user, consultation string, n int) (Proposal, error) {
	p, _, err := b.proposal(ctx, user, consultation, n)
	if err != nil {
		return Proposal{}, fmt.Errorf("read proposal %d: %w", n, about("consultation", consultation, err))
	}
	return p, nil
}

// proposal is one of the advice on a question.
func (b *Book) proposal(ctx context.Context, user, consultation string, n int) (Proposal, Consultation, error) {
	a, err := b.AdviceOf(ctx, user, consultation)
	if err != nil {
		return Proposal{}, Consultation{}, err
	}
	if n < 1 || n > len(a.Proposals) {
		return Proposal{}, Consultation{}, store.NotFound("proposal", fmt.Sprint(n))
	}
	return a.Proposals[n-1], Consultation{ID: consultation, Resident: a.Resident}, nil
}

func (b *Book) decide(ctx context.Context, by string, c *Consultation, p Proposal, as ProposalState, reason, was string) (Proposal, error) {
	var f faults
	f.text("reason", &reason, mostReason-100, true)
	if err := store.Invalid("proposal", fmt.Sprint(p.N), f.list); err != nil {
		return p, err
	}
	now := b.moment()
	err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var over string
		if err := tx.NewSelect().Table("advice").Column("superseded_by").Where("id = ?", p.Advice).Scan(ctx, &over); err != nil {
			return err
		}
		if over != "" {
			return conflict(CodeOver, "advice", p.Advice, "holds no more: advice %s has taken its place", over)
		}
		done, err := tx.NewUpdate().Table("advice_proposals").Set("state = ?", as).Set("decided_at = ?", store.Millis(now)).Set("decided_by = ?", by).
			Set("reason = ?", reason).Set("was = ?", was).Set("problem = ''").Where("advice = ?", p.Advice).Where("n = ?", p.N).Where("state = ?", Proposed).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, conflict(CodeDecided, "proposal", fmt.Sprint(p.N), "was accepted or declined already"))
		}
		return b.note(ctx, tx, by, c, fmt.Sprintf("proposal %d %s", p.N, as), reason)
	})
	p.State, p.DecidedAt, p.DecidedBy, p.Reason, p.Was = as, now, by, reason, was
	return p, err
}

// make makes a change that was accepted, once, whenever we crash. What somebody else
// has changed meanwhile is asked for again.
func (b *Book) make(ctx context.Context, p *Proposal) error {
	m, err := b.maker(p.Change.Kind)
	if err != nil {
		return err
	}
	change, err := b.meant(ctx, p.Consultation, p.Resident, p.Change)
	if err != nil {
		return err
	}
	order := p.order()
	made, at, err := m.Made(ctx, p.Resident, change, order)
	if err != nil {
		return err
	}
	if made == "" {
		at = b.moment()
		now, err := m.Is(ctx, p.Resident, change)
		if err != nil {
			return err
		}
		if now != p.Was && now != change.After() {
			return b.reopen(ctx, p, fmt.Sprintf("it has changed meanwhile: it was %s, and is %s now", quoted(p.Was), quoted(now)))
		}
		made, err = m.Make(ctx, p.Resident, change, order)
		if errors.Is(err, store.ErrInvalid) || errors.Is(err, store.ErrNotFound) {
			return b.reopen(ctx, p, err.Error())
		}
		if err != nil {
			return err
		}
	}
	return b.outcome(ctx, p, p.DecidedBy, "made: "+made, "", func(q *bun.UpdateQuery) {
		q.Set("state = ?", Applied).Set("applied_at = ?", store.Millis(at)).Set("made = ?", made).Set("problem = ''")
	})
}

// reopen asks for a decision again, and says why.
func (b *Book) reopen(ctx context.Context, p *Proposal, why string) error {
	return b.outcome(ctx, p, "", "open again", why, func(q *bun.UpdateQuery) {
		q.Set("state = ?", Proposed).Set("problem = ?", why)
	})
}

// outcome keeps what became of a change that was accepted, and writes it down: once, also
// where two processes make it.
func (b *Book) outcome(ctx context.Context, p *Proposal, by, what, why string, set func(*bun.UpdateQuery)) error {
	err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		query := tx.NewUpdate().Table("advice_proposals").Where("advice = ?", p.Advice).Where("n = ?", p.N).Where("state = ?", Accepted)
		set(query)
		done, err := query.Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return b.note(ctx, tx, by, &Consultation{ID: p.Consultation, Resident: p.Resident}, fmt.Sprintf("proposal %d %s", p.N, what), why)
	})
	if err != nil {
		return fmt.Errorf("keep what became of the change: %w", err)
	}
	return nil
}
