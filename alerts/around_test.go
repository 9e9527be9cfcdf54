package alerts_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

func TestTheReadingsAroundAnAlertStay(t *testing.T) {
	storetest.Each(t, testTheReadingsAroundAnAlertStay)
}

func testTheReadingsAroundAnAlertStay(t *testing.T, db *store.DB) {
	ctx := t.Context()
	past, err := timeline.OpenSQL(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { err = errors.Join(err, past.Close()) }()
	h := newHouse(t, db)
	h.enrol("r1")
	seq := uint64(0)
	measures := func(m vitals.Metric, n float64) {
		t.Helper()
		seq++
		report := vitals.Report{
			Device: "d1", Residents: []string{"r1"}, Received: h.now.UnixMilli(),
			Samples: []vitals.Sample{{At: h.now.UnixMilli(), Values: []vitals.Value{{Metric: m, Number: n}}}},
		}
		if err := past.Append(ctx, []vitals.Report{report}, seq); err != nil {
			t.Fatal(err)
		}
	}
	for range 45 { // minutes
		measures(vitals.HeartRate, 80)
		measures(vitals.DeviceBattery, 50)
		h.now = h.now.Add(time.Minute)
	}
	h.says("r1", vitals.SOSButton, 1)
	began := h.now
	id := h.list(alerts.Query{})[0].ID
	freezer := alerts.NewFreezer(db, past)
	kept := func() []alerts.Series {
		t.Helper()
		if err := freezer.Freeze(ctx, h.now); err != nil {
			t.Fatal(err)
		}
		a, err := alerts.NewAlerts(db).Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return a.Around
	}
	if got := kept(); len(got) != 1 || got[0].Metric != vitals.HeartRate || len(got[0].Points) != 30 {
		t.Fatalf("at the beginning it keeps %+v, want the heart rates of half an hour", got)
	}
	for range 40 {
		measures(vitals.HeartRate, 120)
		h.now = h.now.Add(time.Minute)
	}
	complete := kept()
	if n := len(complete[0].Points); n != 60 {
		t.Errorf("it keeps %d heart rates, want those of an hour", n)
	}
	if last := complete[0].Points[59]; last.Value != 120 || !last.At.Equal(began.Add(29*time.Minute)) {
		t.Errorf("the last of them is %+v", last)
	}

	if err := past.DeleteResident(ctx, "r1"); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(time.Hour)
	if got := kept(); !slices.EqualFunc(got[0].Points, complete[0].Points, func(a, b alerts.Measured) bool { return a.At.Equal(b.At) && a.Value == b.Value }) {
		t.Errorf("once the timeline has forgotten, it keeps %+v", got)
	}
}
