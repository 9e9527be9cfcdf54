package merging

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Judge keeps what is heard and open of residents. It is alerts.Judge.
type Judge interface {
	// Join makes one resident's alerts and what is heard of them another's from now
	// on; with is done in the transaction that makes it so.
	Join(ctx context.Context, from, into string, with func(context.Context, bun.Tx) error) error
	// Part ends that: the alerts that the tables say are from's again.
	Part(ctx context.Context, from, into string, with func(context.Context, bun.Tx) error) error
}

// Check finds what has to be settled before two files can be one.
type Check func(ctx context.Context, db bun.IDB, survivor, other string) ([]Obstacle, error)

// Obstacle is something that has to be settled first, by a code, with what it is
// about in words where there are some.
type Obstacle struct{ Code, About string }

// Book keeps which files were made one.
type Book struct {
	db        *store.DB
	residents *records.Residents
	homes     records.Homes
	care      *records.CareBook
	owned     []store.Owned
	checks    []Check
	moving    Check
	judge     Judge // nil in a program that judges nobody
	last      func() uint64
	now       func() time.Time
}

// Config is what a Book stands on.
type Config struct {
	DB        *store.DB
	Residents *records.Residents
	Homes     records.Homes
	Care      *records.CareBook
	// Owned are all tables that say whose something is, those of which others are a
	// part first.
	Owned  []store.Owned
	Checks []Check
	// Moving finds what else moves readings of two residents just now: it has to come to
	// its end before their files are made one, or two again. nil for nothing.
	Moving Check
	Judge  Judge
	// Last is the last entry of the journal.
	Last func() uint64
	Now  func() time.Time
}

// NewBook returns the merges in a database.
func NewBook(c Config) *Book {
	if c.Moving == nil {
		c.Moving = func(context.Context, bun.IDB, string, string) ([]Obstacle, error) { return nil, nil }
	}
	return &Book{db: c.DB, residents: c.Residents, homes: c.Homes, care: c.Care, owned: c.Owned, checks: append(slices.Clone(c.Checks), c.Moving), moving: c.Moving, judge: c.Judge, last: c.Last, now: c.Now}
}

// Merge is that one file went into another.
type Merge struct {
	ID, Survivor, Other string
	Reason              string
	By                  string // a user
	At                  time.Time
	// UndoneAt is zero while it holds; Undoing says why it was undone.
	UndoneAt          time.Time
	UndoneBy, Undoing string
	// Readings says how far the readings have come.
	Readings State
}

// Holds reports whether it was not undone.
func (m Merge) Holds() bool { return m.UndoneAt.IsZero() }

// State is how far the readings have come.
type State string

// The states.
const (
	ToMove State = "to_move"
	// Moving: it is written down whose were whose.
	Moving   State = "moving"
	Moved    State = "moved"
	ToReturn State = "to_return"
	Returned State = "returned"
)

// The codes of this package's faults.
const (
	// CodeSelf: it is one file already.
	CodeSelf = "merge.same"
	// CodeObstacle: something has to be settled first.
	CodeObstacle = "merge.obstacle"
	// CodeUndecided: of somebody nobody said whether they come along.
	CodeUndecided = "merge.undecided"
	// CodeWidens: somebody would see more, to which nobody has agreed.
	CodeWidens = "merge.widens"
	// CodeChanged: it is not any more as it was shown.
	CodeChanged = "merge.changed"
	// CodeNotLast: the survivor's own file went into another, or the merge was undone.
	CodeNotLast = "merge.not_last"
)

type mergeRow struct {
	bun.BaseModel `bun:"table:merges,alias:m"`

	ID       string `bun:"id,pk"`
	Survivor string `bun:"survivor"`
	Other    string `bun:"other"`
	Reason   string `bun:"reason"`
	Chosen   string `bun:"chosen"`
	MadeBy   string `bun:"made_by"`
	MadeAt   int64  `bun:"made_at"`
	Seq      int64  `bun:"seq"`
	UndoneAt int64  `bun:"undone_at,nullzero"`
	UndoneBy string `bun:"undone_by"`
	Undoing  string `bun:"undoing"`
	Readings State  `bun:"readings"`
}

func (row *mergeRow) merge() Merge {
	return Merge{
		ID: row.ID, Survivor: row.Survivor, Other: row.Other, Reason: row.Reason, By: row.MadeBy, At: store.Time(row.MadeAt),
		UndoneAt: store.Time(row.UndoneAt), UndoneBy: row.UndoneBy, Undoing: row.Undoing, Readings: row.Readings,
	}
}

// Of are the merges that a resident's file was in, the newest first.
func (b *Book) Of(ctx context.Context, resident string) ([]Merge, error) {
	var rows []mergeRow
	if err := b.db.NewSelect().Model(&rows).Where("survivor = ? OR other = ?", resident, resident).Order("made_at DESC", "id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list the merges of resident %q: %w", resident, err)
	}
	list := make([]Merge, len(rows))
	for i := range rows {
		list[i] = rows[i].merge()
	}
	return list, nil
}

// One is a merge by its id; ErrNotFound when there is none.
func (b *Book) One(ctx context.Context, id string) (Merge, error) {
	row, err := b.one(ctx, b.db, id)
	if err != nil {
		return Merge{}, fmt.Errorf("read merge %q: %w", id, err)
	}
	return row.merge(), nil
}

func (b *Book) one(ctx context.Context, db bun.IDB, id string) (mergeRow, error) {
	var row mergeRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.NotFound("merge", id)
	}
	return row, err
}

// Went are the residents whose files went into others', with the one that it went into,
// whose own may have gone on.
func (b *Book) Went(ctx context.Context) (map[string]string, error) {
	var rows []struct {
		ID   string `bun:"id"`
		Into string `bun:"merged_into"`
	}
	if err := b.db.NewSelect().Table("residents").Column("id", "merged_into").Where("merged_into IS NOT NULL").Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read whose files went into others': %w", err)
	}
	all := make(map[string]string, len(rows))
	for _, row := range rows {
		all[row.ID] = row.Into
	}
	return all, nil
}

// Aliases are the residents whose files went into others', with whose file it is now.
func (b *Book) Aliases(ctx context.Context) (map[string]string, error) {
	all, err := b.Went(ctx)
	for id, into := range all {
		for next, ok := all[into]; ok; next, ok = all[into] {
			into = next
		}
		all[id] = into
	}
	return all, err
}

// transact runs do in the transaction of the judge, or in one of its own.
func (b *Book) transact(ctx context.Context, judged func(context.Context, string, string, func(context.Context, bun.Tx) error) error, from, into string, do func(context.Context, bun.Tx) error) error {
	whole := func(ctx context.Context, tx bun.Tx) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		return b.homes.Touch(ctx, tx)
	}
	var err error
	if judged != nil {
		err = judged(ctx, from, into, whole)
	} else {
		err = b.db.Transact(ctx, whole)
	}
	if err == nil {
		b.homes.Changed(ctx)
	}
	return err
}
