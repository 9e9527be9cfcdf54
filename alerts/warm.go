package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/timeline"
)

// warmAtOnce is how many residents' states are warmed and written together:
// hearing waits for the writing, not for the readings to be read.
const warmAtOnce = 16

// cold is a resident whose past the rules ask for and the state does not have.
type cold struct {
	resident string
	engine   *engine.Engine
	now      int64
	gaps     []engine.Gap
	recalled []*engine.Recalled
}

// Warm fills what states lack of the past by what was measured: that of
// residents who are new here, and what new rules ask for. It returns of how many
// residents that was. Until then such rules know less than they ask for. Past is
// to have all that the judge has heard.
func (j *Judge) Warm(ctx context.Context, past Past) (residents int, err error) {
	var left []string
	for {
		batch, err := j.findCold(&left)
		if err != nil || len(batch) == 0 {
			return residents, err
		}
		for i := range batch {
			if err := batch[i].recall(ctx, past); err != nil {
				return residents, fmt.Errorf("recall what was measured of resident %s: %w", batch[i].resident, err)
			}
		}
		n, err := j.warm(ctx, batch)
		residents += n
		if err != nil {
			return residents, err
		}
	}
}

// findCold returns some of the residents whose states are to be warmed; none
// while it is not yet known how they will be. Left are those who were not looked
// at yet, none at first: to look at all of them each time would take the longer
// the more there are, and nothing is heard meanwhile.
func (j *Judge) findCold(left *[]string) (batch []cold, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil || !j.settled || j.next != nil {
		return nil, err
	}
	if j.warmed == (warmed{j.engine, len(j.profiles)}) {
		return nil, nil
	}
	if len(*left) == 0 {
		*left = sortedKeys(j.profiles)
	}
	for len(*left) > 0 {
		resident := (*left)[0]
		*left = (*left)[1:]
		s, ok := j.states[resident]
		if !ok {
			continue
		}
		gaps := j.engine.Missing(s)
		if len(gaps) == 0 {
			continue
		}
		c := cold{resident: resident, engine: j.engine, now: s.Now(), gaps: gaps}
		for _, gap := range gaps {
			c.recalled = append(c.recalled, j.engine.Recall(s, gap.Metric))
		}
		if batch = append(batch, c); len(batch) == warmAtOnce {
			return batch, nil
		}
	}
	if len(batch) == 0 {
		j.warmed = warmed{j.engine, len(j.profiles)}
	}
	return batch, nil
}

// warmed says when there was nobody left to be warmed: by which rules, and of
// how many residents.
type warmed struct {
	engine    *engine.Engine
	residents int
}

// ahead is how far a device's clock may be ahead of ours and still be believed.
const ahead = 5 * time.Minute

// recall reads what had been received when the resident's state was looked at.
// What came later the state hears itself.
func (c *cold) recall(ctx context.Context, past Past) error {
	for i, gap := range c.gaps {
		to := time.UnixMilli(c.now).Add(ahead)
		q := timeline.Query{Resident: c.resident, Metric: gap.Metric, From: time.UnixMilli(c.now).Add(-gap.Span), To: to}
		for r, err := range past.Range(ctx, q) {
			if err != nil {
				return err
			}
			if !r.Marks.Unfit() && r.Received.UnixMilli() <= c.now {
				c.recalled[i].Add(r.At.UnixMilli(), r.Number)
			}
		}
	}
	return nil
}

// warm puts what was recalled into the states and writes them: what is told by
// it is told again after a crash.
func (j *Judge) warm(ctx context.Context, batch []cold) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.awaitSaved()
	if err := j.write(ctx); err != nil {
		return 0, err
	}
	states := make(map[string]*engine.State, len(batch))
	var rows []stateRow
	for _, c := range batch {
		s, ok := j.states[c.resident]
		if !ok || c.engine != j.engine {
			continue
		}
		s = j.engine.Take(s, j.engine)
		for _, r := range c.recalled {
			j.engine.Warm(s, r)
		}
		text, err := j.engine.Save(s)
		if err != nil {
			return 0, err
		}
		states[c.resident] = s
		rows = append(rows, stateRow{Resident: c.resident, State: text})
	}
	if len(rows) == 0 {
		return 0, nil
	}
	if err := j.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return writeStates(ctx, tx, rows) }); err != nil {
		return 0, fmt.Errorf("write what was recalled: %w", err)
	}
	for resident, s := range states {
		j.put(resident, s)
	}
	return len(states), nil
}

func writeStates(ctx context.Context, tx bun.Tx, rows []stateRow) error {
	for chunk := range slices.Chunk(rows, rowsAtOnce) {
		if _, err := tx.NewInsert().Model(&chunk).On("CONFLICT (resident) DO UPDATE").Set("state = excluded.state").Exec(ctx); err != nil {
			return fmt.Errorf("write states: %w", err)
		}
	}
	return nil
}
