package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

const (
	// saveEvery is how often the states are written. What came after is judged again
	// after a crash, which takes as long as the journal takes to be read.
	saveEvery  = 15 * time.Second
	rowsAtOnce = 500
	reader     = "alerts"
	// aliveReader names until when the judge heard what there was, in place of an
	// entry.
	aliveReader = "alerts.alive"
)

type stateRow struct {
	bun.BaseModel `bun:"table:engine_states"`

	Resident string `bun:"resident,pk"` // or the [HomeKey] of a home
	State    []byte `bun:"state"`
}

type cursorRow struct {
	bun.BaseModel `bun:"table:journal_cursors"`

	Reader string `bun:"reader,pk"`
	Seq    int64  `bun:"seq"`
}

func (row *cursorRow) write(ctx context.Context, tx bun.Tx) error {
	if _, err := tx.NewInsert().Model(row).On("CONFLICT (reader) DO UPDATE").Set("seq = excluded.seq").Exec(ctx); err != nil {
		return fmt.Errorf("write the cursor %s: %w", row.Reader, err)
	}
	return nil
}

// write puts what is unsaved into the tables, in one transaction, and tells of
// the transitions that are new.
func (j *Judge) write(ctx context.Context) error {
	if len(j.unsaved.inputs) == 0 && len(j.unsaved.transitions) == 0 && len(j.unsaved.raises) == 0 {
		return nil
	}
	var news []engine.Transition
	err := j.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		news = nil
		for rows := range slices.Chunk(j.unsaved.inputs, rowsAtOnce) {
			if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
				return fmt.Errorf("write inputs of the engine: %w", err)
			}
		}
		for rows := range slices.Chunk(j.unsaved.raises, rowsAtOnce) {
			if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
				return fmt.Errorf("write what was raised: %w", err)
			}
		}
		for _, t := range j.unsaved.transitions {
			var rule rules.Rule // needed where an alert begins
			if i, ok := j.rules.Find(t.Rule); ok {
				rule = j.rules.Programs()[i].Rule
			} else if t.N == 1 {
				return fmt.Errorf("an alert began by rule %s, which is none", t.Rule)
			}
			fresh, err := write(ctx, tx, t, rule)
			if err != nil {
				return err
			}
			if fresh {
				news = append(news, t)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write alerts: %w", err)
	}
	j.unsaved = unsaved{}
	if len(news) > 0 {
		j.told(news)
	}
	return nil
}

func (j *Judge) saveSometimes(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.saving || j.now().Sub(j.saved) < saveEvery {
		return nil
	}
	if err := j.write(ctx); err != nil {
		return err
	}
	return j.saveAside(ctx)
}

// Save writes the states now: at a stop.
func (j *Judge) Save(ctx context.Context) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.awaitSaved()
	if err := j.write(ctx); err != nil {
		return err
	}
	return j.save(ctx)
}

// checkpoint is what is written of the judge: the states that have changed, and
// how far all states have heard.
type checkpoint struct {
	rows    []stateRow
	passed  cursorRow
	alive   cursorRow
	heard   int64 // the newest of the inputs that are in the states
	renewed []inputRow
}

// take takes a checkpoint, of which nothing is unsaved then unless that is put
// back. What the engine has told so far must be written.
func (j *Judge) take() (*checkpoint, error) {
	j.saved = j.now()
	c := &checkpoint{
		passed: cursorRow{Reader: reader, Seq: int64(j.passed)}, alive: cursorRow{Reader: aliveReader, Seq: j.alive},
		// All states are written that changed, so every input that was heard is in them.
		heard: int64(j.inputs), renewed: j.renewed,
	}
	if len(j.replay) > 0 {
		c.heard = j.replay[0].ID - 1
	}
	for resident := range j.dirty {
		text, err := j.engine.Save(j.states[resident])
		if err != nil {
			return nil, err
		}
		c.rows = append(c.rows, stateRow{Resident: resident, State: text})
	}
	clear(j.dirty)
	j.renewed = nil
	return c, nil
}

// putBack is for a checkpoint that could not be written.
func (j *Judge) putBack(c *checkpoint) {
	for i := range c.rows {
		j.dirty[c.rows[i].Resident] = struct{}{}
	}
	j.renewed = append(c.renewed, j.renewed...)
}

// save writes a checkpoint; in the same transaction it does what else is asked for.
func (j *Judge) save(ctx context.Context, also ...func(context.Context, bun.Tx) error) error {
	c, err := j.take()
	if err != nil {
		return err
	}
	if err := c.write(ctx, j.db, also...); err != nil {
		j.putBack(c)
		return err
	}
	return nil
}

// saveAside writes a checkpoint while others use the judge: of many residents it
// takes long, and what is heard meanwhile may be an alarm. The caller holds mu.
func (j *Judge) saveAside(ctx context.Context) error {
	c, err := j.take()
	if err != nil {
		return err
	}
	j.saving = true
	j.mu.Unlock()
	err = c.write(ctx, j.db)
	j.mu.Lock()
	j.saving = false
	j.idle.Broadcast()
	if err != nil {
		j.putBack(c)
	}
	return err
}

// awaitSaved is for who is about to write states: those of a checkpoint under way
// are older. Mu, which the caller holds, is free meanwhile.
func (j *Judge) awaitSaved() {
	for j.saving {
		j.idle.Wait()
	}
}

func (c *checkpoint) write(ctx context.Context, db *store.DB, also ...func(context.Context, bun.Tx) error) error {
	var refused error // what else is done says itself what it could not do
	err := db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		refused = nil // it may be tried again
		if len(c.rows) == 0 && len(also) == 0 {
			return c.alive.write(ctx, tx)
		}
		if err := writeStates(ctx, tx, c.rows); err != nil {
			return err
		}
		// Profiles and equipment are kept to be compared with.
		if _, err := tx.NewDelete().Model((*inputRow)(nil)).Where("id <= ?", c.heard).Where("kind NOT IN (?)", bun.In([]string{profileKind, equipmentKind})).Exec(ctx); err != nil {
			return fmt.Errorf("forget inputs: %w", err)
		}
		if err := forgetRaises(ctx, tx, store.Time(c.alive.Seq)); err != nil {
			return err
		}
		for i := range c.renewed {
			if err := c.renewed[i].forgetOlder(ctx, tx); err != nil {
				return err
			}
		}
		if err := errors.Join(c.passed.write(ctx, tx), c.alive.write(ctx, tx)); err != nil {
			return err
		}
		for _, do := range also {
			if refused = do(ctx, tx); refused != nil {
				return refused
			}
		}
		return nil
	})
	if refused != nil {
		return refused
	}
	if err != nil {
		return fmt.Errorf("save the engine at entry %d: %w", c.passed.Seq, err)
	}
	return nil
}

// forgetOlder deletes the profiles or equipment in whose place this came: the
// states that are written with it have heard it.
func (row *inputRow) forgetOlder(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewDelete().Model((*inputRow)(nil)).Where("resident = ? AND kind = ? AND id < ?", row.Resident, row.Kind, row.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget what was known of %s before: %w", row.Resident, err)
	}
	return nil
}

// load reads what save has written, and the inputs that came after.
func (j *Judge) load(ctx context.Context) error {
	return j.db.View(ctx, func(ctx context.Context, tx bun.Tx) error {
		var cursors []cursorRow
		if err := tx.NewSelect().Model(&cursors).Where("reader IN (?)", bun.In([]string{reader, aliveReader})).Scan(ctx); err != nil {
			return fmt.Errorf("read the cursor: %w", err)
		}
		for _, row := range cursors {
			if row.Reader == reader {
				j.passed = uint64(row.Seq)
			} else {
				j.alive = row.Seq
			}
		}
		var rows []stateRow
		if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
			return fmt.Errorf("read the states: %w", err)
		}
		for i := range rows {
			s, err := j.engine.Load(rows[i].State)
			if errors.Is(err, engine.ErrFormat) {
				j.log.Warn("what was known of a resident was written by another version; it is learned anew", "state", rows[i].Resident)
				continue
			}
			if err != nil {
				return err
			}
			if s.LookAt(j.since) {
				j.dirty[rows[i].Resident] = struct{}{}
			}
			j.put(rows[i].Resident, s)
			j.findDevices(rows[i].Resident, s.Devices(), nil)
			j.inputs = max(j.inputs, s.Input())
		}
		return j.loadInputs(ctx, tx)
	})
}

func (j *Judge) loadInputs(ctx context.Context, tx bun.Tx) error {
	var inputs []inputRow
	if err := tx.NewSelect().Model(&inputs).OrderExpr("id").Scan(ctx); err != nil {
		return fmt.Errorf("read the inputs: %w", err)
	}
	j.replay = inputs
	for i := range inputs {
		j.inputs = max(j.inputs, uint64(inputs[i].ID))
		if inputs[i].Kind == profileKind {
			var p Profile
			if err := json.Unmarshal([]byte(inputs[i].Body), &p); err != nil {
				return fmt.Errorf("read the profile of resident %s: %w", inputs[i].Resident, err)
			}
			j.profiles[inputs[i].Resident] = p
		}
		if inputs[i].Kind == equipmentKind {
			var e Equipment
			if err := json.Unmarshal([]byte(inputs[i].Body), &e); err != nil {
				return fmt.Errorf("read what is expected of %s: %w", inputs[i].Resident, err)
			}
			j.gear[inputs[i].Resident] = e
		}
	}
	return nil
}
