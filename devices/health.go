package devices

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// Health knows how each device is. It follows the journal: Observe takes in its
// entries, Flush writes what they changed together with how far it has come.
//
// One mutex guards all of it: Observe and Flush come from the one goroutine
// that reads the journal, and the others are rare.
type Health struct {
	db *store.DB

	mu     sync.Mutex
	states map[string]*state
	dirty  []string // to be written, each once
}

// OpenHealth returns the health of the devices as it was last written.
func OpenHealth(ctx context.Context, db *store.DB) (*Health, error) {
	h := &Health{db: db, states: map[string]*state{}}
	var rows []stateRow
	if err := db.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the devices' states: %w", err)
	}
	for i := range rows {
		h.states[rows[i].Device] = rows[i].state()
	}
	return h, nil
}

// Observe takes in an entry of the journal. It does no I/O.
func (h *Health) Observe(r vitals.Report) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.touch(r.Device).observe(&r)
}

// Problem notes what is wrong with a message that a device has just sent. It
// does no I/O.
func (h *Health) Problem(device, text string) {
	now := store.Now().UnixMilli()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.touch(device).problem.say(clip(text), now)
}

// touch is the device's state, to be changed. The caller holds mu.
func (h *Health) touch(device string) *state {
	s, ok := h.states[device]
	if !ok {
		s = &state{}
		h.states[device] = s
	}
	if !s.dirty {
		s.dirty = true
		h.dirty = append(h.dirty, device)
	}
	return s
}

// State is how the device is; a zero one when nothing was ever heard of it.
func (h *Health) State(device string) State {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.states[device]
	if !ok {
		return State{Device: device}
	}
	return s.state(device)
}

// cursorName is the reader's name in the table of cursors.
const cursorName = "devices"

// Flush writes what has changed since the last time, and then that the journal was
// observed up to cursor: reports may be observed twice. It takes several short
// transactions, for others wait to write, alerts among them. After an error the
// next Flush writes it.
func (h *Health) Flush(ctx context.Context, cursor uint64) error {
	rows := h.takeDirty()
	err := h.write(ctx, rows, cursor)
	if err != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, row := range rows {
			h.touch(row.Device)
		}
		return fmt.Errorf("keep the devices' health at entry %d: %w", cursor, err)
	}
	return nil
}

func (h *Health) write(ctx context.Context, rows []stateRow, cursor uint64) error {
	for rows := range slices.Chunk(rows, rowsAtOnce) {
		err := h.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return writeStates(ctx, tx, rows) })
		if err != nil {
			return fmt.Errorf("write the devices' states: %w", err)
		}
	}
	row := cursorRow{Reader: cursorName, Seq: int64(cursor)}
	err := h.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (reader) DO UPDATE").Set("seq = excluded.seq").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	return nil
}

// takeDirty gives what is to be written.
func (h *Health) takeDirty() []stateRow {
	h.mu.Lock()
	defer h.mu.Unlock()
	rows := make([]stateRow, len(h.dirty))
	for i, device := range h.dirty {
		s := h.states[device]
		s.dirty = false
		rows[i] = s.row(device)
	}
	h.dirty = h.dirty[:0]
	return rows
}

// Cursor is how far the journal was observed when it was last written; 0 at first.
func (h *Health) Cursor(ctx context.Context) (uint64, error) {
	var row cursorRow
	err := h.db.NewSelect().Model(&row).Where("reader = ?", cursorName).Scan(ctx)
	if noRows(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the devices' cursor: %w", err)
	}
	return uint64(row.Seq), nil
}
