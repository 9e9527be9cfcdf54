package audit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

const (
	// commitWithin is how long the entries of others wait for a database that does
	// not answer.
	commitWithin = 10 * time.Second
	// rowsAtOnce keeps a statement under the bound on its parameters, 13 a row.
	rowsAtOnce = 500
)

// Log is where entries are appended.
type Log struct {
	db  *store.DB
	now func() time.Time

	mu     sync.Mutex
	next   *group // fills while one commits
	turn   chan struct{}
	recent recent
}

// group are the entries that are committed together.
type group struct {
	entries []Entry
	done    chan struct{}
	err     error
}

// NewLog returns the log in db. The zero now is the clock.
func NewLog(db *store.DB, now func() time.Time) *Log {
	if now == nil {
		now = time.Now
	}
	return &Log{db: db, now: now, turn: make(chan struct{}, 1), recent: recent{last: map[seen]time.Time{}}}
}

// Append writes entries, and returns when they are on disk. The piece of work
// that ctx belongs to says Via, What and Address where an entry does not.
func (l *Log) Append(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	piece := pieceOf(ctx)
	l.mu.Lock()
	g, mine := l.next, l.next == nil
	if mine {
		g = &group{done: make(chan struct{})}
		l.next = g
	}
	for _, e := range entries {
		g.entries = append(g.entries, piece.fill(e))
	}
	l.mu.Unlock()
	if mine {
		l.commit(ctx, g)
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return fmt.Errorf("write the audit: %w", ctx.Err())
	}
}

// commit writes a group, which fills until it is its turn.
func (l *Log) commit(ctx context.Context, g *group) {
	defer close(g.done)
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	l.mu.Lock()
	l.next = nil
	l.mu.Unlock()
	// Others are in the group: it does not end with the one who began it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitWithin)
	defer cancel()
	now := l.now()
	g.err = l.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return appendTo(ctx, tx, now, g.entries) })
	if g.err != nil {
		g.err = fmt.Errorf("write the audit: %w", g.err)
	}
}

// AppendIn writes entries in the transaction of what they are about.
func AppendIn(ctx context.Context, tx bun.Tx, now time.Time, entries ...Entry) error {
	piece := pieceOf(ctx)
	filled := make([]Entry, len(entries))
	for i, e := range entries {
		filled[i] = piece.fill(e)
	}
	if err := appendTo(ctx, tx, now, filled); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return nil
}

func (p Piece) fill(e Entry) Entry {
	if e.Via == "" {
		e.Via = p.Via
	}
	if e.What == "" {
		e.What = p.What
	}
	if e.Address == "" {
		e.Address = p.Address
	}
	return e
}

type chainRow struct {
	bun.BaseModel `bun:"table:audit_chain"`

	One       int    `bun:"one,pk"`
	FirstSeq  int64  `bun:"first_seq"`
	FirstHash string `bun:"first_hash"`
	LastSeq   int64  `bun:"last_seq"`
	LastHash  string `bun:"last_hash"`
}

func appendTo(ctx context.Context, tx bun.Tx, now time.Time, entries []Entry) error {
	var chain chainRow
	if err := tx.NewSelect().Model(&chain).Scan(ctx); err != nil {
		return err
	}
	rows := make([]row, len(entries))
	for i, e := range entries {
		chain.LastSeq++
		rows[i] = rowOf(e, chain.LastSeq, now)
		rows[i].Hash = rows[i].chained(chain.LastHash)
		chain.LastHash = rows[i].Hash
	}
	// The chain first: of two who append at once PostgreSQL has one try again then. Two
	// rows of one number it would refuse for good.
	if _, err := tx.NewUpdate().Model(&chain).Column("last_seq", "last_hash").WherePK().Exec(ctx); err != nil {
		return err
	}
	for len(rows) > 0 {
		some := rows[:min(len(rows), rowsAtOnce)]
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return err
		}
		rows = rows[len(some):]
	}
	return nil
}
