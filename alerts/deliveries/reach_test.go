package deliveries

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

func TestProve(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	day := 24 * time.Hour
	worked := func(from rules.Severity, at time.Time) Channel {
		return Channel{ID: "ch", Kind: SMS, From: from, WorkedAt: at}
	}
	for _, test := range []struct {
		what   string
		people []Contact
		want   [3]bool // info, warning, critical
	}{
		{"nobody", nil, [3]bool{}},
		{"somebody without a channel", []Contact{{ID: "a"}}, [3]bool{}},
		{"one that never worked", []Contact{{ID: "a", Channels: []Channel{{ID: "ch", From: 1}}}}, [3]bool{}},
		{"one that worked just in time", []Contact{{ID: "a", Channels: []Channel{worked(1, ago(30*day-time.Second))}}}, [3]bool{true, true, true}},
		{"one that worked too long ago", []Contact{{ID: "a", Channels: []Channel{worked(1, ago(30*day))}}}, [3]bool{}},
		{"one that failed since", []Contact{{ID: "a", Channels: []Channel{{ID: "ch", From: 1, WorkedAt: ago(day), FailedAt: ago(time.Hour)}}}}, [3]bool{}},
		{"one that failed before", []Contact{{ID: "a", Channels: []Channel{{ID: "ch", From: 1, WorkedAt: ago(time.Hour), FailedAt: ago(day)}}}}, [3]bool{true, true, true}},
		{"a channel for what is grave", []Contact{{ID: "a", Channels: []Channel{worked(3, ago(day))}}}, [3]bool{false, false, true}},
		{"somebody who wants only warnings", []Contact{{ID: "a", From: 2, Channels: []Channel{worked(1, ago(day))}}}, [3]bool{false, true, true}},
		{"the resident alone", []Contact{{ID: "a", Relation: Resident, Channels: []Channel{worked(1, ago(day))}}}, [3]bool{}},
	} {
		proofs := Prove(test.people, now, WorkedWithin)
		for i, p := range proofs {
			if p.Severity != rules.Severity(i+1) || p.Reached() != test.want[i] {
				t.Errorf("%s: %+v, want reached: %t", test.what, p, test.want[i])
			}
		}
	}
	proofs := Prove([]Contact{{ID: "a", Channels: []Channel{{ID: "ch", From: 1}}}}, now, WorkedWithin)
	if !slices.Equal(proofs[0].Untried, []string{"a"}) {
		t.Errorf("whom a test may reach: %v", proofs[0].Untried)
	}
}

type circles map[string][]Contact

func (c circles) Around(context.Context, bun.IDB, time.Time, ...string) (map[string][]Contact, error) {
	return c, nil
}

// alarm writes down what the staff is told.
type alarm struct {
	broken bool
	said   []string
}

var errStarting = errors.New("the service is starting")

func (a *alarm) Raise(_ context.Context, g Gap) error {
	if a.broken {
		return errStarting
	}
	a.said = append(a.said, g.ID)
	return nil
}

func (a *alarm) Lower(context.Context) error {
	if a.broken {
		return errStarting
	}
	a.said = append(a.said, "mended")
	return nil
}

func TestAGapIsRaisedOnceAndLoweredWhenItIsMended(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.UnixMilli(1_795_780_800_000)
		channel := func(from rules.Severity) []Contact {
			return []Contact{{ID: "a", Channels: []Channel{{ID: "ch", From: from, WorkedAt: now}}}}
		}
		around := circles{"r1": channel(2), "r2": channel(1)}
		staff := &alarm{}
		look := func(after time.Duration) error { // each with nothing in memory, as after a restart
			now = now.Add(after)
			return NewProver(db, around, staff, WorkedWithin, slog.New(slog.DiscardHandler), func() time.Time { return now }).look(t.Context())
		}
		says := func(want ...string) {
			t.Helper()
			if !slices.Equal(staff.said, want) {
				t.Errorf("the staff heard %q, want %q", staff.said, want)
			}
			staff.said = nil
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(look(0))
		must(look(gapLasts - time.Second))
		says()
		staff.broken = true
		if err := look(time.Second); !errors.Is(err, errStarting) {
			t.Errorf("that the alarm cannot be raised is not said: %v", err)
		}
		staff.broken = false
		for range 3 {
			must(look(time.Minute))
		}
		says("reach-info-1795780800000")

		// It becomes graver.
		around["r2"] = nil
		must(look(0))
		must(look(gapLasts))
		must(look(time.Minute))
		said := staff.said
		staff.said = nil
		if len(said) != 1 || !strings.HasPrefix(said[0], "reach-critical-") {
			t.Errorf("the staff heard %q of what is critical", said)
		}
		around["r2"] = channel(1)
		must(look(time.Minute)) // what is mild is still open
		says()
		around["r1"] = channel(1)
		for range 2 {
			must(look(time.Minute))
		}
		says("mended")

		// Time alone opens it again.
		must(look(WorkedWithin))
		must(look(gapLasts))
		if len(staff.said) != 1 {
			t.Errorf("after a month without a message the staff heard %q", staff.said)
		}
	})
}
