package merging

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
)

type readingsRow struct {
	bun.BaseModel `bun:"table:merge_readings"`

	Merge  string `bun:"merge,pk"`
	Device string `bun:"device,pk"`
	FromAt int64  `bun:"from_at,pk"`
	ToAt   int64  `bun:"to_at"`
	Shared bool   `bun:"shared"`
}

// Readings has the readings follow what was merged and undone. Wait is to wait until
// the timeline has the journal up to an entry; followed is told of each merge once its
// readings are where they belong, and again when it did not come to an end. Readings may
// end at any moment, and be called again.
//
// A merge writes down first whose readings were whose. When it is undone, what the
// other's devices have measured goes back: by what was written down; of what they wore
// and wear, all within the time in which they did; and what was measured in the
// other's home while the survivor was said to live there. What both had is copied back.
func (b *Book) Readings(ctx context.Context, tl Timeline, wait func(context.Context, uint64) error, followed func(context.Context, Merge) error) error {
	var rows []mergeRow
	if err := b.db.NewSelect().Model(&rows).Where("readings IN (?)", bun.In([]State{ToMove, Moving, ToReturn})).Order("made_at", "id").Scan(ctx); err != nil {
		return fmt.Errorf("look for merges whose readings have not followed: %w", err)
	}
	for i := range rows {
		row := &rows[i]
		if err := wait(ctx, uint64(row.Seq)); err != nil {
			return fmt.Errorf("merge %s: wait for the timeline: %w", row.ID, err)
		}
		arrived, follow := Moved, b.take
		if row.Readings == ToReturn {
			arrived, follow = Returned, b.giveBack
		}
		err := follow(ctx, tl, row)
		if err == nil {
			err = followed(ctx, row.merge())
		}
		if err == nil {
			err = row.arrive(ctx, b.db, arrived)
		}
		if err != nil {
			return fmt.Errorf("merge %s: have the readings follow: %w", row.ID, err)
		}
	}
	return nil
}

func (b *Book) take(ctx context.Context, tl Timeline, row *mergeRow) error {
	if row.Readings == ToMove {
		spans, err := sorted(ctx, tl, row.Survivor, row.Other)
		if err != nil {
			return err
		}
		if err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
			for _, s := range spans {
				of := readingsRow{Merge: row.ID, Device: s.device, FromAt: s.from, ToAt: s.to, Shared: s.shared}
				if _, err := tx.NewInsert().Model(&of).Exec(ctx); err != nil {
					return err
				}
			}
			return row.arrive(ctx, tx, Moving)
		}); err != nil {
			return err
		}
	}
	_, err := tl.Move(ctx, timeline.Move{From: row.Other, To: row.Survivor})
	return err
}

func (row *mergeRow) arrive(ctx context.Context, db bun.IDB, state State) error {
	if _, err := db.NewUpdate().Model(row).Set("readings = ?", state).WherePK().Exec(ctx); err != nil {
		return err
	}
	row.Readings = state
	return nil
}

func (b *Book) giveBack(ctx context.Context, tl Timeline, row *mergeRow) error {
	var spans []readingsRow
	if err := b.db.NewSelect().Model(&spans).Where("merge = ?", row.ID).Order("device", "from_at").Scan(ctx); err != nil {
		return err
	}
	var moves []timeline.Move
	for _, s := range spans {
		moves = append(moves, timeline.Move{From: row.Survivor, To: row.Other, Device: s.Device, Since: store.Time(s.FromAt), Until: store.Time(s.ToAt + 1), Both: s.Shared})
	}
	home, err := b.home(ctx, row)
	if err != nil {
		return err
	}
	worn, err := b.worn(ctx, row)
	if err != nil {
		return err
	}
	for _, m := range append(goOn(moves, home), worn...) {
		if _, err := tl.Move(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// goOn adds moves to those that end where they begin: what was measured before and after
// that border, within one hour, may be one roll-up by now, which goes as a whole or not
// at all.
func goOn(moves, more []timeline.Move) []timeline.Move {
	for _, next := range more {
		i := slices.IndexFunc(moves, func(m timeline.Move) bool {
			gap := next.Since.Sub(m.Until)
			return m.Device == next.Device && m.Both == next.Both && gap >= 0 && gap < time.Hour
		})
		if i < 0 {
			moves = append(moves, next)
			continue
		}
		moves[i].Until = next.Until
	}
	return moves
}

// worn is what the devices measured that the other wore, by the wearings that went and
// came back.
func (b *Book) worn(ctx context.Context, row *mergeRow) (moves []timeline.Move, err error) {
	keys, err := wearingsOf(ctx, b.db, row.ID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		device, from, _ := strings.Cut(key, " ")
		since, err := strconv.ParseInt(from, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read what was worn: %w", err)
		}
		var ends []int64
		err = b.db.NewSelect().Table("wearings").ColumnExpr("COALESCE(to_at, 0)").
			Where("device = ?", device).Where("from_at = ?", since).Where("resident = ?", row.Other).Scan(ctx, &ends)
		if err != nil {
			return nil, err
		}
		for _, end := range ends {
			moves = append(moves, timeline.Move{From: row.Survivor, To: row.Other, Device: device, Since: store.Time(since), Until: store.Time(end)})
		}
	}
	return moves, nil
}

// wearingsOf are the keys of the wearings that went at a merge.
func wearingsOf(ctx context.Context, db bun.IDB, merge string) (keys []string, err error) {
	err = db.NewSelect().Table("merge_rows").Column("row_key").Where("merge = ?", merge).Where("table_name = 'wearings'").Order("row_key").Scan(ctx, &keys)
	if err != nil {
		return nil, fmt.Errorf("read which wearings went with merge %s: %w", merge, err)
	}
	return keys, nil
}

// home is what was measured in the other's home while the files were one, as far as the
// survivor was said to live there: it is both's where both had lived there.
func (b *Book) home(ctx context.Context, row *mergeRow) (moves []timeline.Move, err error) {
	var made chosen
	if err := json.Unmarshal([]byte(row.Chosen), &made); err != nil {
		return nil, fmt.Errorf("read what it chose: %w", err)
	}
	lived := made.Home
	if made.After != nil {
		lived = made.After.HomeID
	}
	if made.OtherHome == "" || lived != made.OtherHome {
		return nil, nil
	}
	var fixed []struct {
		ID    string `bun:"id"`
		Since int64  `bun:"since"`
	}
	if err := b.db.NewSelect().Table("devices").Column("id").ColumnExpr("COALESCE(fixed_at, 0) AS since").Where("home = ?", made.OtherHome).Order("id").Scan(ctx, &fixed); err != nil {
		return nil, err
	}
	for _, d := range fixed {
		since := max(d.Since, row.MadeAt)
		if since >= row.UndoneAt {
			continue
		}
		moves = append(moves, timeline.Move{
			From: row.Survivor, To: row.Other, Device: d.ID, Since: store.Time(since), Until: store.Time(row.UndoneAt), Both: made.Home == made.OtherHome,
		})
	}
	return moves, nil
}

// Unfinished reports whether readings of a resident are still on their way.
func (m Merge) Unfinished() bool { return m.Readings != Moved && m.Readings != Returned }

// UnderWay reports whether readings of a resident are still on their way, because their
// file was made one with another or two again.
func UnderWay(ctx context.Context, db bun.IDB, resident string) (bool, error) {
	under, err := db.NewSelect().Model((*mergeRow)(nil)).Where("(survivor = ? OR other = ?)", resident, resident).
		Where("readings NOT IN (?, ?)", Moved, Returned).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("ask whether readings of resident %s are on their way: %w", resident, err)
	}
	return under, nil
}
