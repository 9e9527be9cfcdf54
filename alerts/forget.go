package alerts

import (
	"context"
	"encoding/json"
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
	// The states of homes are written without the resident, before the rows go that
	// would tell it to them again.
	err := j.write(ctx)
	if err == nil {
		err = j.save(ctx)
	}
	if err == nil {
		err = erase(ctx)
	}
	if err != nil {
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
	for _, key := range []string{resident, WornKey(resident)} {
		j.forgotten[key] = struct{}{}
		if s, ok := j.states[key]; ok {
			j.findDevices(key, nil, s.Devices())
		}
		delete(j.states, key)
		delete(j.profiles, key)
		delete(j.gear, key)
		delete(j.dirty, key)
		j.due.set(key, 0)
	}
	for key, s := range j.states {
		if s.MoveOut(resident) {
			j.dirty[key] = struct{}{}
		}
	}
	for key, home := range j.gear {
		home.Residents = without(home.Residents, resident)
		j.gear[key] = home
	}
	j.replay = forgetIn(j.replay, resident)
	j.renewed = forgetIn(j.renewed, resident)
	j.unsaved.inputs = forgetIn(j.unsaved.inputs, resident)
	j.unsaved.transitions = slices.DeleteFunc(j.unsaved.transitions, func(t engine.Transition) bool { return t.Resident == resident })
}

// forgetIn takes a resident out of inputs.
func forgetIn(rows []inputRow, resident string) []inputRow {
	rows = slices.DeleteFunc(rows, func(row inputRow) bool { return row.Resident == resident || row.Resident == WornKey(resident) })
	for i := range rows {
		rows[i].unhouse(resident)
	}
	return rows
}

// unhouse takes a resident out of what was told of a home; it reports whether they
// lived there.
func (row *inputRow) unhouse(resident string) bool {
	var home Equipment
	if row.Kind != equipmentKind || json.Unmarshal([]byte(row.Body), &home) != nil || !slices.Contains(home.Residents, resident) {
		return false
	}
	home.Residents = without(home.Residents, resident)
	body, err := json.Marshal(home)
	if err != nil {
		panic(err) // it was made of JSON: there is nothing to fail
	}
	row.Body = string(body)
	return true
}

func without(residents []string, resident string) []string {
	return slices.DeleteFunc(slices.Clone(residents), func(one string) bool { return one == resident })
}

// knows reports whether a key is to be heard of.
func (j *Judge) knows(key string) bool {
	_, gone := j.forgotten[key]
	return !gone
}
