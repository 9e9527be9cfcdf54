package alerts_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// unheard lets time pass in which the judge is there and hears nothing: the broker
// is away.
func (h *house) unheard(d time.Duration) {
	h.t.Helper()
	for end := h.now.Add(d); h.now.Before(end); {
		h.now = h.now.Add(time.Minute)
		if err := h.judge.Tick(h.t.Context(), false); err != nil {
			h.t.Fatal(err)
		}
	}
}

func twoDevices(t *testing.T) *house {
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	h.enrol("r1")
	h.equip("d1", "d2")
	h.minutes(10, "d1", "d2")
	return h
}

func (h *house) nothingOpen(when string) {
	h.t.Helper()
	for _, a := range h.list(alerts.Query{Open: true}) {
		h.t.Errorf("%s, %s is open", when, a.Rule.ID)
	}
}

func TestARestartWhileTheBrokerIsAway(t *testing.T) {
	h := twoDevices(t)
	h.unheard(3 * time.Hour)
	if err := h.judge.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(10 * time.Second)
	h.open()
	h.tick()
	h.nothingOpen("after a restart while the broker was away")
	h.minutes(31, "d1")
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 || open[0].Rule.ID != "device_offline" {
		t.Errorf("a device that has stopped: %d alerts are open", len(open))
	}
}

func TestAnAbsenceIsKnownUntilItIsTold(t *testing.T) {
	h := twoDevices(t)
	h.judge = nil // killed, with entries that no saved state has heard
	h.now = h.now.Add(3 * time.Hour)
	j := h.reopened()
	if err := j.Hear(t.Context(), h.journal[j.Cursor():][:1]); err != nil { // and killed while it hears again
		t.Fatal(err)
	}
	if err := j.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(10 * time.Second)
	h.open()
	h.tick()
	h.nothingOpen("after two restarts")
}

func TestWhatIsDoneWhileTheJudgeLagsIsOfOneHome(t *testing.T) {
	h := twoDevices(t)
	h.minutes(35, "d1")
	open := h.list(alerts.Query{Open: true})
	if len(open) != 1 {
		t.Fatalf("%d alerts are open", len(open))
	}
	h.unheard(40 * time.Minute)
	if err := h.judge.Claim(t.Context(), open[0].ID, "u1", h.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 || open[0].ClaimedBy != "u1" {
		t.Errorf("after a claim %d alerts are open", len(open))
	}
}

func TestOnePressIsOneAlertHoweverTimeWentOn(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	h.enrol("r1")
	h.says("r1", vitals.Motion, 1) // a state that is looked at each hour
	h.now = h.now.Truncate(time.Hour).Add(time.Hour - 5*time.Second)
	h.tick()
	if err := h.judge.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	pressed := h.now.Add(4 * time.Second)
	h.now = h.now.Add(8 * time.Second)
	h.tick() // the hour is full, and nothing to tell
	now := h.now
	h.now = pressed // its commit took a while
	h.says("r1", vitals.SOSButton, 1)
	h.now = now
	h.open() // which was not saved
	h.tick()
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 {
		t.Errorf("one press: %d alerts are open", len(open))
	}
}
