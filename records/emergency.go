package records

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// EmergencyLength is how long access in an emergency lasts.
const EmergencyLength = time.Hour

// minEmergencyReason is in characters: "help" is no reason that can be reviewed.
const minEmergencyReason = 10

// Verdict is what a review found.
type Verdict string

// The verdicts.
const (
	Justified    Verdict = "justified"
	NotJustified Verdict = "not_justified"
)

// Emergency is access to a resident's data by somebody of the service who has
// none: everybody around the resident is told, and it is reviewed.
type Emergency struct {
	ID, Resident, User string
	Reason             string
	Since, Until       time.Time
	// EndedAt is when it was given back before Until; zero when it was not.
	EndedAt time.Time
	// ToldAt is when those around the resident were told; zero while they were not.
	ToldAt time.Time
	// ReviewedAt is zero while it waits for its review.
	ReviewedAt time.Time
	ReviewedBy string
	Verdict    Verdict
	Note       string
}

// Lasts reports whether the access holds at a moment.
func (e Emergency) Lasts(at time.Time) bool {
	return !at.Before(e.Since) && at.Before(e.Until) && (e.EndedAt.IsZero() || at.Before(e.EndedAt))
}

type emergencyRow struct {
	bun.BaseModel `bun:"table:emergencies"`

	ID         string  `bun:"id,pk"`
	Resident   string  `bun:"resident"`
	User       string  `bun:"user_id"`
	Reason     string  `bun:"reason"`
	Since      int64   `bun:"since"`
	Until      int64   `bun:"until"`
	EndedAt    int64   `bun:"ended_at,nullzero"`
	ToldAt     int64   `bun:"told_at,nullzero"`
	ReviewedAt int64   `bun:"reviewed_at,nullzero"`
	ReviewedBy string  `bun:"reviewed_by"`
	Verdict    Verdict `bun:"verdict"`
	Note       string  `bun:"note"`
}

func (row *emergencyRow) emergency() Emergency {
	return Emergency{
		ID: row.ID, Resident: row.Resident, User: row.User, Reason: row.Reason, Since: store.Time(row.Since), Until: store.Time(row.Until),
		EndedAt: store.Time(row.EndedAt), ToldAt: store.Time(row.ToldAt), ReviewedAt: store.Time(row.ReviewedAt), ReviewedBy: row.ReviewedBy,
		Verdict: row.Verdict, Note: row.Note,
	}
}

// BreakGlass gives a user access to a resident's data for an hour.
func (s *Consents) BreakGlass(ctx context.Context, resident, user, reason string) (Emergency, error) {
	reason = strings.TrimSpace(reason)
	wrong := checkLength("reason", reason, maxReason)
	if len([]rune(reason)) < minEmergencyReason {
		wrong = append(wrong, store.Field{Path: "reason", Message: fmt.Sprintf("is shorter than %d characters: say what has happened", minEmergencyReason)})
	}
	if err := store.Invalid("emergency", "", wrong); err != nil {
		return Emergency{}, fmt.Errorf("break the glass: %w", err)
	}
	now := s.moment()
	row := emergencyRow{ID: ulid.Make().String(), Resident: resident, User: user, Reason: reason, Since: store.Millis(now), Until: store.Millis(now.Add(EmergencyLength))}
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := find(ctx, tx, resident); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return audit.AppendIn(ctx, tx, now, audit.Entry{
			Actor: user, Action: audit.Break, Resident: resident, Scope: Everything.String(), Ground: groundOf("emergency", row.ID), Reason: reason,
		})
	})
	if err != nil {
		return Emergency{}, fmt.Errorf("break the glass: %w", about("resident", resident, err))
	}
	return row.emergency(), nil
}

// Review says whether access in an emergency was justified, by a user who is not
// the one who had it.
func (s *Consents) Review(ctx context.Context, id, by string, verdict Verdict, note string) (Emergency, error) {
	note = strings.TrimSpace(note)
	wrong := checkLength("note", note, maxReason)
	if verdict != Justified && verdict != NotJustified {
		wrong = append(wrong, store.Field{Path: "verdict", Message: fmt.Sprintf("%q is not justified or not_justified", verdict)})
	}
	if err := store.Invalid("emergency", id, wrong); err != nil {
		return Emergency{}, fmt.Errorf("review %w", err)
	}
	now := s.moment()
	var row emergencyRow
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		row = emergencyRow{}
		err := tx.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
		switch {
		case noRows(err):
			return store.NotFound("emergency", id)
		case err != nil:
			return err
		case row.User == by:
			return &store.Fault{Kind: ErrForbidden, Code: CodeOwnReview, Entity: "emergency", ID: id, Detail: "cannot be reviewed by the one who had the access"}
		case row.ReviewedAt != 0:
			return &store.Fault{Kind: ErrConflict, Code: CodeReviewed, Entity: "emergency", ID: id, Detail: "was reviewed already"}
		}
		row.ReviewedAt, row.ReviewedBy, row.Verdict, row.Note = store.Millis(now), by, verdict, note
		if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
			return err
		}
		return audit.AppendIn(ctx, tx, now, audit.Entry{
			Actor: by, Action: audit.Review, Resident: row.Resident, What: "emergency " + row.ID + " " + string(verdict), Ground: "administrator", Reason: note,
		})
	})
	if err != nil {
		return Emergency{}, fmt.Errorf("review %w", about("emergency", id, err))
	}
	return row.emergency(), nil
}

// Told notes that those around the resident were told of an emergency.
func (s *Consents) Told(ctx context.Context, tx bun.Tx, id string) error {
	_, err := tx.NewUpdate().Model((*emergencyRow)(nil)).Set("told_at = ?", store.Millis(s.moment())).Where("id = ?", id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note that others were told of emergency %q: %w", id, err)
	}
	return nil
}

// EmergencyQuery says which; the zero one means all.
type EmergencyQuery struct {
	Resident string
	// Open are those that wait for their review, Untold those of which nobody was told.
	Open, Untold bool
	Limit        int // 0 for all
}

// Emergencies lists access in emergencies, the newest first.
func (s *Consents) Emergencies(ctx context.Context, q EmergencyQuery) ([]Emergency, error) {
	var rows []emergencyRow
	query := s.db.NewSelect().Model(&rows).Order("since DESC", "id DESC").Limit(int64(q.Limit))
	if q.Resident != "" {
		query.Where("resident = ?", q.Resident)
	}
	if q.Open {
		query.Where("reviewed_at IS NULL")
	}
	if q.Untold {
		query.Where("told_at IS NULL")
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list access in emergencies: %w", err)
	}
	list := make([]Emergency, len(rows))
	for i := range rows {
		list[i] = rows[i].emergency()
	}
	return list, nil
}
