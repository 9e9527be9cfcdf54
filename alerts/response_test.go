package alerts_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func TestHowFastCriticalAlertsAreAnswered(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		h := newHouse(t, fresh(t, cfg))
		h.enrol("r1", "r2", "r3", "r4")
		began := h.now
		press := func(resident string) string {
			t.Helper()
			h.says(resident, vitals.SOSButton, 1)
			all := h.list(alerts.Query{Residents: []string{resident}, Open: true})
			if len(all) != 1 {
				t.Fatalf("%s has %d alerts", resident, len(all))
			}
			return all[0].ID
		}
		scenes := alerts.NewScenes(h.db, alerts.NewFeed(), func() time.Time { return h.now })
		first, second := press("r1"), press("r2")
		press("r3")
		test := press("r4")
		h.drill("r3")          // which nobody answers
		drill := h.drill("r4") // which is closed as if it had been an alarm
		h.now = began.Add(50 * time.Second)
		if err := scenes.Arrive(t.Context(), first, "u1"); faultOf(err) != "alert.not_yours" {
			t.Errorf("on the scene of what nobody has: %v", err)
		}
		if err := h.judge.Claim(t.Context(), first, "u1", h.now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := h.judge.Resolve(t.Context(), test, "u1", engine.TestAlarm, ""); err != nil {
			t.Fatal(err)
		}
		if err := h.judge.Resolve(t.Context(), drill, "u1", engine.FalseAlarm, ""); err != nil {
			t.Fatal(err)
		}
		h.now = began.Add(170 * time.Second)
		if err := h.judge.Resolve(t.Context(), second, "u2", engine.FalseAlarm, ""); err != nil {
			t.Fatal(err)
		}
		h.now = began.Add(44 * time.Minute)
		for range 2 { // the first time counts
			if err := scenes.Arrive(t.Context(), first, "u1"); err != nil {
				t.Fatal(err)
			}
			h.now = h.now.Add(10 * time.Minute)
		}
		if err := scenes.Arrive(t.Context(), second, "u2"); faultOf(err) != "alert.resolved" {
			t.Errorf("on the scene of what is over: %v", err)
		}
		if err := scenes.Arrive(t.Context(), "none", "u2"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("on the scene of nothing: %v", err)
		}
		if a, err := alerts.NewAlerts(h.db).One(t.Context(), first); err != nil || a.Scene.By != "u1" || !a.Scene.At.Equal(began.Add(44*time.Minute)) {
			t.Errorf("the alert's scene: %+v, %v", a.Scene, err)
		}

		answers, err := alerts.NewAlerts(h.db).Answers(t.Context(), began, h.now, []string{"r1", "r2", "r3", "r4"})
		if err != nil {
			t.Fatal(err)
		}
		var all alerts.Response
		for _, a := range answers {
			all.Add(a)
		}
		want := alerts.Response{Critical: 3, Soon: 1, Late: 2, Never: 1, Scenes: 1, SceneSoon: 1, Tests: 3}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("response (-want +got):\n%s\nof %+v", diff, answers)
		}

		east := alerts.Group{ID: "east", Name: "East", Zone: time.UTC}
		groups := map[string]alerts.Group{"r1": east, "r2": east, "r4": {Zone: time.UTC}}
		weeks, err := alerts.NewAlerts(h.db).ResponseByWeek(t.Context(), groups, 2, h.now)
		if err != nil || len(weeks) != 2 || weeks[0].ID != "" || weeks[0].Tests != 2 || weeks[1].ID != "east" || weeks[1].Critical != 2 {
			t.Fatalf("weeks %+v, %v", weeks, err)
		}
		if w := weeks[1]; w.From.Weekday() != time.Monday || w.To.Sub(w.From) != 7*24*time.Hour || w.From.After(began) || !w.To.After(began) {
			t.Errorf("the week is %s to %s, and it began at %s", w.From, w.To, began)
		}
		if weeks, err := alerts.NewAlerts(h.db).ResponseByWeek(t.Context(), groups, 2, h.now.AddDate(0, 0, 14)); err != nil || len(weeks) != 0 {
			t.Errorf("two weeks later: %+v, %v", weeks, err)
		}
	})
}

// Nobody can answer what is over before anybody was late.
func TestWhatIsOverAtOnceIsNotCounted(t *testing.T) {
	var r alerts.Response
	r.Add(alerts.Answer{Answered: -1, Scene: -1, Over: 2 * time.Minute})
	r.Add(alerts.Answer{Answered: -1, Scene: -1, Over: 4 * time.Minute})
	r.Add(alerts.Answer{Answered: time.Minute, Scene: 46 * time.Minute, Over: -1})
	if want := (alerts.Response{Critical: 2, Soon: 1, Late: 1, Never: 1, Scenes: 1, Brief: 1}); r != want {
		t.Errorf("response %+v, want %+v", r, want)
	}
	if alerts.Share(0, 0) != 1 || alerts.Share(1, 2) != 0.5 {
		t.Error("shares")
	}
}

func faultOf(err error) string {
	var f *store.Fault
	if !errors.As(err, &f) {
		return ""
	}
	return f.Code
}
