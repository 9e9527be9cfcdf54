package records

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Identity is what is said of who a resident is and where they live.
type Identity struct {
	Name      string `json:"name"`
	BirthDate string `json:"birth_date,omitempty"` // "1941-03-05"; "" when not known
	Sex       Sex    `json:"sex"`
	HomeID    string `json:"home,omitempty"`
	Room      string `json:"room,omitempty"`
	Called    string `json:"called,omitempty"`
	Phone     string `json:"phone,omitempty"`
	TimeZone  string `json:"time_zone"`
	Language  string `json:"language,omitempty"`
}

// Identity is the resident's.
func (r Resident) Identity() Identity {
	return Identity{r.Name, r.BirthDate.String(), r.Sex, r.HomeID, r.Room, r.Called, r.Phone, r.TimeZone, r.Language}
}

// As is the resident with another identity.
func (r Resident) As(is Identity) (Resident, error) {
	born, err := ParseDate(is.BirthDate)
	r.Name, r.BirthDate, r.Sex, r.HomeID, r.Room = is.Name, born, is.Sex, is.HomeID, is.Room
	r.Called, r.Phone, r.TimeZone, r.Language = is.Called, is.Phone, is.TimeZone, is.Language
	return r, err
}

// IdentityField is one thing that is said of who a resident is, by its name in JSON,
// with where an identity says it.
type IdentityField struct {
	Name string
	In   func(*Identity) *string
}

// IdentityFields are all that an [Identity] says, in the order in which people are
// asked about it.
func IdentityFields() []IdentityField {
	return []IdentityField{
		{"name", func(is *Identity) *string { return &is.Name }},
		{"birth_date", func(is *Identity) *string { return &is.BirthDate }},
		{"sex", func(is *Identity) *string { return (*string)(&is.Sex) }},
		{"home", func(is *Identity) *string { return &is.HomeID }},
		{"room", func(is *Identity) *string { return &is.Room }},
		{"called", func(is *Identity) *string { return &is.Called }},
		{"phone", func(is *Identity) *string { return &is.Phone }},
		{"time_zone", func(is *Identity) *string { return &is.TimeZone }},
		{"language", func(is *Identity) *string { return &is.Language }},
	}
}

// IdentityVersion is what was said of that at one time.
type IdentityVersion struct {
	Identity
	// Version counts from 1, what was said when the resident was created.
	Version   int
	ChangedAt time.Time
	// ChangedBy is a user; "" for the command line.
	ChangedBy string
	Reason    string
}

type identityRow struct {
	bun.BaseModel `bun:"table:resident_versions"`

	Resident  string `bun:"resident,pk"`
	Version   int    `bun:"version,pk"`
	Body      string `bun:"body"`
	Reason    string `bun:"reason"`
	ChangedBy string `bun:"changed_by"`
	ChangedAt int64  `bun:"changed_at"`
}

func identityRowOf(resident string, version int, is Identity, at int64, by Change) (identityRow, error) {
	body, err := json.Marshal(is)
	return identityRow{Resident: resident, Version: version, Body: string(body), Reason: by.Reason, ChangedBy: by.By, ChangedAt: at}, err
}

// Correct keeps what is said of a resident, all but the ID and CreatedAt, and
// returns it as it is kept; what was said before stays as a version. Who moves takes
// past readings along, and is from then on whom the readings of the new home's
// devices are about.
func (s *Residents) Correct(ctx context.Context, r Resident, by Change) (Resident, error) {
	err := s.change(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		r, err = s.CorrectIn(ctx, tx, r, by)
		return err
	})
	if err != nil {
		return Resident{}, fmt.Errorf("update %w", about("resident", r.ID, err))
	}
	return r, nil
}

// CorrectIn is Correct within a transaction, which is to tell of who lives where
// itself.
func (s *Residents) CorrectIn(ctx context.Context, tx bun.Tx, r Resident, by Change) (Resident, error) {
	if err := store.Invalid("resident", r.ID, checkLength("reason", by.Reason, maxReason)); err != nil {
		return r, err
	}
	before, err := find(ctx, tx, r.ID)
	if err != nil {
		return r, err
	}
	if before.MergedInto != "" {
		return r, merged(r.ID, before.MergedInto)
	}
	r.CreatedAt = store.Time(before.CreatedAt)
	if err := s.fit(ctx, tx, &r); err != nil {
		return r, err
	}
	was, err := before.resident()
	if err != nil {
		return r, err
	}
	known, err := latestIdentity(ctx, tx, r.ID)
	if err != nil {
		return r, err
	}
	if by.From != nil && *by.From != max(known, 1) {
		return r, &store.Fault{Kind: ErrConflict, Code: CodeIdentityChanged, Entity: "resident", ID: r.ID,
			Detail: fmt.Sprintf("has changed meanwhile: it is version %d, not %d", max(known, 1), *by.From)}
	}
	if was.Identity() == r.Identity() {
		return r, nil
	}
	if known == 0 {
		if err := keepIdentity(ctx, tx, r.ID, 1, was.Identity(), before.CreatedAt, Change{}); err != nil {
			return r, err
		}
		known = 1
	}
	if err := keepIdentity(ctx, tx, r.ID, known+1, r.Identity(), store.Millis(store.Now()), by); err != nil {
		return r, err
	}
	row := rowOf(r)
	_, err = tx.NewUpdate().Model(&row).ExcludeColumn("merged_into").WherePK().Exec(ctx)
	return r, err
}

func keepIdentity(ctx context.Context, tx bun.Tx, resident string, version int, is Identity, at int64, by Change) error {
	row, err := identityRowOf(resident, version, is, at, by)
	if err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&row).Exec(ctx)
	return err
}

// latestIdentity is the version of what is said, 0 while nothing was corrected.
func latestIdentity(ctx context.Context, db bun.IDB, resident string) (version int, err error) {
	err = db.NewSelect().Table("resident_versions").ColumnExpr("COALESCE(MAX(version), 0)").Where("resident = ?", resident).Scan(ctx, &version)
	return version, err
}

// Identities are all versions of who a resident is, the newest first: at least one.
func (s *Residents) Identities(ctx context.Context, resident string) ([]IdentityVersion, error) {
	r, err := s.Get(ctx, resident)
	if err != nil {
		return nil, err
	}
	var rows []identityRow
	if err := s.db.NewSelect().Model(&rows).Where("resident = ?", r.ID).Order("version DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read who they were: %w", about("resident", resident, err))
	}
	if len(rows) == 0 {
		return []IdentityVersion{{Identity: r.Identity(), Version: 1, ChangedAt: r.CreatedAt}}, nil
	}
	list := make([]IdentityVersion, len(rows))
	for i, row := range rows {
		list[i] = IdentityVersion{Version: row.Version, ChangedAt: store.Time(row.ChangedAt), ChangedBy: row.ChangedBy, Reason: row.Reason}
		if err := json.Unmarshal([]byte(row.Body), &list[i].Identity); err != nil {
			return nil, fmt.Errorf("read version %d of who resident %q is: %w", row.Version, resident, err)
		}
	}
	return list, nil
}

// KeysDue notes, in the transaction of a change of what a resident is found by among
// likely duplicates, that it is to be written anew.
func KeysDue(ctx context.Context, tx bun.Tx, resident string) error {
	_, err := tx.ExecContext(ctx, "UPDATE residents SET keys_due = TRUE WHERE id = ?", resident)
	return err
}

func merged(id, into string) error {
	return &store.Fault{Kind: ErrConflict, Code: CodeMerged, Entity: "resident", ID: id, Detail: "their file was merged into that of resident " + into, Params: map[string]string{"into": into}}
}
