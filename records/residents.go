package records

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
)

// Homes is told when it changes who lives where, and so whose the readings of a
// home's devices are. It is devices.Registry.
type Homes interface {
	// Touch is called in the transaction of the change,
	Touch(ctx context.Context, tx bun.Tx) error
	// Changed after its commit.
	Changed(ctx context.Context)
}

// Residents are kept here.
type Residents struct {
	db    *store.DB
	homes Homes
}

// NewResidents returns the residents in db.
func NewResidents(db *store.DB, homes Homes) *Residents {
	return &Residents{db: db, homes: homes}
}

type residentRow struct {
	bun.BaseModel `bun:"table:residents"`

	ID        string `bun:"id,pk"`
	Name      string `bun:"name"`
	BirthDate string `bun:"birth_date,nullzero"`
	Sex       Sex    `bun:"sex"`
	Home      string `bun:"home,nullzero"`
	Room      string `bun:"room"`
	Called    string `bun:"called"`
	Phone     string `bun:"phone"`
	TimeZone  string `bun:"time_zone"`
	Language  string `bun:"language"`
	CreatedAt int64  `bun:"created_at"`
	// MergedInto is whose file this one's went into.
	MergedInto string `bun:"merged_into,nullzero"`
	// KeysDue is set until what they are found by among likely duplicates is written.
	KeysDue bool `bun:"keys_due"`
}

func (row residentRow) resident() (Resident, error) {
	born, err := ParseDate(row.BirthDate)
	return Resident{
		ID: row.ID, Name: row.Name, BirthDate: born, Sex: row.Sex, HomeID: row.Home, Room: row.Room, Called: row.Called, Phone: row.Phone,
		TimeZone: row.TimeZone, Language: row.Language, CreatedAt: store.Time(row.CreatedAt),
	}, err
}

func rowOf(r Resident) residentRow {
	return residentRow{
		ID: r.ID, Name: r.Name, BirthDate: r.BirthDate.String(), Sex: r.Sex, Home: r.HomeID, Room: r.Room, Called: r.Called, Phone: r.Phone,
		TimeZone: r.TimeZone, Language: r.Language, CreatedAt: store.Millis(r.CreatedAt), KeysDue: true,
	}
}

// Create adds a resident and returns it as it is kept: with an id when it had
// none, and in the time zone of the home when it named none. What is to be kept
// with it, or not at all, may be given: it runs in the same transaction.
func (s *Residents) Create(ctx context.Context, r Resident, with ...With) (Resident, error) {
	if r.ID == "" {
		r.ID = ulid.Make().String()
	}
	r.CreatedAt = store.Now()
	err := s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.fit(ctx, tx, &r); err != nil {
			return err
		}
		// Whoever was erased is passed over wherever readings are read: so would be who
		// has the same id.
		erased, err := rights.IsErased(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		row := rowOf(r)
		if !erased {
			_, err = tx.NewInsert().Model(&row).Exec(ctx)
		}
		if erased || store.IsDuplicate(err) {
			return &store.Fault{Kind: ErrConflict, Code: CodeResidentExists, Entity: "resident", ID: r.ID, Detail: "exists already"}
		}
		for _, keep := range with {
			if err == nil {
				err = keep(ctx, tx, r.ID)
			}
		}
		return err
	})
	if err != nil {
		return Resident{}, fmt.Errorf("create %w", about("resident", r.ID, err))
	}
	return r, nil
}

// With keeps something in the transaction in which its resident is created. See
// [CareBook.With].
type With func(ctx context.Context, tx bun.Tx, resident string) error

// Update keeps what changed of a resident, all but the ID and CreatedAt, and
// returns it as it is kept: see [Residents.Correct].
func (s *Residents) Update(ctx context.Context, r Resident) (Resident, error) {
	return s.Correct(ctx, r, Change{})
}

// Get returns a resident; ErrNotFound when there is none. By the id of a file that
// was merged into another it is whose file that is.
func (s *Residents) Get(ctx context.Context, id string) (Resident, error) {
	row, err := find(ctx, s.db, id)
	for err == nil && row.MergedInto != "" {
		row, err = find(ctx, s.db, row.MergedInto)
	}
	if err != nil {
		return Resident{}, fmt.Errorf("read %w", about("resident", id, err))
	}
	r, err := row.resident()
	if err != nil {
		return Resident{}, fmt.Errorf("read resident %q: %w", id, err)
	}
	return r, nil
}

// OwnName is a resident's name by their own file, also where that went into another's.
func (s *Residents) OwnName(ctx context.Context, id string) (string, error) {
	row, err := find(ctx, s.db, id)
	if err != nil {
		return "", fmt.Errorf("read %w", about("resident", id, err))
	}
	return row.Name, nil
}

// Unmerged returns a resident who has a file and keeps it, read in a transaction. Whose
// file went into another's is a conflict, and so is who is about to be erased: what came
// to their file now would be erased with it.
func (s *Residents) Unmerged(ctx context.Context, db bun.IDB, id string) (Resident, error) {
	row, err := find(ctx, db, id)
	if err != nil {
		return Resident{}, err
	}
	if row.MergedInto != "" {
		return Resident{}, merged(id, row.MergedInto)
	}
	erased, err := rights.IsErased(ctx, db, id)
	if err != nil {
		return Resident{}, err
	}
	if erased {
		return Resident{}, &store.Fault{Kind: ErrConflict, Code: rights.CodeAsked, Entity: "resident", ID: id, Detail: "is being erased already"}
	}
	return row.resident()
}

// ResidentQuery says which residents; the zero one means all.
type ResidentQuery struct {
	// Home is where they live.
	Home string
	// After is the ID of the last resident of the page before, and Limit how many
	// make a page; 0 for all.
	After string
	Limit int
}

// List returns residents who have a file, ordered by id.
func (s *Residents) List(ctx context.Context, q ResidentQuery) ([]Resident, error) {
	var rows []residentRow
	query := s.db.NewSelect().Model(&rows).Where("id > ?", q.After).Where("merged_into IS NULL").Order("id").Limit(int64(q.Limit))
	if q.Home != "" {
		query.Where("home = ?", q.Home)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list residents: %w", err)
	}
	list := make([]Resident, len(rows))
	for i, row := range rows {
		var err error
		if list[i], err = row.resident(); err != nil {
			return nil, fmt.Errorf("list residents: resident %q: %w", row.ID, err)
		}
	}
	return list, nil
}

// fit puts the resident in the form in which it is kept, and checks it and its home.
func (s *Residents) fit(ctx context.Context, tx bun.Tx, r *Resident) error {
	if r.HomeID != "" {
		var zone string
		err := sql.ErrNoRows
		if validText(r.HomeID) { // else the database would not read the statement
			err = tx.NewSelect().Table("homes").Column("time_zone").Where("id = ?", r.HomeID).Scan(ctx, &zone)
		}
		if noRows(err) {
			return store.Invalid("resident", r.ID, []store.Field{{Path: "home", Message: fmt.Sprintf("%q is not there", r.HomeID)}})
		}
		if err != nil {
			return err
		}
		if r.TimeZone == "" {
			r.TimeZone = zone
		}
	}
	return r.settle()
}

func (s *Residents) change(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		return s.homes.Touch(ctx, tx)
	})
	if err == nil {
		s.homes.Changed(ctx)
	}
	return err
}

func find(ctx context.Context, db bun.IDB, id string) (residentRow, error) {
	var row residentRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if noRows(err) {
		return row, store.NotFound("resident", id)
	}
	return row, err
}
