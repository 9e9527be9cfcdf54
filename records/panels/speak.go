package panels

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// turn reports whether an expert can speak now: in turn those before must have, or
// the time is up.
func (c *Consultation) turn(p *Panel, seat Seat, now time.Time) bool {
	if c.Mode == Blind || !now.Before(c.DueAt) {
		return true
	}
	return !slices.ContainsFunc(c.awaited(p), func(s Seat) bool { return s.N < seat.N })
}

// unsealed reports whether the chair may see what all have said: all are in, or the
// time is up and one of them at least is.
func (c *Consultation) unsealed(now time.Time) bool {
	return c.Status != Open || !now.Before(c.DueAt) && c.spoke() > 0
}

// Speak keeps an expert's opinion, signed and sealed. Until all are in they may give
// another, which is a new version.
func (b *Book) Speak(ctx context.Context, u records.User, id string, v View) (Opinion, error) {
	o, err := b.speak(ctx, u, id, v)
	if err != nil {
		return Opinion{}, fmt.Errorf("sign an opinion: %w", about("consultation", id, err))
	}
	return o, nil
}

func (b *Book) speak(ctx context.Context, u records.User, id string, v View) (o Opinion, err error) {
	if err := b.mayAct(ctx, u, id); err != nil {
		return o, err
	}
	if err := v.settle(); err != nil {
		return o, err
	}
	// What cannot be read as it was frozen is not to be spoken of.
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return o, err
	}
	if _, err := b.evidence(ctx, u.ID, &c); err != nil {
		return o, err
	}
	if err := b.check(ctx, &c, v.Changes); err != nil {
		return o, err
	}
	_, err = b.step(ctx, id, "speak", func(ctx context.Context, tx bun.Tx, c *Consultation, p *Panel) error {
		at := placeOf(c, p, u)
		now := b.moment()
		switch {
		case !at.seated:
			return forbidden(id, "is not one in which you are asked")
		case c.Status != Open:
			return conflict(CodeEnded, "consultation", id, "takes no opinions any more: all that were awaited are in")
		case !c.turn(p, at.seat, now):
			return conflict(CodeNotYourTurn, "consultation", id, "is answered in turn: others before you have not spoken yet")
		}
		version, err := lastVersion(ctx, tx, id, u.ID)
		if err != nil {
			return err
		}
		shown := b.caseOf(*c, *p, at)
		o = Opinion{
			Consultation: id, Expert: u.ID, Speciality: at.seat.Speciality, Version: version + 1, Evidence: c.Evidence, Unseen: !shown.Sees, SignedAt: now, View: v,
		}
		var body string
		if body, o.Seal, err = sealed(o); err != nil {
			return err
		}
		row := opinionRow{Consultation: id, User: u.ID, Version: o.Version, Body: body, Seal: o.Seal, SignedAt: store.Millis(now)}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		if err := b.witness(ctx, tx, u.ID, c, anOpinion, o.Seal); err != nil {
			return err
		}
		if c.FirstOpinionAt.IsZero() {
			c.FirstOpinionAt = now
		}
		return b.seated(ctx, tx, c, p, u.ID, Spoke, "", now)
	})
	return o, err
}

// Decline says that an expert does not answer, and why: that they know the resident,
// perhaps. They see nothing more of it.
func (b *Book) Decline(ctx context.Context, u records.User, id, reason string) error {
	var f faults
	f.text("reason", &reason, mostReason, true)
	err := store.Invalid("consultation", id, f.list)
	if err == nil {
		err = b.mayAct(ctx, u, id)
	}
	if err == nil {
		_, err = b.step(ctx, id, "decline", func(ctx context.Context, tx bun.Tx, c *Consultation, p *Panel) error {
			at := placeOf(c, p, u)
			if !at.seated || c.Status != Open || at.seat.State == Spoke {
				return conflict(CodeEnded, "consultation", id, "cannot be declined any more: you have answered, or it is under way no more")
			}
			if err := b.note(ctx, tx, u.ID, c, "declined", reason); err != nil {
				return err
			}
			return b.seated(ctx, tx, c, p, u.ID, Declined, reason, b.moment())
		})
	}
	if err != nil {
		return fmt.Errorf("decline to answer: %w", about("consultation", id, err))
	}
	return nil
}

// mayAct checks that an expert is asked now, with what signed in.
func (b *Book) mayAct(ctx context.Context, u records.User, id string) error {
	_, _, _, err := b.enter(ctx, u, id)
	if err == nil && u.Bound.Bounded && !u.Bound.Changes {
		err = forbidden(id, "cannot be answered with this token: it reads alone")
	}
	return err
}

// seated writes what an expert did, and what that does to the whole.
func (b *Book) seated(ctx context.Context, tx bun.Tx, c *Consultation, p *Panel, user string, state SeatState, reason string, now time.Time) error {
	i := slices.IndexFunc(c.Seats, func(s Seat) bool { return s.User == user })
	c.Seats[i].State, c.Seats[i].Reason, c.Seats[i].At = state, reason, now
	row := seatRow{Consultation: c.ID, User: user, Speciality: c.Seats[i].Speciality, N: c.Seats[i].N, State: state, Reason: reason, At: store.Millis(now)}
	if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
		return err
	}
	return b.gather(ctx, tx, c, p, now)
}

// ripe reports whether a question that is open awaits nobody any more.
func (c *Consultation) ripe(p *Panel, now time.Time) bool {
	return c.Status == Open && (len(c.awaited(p)) == 0 || !now.Before(c.ExpiresAt))
}

// gather ends the waiting for opinions once nobody is awaited any more.
func (b *Book) gather(ctx context.Context, tx bun.Tx, c *Consultation, p *Panel, now time.Time) error {
	switch {
	case !c.ripe(p, now):
		return nil
	case c.spoke() == 0:
		why := "nobody answered in time"
		if now.Before(c.ExpiresAt) {
			why = "nobody is left who could answer"
		}
		c.end(Expired, "", why, now)
		if c.alarm == "" {
			c.alarm = RuleExpired // to be said
		}
		return b.note(ctx, tx, "", c, "expired", why)
	}
	opinions, err := b.opinionsIn(ctx, tx, c)
	if err != nil {
		return err
	}
	c.Status, c.AnsweredAt, c.Disagreed = Answered, now, Disagree(Points(opinions))
	return b.note(ctx, tx, "", c, "answered", "")
}

func lastVersion(ctx context.Context, tx bun.Tx, id, user string) (version int, err error) {
	err = tx.NewSelect().Table("consultation_opinions").ColumnExpr("COALESCE(MAX(version), 0)").Where("consultation = ?", id).Where("user_id = ?", user).Scan(ctx, &version)
	return version, err
}

// opinionsIn are the newest of each expert, in the order in which they sit, as they are
// kept.
func (b *Book) opinionsIn(ctx context.Context, db bun.IDB, c *Consultation) ([]Opinion, error) {
	var rows []opinionRow
	if err := db.NewSelect().Model(&rows).Where("consultation = ?", c.ID).Order("version").Scan(ctx); err != nil {
		return nil, err
	}
	newest := map[string]Opinion{}
	for _, row := range rows {
		o, err := row.opinion()
		if err != nil {
			return nil, err
		}
		newest[row.User] = o
	}
	var all []Opinion
	for _, s := range c.Seats {
		if o, ok := newest[s.User]; ok {
			all = append(all, o)
		}
	}
	return all, nil
}

func (r *opinionRow) opinion() (o Opinion, err error) {
	if err := json.Unmarshal([]byte(r.Body), &o); err != nil {
		return o, fmt.Errorf("read version %d of an opinion in consultation %s: %w", r.Version, r.Consultation, err)
	}
	o.Seal = r.Seal
	return o, nil
}

// Opinions are those that an expert may see now, the newest of each: checked against
// its seal.
func (b *Book) Opinions(ctx context.Context, u records.User, id string) ([]Opinion, error) {
	c, p, at, err := b.enter(ctx, u, id)
	if err != nil {
		return nil, fmt.Errorf("read the opinions: %w", about("consultation", id, err))
	}
	shown := b.caseOf(c, p, at)
	return b.opinions(ctx, u.ID, &c, func(seat Seat) bool {
		switch {
		case seat.User == u.ID:
			return true
		case shown.Whole:
			return true
		}
		return shown.Sees && c.Mode == InTurn && seat.N < at.seat.N
	})
}

// OpinionsFor are all opinions of a consultation whose advice is published, for who
// may see the resident's file, which whoever calls it has asked the access check; none
// before that.
func (b *Book) OpinionsFor(ctx context.Context, user, id string) ([]Opinion, error) {
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return nil, fmt.Errorf("read the opinions: %w", about("consultation", id, err))
	}
	return b.opinions(ctx, user, &c, func(Seat) bool { return c.Status == Advised })
}

func (b *Book) opinions(ctx context.Context, user string, c *Consultation, may func(Seat) bool) ([]Opinion, error) {
	rows, err := b.kept(ctx, user, c, may)
	if err != nil {
		return nil, fmt.Errorf("read the opinions: %w", about("consultation", c.ID, err))
	}
	all := []Opinion{}
	for _, seat := range c.Seats {
		if !may(seat) {
			continue
		}
		var newest *opinionRow
		for i := range rows {
			if rows[i].User == seat.User {
				newest = &rows[i]
			}
		}
		if newest == nil {
			continue
		}
		if err := b.verify(ctx, user, c, anOpinion, newest.Body, newest.Seal, store.Time(newest.SignedAt)); err != nil {
			return nil, fmt.Errorf("read the opinions: %w", err)
		}
		o, err := newest.opinion()
		if err != nil {
			return nil, err
		}
		if o.Consultation != c.ID || o.Expert != seat.User || o.Version != newest.Version || o.Evidence != c.Evidence {
			return nil, b.altered(ctx, user, c, anOpinion)
		}
		all = append(all, o)
	}
	return all, nil
}

// kept are all versions of the opinions in a consultation, the oldest first. When one that
// the audit knows is not there any more, an older one would look like the newest: that is
// refused as what was altered is, to those who may see whose it was.
func (b *Book) kept(ctx context.Context, user string, c *Consultation, may func(Seat) bool) (rows []opinionRow, err error) {
	missing, err := b.witnessed(ctx, anOpinion, c.ID)
	if err != nil {
		return nil, err
	}
	if err := b.db.NewSelect().Model(&rows).Where("consultation = ?", c.ID).Order("version").Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range rows {
		delete(missing, row.Seal)
		if _, sits := c.Seat(row.User); !sits {
			return nil, b.altered(ctx, user, c, anOpinion)
		}
	}
	for _, expert := range missing {
		if seat, sits := c.Seat(expert); !sits || may(seat) {
			return nil, b.altered(ctx, user, c, anOpinion)
		}
	}
	return rows, nil
}
