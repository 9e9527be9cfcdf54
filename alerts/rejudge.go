package alerts

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
)

// Replay is the past as it is judged again: what the timeline keeps once it has all
// that the judge has heard.
type Replay interface {
	Past
	// Messages are what a resident's devices said, received from a time until another,
	// in the order of their arrival.
	Messages(ctx context.Context, resident string, from, to time.Time) iter.Seq2[engine.Received, error]
}

// Rejudge is what is to be judged again, since readings were not whose they were
// said to be.
type Rejudge struct {
	Strange Strange
	// Residents are all whose readings are others now.
	Residents []string
	// By is who found out, a user or ""; Why is what they say.
	By, Why string
}

// ErrRulesChanged says that other rules came into force while the past was read:
// it is to be done again.
var ErrRulesChanged = errors.New("the rules have changed meanwhile")

// again is a resident whose state is made anew.
type again struct {
	resident string
	engine   *engine.Engine
	state    *engine.Again
}

// Rejudge makes the states of residents anew by the readings that are theirs, and
// closes the alerts that began by strange ones: as not theirs, and so that they
// count for nothing. Nothing begins by what is past. With is done in the
// transaction that makes it so, with the ids of those alerts. It may be done again
// after an error or a crash.
func (j *Judge) Rejudge(ctx context.Context, past Replay, r Rejudge, with func(ctx context.Context, tx bun.Tx, disowned []string) error) error {
	anew, err := j.beginAgain(ctx, r.Residents)
	if err != nil {
		return err
	}
	defer j.endAgain(r.Residents)
	for _, a := range anew {
		if err := a.hear(ctx, past); err != nil {
			return fmt.Errorf("judge resident %s again: %w", a.resident, err)
		}
	}
	return j.takeAgain(ctx, anew, r, with)
}

// beginAgain looks at the states, and from then on notes what they hear.
func (j *Judge) beginAgain(ctx context.Context, residents []string) (anew []again, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return nil, errors.Join(err, errStarting)
	}
	if err := j.settle(ctx); err != nil {
		return nil, err
	}
	for _, resident := range residents {
		if s, ok := j.states[resident]; ok {
			anew = append(anew, again{resident, j.engine, j.engine.Again(s)})
			j.noted[resident] = nil
		}
	}
	return anew, nil
}

func (j *Judge) endAgain(residents []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, resident := range residents {
		delete(j.noted, resident)
	}
}

// note keeps what a state hears while it is made anew.
func (j *Judge) note(key string, e engine.Event) {
	noted, ok := j.noted[key]
	if !ok {
		return
	}
	if in, ok := e.What.(engine.Readings); ok {
		j.noted[key] = append(noted, engine.Received{At: e.At, Readings: in})
	}
}

// hear reads the past.
func (a *again) hear(ctx context.Context, past Replay) error {
	now := time.UnixMilli(a.state.Now())
	for m, err := range past.Messages(ctx, a.resident, now.Add(-engine.AgainFrom), now) {
		if err != nil {
			return err
		}
		a.state.Hear(m.At, m.Readings)
	}
	for i, gap := range a.state.Gaps() {
		q := timeline.Query{Resident: a.resident, Metric: gap.Metric, From: now.Add(-gap.Span), To: now.Add(ahead)}
		for r, err := range past.Range(ctx, q) {
			if err != nil {
				return err
			}
			if !r.Marks.Unfit() && !r.Received.After(now) {
				a.state.Recall(i, r.At.UnixMilli(), r.Number)
			}
		}
	}
	return nil
}

// takeAgain closes what began by strange readings, and puts the new states in the
// place of the old.
func (j *Judge) takeAgain(ctx context.Context, anew []again, r Rejudge, with func(context.Context, bun.Tx, []string) error) error {
	begun, err := NewAlerts(j.db).BegunBy(ctx, r.Strange)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.awaitSaved()
	disowned, ended, err := j.disownOpen(begun, r)
	if err != nil {
		return err
	}
	if err := j.write(ctx); err != nil {
		return err
	}
	states, rows := map[string]*engine.State{}, []stateRow(nil)
	for _, a := range anew {
		if a.engine != j.engine {
			return ErrRulesChanged
		}
		s := a.state.Over(j.states[a.resident], j.noted[a.resident])
		text, err := j.engine.Save(s)
		if err != nil {
			return err
		}
		states[a.resident] = s
		rows = append(rows, stateRow{Resident: a.resident, State: text})
	}
	err = j.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := writeStates(ctx, tx, rows); err != nil {
			return err
		}
		for _, a := range ended {
			if err := disown(ctx, tx, a, r.By, r.Why, j.now()); err != nil {
				return err
			}
		}
		return with(ctx, tx, disowned)
	})
	if err != nil {
		return fmt.Errorf("write what was judged again: %w", err)
	}
	for resident, s := range states {
		j.put(resident, s)
	}
	return nil
}

// disownOpen has the engine close those that are open. Ended are those that had
// ended before, and are to be marked.
func (j *Judge) disownOpen(begun []Alert, r Rejudge) (disowned []string, ended []Alert, err error) {
	for _, a := range begun {
		disowned = append(disowned, a.ID)
		switch {
		case a.Verdict == engine.NotTheirs:
		case a.Open() && j.stillHas(a):
			if err := j.input(a.Resident, j.now(), engine.Disown{Alert: a.ID, By: r.By, Reason: r.Why}); err != nil {
				return nil, nil, err
			}
		case a.Open(): // it was closed since it was read
			return nil, nil, &store.Fault{Kind: store.ErrConflict, Code: "alert.changed", Entity: "alert", ID: a.ID, Detail: "has changed meanwhile: try again"}
		default:
			ended = append(ended, a)
		}
	}
	return disowned, ended, nil
}

func (j *Judge) stillHas(a Alert) bool {
	s, ok := j.states[a.Resident]
	return ok && s.Knows(a.ID)
}
