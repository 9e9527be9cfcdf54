package alerts

import (
	"context"
	"fmt"
	"slices"

	"github.com/anxin-care/anxin/alerts/engine"
)

// Forget makes the judge forget a resident and never know them again: what is still
// heard of them is passed over. Erase takes the rows away of which [Holdings] tells,
// while the judge stands still, so that it writes none of them anew. Forget may be
// called again, and at any time: also before all is heard again after a start.
func (j *Judge) Forget(ctx context.Context, resident string, erase func(context.Context) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.awaitSaved() // a checkpoint under way may hold the state
	j.forget(resident)
	if err := erase(ctx); err != nil {
		return fmt.Errorf("forget resident %s: %w", resident, err)
	}
	return nil
}

// Ignore is for residents who were forgotten before this start, or are to be.
func (j *Judge) Ignore(residents ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, resident := range residents {
		j.forget(resident)
	}
}

func (j *Judge) forget(resident string) {
	j.forgotten[resident] = struct{}{}
	delete(j.states, resident)
	delete(j.profiles, resident)
	delete(j.dirty, resident)
	j.due.set(resident, 0)
	of := func(row inputRow) bool { return row.Resident == resident }
	j.replay = slices.DeleteFunc(j.replay, of)
	j.renewed = slices.DeleteFunc(j.renewed, of)
	j.unsaved.inputs = slices.DeleteFunc(j.unsaved.inputs, of)
	j.unsaved.transitions = slices.DeleteFunc(j.unsaved.transitions, func(t engine.Transition) bool { return t.Resident == resident })
}

// knows reports whether a key is to be heard of; only a resident can be forgotten.
func (j *Judge) knows(key string) bool {
	_, gone := j.forgotten[key]
	return !gone
}
