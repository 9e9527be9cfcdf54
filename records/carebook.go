package records

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Vocabulary knows the words of the rules, which stand above this package.
type Vocabulary interface {
	// CheckCare finds what the rules do not understand.
	CheckCare(c Care) ([]store.Field, error)
}

// CareBook keeps what the rules go by of each resident: the care, every version
// of it, and the situations, every one that there was.
type CareBook struct {
	db    *store.DB
	words Vocabulary
	now   func() time.Time
}

// NewCareBook returns the book in db.
func NewCareBook(db *store.DB, words Vocabulary, now func() time.Time) *CareBook {
	return &CareBook{db: db, words: words, now: now}
}

type careRow struct {
	bun.BaseModel `bun:"table:resident_care,alias:c"`

	Resident  string `bun:"resident,pk"`
	Version   int    `bun:"version,pk"`
	Care      string `bun:"care"`
	Reason    string `bun:"reason"`
	ChangedBy string `bun:"changed_by"`
	ChangedAt int64  `bun:"changed_at"`
}

// keptCare is the JSON of a row.
type keptCare struct {
	Conditions []string           `json:"conditions,omitempty"`
	Limits     map[string]float64 `json:"limits,omitempty"`
	Scale2     *Decision          `json:"scale_2,omitempty"`
	Planned    map[string]int64   `json:"planned,omitempty"` // seconds
}

func (row *careRow) version() (CareVersion, error) {
	var kept keptCare
	if err := json.Unmarshal([]byte(row.Care), &kept); err != nil {
		return CareVersion{}, fmt.Errorf("read version %d of the care of resident %q: %w", row.Version, row.Resident, err)
	}
	v := CareVersion{
		Care:    Care{Conditions: kept.Conditions, Limits: kept.Limits},
		Version: row.Version, ChangedAt: store.Time(row.ChangedAt), ChangedBy: row.ChangedBy, Reason: row.Reason,
	}
	if kept.Scale2 != nil {
		v.Scale2 = *kept.Scale2
	}
	for metric, seconds := range kept.Planned {
		if v.Planned == nil {
			v.Planned = map[string]time.Duration{}
		}
		v.Planned[metric] = time.Duration(seconds) * time.Second
	}
	return v, nil
}

func careRowOf(resident string, v CareVersion) (careRow, error) {
	kept := keptCare{Conditions: v.Conditions, Limits: v.Limits}
	if v.Scale2.Made() {
		kept.Scale2 = &v.Scale2
	}
	for metric, every := range v.Planned {
		if kept.Planned == nil {
			kept.Planned = map[string]int64{}
		}
		kept.Planned[metric] = int64(every / time.Second)
	}
	text, err := json.Marshal(kept)
	return careRow{
		Resident: resident, Version: v.Version, Care: string(text), Reason: v.Reason, ChangedBy: v.ChangedBy, ChangedAt: store.Millis(v.ChangedAt),
	}, err
}

func (b *CareBook) settle(resident string, c *Care, by Change) error {
	wrong := c.settle(DateOf(b.now().UTC().Add(14 * time.Hour))) // where it is latest
	wrong = append(wrong, checkLength("reason", by.Reason, maxReason)...)
	unknown, err := b.words.CheckCare(*c)
	if err != nil {
		return fmt.Errorf("ask the rules what they know: %w", err)
	}
	return store.Invalid("care", resident, append(wrong, unknown...))
}

// Check finds what is wrong with a care before anybody keeps it.
func (b *CareBook) Check(resident string, c Care) error {
	c.Conditions = slices.Clone(c.Conditions)
	return b.settle(resident, &c, Change{})
}

// SetCare keeps a new version of a resident's care, and returns it. When it says
// the same as the one before, that stays.
func (b *CareBook) SetCare(ctx context.Context, resident string, c Care, by Change) (CareVersion, error) {
	v, err := b.setCare(ctx, resident, c, by)
	if err != nil {
		return CareVersion{}, fmt.Errorf("change the care: %w", about("resident", resident, err))
	}
	return v, nil
}

func (b *CareBook) setCare(ctx context.Context, resident string, c Care, by Change) (v CareVersion, err error) {
	if err := b.settle(resident, &c, by); err != nil {
		return v, err
	}
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		v, err = keepCare(ctx, tx, resident, c, by, b.now())
		return err
	})
	return v, err
}

func keepCare(ctx context.Context, tx bun.Tx, resident string, c Care, by Change, now time.Time) (CareVersion, error) {
	before, err := careOf(ctx, tx, resident)
	if err != nil {
		return before, err
	}
	if by.From != nil && *by.From != before.Version {
		return before, &store.Fault{Kind: ErrConflict, Code: CodeCareChanged, Entity: "care", ID: resident,
			Detail: fmt.Sprintf("has changed meanwhile: it is version %d, not %d", before.Version, *by.From)}
	}
	if before.equal(&c) {
		return before, nil
	}
	after := CareVersion{Care: c, Version: before.Version + 1, ChangedAt: store.Time(now.UnixMilli()), ChangedBy: by.By, Reason: by.Reason}
	row, err := careRowOf(resident, after)
	if err != nil {
		return before, err
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return before, err
	}
	return after, touchCare(ctx, tx)
}

// With keeps the care of a resident who is just being created.
func (b *CareBook) With(c Care, by Change) With {
	return func(ctx context.Context, tx bun.Tx, resident string) error {
		if err := b.settle(resident, &c, by); err != nil {
			return err
		}
		_, err := keepCare(ctx, tx, resident, c, by, b.now())
		return err
	}
}

// Care is how a resident's care is.
func (b *CareBook) Care(ctx context.Context, resident string) (CareVersion, error) {
	v, err := careOf(ctx, b.db, resident)
	if err != nil {
		return v, fmt.Errorf("read the care: %w", about("resident", resident, err))
	}
	return v, nil
}

func careOf(ctx context.Context, db bun.IDB, resident string) (CareVersion, error) {
	if _, err := find(ctx, db, resident); err != nil {
		return CareVersion{}, err
	}
	var row careRow
	err := db.NewSelect().Model(&row).Where("resident = ?", resident).Order("version DESC").Limit(1).Scan(ctx)
	if noRows(err) {
		return CareVersion{}, nil
	}
	if err != nil {
		return CareVersion{}, err
	}
	return row.version()
}

// CareHistory lists all versions of a resident's care, the newest first.
func (b *CareBook) CareHistory(ctx context.Context, resident string) ([]CareVersion, error) {
	if _, err := find(ctx, b.db, resident); err != nil {
		return nil, fmt.Errorf("read the history of the care: %w", about("resident", resident, err))
	}
	var rows []careRow
	if err := b.db.NewSelect().Model(&rows).Where("resident = ?", resident).Order("version DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the history of the care of resident %q: %w", resident, err)
	}
	list := make([]CareVersion, len(rows))
	for i := range rows {
		var err error
		if list[i], err = rows[i].version(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Cares is how the care is of all residents of whom anything was said, or of
// those that are named.
func (b *CareBook) Cares(ctx context.Context, residents ...string) (map[string]CareVersion, error) {
	var rows []careRow
	query := b.db.NewSelect().Model(&rows).
		Where("NOT EXISTS (SELECT 1 FROM resident_care later WHERE later.resident = c.resident AND later.version > c.version)")
	if len(residents) > 0 {
		query.Where("c.resident IN (?)", bun.In(residents))
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the care of residents: %w", err)
	}
	all := make(map[string]CareVersion, len(rows))
	for i := range rows {
		v, err := rows[i].version()
		if err != nil {
			return nil, err
		}
		all[rows[i].Resident] = v
	}
	return all, nil
}

// Version is a number that grows with every change of the book, in whichever
// process it is made.
func (b *CareBook) Version(ctx context.Context) (version int64, err error) {
	if err := b.db.NewRaw("SELECT version FROM care_version").Scan(ctx, &version); err != nil {
		return 0, fmt.Errorf("read the version of the care: %w", err)
	}
	return version, nil
}

func touchCare(ctx context.Context, tx bun.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE care_version SET version = version + 1")
	return err
}
