package alerts_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func (h *house) equip(devices ...string) {
	h.t.Helper()
	e := alerts.Equipment{TimeZone: "Asia/Shanghai", Residents: []string{"r1"}}
	for _, id := range devices {
		e.Devices = append(e.Devices, engine.Expected{ID: id, Every: (10 * time.Minute).Milliseconds(), Since: h.start.UnixMilli()})
	}
	if _, err := h.judge.Equip(h.t.Context(), map[string]alerts.Equipment{alerts.HomeKey("h1"): e}); err != nil {
		h.t.Fatal(err)
	}
}

// minutes go by, in each of which devices say something.
func (h *house) minutes(n int, devices ...string) {
	h.t.Helper()
	for range n {
		h.now = h.now.Add(time.Minute)
		for _, id := range devices {
			h.saysBy(id, "r1", vitals.RoomTemperature, 21)
		}
		h.tick()
	}
}

func TestSilentDevicesAreMissed(t *testing.T) { storetest.Each(t, testSilentDevicesAreMissed) }

func testSilentDevicesAreMissed(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.enrol("r1")
	h.equip("d1", "d2")
	h.minutes(5, "d1", "d2")
	h.minutes(35, "d1")
	open := h.list(alerts.Query{Open: true})
	if len(open) != 1 || open[0].Rule.ID != "device_offline" || open[0].Device != "d2" || open[0].Home != "h1" || open[0].Resident != "" {
		t.Fatalf("open: %+v", open)
	}

	// The service is down for hours: that is nobody's silence.
	h.now = h.now.Add(5 * time.Hour)
	h.open()
	h.equip("d1", "d2")
	h.minutes(25)
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 {
		t.Errorf("after our own absence: %+v", open)
	}
	h.minutes(10)
	if open := h.list(alerts.Query{Open: true}); len(open) != 2 || open[1].Rule.ID != "home_dark" || len(open[1].Evidence.Devices) != 2 {
		t.Errorf("after half an hour of silence: %+v", open)
	}

	// So is what the broker keeps from us. What it kept comes afterwards.
	h.minutes(2, "d1", "d2")
	from := h.now
	h.now = h.now.Add(3 * time.Hour)
	h.judge.Deafened(from, h.now)
	h.minutes(5, "d1")
	if open := h.list(alerts.Query{Open: true}); len(open) != 0 {
		t.Errorf("after the broker's absence: %+v", open)
	}

	// A device that is not expected any more is not missed, nor is one that is new at once.
	h.minutes(110, "d1") // three times what it was silent before
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 {
		t.Errorf("a silent device: %+v", open)
	}
	h.start = h.now
	h.equip("d1", "d3")
	h.minutes(100, "d1")
	if open := h.list(alerts.Query{Open: true}); len(open) != 0 {
		t.Errorf("another device in its place: %+v", open)
	}
	h.minutes(30, "d1")
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 || open[0].Rule.ID != "device_never_heard" || open[0].Device != "d3" {
		t.Errorf("a device that never says anything: %+v", open)
	}
}

func TestADarkHomeSaysNothingOfWhoLivesThere(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	h.enrol("r1")
	h.equip("d1", "d2")
	h.minutes(10, "d1", "d2")
	h.saysBy("d1", "r1", vitals.Motion, 1)
	h.minutes(9 * 60) // from ten in the morning until seven in the evening
	open := h.list(alerts.Query{Open: true})
	if len(open) != 1 || open[0].Rule.ID != "home_dark" {
		t.Fatalf("a dark home: %+v", open)
	}
	// It is lit again, and then nothing moves: that is something else.
	h.minutes(3, "d1", "d2")
	h.now = time.Date(2026, 11, 25, 8, 0, 0, 0, time.FixedZone("CST", 8*3600))
	h.saysBy("d1", "r1", vitals.Motion, 1)
	h.minutes(6*60+1, "d1", "d2")
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 || open[0].Rule.ID != "no_activity_day" {
		t.Errorf("a quiet day: %+v", open)
	}
}
