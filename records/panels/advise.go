package panels

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Advise publishes the panel's advice, signed by its chair and sealed, once the
// opinions are in, or the time is up and one of them is. It takes the place of the
// advice that was looked at again.
func (b *Book) Advise(ctx context.Context, u records.User, id string, g Guidance) (Advice, error) {
	a, err := b.advise(ctx, u, id, g)
	if err != nil {
		return Advice{}, fmt.Errorf("publish the advice: %w", about("consultation", id, err))
	}
	return a, nil
}

func (b *Book) advise(ctx context.Context, u records.User, id string, g Guidance) (a Advice, err error) {
	if err := b.mayAct(ctx, u, id); err != nil {
		return a, err
	}
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return a, err
	}
	r, err := b.sources.Residents.Get(ctx, c.Resident)
	if err != nil {
		return a, err
	}
	if err := g.settle(records.DateOf(b.moment().In(r.Zone()))); err != nil {
		return a, err
	}
	if err := b.check(ctx, &c, g.Changes); err != nil {
		return a, err
	}
	// The advice goes by what all have signed, not by what somebody has left of it.
	if _, err := b.opinions(ctx, u.ID, &c, func(Seat) bool { return true }); err != nil {
		return a, err
	}
	evidence, err := b.frozen(ctx, u.ID, &c)
	if err != nil {
		return a, err
	}
	befores := make([]string, len(g.Changes))
	for i := range g.Changes {
		if befores[i] = evidence.before(&g.Changes[i]); befores[i] == "" && g.Changes[i].Kind == OfReminder && g.Changes[i].Target != "" {
			// One that is not in the evidence: what counts is how it is now.
			if befores[i], err = b.is(ctx, id, c.Resident, g.Changes[i]); err != nil {
				return a, err
			}
		}
	}
	_, err = b.step(ctx, id, "advise", func(ctx context.Context, tx bun.Tx, c *Consultation, p *Panel) error {
		now := b.moment()
		switch at := placeOf(c, p, u); {
		case !at.chair:
			return forbidden(id, "is advised on by the chair of the panel")
		case !c.unsealed(now):
			return conflict(CodeWaiting, "consultation", id, "awaits opinions still: until the last is in, or until %s", c.DueAt.Format(time.RFC3339))
		}
		opinions, err := b.opinionsIn(ctx, tx, c)
		if err != nil {
			return err
		}
		a = Advice{
			ID: ulid.Make().String(), Consultation: id, Resident: c.Resident, Panel: c.Panel, Evidence: c.Evidence, SignedBy: u.ID, SignedAt: now,
			Guidance: g, Befores: befores, Opinions: []string{}, ReviewAt: dayAfter(g.ReviewBy, r.Zone()),
		}
		for _, o := range opinions {
			if g.Seen != nil && !slices.Contains(g.Seen, o.Seal) {
				return conflict(CodeUnread, "consultation", id, "has an opinion that you have not seen: it came in meanwhile; read it, and publish again")
			}
			a.Opinions = append(a.Opinions, o.Seal)
		}
		if a.Supersedes, err = newestAfter(ctx, tx, c.Reviews); err != nil {
			return err
		}
		if c.Status == Open { // the time is up, and the chair goes on
			c.AnsweredAt, c.Disagreed = now, Disagree(Points(opinions))
		}
		c.AdvisedAt = now
		c.end(Advised, u.ID, "", now)
		return b.publish(ctx, tx, c, &a)
	})
	return a, err
}

// newestAfter is the advice that has taken the place of another, or that one itself: of
// two questions that look at one advice again, the later advice holds.
func newestAfter(ctx context.Context, tx bun.Tx, id string) (string, error) {
	for id != "" {
		var next string
		if err := tx.NewSelect().Table("advice").Column("superseded_by").Where("id = ?", id).Scan(ctx, &next); err != nil {
			return "", err
		}
		if next == "" {
			break
		}
		id = next
	}
	return id, nil
}

// dayAfter is when a day is over.
func dayAfter(d records.Date, zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, zone).UTC()
}

func (b *Book) publish(ctx context.Context, tx bun.Tx, c *Consultation, a *Advice) error {
	body, seal, err := sealed(a)
	if err != nil {
		return err
	}
	a.Seal = seal
	row := adviceRow{
		ID: a.ID, Consultation: a.Consultation, Resident: a.Resident, Body: body, Seal: seal, SignedAt: store.Millis(a.SignedAt), SignedBy: a.SignedBy, ReviewAt: store.Millis(a.ReviewAt),
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	for i, change := range a.Guidance.Changes {
		p := proposalRow{Advice: a.ID, N: i + 1, Resident: a.Resident, State: Proposed}
		if _, err := tx.NewInsert().Model(&p).Exec(ctx); err != nil {
			return err
		}
		shown, err := p.proposal(a.Consultation, change, a.Befores[i])
		if err != nil {
			return err
		}
		a.Proposals = append(a.Proposals, shown)
	}
	if a.Supersedes != "" {
		if _, err := tx.NewUpdate().Table("advice").Set("superseded_by = ?", a.ID).Set("review_at = NULL").Where("id = ?", a.Supersedes).Where("superseded_by = ''").Exec(ctx); err != nil {
			return err
		}
	}
	return b.witness(ctx, tx, a.SignedBy, c, anAdvice, seal)
}

// AdviceOf is what was advised on a question, checked against its seal; an ErrNotFound
// while nothing was.
func (b *Book) AdviceOf(ctx context.Context, user, consultation string) (Advice, error) {
	a, err := b.adviceOf(ctx, user, consultation)
	if err != nil {
		return Advice{}, fmt.Errorf("read the advice: %w", about("consultation", consultation, err))
	}
	return a, nil
}

func (b *Book) adviceOf(ctx context.Context, user, consultation string) (Advice, error) {
	c, err := consultationOf(ctx, b.db, consultation)
	if err != nil {
		return Advice{}, err
	}
	witnessed, err := b.witnessed(ctx, anAdvice, consultation)
	if err != nil {
		return Advice{}, err
	}
	all, err := b.adviceWhere(ctx, user, func(q *bun.SelectQuery) { q.Where("a.consultation = ?", consultation) })
	switch {
	case err != nil:
		return Advice{}, err
	case len(all) > 0:
		return all[0], nil
	case len(witnessed) == 0 && c.Status != Advised:
		return Advice{}, store.NotFound("advice", "")
	}
	return Advice{}, b.altered(ctx, user, &c, anAdvice)
}

// AdviceFor is all that was ever advised for a resident, the newest first; altered are the
// consultations of whose advice that is not so: it is not what was signed, and left out.
func (b *Book) AdviceFor(ctx context.Context, user, resident string) (all []Advice, altered []string, err error) {
	of, err := consultationsWhere(ctx, b.db, func(q *bun.SelectQuery) {
		q.Where("c.resident = ?", resident).Where("c.status = ?", Advised).Order("advised_at DESC", "id DESC")
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read what was advised: %w", about("resident", resident, err))
	}
	for i := range of {
		a, err := b.AdviceOf(ctx, user, of[i].ID)
		switch {
		case WasAltered(err):
			altered = append(altered, of[i].ID)
		case err != nil:
			return nil, nil, err
		default:
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b Advice) int { return cmp.Or(b.SignedAt.Compare(a.SignedAt), cmp.Compare(b.ID, a.ID)) })
	return all, altered, nil
}

func (b *Book) adviceWhere(ctx context.Context, user string, which func(*bun.SelectQuery)) ([]Advice, error) {
	var rows []adviceRow
	query := b.db.NewSelect().Model(&rows)
	which(query)
	if err := query.Scan(ctx); err != nil {
		return nil, err
	}
	all := make([]Advice, len(rows))
	for i := range rows {
		c := Consultation{ID: rows[i].Consultation, Resident: rows[i].Resident}
		if err := b.verify(ctx, user, &c, anAdvice, rows[i].Body, rows[i].Seal, store.Time(rows[i].SignedAt)); err != nil {
			return nil, err
		}
		var err error
		if all[i], err = rows[i].advice(); err != nil {
			return nil, err
		}
		if all[i].ID != rows[i].ID || all[i].Consultation != rows[i].Consultation {
			return nil, b.altered(ctx, user, &c, anAdvice)
		}
		if all[i].Proposals, err = proposalsOf(ctx, b.db, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (r *adviceRow) advice() (a Advice, err error) {
	if err := json.Unmarshal([]byte(r.Body), &a); err != nil {
		return a, fmt.Errorf("read advice %s: %w", r.ID, err)
	}
	a.Resident = r.Resident // whose file it is now, after a merge
	a.Seal, a.SupersededBy, a.ReviewAt, a.ReviewedAt = r.Seal, r.SupersededBy, store.Time(r.ReviewAt), store.Time(r.ReviewedAt)
	a.ReviewedBy, a.ReviewNote, a.alarm = r.ReviewedBy, r.ReviewNote, r.Alarm
	return a, nil
}

func proposalsOf(ctx context.Context, db bun.IDB, a *Advice) ([]Proposal, error) {
	var rows []proposalRow
	if err := db.NewSelect().Model(&rows).Where("advice = ?", a.ID).Order("n").Scan(ctx); err != nil {
		return nil, err
	}
	all := make([]Proposal, 0, len(rows))
	for i := range rows {
		at := rows[i].N - 1
		if at < 0 || at >= len(a.Guidance.Changes) || at >= len(a.Befores) {
			return nil, fmt.Errorf("advice %s has no proposal %d", a.ID, rows[i].N)
		}
		p, err := rows[i].proposal(a.Consultation, a.Guidance.Changes[at], a.Befores[at])
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// earlier is an advice as experts read it who look at it again.
func (b *Book) earlier(ctx context.Context, resident, id string) (*Earlier, error) {
	all, err := b.adviceWhere(ctx, "", func(q *bun.SelectQuery) { q.Where("a.id = ?", id).Where("a.resident = ?", resident) })
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, store.NotFound("advice", id)
	}
	if all[0].SupersededBy != "" {
		return nil, conflict(CodeOver, "advice", id, "holds no more: advice %s has taken its place", all[0].SupersededBy)
	}
	e := &Earlier{SignedAt: all[0].SignedAt, Text: all[0].Guidance.Text, ReviewBy: all[0].Guidance.ReviewBy, Changes: []Decided{}}
	for _, p := range all[0].Proposals {
		e.Changes = append(e.Changes, Decided{Change: p.Change, State: string(p.State)})
	}
	return e, nil
}

// Review says that the advice on a question was looked at again and stays as it is: in
// what words, and by which day it is to be looked at next; the zero day for never.
func (b *Book) Review(ctx context.Context, consultation, by, note string, next records.Date) (Advice, error) {
	a, err := b.review(ctx, consultation, by, note, next)
	if err != nil {
		return Advice{}, fmt.Errorf("say that the advice was looked at: %w", about("consultation", consultation, err))
	}
	return a, nil
}

func (b *Book) review(ctx context.Context, consultation, by, note string, next records.Date) (Advice, error) {
	c, err := consultationOf(ctx, b.db, consultation)
	if err != nil {
		return Advice{}, err
	}
	r, err := b.sources.Residents.Get(ctx, c.Resident)
	if err != nil {
		return Advice{}, err
	}
	now := b.moment()
	var f faults
	f.text("note", &note, mostReason, true)
	if !next.IsZero() && next.Compare(records.DateOf(now.In(r.Zone()))) < 0 {
		f.add("next", "is in the past")
	}
	if err := store.Invalid("advice", "", f.list); err != nil {
		return Advice{}, err
	}
	var at time.Time
	if !next.IsZero() {
		at = dayAfter(next, r.Zone())
	}
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row adviceRow
		err := tx.NewSelect().Model(&row).Where("consultation = ?", consultation).Scan(ctx)
		if noRows(err) {
			return store.NotFound("advice", "")
		}
		if err != nil {
			return err
		}
		if row.SupersededBy != "" {
			return conflict(CodeOver, "advice", row.ID, "holds no more: advice %s has taken its place", row.SupersededBy)
		}
		row.ReviewAt, row.ReviewedAt, row.ReviewedBy, row.ReviewNote = store.Millis(at), store.Millis(now), by, note
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		return b.note(ctx, tx, by, &c, "advice looked at again", note)
	})
	if err != nil {
		return Advice{}, err
	}
	return b.AdviceOf(ctx, by, consultation)
}
