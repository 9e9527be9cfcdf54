package assessments

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/store"
)

// Residents knows who can be assessed. It is records.Residents.
type Residents interface {
	Get(ctx context.Context, id string) (records.Resident, error)
}

// Book keeps the assessments.
type Book struct {
	db        *store.DB
	forms     *forms.Library
	residents Residents
	now       func() time.Time
}

// NewBook returns the book in db.
func NewBook(db *store.DB, library *forms.Library, residents Residents, now func() time.Time) *Book {
	return &Book{db: db, forms: library, residents: residents, now: now}
}

// Forms are those that it knows.
func (b *Book) Forms() *forms.Library { return b.forms }

// Record keeps a form, in its newest version, as a user filled it in about a
// resident.
func (b *Book) Record(ctx context.Context, resident, form string, s Sheet, by string) (Assessment, error) {
	a, err := b.record(ctx, resident, form, s, by)
	if err != nil {
		return a, fmt.Errorf("keep the assessment: %w", err)
	}
	return a, nil
}

func (b *Book) record(ctx context.Context, resident, form string, s Sheet, by string) (a Assessment, err error) {
	f, ok := b.forms.Form(form)
	if !ok {
		return a, store.NotFound("form", form)
	}
	who, err := b.residents.Get(ctx, resident)
	if err != nil {
		return a, err
	}
	if s.Set == "" {
		s.Set = b.forms.Set(f)
	}
	now := store.Time(b.now().UnixMilli())
	a = Assessment{Resident: who.ID, Form: f.ID, FormVersion: f.Version, Version: 1, CreatedAt: now, CreatedBy: by, ChangedAt: now, ChangedBy: by}
	if err := a.fill(s, f, who, records.DateOf(now.In(who.Zone())), by); err != nil {
		return a, err
	}
	a.ID = ulid.Make().String()
	kept, err := rowOf(a)
	if err != nil {
		return a, err
	}
	return a, b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&assessmentRow{row: kept}).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&versionRow{row: kept}).Exec(ctx)
		return err
	})
}

// Correct puts a sheet in the place of what an assessment says; what it said before
// stays as a version. When the sheet says the same, nothing changes. The form stays
// as it was, in its version, and so does who assessed where the sheet names nobody.
func (b *Book) Correct(ctx context.Context, resident, id string, s Sheet, c Correction) (Assessment, error) {
	a, err := b.correct(ctx, resident, id, s, c)
	if err != nil {
		return a, fmt.Errorf("correct the assessment: %w", err)
	}
	return a, nil
}

func (b *Book) correct(ctx context.Context, resident, id string, s Sheet, c Correction) (after Assessment, err error) {
	who, err := b.residents.Get(ctx, resident)
	if err != nil {
		return after, err
	}
	c.Reason = strings.TrimSpace(c.Reason)
	var wrong []store.Field
	if c.Reason == "" {
		wrong = append(wrong, store.Field{Path: "reason", Message: "is empty: say why it changes"})
	}
	checkText(func(path, message string, with ...any) {
		wrong = append(wrong, store.Field{Path: path, Message: fmt.Sprintf(message, with...)})
	}, "reason", c.Reason, longestNote)
	if err := store.Invalid("assessment", id, wrong); err != nil {
		return after, err
	}
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := get(ctx, tx, resident, id)
		if err != nil {
			return err
		}
		after = before
		if c.From != nil && *c.From != before.Version {
			return &store.Fault{Kind: store.ErrConflict, Code: CodeChanged, Entity: "assessment", ID: id,
				Detail: fmt.Sprintf("has changed meanwhile: it is version %d, not %d", before.Version, *c.From)}
		}
		f, ok := b.forms.Version(before.Form, before.FormVersion)
		if !ok {
			return &store.Fault{Kind: store.ErrConflict, Code: CodeFormGone, Entity: "assessment", ID: id,
				Detail: fmt.Sprintf("is of version %d of form %s, which this program does not have", before.FormVersion, before.Form)}
		}
		sheet, by := s, c.By
		if sheet.Set == "" {
			sheet.Set = before.Set
		}
		if sheet.Assessor == "" {
			if sheet.Assessor = before.Assessor; before.AssessorUser != "" {
				by = before.AssessorUser
			}
		}
		now := store.Time(b.now().UnixMilli())
		if err := after.fill(sheet, f, who, records.DateOf(now.In(who.Zone())), by); err != nil {
			return err
		}
		if after.Withdrawn = c.Withdrawn; after.says(&before) {
			after = before
			return nil
		}
		after.Version, after.Reason, after.ChangedAt, after.ChangedBy = before.Version+1, c.Reason, now, c.By
		kept, err := rowOf(after)
		if err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(&assessmentRow{row: kept}).WherePK().Exec(ctx); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&versionRow{row: kept}).Exec(ctx)
		return err
	})
	return after, err
}

// Get returns an assessment of a resident as it holds now, a withdrawn one too.
func (b *Book) Get(ctx context.Context, resident, id string) (Assessment, error) {
	a, err := get(ctx, b.db, resident, id)
	if err != nil {
		return a, fmt.Errorf("read the assessment: %w", err)
	}
	return a, nil
}

func get(ctx context.Context, db bun.IDB, resident, id string) (Assessment, error) {
	var kept assessmentRow
	err := db.NewSelect().Model(&kept).Where("id = ?", id).Where("resident = ?", resident).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Assessment{}, store.NotFound("assessment", id)
	}
	if err != nil {
		return Assessment{}, err
	}
	return kept.assessment()
}

// Versions lists all versions of an assessment, the newest first.
func (b *Book) Versions(ctx context.Context, resident, id string) ([]Assessment, error) {
	var kept []versionRow
	err := b.db.NewSelect().Model(&kept).Where("id = ?", id).Where("resident = ?", resident).Order("version DESC").Scan(ctx)
	if err == nil && len(kept) == 0 {
		err = store.NotFound("assessment", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read the versions of the assessment: %w", err)
	}
	all := make([]Assessment, len(kept))
	for i := range kept {
		if all[i], err = kept[i].assessment(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Query chooses assessments.
type Query struct {
	Resident string
	// Form is a form's id; "" for all.
	Form string
	// Withdrawn says that those are wanted, too, that do not count.
	Withdrawn bool
}

// List returns assessments of a resident as they hold now, by their day, the newest
// first.
func (b *Book) List(ctx context.Context, q Query) ([]Assessment, error) {
	return b.list(ctx, func(s *bun.SelectQuery) {
		s.Where("resident = ?", q.Resident).Order("day DESC", "created_at DESC", "id DESC")
		if q.Form != "" {
			s.Where("form = ?", q.Form)
		}
		if !q.Withdrawn {
			s.Where("NOT withdrawn")
		}
	})
}

func (b *Book) list(ctx context.Context, which func(*bun.SelectQuery)) ([]Assessment, error) {
	var kept []assessmentRow
	query := b.db.NewSelect().Model(&kept)
	which(query)
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list assessments: %w", err)
	}
	all := make([]Assessment, len(kept))
	for i := range kept {
		var err error
		if all[i], err = kept[i].assessment(); err != nil {
			return nil, err
		}
	}
	return all, nil
}
