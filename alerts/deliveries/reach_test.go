package deliveries

import (
	"context"
	"errors"
	"log/slog"
	"slices"
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

type alarm struct {
	broken          bool
	raised, lowered []string
}

func (a *alarm) Raise(_ context.Context, g Gap) error {
	if a.broken {
		return errors.New("the service is starting")
	}
	a.raised = append(a.raised, g.ID())
	return nil
}

func (a *alarm) Lower(_ context.Context, g Gap) error {
	if a.broken {
		return errors.New("the service is starting")
	}
	a.lowered = append(a.lowered, g.ID())
	return nil
}

func TestAGapIsRaisedOnceAndLoweredWhenItIsMended(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
		around := circles{"r1": {{ID: "a", Channels: []Channel{{ID: "ch", From: 2, WorkedAt: now}}}}}
		staff := &alarm{broken: true}
		look := func() error { // each with nothing in memory, as after a restart
			return NewProver(db, around, staff, WorkedWithin, slog.New(slog.DiscardHandler), func() time.Time { return now }).look(t.Context())
		}
		if look() == nil {
			t.Error("that the alarm cannot be raised is not said")
		}
		staff.broken = false
		now = now.Add(time.Minute)
		for range 3 {
			if err := look(); err != nil {
				t.Fatal(err)
			}
		}
		if want := []string{"reach-r1-info-1795780800000"}; !slices.Equal(staff.raised, want) {
			t.Errorf("raised %v, want %v", staff.raised, want)
		}
		now = now.Add(WorkedWithin)
		if err := look(); err != nil {
			t.Fatal(err)
		}
		if len(staff.raised) != 3 {
			t.Errorf("raised %v when the channel had not worked for long", staff.raised)
		}
		around["r1"][0].Channels[0] = Channel{ID: "ch", From: 1, WorkedAt: now}
		for range 2 {
			if err := look(); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(staff.raised)
		slices.Sort(staff.lowered)
		if !slices.Equal(staff.raised, staff.lowered) {
			t.Errorf("raised %v, lowered %v", staff.raised, staff.lowered)
		}
	})
}
