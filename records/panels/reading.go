package panels

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// Consultation is a question as it is, for who may see the resident's file, which
// whoever calls it asks the access check.
func (b *Book) Consultation(ctx context.Context, id string) (Consultation, error) {
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return c, fmt.Errorf("read the consultation: %w", about("consultation", id, err))
	}
	return c, nil
}

// Query says which consultations; the zero one means all.
type Query struct {
	Resident string
	Panel    string
	// UnderWay asks for those of which something is awaited.
	UnderWay bool
	// Before is the id of the last one of the page before, "" for the first; Limit how
	// many make a page, 0 for all.
	Before string
	Limit  int
}

// List returns consultations, the newest first, as [Book.Consultation] does.
func (b *Book) List(ctx context.Context, q Query) ([]Consultation, error) {
	all, err := consultationsWhere(ctx, b.db, func(s *bun.SelectQuery) {
		s.Order("id DESC").Limit(int64(q.Limit))
		if q.Resident != "" {
			s.Where("c.resident = ?", q.Resident)
		}
		if q.Panel != "" {
			s.Where("c.panel = ?", q.Panel)
		}
		if q.UnderWay {
			s.Where("c.status IN (?)", bun.In([]Status{Open, Answered}))
		}
		if q.Before != "" {
			s.Where("c.id < ?", q.Before)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list consultations: %w", err)
	}
	return all, nil
}

// Cases are the consultations in which an expert is asked now, the soonest due first.
func (b *Book) Cases(ctx context.Context, u records.User) ([]Case, error) {
	all, err := b.casesOf(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("list the cases of user %q: %w", u.ID, err)
	}
	cases, seen := make([]Case, len(all)), make([]audit.Entry, len(all))
	for i, c := range all {
		cases[i] = b.caseOf(c.Consultation, c.panel, c.at)
		seen[i] = audit.Entry{Actor: u.ID, Action: audit.Read, Resident: c.Resident, Scope: records.File.String(), Ground: ground(c.ID)}
	}
	if err := b.log.Listed(ctx, seen...); err != nil {
		return nil, fmt.Errorf("list the cases of user %q: %w", u.ID, err)
	}
	return cases, nil
}

// Ties changes when the cases do that an expert may see.
func (b *Book) Ties(ctx context.Context, u records.User) (string, error) {
	all, err := b.casesOf(ctx, u)
	if err != nil {
		return "", fmt.Errorf("read which cases user %q may see: %w", u.ID, err)
	}
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return strings.Join(ids, " "), nil
}

// entered is a consultation that an expert may look at, from where they sit.
type entered struct {
	Consultation
	panel Panel
	at    place
}

func (b *Book) casesOf(ctx context.Context, u records.User) ([]entered, error) {
	all, err := consultationsWhere(ctx, b.db, func(s *bun.SelectQuery) {
		s.Where("c.status IN (?)", bun.In([]Status{Open, Answered})).
			Where("c.panel IN (SELECT panel FROM panel_members WHERE user_id = ?)", u.ID).Order("due_at", "id")
	})
	if err != nil {
		return nil, err
	}
	var cases []entered
	for _, c := range all {
		p, err := panelOf(ctx, b.db, c.Panel)
		if err != nil {
			return nil, err
		}
		at := placeOf(&c, &p, u)
		consent, err := b.consent(ctx, c.Resident)
		if err != nil {
			return nil, err
		}
		if at.consent = consent != ""; at.looks(c.Status) {
			cases = append(cases, entered{c, p, at})
		}
	}
	return cases, nil
}

// Board are an expert's cases as figures.
type Board struct {
	// Waiting are those of which an opinion or the advice is awaited, Mine those of which
	// that is theirs to give now, Disagreed those whose opinions are in and differ, Overdue
	// those that are late.
	Waiting, Mine, Disagreed, Overdue int
}

// BoardOf counts cases.
func (b *Book) BoardOf(cases []Case) (f Board) {
	now := b.moment()
	for i := range cases {
		c := &cases[i]
		f.Waiting++
		if c.MyTurn && c.Mine.State == Asked || c.Chair && c.unsealed(now) {
			f.Mine++
		}
		if c.Chair && c.Status == Answered && c.Disagreed {
			f.Disagreed++
		}
		if c.Overdue(now) {
			f.Overdue++
		}
	}
	return f
}

// Bases are how what the points are about was when the evidence was frozen, in the
// form that [Point.Words] wants, for each point.
func (b *Book) Bases(ctx context.Context, user, id string, points []Point) (befores, usuals []string, err error) {
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return nil, nil, fmt.Errorf("read the consultation: %w", about("consultation", id, err))
	}
	e, err := b.frozen(ctx, user, &c)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range points {
		before := ""
		if p.Change != nil {
			before = e.before(p.Change)
		}
		befores, usuals = append(befores, before), append(usuals, e.Usual(p.Change))
	}
	return befores, usuals, nil
}
