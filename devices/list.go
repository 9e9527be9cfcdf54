package devices

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Query says which devices; the zero Query means all in use.
type Query struct {
	// Home is where they are fixed.
	Home string
	// Resident is who wears them now, or lives where they are fixed.
	Resident string
	// Retired includes those that are out of use.
	Retired bool
	// After is the ID of the last device of the page before, and Limit how many
	// make a page; 0 for all.
	After string
	Limit int
}

// List returns devices ordered by id.
func (r *Registry) List(ctx context.Context, q Query) ([]Device, error) {
	var rows []deviceRow
	query := r.db.NewSelect().Model(&rows).Where("d.id > ?", q.After).Order("d.id").Limit(int64(q.Limit))
	if !q.Retired {
		query.Where("d.retired_at IS NULL")
	}
	if q.Home != "" {
		query.Where("d.home = ?", q.Home)
	}
	if q.Resident != "" {
		query.Where(`d.home = (SELECT home FROM residents WHERE id = ?)
			OR d.id IN (SELECT device FROM wearings WHERE resident = ? AND to_at IS NULL)`, q.Resident, q.Resident)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	list := make([]Device, len(rows))
	for i := range rows {
		list[i] = rows[i].device()
	}
	return list, nil
}

// Get returns a device, in use or not; ErrNotFound when there is none.
func (r *Registry) Get(ctx context.Context, id string) (Device, error) {
	row, err := findDevice(ctx, r.db, id)
	if err != nil {
		return Device{}, fmt.Errorf("read %w", about("device", id, err))
	}
	return row.device(), nil
}

// Wearings lists who has worn the device, the oldest first.
func (r *Registry) Wearings(ctx context.Context, device string) ([]Wearing, error) {
	if _, err := findDevice(ctx, r.db, device); err != nil {
		return nil, fmt.Errorf("list who has worn %w", about("device", device, err))
	}
	return r.wearings(ctx, "device", device)
}

// WornBy lists what the resident has worn, the oldest first.
func (r *Registry) WornBy(ctx context.Context, resident string) ([]Wearing, error) {
	if err := checkResident(ctx, r.db, resident); err != nil {
		return nil, fmt.Errorf("list what was worn by %w", about("resident", resident, err))
	}
	return r.wearings(ctx, "resident", resident)
}

func (r *Registry) wearings(ctx context.Context, column, id string) ([]Wearing, error) {
	var rows []wearingRow
	err := r.db.NewSelect().Model(&rows).Where("? = ?", bun.Ident(column), id).Order("from_at", "device").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list wearings of %s %q: %w", column, id, err)
	}
	list := make([]Wearing, len(rows))
	for i, row := range rows {
		list[i] = row.wearing()
	}
	return list, nil
}
