package live_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline/live"
	"github.com/anxin-care/anxin/vitals"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func report(at time.Time, residents []string, values ...vitals.Value) vitals.Report {
	return vitals.Report{
		Device: "cuff-7", Residents: residents, Received: noon.UnixMilli(),
		Samples: []vitals.Sample{{At: at.UnixMilli(), Values: values}},
	}
}

func TestViewKeepsTheNewest(t *testing.T) {
	v := live.NewView()
	li := []string{"r-li"}
	v.Add(report(noon, li, vitals.Value{Metric: vitals.HeartRate, Number: 72}))
	v.Add(report(noon.Add(-time.Hour), li, vitals.Value{Metric: vitals.HeartRate, Number: 120}))
	latest := v.Latest("r-li")
	if len(latest) != 1 || latest[0].Number != 72 {
		t.Errorf("a late reading replaced the newest: %+v", latest)
	}
	v.Warm([]vitals.Reading{{Resident: "r-li", Metric: vitals.HeartRate, Number: 60, At: noon.Add(-time.Minute)}})
	if latest := v.Latest("r-li"); latest[0].Number != 72 {
		t.Errorf("warming replaced what had come since: %+v", latest)
	}
	if got := v.Latest("r-wang"); len(got) != 0 {
		t.Errorf("readings of nobody: %+v", got)
	}
}

func TestLastPassesOverUnfitValues(t *testing.T) {
	v := live.NewView()
	v.Add(report(noon, []string{"r-li"}, vitals.Value{Metric: vitals.BodyWeight, Number: 70}))
	v.Add(report(noon.Add(time.Minute), []string{"r-li"}, vitals.Value{Metric: vitals.BodyWeight, Number: 140, Marks: vitals.Jump}))
	if last, ok := v.Last("r-li", vitals.BodyWeight); !ok || last.Number != 70 {
		t.Errorf("last fit weight: %v %v, want 70", last.Number, ok)
	}
	if latest := v.Latest("r-li"); latest[0].Number != 140 {
		t.Errorf("the newest weight is kept, marked; got %v", latest[0])
	}
	if _, ok := v.Last("r-li", vitals.SpO2); ok {
		t.Error("a value that never was")
	}
}

func TestWatchHearsOfItsResidents(t *testing.T) {
	v := live.NewView()
	w, stop := v.Watch(func(resident string) bool { return resident == "r-li" })
	v.Add(report(noon, []string{"r-li", "r-wang"},
		vitals.Value{Metric: vitals.Smoke, Number: 1}, vitals.Value{Metric: vitals.RoomTemperature, Number: 21}))
	v.Add(report(noon.Add(time.Second), []string{"r-li"}, vitals.Value{Metric: vitals.Smoke, Number: 0}))
	<-w.Ready()
	got := w.Take()
	if len(got) != 2 || got[0].Metric != vitals.Smoke || got[0].Number != 0 || got[1].Metric != vitals.RoomTemperature {
		t.Errorf("changes, newest of each metric: %+v", got)
	}
	stop()
	v.Add(report(noon.Add(time.Minute), []string{"r-li"}, vitals.Value{Metric: vitals.Smoke, Number: 1}))
	if got := w.Take(); len(got) != 0 {
		t.Errorf("heard after stopping: %+v", got)
	}
}
