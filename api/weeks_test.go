package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

func TestAWeekInWordsAndFigures(t *testing.T) {
	w := newWorld(t)
	at := noon.Truncate(24*time.Hour).AddDate(0, 0, -int(noon.Weekday()+6)%7-3) // Friday of the week before
	err := w.timeline.Append(t.Context(), []vitals.Report{{Device: "band-1", Residents: []string{"li"}, Received: at.UnixMilli(), Samples: []vitals.Sample{
		{At: at.UnixMilli(), Values: []vitals.Value{{Metric: vitals.BPSystolic, Number: 130}, {Metric: vitals.BPDiastolic, Number: 80}}},
		{At: at.AddDate(0, 0, 1).UnixMilli(), Values: []vitals.Value{{Metric: vitals.BPSystolic, Number: 140}, {Metric: vitals.BPDiastolic, Number: 84}}},
	}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var week api.Week
	w.ask(records.Administrator, "GET", "/residents/li/weeks/latest", "", http.StatusOK, &week)
	if !week.Over || week.TimeZone != "Asia/Shanghai" || len(week.Heard) != 7 || len(week.Words) == 0 || len(week.Shows) != 2 {
		t.Errorf("the week: %+v", week)
	}
	if len(week.Figures) != 2 || week.Figures[0].Value == nil || *week.Figures[0].Value != 135 || week.Figures[0].Usual != nil || week.Figures[0].Days != 2 {
		t.Errorf("figures %+v", week.Figures)
	}
	var same api.Week
	w.ask(records.Administrator, "GET", "/residents/li/weeks/"+week.Week, "", http.StatusOK, &same)
	if same.Title != week.Title || !same.From.Equal(week.From) {
		t.Errorf("by its name it is %+v", same)
	}
	w.ask(records.Administrator, "GET", "/residents/li/weeks/2026-W99", "", http.StatusUnprocessableEntity, nil)
	w.ask(records.Family, "GET", "/residents/li/weeks/latest", "", http.StatusForbidden, nil)
	w.ask(records.Administrator, "GET", "/residents/nobody/weeks/latest", "", http.StatusNotFound, nil)
}
