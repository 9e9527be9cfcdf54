package devices

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Worn is what somebody says about who wore a device.
type Worn struct {
	Device string
	// Resident is who wore it; "" for nobody.
	Resident string
	From     time.Time
	// To is the zero time when it goes on.
	To time.Time
	// Was is who was said to have worn it when this was looked at beforehand; nil when
	// it was not. When somebody else is by now, nothing is corrected.
	Was *string
	// By is a user, "" for the command line.
	By  string
	Why string
}

// mostWhy is how many characters a reason may have.
const mostWhy = 500

// Correct corrects who wore a device. The wearings are other ones at once; what
// they were is kept with who said so, when and why. What follows from it, such as
// that readings move, is for whoever carries corrections out. It refuses a time
// during which several others wore the device, or in which it was fixed in a home.
func (r *Registry) Correct(ctx context.Context, said Worn) (c Correction, err error) {
	err = r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, wearings, err := r.foresee(ctx, tx, said, true)
		if err != nil {
			return err
		}
		if err := tx.NewSelect().Model((*correctionRow)(nil)).ColumnExpr("coalesce(max(number), 0) + 1").Scan(ctx, &row.Number); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*wearingRow)(nil)).Where("device = ?", said.Device).Exec(ctx); err != nil {
			return err
		}
		if len(wearings) > 0 {
			if _, err := tx.NewInsert().Model(&wearings).Exec(ctx); err != nil {
				return err
			}
		}
		c, err = row.correction()
		return err
	})
	if err != nil {
		return Correction{}, fmt.Errorf("correct who wore %w", about("device", said.Device, err))
	}
	return c, nil
}

// Foresee is the correction that Correct would make. A reason need not be given
// for it.
func (r *Registry) Foresee(ctx context.Context, said Worn) (c Correction, err error) {
	row, _, err := r.foresee(ctx, r.db, said, false)
	if err == nil {
		c, err = row.correction()
	}
	if err != nil {
		return Correction{}, fmt.Errorf("foresee who wore %w", about("device", said.Device, err))
	}
	return c, nil
}

func (r *Registry) foresee(ctx context.Context, db bun.IDB, said Worn, final bool) (*correctionRow, []wearingRow, error) {
	device, err := findDevice(ctx, db, said.Device)
	if err != nil {
		return nil, nil, err
	}
	now := store.Now()
	if said.To.IsZero() && device.RetiredAt != 0 {
		said.To = store.Time(device.RetiredAt)
	}
	row := &correctionRow{
		Device: said.Device, Resident: said.Resident, FromAt: said.From.UnixMilli(), ToAt: said.To.UnixMilli(), GoesOn: said.To.IsZero(),
		MadeAt: store.Millis(now), MadeBy: said.By, Why: strings.TrimSpace(said.Why), Step: Noted, Outcome: "{}",
	}
	if row.GoesOn {
		row.ToAt = row.MadeAt
	}
	if err := row.check(now, final); err != nil {
		return nil, nil, err
	}
	if device.Home != "" && (row.GoesOn || row.ToAt > device.FixedAt) {
		return nil, nil, conflict(CodeFixed, device.ID, fmt.Sprintf("fixed in home %q: what it measured there is of those who live there", device.Home), map[string]string{"home": device.Home})
	}
	if said.Resident != "" {
		if err := checkWearer(ctx, db, said.Resident); err != nil {
			return nil, nil, err
		}
	}
	var before []wearingRow
	if err := db.NewSelect().Model(&before).Where("device = ?", said.Device).Order("from_at").Scan(ctx); err != nil {
		return nil, nil, err
	}
	if err := row.findOther(before); err != nil {
		return nil, nil, err
	}
	if said.Was != nil && *said.Was != row.Was {
		return nil, nil, conflict(CodeWornChanged, device.ID, "somebody has said otherwise meanwhile: look again", nil)
	}
	after := corrected(before, row)
	if slices.EqualFunc(before, after, func(a, b wearingRow) bool {
		return a.Resident == b.Resident && a.FromAt == b.FromAt && a.ToAt == b.ToAt
	}) {
		return nil, nil, conflict(CodeWornSo, device.ID, "this is what is known already", nil)
	}
	if row.Before, err = keepWearings(before); err != nil {
		return nil, nil, err
	}
	row.After, err = keepWearings(after)
	return row, after, err
}

func (row *correctionRow) check(now time.Time, final bool) error {
	var wrong []store.Field
	switch latest := store.Millis(now.Add(clockSlack)); {
	case row.FromAt <= 0:
		wrong = append(wrong, store.Field{Path: "from", Message: "is before 1970"})
	case row.FromAt > latest:
		wrong = append(wrong, store.Field{Path: "from", Message: "is in the future"})
	case row.ToAt > latest:
		wrong = append(wrong, store.Field{Path: "to", Message: "is in the future: leave it out when it goes on"})
	case row.ToAt <= row.FromAt:
		wrong = append(wrong, store.Field{Path: "to", Message: "is not after from"})
	}
	if n := utf8.RuneCountInString(row.Why); final && n == 0 {
		wrong = append(wrong, store.Field{Path: "why", Message: "is empty: say how you know"})
	} else if n > mostWhy {
		wrong = append(wrong, store.Field{Path: "why", Message: fmt.Sprintf("is longer than %d characters", mostWhy)})
	}
	return store.Invalid("device", row.Device, wrong)
}

// end is when a wearing ends.
func (row *wearingRow) end() int64 {
	if row.ToAt == 0 {
		return math.MaxInt64
	}
	return row.ToAt
}

// end is when what is corrected ends.
func (row *correctionRow) end() int64 {
	if row.GoesOn {
		return math.MaxInt64
	}
	return row.ToAt
}

// findOther finds who else was said to have worn the device then.
func (row *correctionRow) findOther(before []wearingRow) error {
	var others []wearingRow
	for _, w := range before {
		if w.FromAt < row.end() && w.end() > row.FromAt && w.Resident != row.Resident {
			others = append(others, w)
		}
	}
	for _, w := range others {
		if w.Resident == others[0].Resident {
			continue
		}
		return conflict(CodeWornBySeveral, row.Device, fmt.Sprintf("worn by resident %s until %s and by resident %s from %s: correct one after the other",
			others[0].Resident, store.Time(others[0].ToAt).Format(time.RFC3339), w.Resident, store.Time(w.FromAt).Format(time.RFC3339)), nil)
	}
	if len(others) > 0 {
		row.Was = others[0].Resident
	}
	return nil
}

// corrected are the wearings by a correction, in the order of time.
func corrected(before []wearingRow, c *correctionRow) []wearingRow {
	var pieces []wearingRow
	for _, w := range before {
		if head := w; w.FromAt < c.FromAt {
			if w.end() > c.FromAt {
				head.ToAt = c.FromAt
			}
			pieces = append(pieces, head)
		}
		if tail := w; w.end() > c.end() {
			tail.FromAt = max(w.FromAt, c.end())
			pieces = append(pieces, tail)
		}
	}
	if c.Resident != "" {
		own := wearingRow{Device: c.Device, Resident: c.Resident, FromAt: c.FromAt, ToAt: c.ToAt}
		if c.GoesOn {
			own.ToAt = 0
		}
		pieces = append(pieces, own)
	}
	slices.SortFunc(pieces, func(a, b wearingRow) int { return cmp.Compare(a.FromAt, b.FromAt) })
	var joined []wearingRow
	for _, w := range pieces {
		if n := len(joined); n > 0 && joined[n-1].Resident == w.Resident && joined[n-1].end() >= w.FromAt {
			joined[n-1].ToAt = w.ToAt
			continue
		}
		joined = append(joined, w)
	}
	return joined
}
