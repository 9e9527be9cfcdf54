package devices

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/internal/phones"
	"github.com/anxin-care/anxin/store"
)

// Home is where residents live; its devices, hub and internet line fail together.
type Home struct {
	// ID is public: letters, digits, dots and hyphens, at most 64.
	ID string
	// Name is what people call it among themselves, such as "5-2"; never a
	// person's name.
	Name string
	// TimeZone is its name in the IANA database, "Asia/Shanghai".
	TimeZone string
	// Phone is the number of the home's telephone, "" for none. ForNeighbours is set when
	// neighbours who are called may be told it.
	Phone         string
	ForNeighbours bool
	CreatedAt     time.Time
}

type homeRow struct {
	bun.BaseModel `bun:"table:homes"`

	ID        string `bun:"id,pk"`
	Name      string `bun:"name"`
	TimeZone  string `bun:"time_zone"`
	Phone     string `bun:"phone"`
	Open      bool   `bun:"phone_for_neighbours"`
	CreatedAt int64  `bun:"created_at"`
}

func (row homeRow) home() Home {
	return Home{ID: row.ID, Name: row.Name, TimeZone: row.TimeZone, Phone: row.Phone, ForNeighbours: row.Open, CreatedAt: store.Time(row.CreatedAt)}
}

func (h *Home) settle() error {
	var wrong []store.Field
	if !validID(h.ID) {
		wrong = append(wrong, store.Field{Path: "id", Message: idRule})
	}
	wrong = append(wrong, checkText("name", h.Name)...)
	if h.Name == "" {
		wrong = append(wrong, store.Field{Path: "name", Message: "is empty"})
	}
	// "Local" is known to Go, and is another zone on every machine.
	if _, err := time.LoadLocation(h.TimeZone); err != nil || h.TimeZone == "" || h.TimeZone == "Local" {
		wrong = append(wrong, store.Field{Path: "time_zone", Message: fmt.Sprintf("%q is not a time zone, such as Asia/Shanghai", h.TimeZone)})
	}
	phone, err := phones.Tidy(h.Phone)
	if err != nil {
		wrong = append(wrong, store.Field{Path: "phone", Message: err.Error()})
	}
	h.Phone = phone
	return store.Invalid("home", h.ID, wrong)
}

// AddHome adds a home and gives it an id when it has none.
func (r *Registry) AddHome(ctx context.Context, h Home) (Home, error) {
	if h.ID == "" {
		h.ID = ulid.Make().String()
	}
	h.CreatedAt = store.Now()
	if err := h.settle(); err != nil {
		return Home{}, fmt.Errorf("add %w", err)
	}
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := homeRow{ID: h.ID, Name: h.Name, TimeZone: h.TimeZone, Phone: h.Phone, Open: h.ForNeighbours, CreatedAt: store.Millis(h.CreatedAt)}
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		if store.IsDuplicate(err) {
			return &store.Fault{Kind: ErrConflict, Code: CodeHomeExists, Entity: "home", ID: h.ID, Detail: "exists already"}
		}
		return err
	})
	if err != nil {
		return Home{}, fmt.Errorf("add %w", about("home", h.ID, err))
	}
	return h, nil
}

// SetHomePhone keeps the number of a home's telephone, "" for none, and whether
// neighbours may be told it; ErrNotFound when there is no such home.
func (r *Registry) SetHomePhone(ctx context.Context, id, phone string, forNeighbours bool) (Home, error) {
	var h Home
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := findHome(ctx, tx, id)
		if err != nil {
			return err
		}
		h = row.home()
		h.Phone, h.ForNeighbours = phone, forNeighbours
		if err := h.settle(); err != nil {
			return err
		}
		row.Phone, row.Open = h.Phone, h.ForNeighbours
		_, err = tx.NewUpdate().Model(&row).WherePK().Column("phone", "phone_for_neighbours").Exec(ctx)
		return err
	})
	if err != nil {
		return Home{}, fmt.Errorf("keep the telephone of %w", about("home", id, err))
	}
	return h, nil
}

// Home returns a home; ErrNotFound when there is none.
func (r *Registry) Home(ctx context.Context, id string) (Home, error) {
	row, err := findHome(ctx, r.db, id)
	if err != nil {
		return Home{}, fmt.Errorf("read %w", about("home", id, err))
	}
	return row.home(), nil
}

// Homes lists all homes, ordered by id.
func (r *Registry) Homes(ctx context.Context) ([]Home, error) {
	var rows []homeRow
	if err := r.db.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list homes: %w", err)
	}
	homes := make([]Home, len(rows))
	for i, row := range rows {
		homes[i] = row.home()
	}
	return homes, nil
}

func findHome(ctx context.Context, db bun.IDB, id string) (homeRow, error) {
	var row homeRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if noRows(err) {
		return row, store.NotFound("home", id)
	}
	return row, err
}
