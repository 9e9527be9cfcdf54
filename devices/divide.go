package devices

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Divide parts, in the transaction that makes two files of one again, the wearings of
// devices whose wearings were corrected meanwhile: a correction divides them, and joins
// those that follow each other, whosever they were before. What the other wore when the
// files were made one is the other's again, as far as it is said to be of the survivor
// now. Keys are those wearings, "device from"; returned are theirs as they are now.
func Divide(ctx context.Context, tx bun.Tx, survivor, other string, since time.Time, keys []string) (theirs []string, err error) {
	worn := map[string][]int64{} // from when, by device
	for _, key := range keys {
		device, from, _ := strings.Cut(key, " ")
		at, err := strconv.ParseInt(from, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read what was worn: %w", err)
		}
		worn[device] = append(worn[device], at)
	}
	var rows []correctionRow
	if err := tx.NewSelect().Model(&rows).Where("made_at >= ?", store.Millis(since)).Order("number").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read what was corrected while files were one: %w", err)
	}
	made := map[string][]Correction{}
	for i := range rows {
		c, err := rows[i].correction()
		if err != nil {
			return nil, err
		}
		made[c.Device] = append(made[c.Device], c)
	}
	theirs = slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		device, _, _ := strings.Cut(key, " ")
		return len(made[device]) > 0
	})
	for device, froms := range worn {
		if len(made[device]) == 0 {
			continue
		}
		more, err := divide(ctx, tx, survivor, other, froms, made[device])
		if err != nil {
			return nil, fmt.Errorf("part who wore device %q: %w", device, err)
		}
		theirs = append(theirs, more...)
	}
	slices.Sort(theirs)
	return theirs, nil
}

// divide parts the wearings of one device.
func divide(ctx context.Context, tx bun.Tx, survivor, other string, froms []int64, made []Correction) (theirs []string, err error) {
	// Theirs is what was the other's; of the wearings that there are now, those are parted
	// that are of before or of corrections. Who put the device on since wears it.
	var were []wearingRow
	known := map[int64]bool{}
	for _, w := range made[0].Before {
		known[store.Millis(w.From)] = true
		if slices.Contains(froms, store.Millis(w.From)) {
			were = append(were, rowOfWearing(w))
		}
	}
	for _, c := range made {
		for _, w := range c.After {
			if !slices.ContainsFunc(c.Before, func(b Wearing) bool { return b.From.Equal(w.From) }) {
				known[store.Millis(w.From)] = true
			}
		}
	}
	var now []wearingRow
	if err := tx.NewSelect().Model(&now).Where("device = ?", made[0].Device).Where("resident = ?", survivor).Order("from_at").Scan(ctx); err != nil {
		return nil, err
	}
	for _, row := range now {
		if !known[row.FromAt] {
			continue
		}
		parts := row.parted(were, other)
		if _, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(&parts).Exec(ctx); err != nil {
			return nil, err
		}
		for _, part := range parts {
			if part.Resident == other {
				theirs = append(theirs, fmt.Sprint(part.Device, " ", part.FromAt))
			}
		}
	}
	// What is read again goes by the corrections.
	for _, c := range made {
		of := wearingRow{Device: c.Device, Resident: survivor, FromAt: store.Millis(c.From), ToAt: store.Millis(c.To)}
		if c.GoesOn {
			of.ToAt = 0
		}
		if parts := of.parted(were, other); len(parts) != 1 || parts[0].Resident != other {
			continue
		}
		if _, err := tx.NewUpdate().Table("wearing_corrections").Set("resident = ?", other).Where("number = ?", c.Number).Where("resident = ?", survivor).Exec(ctx); err != nil {
			return nil, err
		}
	}
	return theirs, nil
}

func rowOfWearing(w Wearing) wearingRow {
	row := wearingRow{Device: w.Device, Resident: w.Resident, FromAt: store.Millis(w.From)}
	if !w.To.IsZero() {
		row.ToAt = store.Millis(w.To)
	}
	return row
}

// parted is a wearing in parts: somebody else's within the times that were theirs.
func (row wearingRow) parted(were []wearingRow, other string) (parts []wearingRow) {
	add := func(whose string, from, to int64) {
		if from < to {
			part := wearingRow{Device: row.Device, Resident: whose, FromAt: from}
			if to < row.end() || row.ToAt != 0 {
				part.ToAt = to
			}
			parts = append(parts, part)
		}
	}
	at := row.FromAt
	for _, w := range were { // in the order of time
		from, to := max(w.FromAt, at), min(w.end(), row.end())
		if from >= to {
			continue
		}
		add(row.Resident, at, from)
		add(other, from, to)
		at = to
	}
	add(row.Resident, at, row.end())
	return parts
}
