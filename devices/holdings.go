package devices

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Holdings are what the registry holds of residents. Corrections of who wore what say
// of two whose readings are whose, so that one of them is left in. Devices and homes are
// not theirs; the name of a home in which somebody lives alone may be, and goes with them.
func (r *Registry) Holdings() store.Holdings {
	return store.Holdings{
		Tables: []store.Holding{
			{Table: "wearings", Order: "from_at, device", Kind: "status"},
			{Table: "wearing_corrections", Of: "(resident = ? OR was = ?)", Order: "number", Kind: "status", Withheld: []string{"resident", "was", "before", "after", "outcome"}, Unnamed: []string{"resident", "was"}},
			{Table: "devices", Of: "id IN (SELECT device FROM wearings WHERE resident = ?)", Order: "id", Kind: "status", Withheld: []string{"external", "filters"}, Around: true},
			{Table: "homes", Of: "id = (SELECT home FROM residents WHERE id = ?)", Order: "id", Kind: "status", Around: true},
		},
		Also: func(ctx context.Context, tx bun.Tx, resident string) error {
			_, err := tx.ExecContext(ctx, `UPDATE homes SET name = id WHERE id = (SELECT home FROM residents WHERE id = ?)
				AND NOT EXISTS (SELECT 1 FROM residents WHERE home = homes.id AND id <> ?)`, resident, resident)
			if err != nil {
				return fmt.Errorf("take the name off the home of resident %s: %w", resident, err)
			}
			for _, column := range []string{"before", "after", "outcome"} {
				if err := store.TakeName(ctx, tx, "wearing_corrections", column, resident); err != nil {
					return err
				}
			}
			return r.Touch(ctx, tx)
		},
	}
}

// TheirsAlone are the devices that nobody but the resident has ever worn, or that are
// fixed where nobody else lives: what is held of them can be about nobody else.
func (r *Registry) TheirsAlone(ctx context.Context, resident string) (devices []Device, err error) {
	var rows []deviceRow
	err = r.db.NewSelect().Model(&rows).
		Where("EXISTS (SELECT 1 FROM wearings w WHERE w.device = d.id AND w.resident = ?) AND NOT EXISTS (SELECT 1 FROM wearings w WHERE w.device = d.id AND w.resident <> ?)", resident, resident).
		WhereOr("d.home = (SELECT home FROM residents WHERE id = ?) AND NOT EXISTS (SELECT 1 FROM residents r WHERE r.home = d.home AND r.id <> ?)", resident, resident).
		Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which devices are of resident %s alone: %w", resident, err)
	}
	for i := range rows {
		devices = append(devices, rows[i].device())
	}
	return devices, nil
}
