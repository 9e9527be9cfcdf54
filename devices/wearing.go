package devices

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Wearing is that one resident wears one device: From <= t < To. To is zero
// while it goes on. Those of one device do not overlap.
type Wearing struct {
	Device, Resident string
	From, To         time.Time
}

type wearingRow struct {
	bun.BaseModel `bun:"table:wearings"`

	Device   string `bun:"device,pk"`
	Resident string `bun:"resident"`
	FromAt   int64  `bun:"from_at,pk"`
	ToAt     int64  `bun:"to_at,nullzero"`
}

func (row wearingRow) wearing() Wearing {
	return Wearing{Device: row.Device, Resident: row.Resident, From: store.Time(row.FromAt), To: store.Time(row.ToAt)}
}

// clockSlack is how far in the future a caller's "now" may be.
const clockSlack = time.Minute

// momentFor turns the zero time into now and refuses the future, of which
// nobody knows who will wear what, and what is before 1970.
func momentFor(device, path string, at time.Time) (int64, error) {
	now := time.Now()
	if at.IsZero() {
		at = now
	}
	var wrong []store.Field
	switch {
	case at.After(now.Add(clockSlack)):
		wrong = append(wrong, store.Field{Path: path, Message: "is in the future"})
	case at.UnixMilli() <= 0:
		wrong = append(wrong, store.Field{Path: path, Message: "is before 1970"})
	}
	return at.UnixMilli(), store.Invalid("device", device, wrong)
}

// wear begins a wearing.
func wear(ctx context.Context, tx bun.Tx, device, resident string, from time.Time) error {
	begin, err := momentFor(device, "from", from)
	if err != nil {
		return err
	}
	row, err := findInUse(ctx, tx, device)
	if err != nil {
		return err
	}
	if row.Home != "" {
		return conflict(CodeFixed, device, fmt.Sprintf("fixed in home %q: release it there first", row.Home), map[string]string{"home": row.Home})
	}
	if err := checkWearer(ctx, tx, resident); err != nil {
		return err
	}
	var other wearingRow
	err = tx.NewSelect().Model(&other).Where("device = ?", device).
		Where("to_at IS NULL OR to_at > ?", begin).OrderExpr("from_at DESC").Limit(1).Scan(ctx)
	switch {
	case err == nil:
		return worn(other)
	case !noRows(err):
		return err
	}
	_, err = tx.NewInsert().Model(&wearingRow{Device: device, Resident: resident, FromAt: begin}).Exec(ctx)
	return err
}

func worn(w wearingRow) error {
	detail := fmt.Sprintf("already worn by resident %s: end that first", w.Resident)
	if w.ToAt != 0 {
		detail = fmt.Sprintf("worn by resident %s until %s: begin then, or later", w.Resident, store.Time(w.ToAt).Format(time.RFC3339))
	}
	return conflict(CodeWorn, w.Device, detail, map[string]string{"resident": w.Resident})
}

// takeOff ends the wearing that goes on.
func takeOff(ctx context.Context, tx bun.Tx, device string, at time.Time) error {
	end, err := momentFor(device, "to", at)
	if err != nil {
		return err
	}
	row, ok, err := openWearing(ctx, tx, device)
	if err != nil {
		return err
	}
	if !ok {
		return conflict(CodeNotWorn, device, "nobody wears it", nil)
	}
	if end <= row.FromAt {
		return store.Invalid("device", device, []store.Field{{
			Path: "to", Message: "is not after " + store.Time(row.FromAt).Format(time.RFC3339) + ", when it was put on"}})
	}
	_, err = tx.NewUpdate().Model(&row).WherePK().Set("to_at = ?", end).Exec(ctx)
	return err
}

// openWearing is the wearing of a device that goes on, if any.
func openWearing(ctx context.Context, db bun.IDB, device string) (row wearingRow, ok bool, err error) {
	err = db.NewSelect().Model(&row).Where("device = ?", device).Where("to_at IS NULL").Scan(ctx)
	if noRows(err) {
		return row, false, nil
	}
	return row, err == nil, err
}

// checkResident looks into the table of residents, which belongs to records:
// the registry may not import that, only know who there is and who lives where.
func checkResident(ctx context.Context, db bun.IDB, id string) error {
	exists, err := db.NewSelect().Table("residents").Where("id = ?", id).Where("merged_into IS NULL").Exists(ctx)
	if err == nil && !exists {
		return store.NotFound("resident", id)
	}
	return err
}

// checkWearer is checkResident for who is to wear a device: not who is about to be
// erased, of whom nothing is heard any more.
func checkWearer(ctx context.Context, db bun.IDB, id string) error {
	if err := checkResident(ctx, db, id); err != nil {
		return err
	}
	erased, err := db.NewSelect().Table("erasures").Where("resident = ?", id).Exists(ctx)
	if err == nil && erased {
		return &store.Fault{Kind: store.ErrConflict, Code: CodeErased, Entity: "resident", ID: id, Detail: "all that is kept of them is being erased: nothing that the device sends would be heard"}
	}
	return err
}

// FirstReading is a wearing's From for a device that was never anybody else's:
// all that it has measured is the resident's.
func FirstReading() time.Time { return time.UnixMilli(1) }
