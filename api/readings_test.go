package api_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

// TestNothingIsRounded asks for numbers that are finer than their metric's
// resolution in every way that the API has.
func TestNothingIsRounded(t *testing.T) {
	for _, c := range []struct {
		metric vitals.Metric
		number float64
		text   string
	}{
		{vitals.HeartRate, 72.4, "72"},
		{vitals.BodyTemperature, 36.65, "36.7"},
		{vitals.FluidIntake, 123, "120"},
	} {
		t.Run(c.metric.String(), func(t *testing.T) {
			w := newWorld(t)
			w.measure(c.metric, c.number)
			var latest api.Latest
			w.get("/api/v1/residents/li/latest", &latest)
			if len(latest.Readings) != 1 || latest.Readings[0].Value != c.number || latest.Readings[0].Text != c.text {
				t.Errorf("latest: %+v, want %v, to read as %s", latest.Readings, c.number, c.text)
			}
			path := "/api/v1/residents/li/readings?metric=" + c.metric.String()
			var raw, mean api.Readings
			w.get(path, &raw)
			if len(raw.Readings) != 1 || raw.Readings[0].Value != c.number || raw.Readings[0].Text != c.text {
				t.Errorf("raw: %+v, want %v, to read as %s", raw.Readings, c.number, c.text)
			}
			w.get(path+"&every=1h", &mean)
			if len(mean.Points) != 1 || mean.Points[0].Value != raw.Readings[0].Value {
				t.Errorf("its mean: %+v", mean.Points)
			}
			_, lines := w.request("GET", path, "", w.tokens[records.Administrator], "Accept", "text/csv")
			if want := "," + strconv.FormatFloat(c.number, 'f', -1, 64) + "," + c.text + ","; !strings.Contains(lines, want) {
				t.Errorf("CSV: %q, want %q in it", lines, want)
			}
		})
	}
}
