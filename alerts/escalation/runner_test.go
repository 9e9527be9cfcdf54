package escalation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/rules"
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

var whole = []string{
	"0s step: speaker daughter nurse",
	"2m0s step: daughter son neighbour",
	"3m0s step: nurse backup",
	"5m0s step: supervisor speaker daughter son nurse neighbour backup",
	"10m0s step: supervisor speaker daughter son nurse neighbour backup",
}

func TestStepsAreMadeInTheirTime(t *testing.T) {
	story(t, func(h *house) {
		_, stop := h.runner()
		defer stop()
		h.happens("a", engine.Began, "")
		h.at(11 * time.Minute)
		h.want(whole...)
		h.resolve("a")
		h.at(40 * time.Minute)
		h.want("11m0s over: speaker daughter nurse son neighbour backup supervisor")
	})
}

// A restart at any minute, and right between two steps, loses and repeats nothing.
func TestRestartAtEachMinute(t *testing.T) {
	for minute := range 11 {
		t.Run(fmt.Sprint(minute), func(t *testing.T) {
			story(t, func(h *house) {
				_, stop := h.runner()
				h.happens("a", engine.Began, "")
				h.at(time.Duration(minute) * time.Minute)
				stop()
				h.at(time.Duration(minute)*time.Minute + 5*time.Second)
				_, stop = h.runner()
				defer stop()
				h.at(10*time.Minute + 6*time.Second)
				h.want(whole...)
			})
		})
	}
}

// Down for longer: what was missed is made at once and says that it is late, and
// what comes after keeps its distance.
func TestDownForMinutes(t *testing.T) {
	story(t, func(h *house) {
		_, stop := h.runner()
		h.happens("a", engine.Began, "")
		h.at(90 * time.Second)
		stop()
		h.at(20 * time.Minute)
		_, stop = h.runner()
		h.at(24 * time.Minute)
		stop()
		h.at(30 * time.Minute)
		h.resolve("a")
		_, stop = h.runner()
		defer stop()
		h.at(40 * time.Minute)
		h.want(
			"0s step: speaker daughter nurse",
			"20m0s step late: daughter son neighbour",
			"21m0s step: nurse backup",
			"23m0s step: supervisor speaker daughter son nurse neighbour backup",
			"30m0s over: speaker daughter nurse son neighbour backup supervisor",
		)
	})
}

func TestTwoRunnersMakeEachStepOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		for range 3 {
			_, stop := h.runner()
			defer stop()
		}
		for i := range 50 {
			h.happens(fmt.Sprint("alert-", i), engine.Began, "")
		}
		for i := range 50 {
			h.resolve(fmt.Sprint("alert-", i))
		}
		for deadline := time.Now().Add(20 * time.Second); ; {
			h.queue.mu.Lock()
			told := map[string]int{}
			for _, t := range h.queue.all {
				told[fmt.Sprintf("%s %d %s %s", t.Alert, t.Step, t.Contact, t.Why)]++
			}
			h.queue.mu.Unlock()
			for what, n := range told {
				if n > 1 {
					t.Fatalf("%s: told %d times", what, n)
				}
			}
			since, err := alerts.UntoldSince(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			if since.IsZero() {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("some alerts are still untold")
			}
		}
	})
}

func TestAClaimAndItsEnd(t *testing.T) {
	story(t, func(h *house) {
		_, stop := h.runner()
		defer stop()
		h.happens("a", engine.Began, "")
		h.at(time.Minute)
		h.claim("a", "u-daughter", 20*time.Minute)
		h.at(21 * time.Minute)
		h.claimExpires("a")
		h.at(22 * time.Minute)
		h.want(
			"0s step: speaker daughter nurse",
			"1m0s claimed: speaker nurse",
			"21m0s step: daughter son neighbour speaker nurse",
			"22m0s step: nurse backup",
		)
		h.queue.mu.Lock()
		news := h.queue.all[3]
		h.queue.mu.Unlock()
		if news.Holder != "u-daughter" || !news.HeldUntil.Equal(h.began.Add(21*time.Minute)) {
			t := news
			h.t.Errorf("the news names %s until %s", t.Holder, t.HeldUntil)
		}
	})
}

// Three people whose channels all fail, one after the other: the next is told as
// soon as that is known, and at last the service's staff.
func TestThreePeopleWithFailingChannels(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{
			Family: []escalation.Person{{Contact: "daughter"}}, Neighbours: []escalation.Person{{Contact: "neighbour"}},
			Team: []escalation.Person{{Contact: "backup"}}, Staff: []escalation.Person{{Contact: "admin"}},
		}
		r, stop := h.runner()
		defer stop()
		fails := func(step int, contacts ...string) {
			h.t.Helper()
			for _, contact := range contacts {
				err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
					return r.Unreached(ctx, tx, []escalation.Lost{{Alert: "a", Step: step, Contact: contact}})
				})
				if err != nil {
					h.t.Fatal(err)
				}
			}
			r.Wake()
		}
		h.happens("a", engine.Began, "")
		h.at(20 * time.Second)
		fails(1, "daughter")
		h.at(40 * time.Second)
		fails(2, "daughter", "daughter") // said twice, by a sender that was started anew
		h.at(50 * time.Second)
		fails(2, "neighbour")
		h.at(60 * time.Second)
		fails(3, "backup")
		h.at(70 * time.Second)
		fails(1, "daughter") // old news
		fails(4, "daughter", "neighbour", "backup")
		h.at(80 * time.Second)
		fails(5, "admin")
		h.at(5 * time.Minute)
		h.want(
			"0s step: daughter",
			"20s step: daughter neighbour",
			"50s step: backup",
			"1m0s step: daughter neighbour backup",
			"1m10s gap: admin",
		)
		h.unheard(r, 1)
		h.at(7 * time.Minute)
		h.want("6m10s step: daughter neighbour backup")
	})
}

// The speaker at home has said it, and nobody else could be reached.
func TestWhomTheSpeakerAloneReachesIsNotReached(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{
			Resident: []escalation.Person{{Contact: "speaker"}}, Family: []escalation.Person{{Contact: "daughter"}}, Staff: []escalation.Person{{Contact: "admin"}},
		}
		r, stop := h.runner()
		defer stop()
		h.happens("a", engine.Began, "")
		for step := range 3 {
			h.at(time.Duration(step+1) * 20 * time.Second)
			err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return r.Unreached(ctx, tx, []escalation.Lost{{Alert: "a", Step: step + 1, Contact: "daughter"}})
			})
			if err != nil {
				h.t.Fatal(err)
			}
			r.Wake()
		}
		h.at(2 * time.Minute)
		h.want("0s step: speaker daughter", "20s step: daughter", "40s step: speaker daughter", "1m0s gap: admin")
	})
}

func TestNoRecipientIsSaidOnce(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{Staff: []escalation.Person{{Contact: "admin"}}}
		_, stop := h.runner()
		h.happens("a", engine.Began, "")
		h.at(time.Minute)
		stop()
		_, stop = h.runner()
		defer stop()
		h.at(6 * time.Minute)
		h.want("0s gap: admin", "5m0s step: admin")
	})
}

// An alert of which nobody can be told, the service's staff neither, is known as
// such until somebody is there, or it is over.
func TestWhatNobodyAtAllHearsOfIsKnown(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{}
		r, stop := h.runner()
		defer stop()
		h.unheard(r, 0)
		h.happens("a", engine.Began, "")
		h.happens("b", engine.Began, "")
		h.at(time.Second)
		h.unheard(r, 2)
		h.happens("b", engine.WasResolved, "status = 'resolved'")
		h.at(2 * time.Second)
		h.unheard(r, 1)
		h.hires("admin")
		h.at(5*time.Minute + time.Second)
		h.want("5m0s gap: admin")
		h.unheard(r, 0)
		err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return r.Unreached(ctx, tx, []escalation.Lost{{Alert: "a", Step: 2, Contact: "admin"}})
		})
		if err != nil {
			h.t.Fatal(err)
		}
		h.unheard(r, 1)
		h.happens("a", engine.WasClaimed, "status = 'claimed', claimed_by = 'u', claimed_until = ?", time.Now().Add(time.Hour).UnixMilli())
		h.at(5*time.Minute + 2*time.Second)
		h.unheard(r, 0)
	})
}

// What nobody could be told is told as soon as somebody is there.
func TestWhatNobodyHeardIsTriedAgain(t *testing.T) {
	story(t, func(h *house) {
		h.circle = escalation.Circle{}
		r, stop := h.runner()
		defer stop()
		h.happens("a", engine.Began, "")
		h.at(time.Second)
		h.unheard(r, 1)
		h.hires("admin")
		h.at(time.Minute)
		h.want()
		if n, err := r.Retry(h.t.Context()); n != 1 || err != nil {
			h.t.Errorf("%d alerts are tried again, %v", n, err)
		}
		h.at(time.Minute + time.Second)
		h.want("1m0s gap: admin")
		h.unheard(r, 0)
		if n, err := r.Retry(h.t.Context()); n != 0 || err != nil {
			h.t.Errorf("%d alerts are tried again of which somebody was told, %v", n, err)
		}
	})
}

// unheard says of how many alerts nobody can be told, not even the staff.
func (h *house) unheard(r *escalation.Runner, want int) {
	h.t.Helper()
	if n, err := r.Unheard(h.t.Context()); err != nil || n != want {
		h.t.Errorf("of %d alerts nobody can be told, %v: want %d", n, err, want)
	}
}

// An alert that cannot be decided about keeps no other from being told.
func TestOneBrokenAlertKeepsNoOtherBack(t *testing.T) {
	story(t, func(h *house) {
		h.happens("broken", engine.Began, "rule_text = ?", "{")
		h.happens("a", engine.Began, "")
		r, stop := h.runner()
		defer stop()
		h.at(time.Minute)
		h.want("0s step: speaker daughter nurse")
		waits, err := r.Overdue(h.t.Context())
		if err != nil || waits != time.Minute {
			h.t.Errorf("overdue by %s, %v: want a minute", waits, err)
		}
	})
}

// Whoever looks at an alert later finds what was told to whom.
func TestWhatWasToldIsKept(t *testing.T) {
	story(t, func(h *house) {
		r, stop := h.runner()
		defer stop()
		h.happens("a", engine.Began, "")
		h.at(2*time.Minute + time.Second)
		file, err := r.File(h.t.Context(), "a")
		if err != nil {
			h.t.Fatal(err)
		}
		if file.Phase != escalation.Running || file.Policy.ID != "critical" || !file.Due.Equal(h.began.Add(3*time.Minute)) || len(file.Made) != 2 {
			text, _ := json.Marshal(file)
			h.t.Errorf("%s", text)
		}
		if got := strings.Join(file.Made[1].Whom, " "); got != "daughter son neighbour" || file.Made[1].Stage != 2 {
			h.t.Errorf("the second step: %+v", file.Made[1])
		}
		if got := strings.Join(file.Coming, " "); got != "nurse backup" || file.ComingWhy != escalation.ForStep {
			h.t.Errorf("next %s are told for %s", got, file.ComingWhy)
		}
		if none, err := r.File(h.t.Context(), "none"); err != nil || none.Phase != "" {
			h.t.Errorf("of an alert that is not there: %+v, %v", none, err)
		}
	})
}

func TestPoliciesOfPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if _, err := db.ExecContext(ctx, "INSERT INTO residents (id, name, sex, room, time_zone, language, created_at) VALUES ('r1', 'Li', 'female', '', 'UTC', '', 0)"); err != nil {
			t.Fatal(err)
		}
		p, err := escalation.NewPolicies(db)
		if err != nil {
			t.Fatal(err)
		}
		policy := func(text string) escalation.Policy {
			t.Helper()
			all, err := escalation.Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			return all[0]
		}
		own := policy(`{id: son-first, name: {en: Son first, zh: 先找儿子}, severity: critical, steps: [{at: 0s, whom: [family 2]}, {at: 1m, whom: [everyone], every: 2m}], again: {after: 10m, whom: [claimer]}}`)
		saved, err := p.Save(ctx, own, escalation.Edit{By: "u1", Reason: "she asked for it"})
		if err != nil || saved.Policy.Version != 1 || saved.ChangedBy != "u1" {
			t.Fatalf("saved %+v, %v", saved, err)
		}
		if _, err := p.Save(ctx, own, escalation.Edit{By: "u2", IfVersion: new(0)}); fault(err) != "policy.changed" {
			t.Errorf("saved over another's change: %v", err)
		}
		if err := p.Choose(ctx, "r1", rules.Warning, "son-first", "u1"); fault(err) != "policy.kind" {
			t.Errorf("chose it for warnings: %v", err)
		}
		if err := p.Choose(ctx, "r1", rules.Critical, "nothing", "u1"); fault(err) != "policy.not_found" {
			t.Errorf("chose what is not there: %v", err)
		}
		if err := p.Choose(ctx, "r1", rules.Critical, "son-first", "u1"); err != nil {
			t.Fatal(err)
		}
		of, err := p.Of(ctx, "r1")
		if err != nil || of[rules.Critical].ID != "son-first" || of[rules.Warning].ID != "warning" {
			t.Errorf("policies of r1: %+v, %v", of, err)
		}
		if err := p.Revert(ctx, "son-first", escalation.Edit{By: "u1"}); fault(err) != "policy.used" {
			t.Errorf("took away what is used: %v", err)
		}
		if err := p.Choose(ctx, "r1", rules.Critical, "", "u1"); err != nil {
			t.Fatal(err)
		}
		if err := p.Revert(ctx, "son-first", escalation.Edit{By: "u1", IfVersion: new(1)}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Get(ctx, "son-first"); fault(err) != "policy.not_found" {
			t.Errorf("it is still there: %v", err)
		}
		if all, err := p.Versions(ctx, "son-first"); err != nil || len(all) != 2 || all[0].Policy != nil || all[1].Policy == nil {
			t.Errorf("versions %+v, %v", all, err)
		}

		changed := own
		changed.ID = "critical"
		if saved, err = p.Save(ctx, changed, escalation.Edit{By: "u1"}); err != nil || saved.Default == nil {
			t.Errorf("changed the default: %+v, %v", saved, err)
		}
		changed.Severity = rules.Warning
		if _, err := p.Save(ctx, changed, escalation.Edit{By: "u1", IfVersion: new(1)}); fault(err) != "policy.kind" {
			t.Errorf("changed its severity: %v", err)
		}
		if err := p.Revert(ctx, "critical", escalation.Edit{By: "u1", IfVersion: new(1)}); err != nil {
			t.Error(err)
		}
		if err := p.Revert(ctx, "critical", escalation.Edit{By: "u1", IfVersion: new(2)}); fault(err) != "policy.default" {
			t.Errorf("took back the default: %v", err)
		}
		if all, err := p.List(ctx); err != nil || len(all) != 6 || all[0].Policy.ID != "critical" || all[0].Default != nil {
			t.Errorf("policies %+v, %v", all, err)
		}
	})
}

// fault is the code of why something is refused.
func fault(err error) string {
	var f *store.Fault
	if !errors.As(err, &f) {
		return ""
	}
	return f.Code
}
