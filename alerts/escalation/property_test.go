package escalation

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

// deed is something that happens to an alert, after so long.
type deed struct {
	after time.Duration
	do    func(*line)
}

// life is what happens to an alert by chance: claims and snoozes that run out,
// presses, groups, a worse severity, and at last an end.
func life(r *rand.Rand) []deed {
	var deeds []deed
	at := time.Duration(0)
	then := func(most time.Duration, do func(*line)) {
		at += time.Duration(r.Int64N(int64(most/time.Second))+1) * time.Second
		deeds = append(deeds, deed{at, do})
	}
	users := []string{"u-daughter", "u-nurse", "contact:son", "u-stranger"}
	for range r.IntN(8) {
		switch r.IntN(6) {
		case 0, 1:
			by, lasts := users[r.IntN(len(users))], time.Duration(1+r.IntN(120))*time.Minute
			then(20*time.Minute, func(l *line) {
				l.facts.Status, l.facts.ClaimedBy, l.facts.ClaimedUntil = engine.Claimed, by, l.now().Add(lasts)
				l.change(engine.WasClaimed, by)
			})
			if r.IntN(2) == 0 {
				at += lasts
				deeds = append(deeds, deed{at, func(l *line) {
					l.facts.Status, l.facts.ClaimedBy, l.facts.ClaimedUntil = engine.Firing, "", time.Time{}
					l.change(engine.ClaimExpired, "")
				}})
			}
		case 2:
			lasts := time.Duration(1+r.IntN(60)) * time.Minute
			then(20*time.Minute, func(l *line) {
				if l.facts.Severity < rules.Critical {
					l.facts.SnoozedUntil = l.now().Add(lasts)
					l.change(engine.WasSnoozed, "u-nurse")
				}
			})
			at += lasts
			deeds = append(deeds, deed{at, func(l *line) {
				l.facts.SnoozedUntil = time.Time{}
				l.change(engine.SnoozeEnded, "")
			}})
		case 3:
			then(20*time.Minute, func(l *line) { l.change(engine.Repeated, "") })
		case 4:
			then(20*time.Minute, func(l *line) {
				l.facts.Part = !l.facts.Part
				l.change(engine.Grouped, "")
			})
		case 5:
			then(40*time.Minute, func(l *line) {
				if l.facts.Severity < rules.Critical {
					l.facts.Severity++
					l.facts.SnoozedUntil = time.Time{}
					l.change(engine.Worsened, "")
				}
			})
		}
	}
	then(2*time.Hour, func(l *line) {
		l.facts.Status = engine.Resolved
		l.change(engine.WasResolved, "u-nurse")
	})
	return deeds
}

// restart forgets what is not written.
func (l *line) restart() {
	text, err := json.Marshal(l.state)
	if err != nil {
		l.t.Fatal(err)
	}
	l.state = State{}
	if err := json.Unmarshal(text, &l.state); err != nil {
		l.t.Fatal(err)
	}
}

// check finds what must never be.
func (l *line) check() {
	l.t.Helper()
	s := &l.state
	switch s.Phase {
	case Running, Claimed, Snoozed:
		if s.Due.IsZero() && (s.Severity > rules.Info || s.Phase != Running) {
			l.t.Fatalf("after %s an alert that is open and %s has no due time", l.elapsed, s.Phase)
		}
		if !s.Due.IsZero() && !s.Due.After(l.now()) {
			l.t.Fatalf("after %s it is still due at %s", l.elapsed, s.Due.Sub(began))
		}
	case Part, Ended:
		if !s.Due.IsZero() {
			l.t.Fatalf("after %s it is %s and due", l.elapsed, s.Phase)
		}
	default:
		l.t.Fatalf("it is in phase %q", s.Phase)
	}
}

// live lets an alert live: whenever something happens or is due it is looked at,
// and in between as pass says.
func live(t *testing.T, seed uint64, severity rules.Severity, deeds []deed, pass func(l *line, until time.Duration)) []Made {
	l := alert(t, severity)
	l.look()
	for _, d := range deeds {
		pass(l, d.after)
		d.do(l)
		l.look()
		l.check()
	}
	n := len(l.made)
	pass(l, 1000*time.Hour)
	l.change(engine.Repeated, "")
	l.look()
	if len(l.made) != n {
		t.Fatalf("seed %d: something was told after the end: %+v", seed, l.made[n:])
	}
	for i, m := range l.made {
		if m.N != i+1 {
			t.Fatalf("seed %d: what was told %d. has number %d", seed, i+1, m.N)
		}
		if len(slices.Compact(slices.Sorted(slices.Values(m.Whom)))) != len(m.Whom) {
			t.Fatalf("seed %d: somebody is told twice at once: %v", seed, m.Whom)
		}
	}
	return l.made
}

// However often the service is started anew, however many runners look and are
// woken for nothing: the same is told, once each.
func TestTheSameIsToldOnceHoweverOneLooks(t *testing.T) {
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 4))
		deeds, severity := life(r), rules.Severity(1+r.IntN(3))
		plain := live(t, seed, severity, deeds, func(l *line, until time.Duration) { l.run(until) })
		noisy := live(t, seed, severity, deeds, func(l *line, until time.Duration) {
			for range r.IntN(5) {
				if gap := until - l.elapsed; gap > time.Second {
					l.run(l.elapsed + time.Duration(r.Int64N(int64(gap))))
				}
				if r.IntN(2) == 0 {
					l.restart()
				}
				stale := l.state // of another runner, who is not first and does it all again
				l.look()
				if r.IntN(2) == 0 && len(l.facts.New) == 0 {
					other := *l
					other.state = stale
					other.look()
					if diff := cmp.Diff(l.state, other.state); diff != "" {
						t.Fatalf("seed %d: two runners come to different ends (-one +other):\n%s", seed, diff)
					}
				}
			}
			l.run(until)
		})
		if diff := cmp.Diff(plain, noisy); diff != "" {
			t.Fatalf("seed %d (-undisturbed +disturbed):\n%s", seed, diff)
		}
	}
}

// After pauses of any length there is always a next time, steps that were missed
// are made once, and no two steps follow each other faster than the policy says.
func TestPausesLoseNothingAndTellNothingAtOnce(t *testing.T) {
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 5))
		deeds, severity := life(r), rules.Severity(1+r.IntN(3))
		made := live(t, seed, severity, deeds, func(l *line, until time.Duration) {
			for l.elapsed < until {
				if r.IntN(2) == 0 {
					l.sleep(min(until, l.elapsed+time.Duration(r.Int64N(int64(2*time.Hour)))))
				} else {
					l.run(min(until, l.elapsed+time.Duration(r.Int64N(int64(10*time.Minute)))))
				}
				l.look()
				l.check()
				if l.state.Phase == Ended {
					break
				}
			}
		})
		for i := 1; i < len(made); i++ {
			if made[i].Cause != DueStep {
				continue
			}
			// The shortest distance of the default steps is a minute; lateness below the
			// bound may shorten it.
			if gap := made[i].At.Sub(made[i-1].At); made[i-1].Cause == DueStep && gap < time.Minute-lateAfter {
				t.Fatalf("seed %d: %s after one step the next is made: %+v", seed, gap, made[i-1:i+1])
			}
		}
	}
}
