package escalation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

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
