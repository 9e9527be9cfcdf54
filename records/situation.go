package records

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// SituationKind is what a resident can be in for a while.
type SituationKind string

// The kinds of situations.
const (
	AwayFromHome SituationKind = "away"
	InHospital   SituationKind = "hospital"
	WithVisitors SituationKind = "visitors"
)

// longestSituation is how far ahead one may end: what ends never is forgotten.
const longestSituation = 90 * 24 * time.Hour

// Situation is what a resident is in for a while. Some rules are paused
// meanwhile. It ends by itself.
type Situation struct {
	Resident string
	Kind     SituationKind
	// Since is when the resident came into it, Until when it ends by itself.
	Since, Until time.Time
	Note         string
	// SetBy is the user who said so; "" for the command line.
	SetBy string
	SetAt time.Time
	// EndedAt is when somebody ended it before, or said something else of it; zero
	// when nobody did.
	EndedAt time.Time
	EndedBy string
}

// End is when it ends, or ended.
func (s *Situation) End() time.Time {
	if !s.EndedAt.IsZero() && s.EndedAt.Before(s.Until) {
		return s.EndedAt
	}
	return s.Until
}

type situationRow struct {
	bun.BaseModel `bun:"table:situations,alias:s"`

	ID       string        `bun:"id,pk"`
	Resident string        `bun:"resident"`
	Kind     SituationKind `bun:"kind"`
	Since    int64         `bun:"since"`
	Until    int64         `bun:"until"`
	Note     string        `bun:"note"`
	SetBy    string        `bun:"set_by"`
	SetAt    int64         `bun:"set_at"`
	EndedAt  int64         `bun:"ended_at,nullzero"`
	EndedBy  string        `bun:"ended_by"`
}

func (row *situationRow) situation() Situation {
	return Situation{
		Resident: row.Resident, Kind: row.Kind, Since: store.Time(row.Since), Until: store.Time(row.Until), Note: row.Note,
		SetBy: row.SetBy, SetAt: store.Time(row.SetAt), EndedAt: store.Time(row.EndedAt), EndedBy: row.EndedBy,
	}
}

// SetSituation notes that a resident is in a situation from now on, or changes
// one that is under way: its Since stays then. Kind, Until, Note and SetBy count.
func (b *CareBook) SetSituation(ctx context.Context, s Situation) (Situation, error) {
	now := store.Time(b.now().UnixMilli())
	var wrong []store.Field
	switch s.Kind {
	case AwayFromHome, InHospital, WithVisitors:
	default:
		wrong = append(wrong, store.Field{Path: "kind", Message: fmt.Sprintf("%q is not away, hospital or visitors", s.Kind)})
	}
	switch {
	case !s.Until.After(now):
		wrong = append(wrong, store.Field{Path: "until", Message: "is not in the future"})
	case s.Until.Sub(now) > longestSituation:
		wrong = append(wrong, store.Field{Path: "until", Message: "is more than 90 days ahead"})
	}
	wrong = append(wrong, checkLength("note", s.Note, maxReason)...)
	if err := store.Invalid("situation", s.Resident, wrong); err != nil {
		return Situation{}, fmt.Errorf("set %w", err)
	}
	row := situationRow{
		ID: ulid.Make().String(), Resident: s.Resident, Kind: s.Kind, Since: now.UnixMilli(), Until: s.Until.UnixMilli(),
		Note: s.Note, SetBy: s.SetBy, SetAt: now.UnixMilli(),
	}
	err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := find(ctx, tx, s.Resident); err != nil {
			return err
		}
		before, err := endSituations(ctx, tx, s.Resident, s.Kind, s.SetBy, now)
		if err != nil {
			return err
		}
		if len(before) > 0 {
			row.Since = before[0].Since
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return touchCare(ctx, tx)
	})
	if err != nil {
		return Situation{}, fmt.Errorf("set the situation: %w", about("resident", s.Resident, err))
	}
	return row.situation(), nil
}

// EndSituation ends one that is under way; ErrNotFound when there is none.
func (b *CareBook) EndSituation(ctx context.Context, resident string, kind SituationKind, by string) error {
	now := store.Time(b.now().UnixMilli())
	err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := find(ctx, tx, resident); err != nil {
			return err
		}
		ended, err := endSituations(ctx, tx, resident, kind, by, now)
		if err != nil {
			return err
		}
		if len(ended) == 0 {
			return &store.Fault{Kind: ErrNotFound, Code: CodeNoSituation, Entity: "resident", ID: resident,
				Detail: fmt.Sprintf("no situation %q is under way", kind)}
		}
		return touchCare(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("end the situation: %w", about("resident", resident, err))
	}
	return nil
}

// endSituations ends those under way of a kind: there is one at most.
func endSituations(ctx context.Context, tx bun.Tx, resident string, kind SituationKind, by string, now time.Time) ([]situationRow, error) {
	var rows []situationRow
	err := tx.NewSelect().Model(&rows).Where("resident = ?", resident).Where("kind = ?", kind).
		Where("ended_at IS NULL").Where("until > ?", now.UnixMilli()).Scan(ctx)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].EndedAt, rows[i].EndedBy = now.UnixMilli(), by
		if _, err := tx.NewUpdate().Model(&rows[i]).WherePK().Column("ended_at", "ended_by").Exec(ctx); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Situations are those under way, of all residents or of those that are named,
// in the order in which the residents came into them.
func (b *CareBook) Situations(ctx context.Context, residents ...string) ([]Situation, error) {
	return b.situations(ctx, residents, func(q *bun.SelectQuery) {
		q.Where("ended_at IS NULL").Where("until > ?", b.now().UnixMilli()).Order("since", "id")
	})
}

// SituationsSince are all residents' that end, or ended, after a moment, in the
// order in which they were set.
func (b *CareBook) SituationsSince(ctx context.Context, after time.Time) ([]Situation, error) {
	return b.situations(ctx, nil, func(q *bun.SelectQuery) {
		q.Where("until > ?", after.UnixMilli()).Where("ended_at IS NULL OR ended_at > ?", after.UnixMilli()).Order("set_at", "id")
	})
}

// SituationHistory lists all that a resident was ever in, the newest first.
func (b *CareBook) SituationHistory(ctx context.Context, resident string) ([]Situation, error) {
	if _, err := find(ctx, b.db, resident); err != nil {
		return nil, fmt.Errorf("read the history of situations: %w", about("resident", resident, err))
	}
	return b.situations(ctx, []string{resident}, func(q *bun.SelectQuery) { q.Order("set_at DESC", "id DESC") })
}

func (b *CareBook) situations(ctx context.Context, residents []string, which func(*bun.SelectQuery)) ([]Situation, error) {
	var rows []situationRow
	query := b.db.NewSelect().Model(&rows)
	if len(residents) > 0 {
		query.Where("resident IN (?)", bun.In(residents))
	}
	which(query)
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read situations: %w", err)
	}
	list := make([]Situation, len(rows))
	for i := range rows {
		list[i] = rows[i].situation()
	}
	return list, nil
}
