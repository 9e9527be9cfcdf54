package merging

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Undo makes two files of one again: what had gone to the survivor goes back, as it
// is now; what was added since stays with the survivor. What the merge changed of the
// survivor itself is put back unless somebody has changed it since. The readings are
// still to follow then.
func (b *Book) Undo(ctx context.Context, id, by, reason string) (Merge, error) {
	reason = strings.TrimSpace(reason)
	if err := checkReason(id, reason); err != nil {
		return Merge{}, fmt.Errorf("undo a merge: %w", err)
	}
	m, err := b.One(ctx, id)
	if err != nil {
		return m, err
	}
	judged := (func(context.Context, string, string, func(context.Context, bun.Tx) error) error)(nil)
	if b.judge != nil {
		judged = b.judge.Part
	}
	err = b.transact(ctx, judged, m.Other, m.Survivor, func(ctx context.Context, tx bun.Tx) error { return b.undo(ctx, tx, id, by, reason) })
	if err != nil {
		return Merge{}, fmt.Errorf("undo a merge: %w", err)
	}
	return b.One(ctx, id)
}

func (b *Book) undo(ctx context.Context, tx bun.Tx, id, by, reason string) error {
	row, err := b.one(ctx, tx, id)
	if err != nil {
		return err
	}
	notLast := func(detail string) error {
		return &store.Fault{Kind: store.ErrConflict, Code: CodeNotLast, Entity: "merge", ID: id, Detail: detail}
	}
	if row.UndoneAt != 0 {
		return notLast("was undone before")
	}
	if row.Readings != Moved {
		return notLast("its readings are still on their way: try again in a moment")
	}
	moves, err := b.moving(ctx, tx, row.Survivor, row.Other)
	if err != nil {
		return err
	}
	if len(moves) > 0 {
		return notLast("readings are on their way for another reason (" + moves[0].Code + "): try again in a moment")
	}
	survivor, err := b.residents.Unmerged(ctx, tx, row.Survivor)
	if err != nil {
		return err
	}
	var made chosen
	if err := json.Unmarshal([]byte(row.Chosen), &made); err != nil {
		return fmt.Errorf("read what merge %q chose: %w", id, err)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE residents SET merged_into = NULL WHERE id = ?", row.Other); err != nil {
		return err
	}
	of := pair{merge: id, survivor: row.Survivor, other: row.Other}
	if err := of.divideWearings(ctx, tx, store.Time(row.MadeAt)); err != nil {
		return err
	}
	for _, o := range b.owned {
		if o.Keeps == "" {
			if err := of.back(ctx, tx, o, made.Offsets[o.Table]); err != nil {
				return err
			}
		}
	}
	if err := records.ReturnWeeks(ctx, tx, row.Survivor, row.Other, made.Weeks); err != nil {
		return err
	}
	change := records.Change{By: by, Reason: reason}
	if err := b.putBackIdentity(ctx, tx, survivor, made, change); err != nil {
		return err
	}
	if err := b.putBackCare(ctx, tx, row.Survivor, made, change); err != nil {
		return err
	}
	row.UndoneAt, row.UndoneBy, row.Undoing, row.Readings = store.Millis(store.Time(b.now().UnixMilli())), by, reason, ToReturn
	if b.last != nil {
		row.Seq = int64(b.last())
	}
	if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
		return err
	}
	return b.after(ctx, tx, row.Survivor, row.Other, by, "undo merge "+id, reason)
}

// divideWearings notes which wearings are the other's by now, where corrections have
// divided or joined those that were.
func (p pair) divideWearings(ctx context.Context, tx bun.Tx, since time.Time) error {
	keys, err := wearingsOf(ctx, tx, p.merge)
	if err != nil {
		return err
	}
	slices.Sort(keys)
	now, err := devices.Divide(ctx, tx, p.survivor, p.other, since, keys)
	if err != nil || slices.Equal(now, keys) {
		return err
	}
	if _, err := tx.NewDelete().Table("merge_rows").Where("merge = ?", p.merge).Where("table_name = 'wearings'").Exec(ctx); err != nil {
		return err
	}
	for _, key := range now {
		if _, err := tx.NewRaw("INSERT INTO merge_rows (merge, table_name, row_key) VALUES (?, 'wearings', ?)", p.merge, key).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// putBackIdentity puts back the fields that nobody has changed since.
func (b *Book) putBackIdentity(ctx context.Context, tx bun.Tx, is records.Resident, made chosen, by records.Change) error {
	if made.Before == nil {
		return nil
	}
	now, was := is.Identity(), is.Identity()
	for _, f := range records.IdentityFields() {
		if *f.In(&now) == *f.In(made.After) {
			*f.In(&now) = *f.In(made.Before)
		}
	}
	if now == was {
		return nil
	}
	is, err := is.As(now)
	if err != nil {
		return err
	}
	_, err = b.residents.CorrectIn(ctx, tx, is, by)
	return err
}

// putBackCare makes the care as it was before, when it is still as the merge made it.
func (b *Book) putBackCare(ctx context.Context, tx bun.Tx, survivor string, made chosen, by records.Change) error {
	if made.CareAfter == made.CareBefore {
		return nil
	}
	now, err := records.CareVersionIn(ctx, tx, survivor, 0)
	if err != nil || now.Version != made.CareAfter {
		return err
	}
	before, err := records.CareVersionIn(ctx, tx, survivor, made.CareBefore)
	if err != nil {
		return err
	}
	_, _, err = b.care.SetCareIn(ctx, tx, survivor, before.Care, by)
	return err
}
