package escalation_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// house is a database with alerts, people around, and a list of who was told.
type house struct {
	t     testing.TB
	db    *store.DB
	feed  *alerts.Feed
	began time.Time
	steps map[string]int // transitions of each alert
	queue *queue

	mu     sync.Mutex // of circle, while a runner runs
	circle escalation.Circle
}

func newHouse(t testing.TB, db *store.DB) *house {
	h := &house{t: t, db: db, feed: alerts.NewFeed(), began: time.Now(), steps: map[string]int{}, circle: escalation.People()}
	h.queue = &queue{began: h.began}
	return h
}

// Circles implements [escalation.Circles].
func (h *house) Circles(_ context.Context, _ bun.IDB, about []escalation.About, _ time.Time) (map[escalation.About]escalation.Circle, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[escalation.About]escalation.Circle{}
	for _, a := range about {
		all[a] = h.circle
	}
	return all, nil
}

// hires has somebody of the service's staff be there from now on.
func (h *house) hires(contact string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.circle.Staff = []escalation.Person{{Contact: contact}}
}

// queue writes down who was told, once it is committed.
type queue struct {
	began time.Time

	mu   sync.Mutex
	told []string
	all  []escalation.Telling
}

func (q *queue) Queue(context.Context, bun.Tx, []escalation.Telling) error { return nil }

func (q *queue) Queued(tellings []escalation.Telling) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range tellings {
		t := &tellings[i]
		what := fmt.Sprintf("%s %s", t.At.Sub(q.began), t.Why)
		if t.Late {
			what += " late"
		}
		if n := len(q.all); n > 0 && q.all[n-1].Alert == t.Alert && q.all[n-1].Step == t.Step {
			q.told[len(q.told)-1] += " " + t.Contact
		} else {
			q.told = append(q.told, what+": "+t.Contact)
		}
		q.all = append(q.all, *t)
	}
}

func (h *house) want(want ...string) {
	h.t.Helper()
	h.queue.mu.Lock()
	defer h.queue.mu.Unlock()
	if diff := cmp.Diff(want, h.queue.told); diff != "" {
		h.t.Errorf("told (-want +got):\n%s", diff)
	}
	h.queue.told = nil
}

// runner is one that runs until it is stopped.
func (h *house) runner() (r *escalation.Runner, stop func()) {
	h.t.Helper()
	policies, err := escalation.NewPolicies(h.db)
	if err != nil {
		h.t.Fatal(err)
	}
	r = escalation.NewRunner(escalation.Config{
		DB: h.db, Policies: policies, Circles: h, Queue: h.queue, Feed: h.feed, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	return r, func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	}
}

// happens writes a transition of an alert, as the judge does.
func (h *house) happens(alert string, cause engine.Cause, set string, args ...any) {
	h.t.Helper()
	h.steps[alert]++
	n, now := h.steps[alert], time.Now().UnixMilli()
	err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if n == 1 {
			_, err := tx.NewRaw(`INSERT INTO alerts (id, resident, home, device, part_of, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
				VALUES (?, ?, '', '', '', 'sos', '{}', 'firing', 3, ?, ?, ?, '', '', 0)`, alert, "of-"+alert, now, now, now).Exec(ctx)
			if err != nil {
				return err
			}
		}
		if set != "" {
			if _, err := tx.NewRaw("UPDATE alerts SET "+set+" WHERE id = ?", append(args, alert)...).Exec(ctx); err != nil {
				return err
			}
		}
		if _, err := tx.NewRaw("UPDATE alerts SET transitions = ?, changed_at = ? WHERE id = ?", n, now, alert).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw(`INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence)
			VALUES (?, ?, ?, 'firing', 3, ?, '', '', '', '{}')`, alert, n, now, cause).Exec(ctx)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.feed.Changed("of-"+alert, alert)
}

func (h *house) claim(alert, by string, lasts time.Duration) {
	h.happens(alert, engine.WasClaimed, "status = 'claimed', claimed_by = ?, claimed_until = ?", by, time.Now().Add(lasts).UnixMilli())
}

func (h *house) claimExpires(alert string) {
	h.happens(alert, engine.ClaimExpired, "status = 'firing', claimed_by = '', claimed_until = NULL")
}

func (h *house) resolve(alert string) {
	h.happens(alert, engine.WasResolved, "status = 'resolved', resolved_at = ?", time.Now().UnixMilli())
}

// at lets time pass until so long after the beginning.
func (h *house) at(after time.Duration) {
	time.Sleep(time.Until(h.began.Add(after)))
	synctest.Wait()
}

// story tells a story on a virtual clock, on each database.
func story(t *testing.T, tell func(h *house)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		synctest.Test(t, func(t *testing.T) { tell(newHouse(t, storetest.Open(t, cfg))) })
	})
}
