package alerts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
)

// Join makes one resident's alerts and what is heard of them another's, whose file
// theirs went into: with is to make it so in the tables, in the transaction in which
// the states are written. What is heard by the other's name from then on is heard as
// the survivor's. The open alerts go on with the survivor. What was known of both is
// forgotten, and learned anew by what was measured of both ([Judge.Relearn]).
func (j *Judge) Join(ctx context.Context, from, into string, with func(context.Context, bun.Tx) error) error {
	return j.regroup(ctx, []string{from, into}, with, func() { j.aliases[from] = into })
}

// Part ends what Join made: two residents are heard by their own names again, and the
// open alerts go on with whom the tables give them to.
func (j *Judge) Part(ctx context.Context, from, into string, with func(context.Context, bun.Tx) error) error {
	return j.regroup(ctx, []string{from, into}, with, func() { delete(j.aliases, from) })
}

// Alias tells the judge, at a start, whose files went into others', each with the one
// that it went into: that one's may have gone on, and come back alone.
func (j *Judge) Alias(aliases map[string]string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	maps.Copy(j.aliases, aliases)
}

// Relearn forgets what was learned of residents that is not about what is open, so
// that it is learned anew by what the timeline has of them now.
func (j *Judge) Relearn(ctx context.Context, residents ...string) error {
	return j.regroup(ctx, residents, func(context.Context, bun.Tx) error { return nil }, func() {})
}

// regroup forgets the states of residents in the transaction of with, and has them
// take in again what is open.
func (j *Judge) regroup(ctx context.Context, residents []string, with func(context.Context, bun.Tx) error, done func()) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return errors.Join(err, errStarting)
	}
	if err := j.settle(ctx); err != nil {
		return err
	}
	j.awaitSaved()
	if err := j.write(ctx); err != nil {
		return err
	}
	forget := func(ctx context.Context, tx bun.Tx) error {
		for _, row := range []any{(*stateRow)(nil), (*inputRow)(nil)} {
			if _, err := tx.NewDelete().Model(row).Where("resident IN (?)", bun.In(residents)).Exec(ctx); err != nil {
				return fmt.Errorf("forget the states of residents: %w", err)
			}
		}
		return nil
	}
	// The states are written first, and forgotten after: what is judged again after a
	// crash begins here.
	if err := j.save(ctx, with, forget); err != nil {
		return err
	}
	known := map[string]Profile{}
	incidents := map[string][]engine.Incident{}
	for _, resident := range residents {
		if p, ok := j.profiles[resident]; ok {
			known[resident] = p
		}
		if s, ok := j.states[resident]; ok {
			for _, rule := range j.rules.Rules() {
				if of := s.Incidents(rule.ID); len(of) > 0 {
					incidents[rule.ID] = append(incidents[rule.ID], of...)
				}
			}
		}
		delete(j.states, resident)
		delete(j.profiles, resident)
		delete(j.dirty, resident)
		j.due.set(resident, 0)
	}
	done()
	// Until they are enrolled anew, they are judged by what was known of them.
	for _, resident := range sortedKeys(known) {
		if j.survivor(resident) != resident {
			continue
		}
		if err := j.input(resident, j.now(), known[resident]); err != nil {
			return err
		}
		j.profiles[resident] = known[resident]
	}
	j.warmed = warmed{}
	return j.adopt(ctx, func(a *Alert) []engine.Incident { return incidents[a.Rule.ID] })
}

// survivor is in whose file a resident's is now: their own, but for those whose file
// went into another's.
func (j *Judge) survivor(resident string) string {
	for into, ok := j.aliases[resident]; ok; into, ok = j.aliases[resident] {
		resident = into
	}
	return resident
}

// whose are the residents of a report by whose files there are: each once.
func (j *Judge) whose(residents []string) []string {
	if len(j.aliases) == 0 || !slices.ContainsFunc(residents, func(r string) bool { return j.aliases[r] != "" }) {
		return residents
	}
	var all []string
	for _, r := range residents {
		if r = j.survivor(r); !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}
