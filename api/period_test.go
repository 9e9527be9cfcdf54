package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

const heartRates = "/api/v1/residents/li/readings?metric=heart_rate"

func TestPeriodsAndWindowsAreBounded(t *testing.T) {
	w := newWorld(t)
	for query, reason := range map[string]string{
		"&from=0&to=999999999999999":      "not a time", // the year 33658 has no place in RFC 3339
		"&from=-99999999999999":           "not a time",
		"&from=9999-12-31T23:59:59-12:00": "not a time",
		"&to=9223372036854775807":         "not a time",
		"&every=1.0005s":                  "not a window",
		"&every=213504d":                  "not a window", // more than 64 bits of nanoseconds
		"&every=9223372036854775807w":     "not a window",
		"&every=-1d":                      "not a window",
		"&every=99999999999999999999999d": "not a window",
		"&from=2026-11-23T12:00:00Z&to=" + "2026-11-23T12:00:00Z": "before",
	} {
		resp, body := w.request("GET", heartRates+query, "", w.tokens[records.Administrator])
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, reason) {
			t.Errorf("%s: %s %q, want 422 about %q", query, resp.Status, body, reason)
		}
	}
	for _, query := range []string{"&from=1&to=253402300799999", "&from=0001-01-02T00:00:00Z&every=36500d", "&every=1.5s&from=" + noon.Add(-time.Hour).Format(time.RFC3339)} {
		var all api.Readings
		w.get(heartRates+query, &all)
	}
}

func TestNothingMeasuredIsAnEmptyList(t *testing.T) {
	w := newWorld(t)
	for query, want := range map[string]string{"": `"readings":[]`, "&every=1h": `"points":[]`} {
		_, body := w.request("GET", heartRates+query, "", w.tokens[records.Administrator])
		if !strings.Contains(body, want) || strings.Count(body, "[]") != 1 {
			t.Errorf("%s: %s, want %s alone", query, body, want)
		}
	}
}

// What is in /latest is in /readings: a clock may be two minutes ahead.
func TestReadingOfAFastClock(t *testing.T) {
	w := newWorld(t)
	at := noon.Add(110 * time.Second).UnixMilli()
	r := vitals.Report{Device: "band-1", Residents: []string{"li"}, Received: noon.UnixMilli(), Samples: []vitals.Sample{
		{At: at, DeviceTime: at, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 72}}},
	}}
	if err := w.timeline.Append(t.Context(), []vitals.Report{r}, 1); err != nil {
		t.Fatal(err)
	}
	w.view.Add(r)
	var latest api.Latest
	var all api.Readings
	w.get("/api/v1/residents/li/latest", &latest)
	w.get(heartRates, &all)
	if len(latest.Readings) != 1 || len(all.Readings) != 1 || !all.From.Equal(noon.Add(-24*time.Hour)) {
		t.Errorf("latest %+v, readings %+v", latest, all)
	}
}

func TestAccept(t *testing.T) {
	w := newWorld(t)
	w.measure(vitals.HeartRate, 70)
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/xml": "application/json",
		"text/csv": "text/csv; charset=utf-8", "Text/CSV": "text/csv; charset=utf-8",
		"application/json;q=0.5, text/csv":    "text/csv; charset=utf-8",
		"application/json, text/csv":          "application/json",
		"application/json, text/csv;q=0.1":    "application/json",
		"text/csv;q=0, application/json":      "application/json",
		"text/csv;q=0.9, application/*;q=0.1": "text/csv; charset=utf-8",
	} {
		resp, body := w.request("GET", heartRates, "", w.tokens[records.Administrator], "Accept", accept)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != want || resp.Header.Get("Vary") != "Accept" {
			t.Errorf("Accept %q: %s %v %s", accept, resp.Status, resp.Header, body)
		}
	}
}

func TestCountHasNoUnit(t *testing.T) {
	w := newWorld(t)
	w.measure(vitals.HeartRate, 70)
	for fn, want := range map[string]string{"count": "1", "mean": "/min"} {
		var all api.Readings
		if w.get(heartRates+"&every=1h&fn="+fn, &all); all.Unit != want {
			t.Errorf("%s is in %q, want %q", fn, all.Unit, want)
		}
	}
}
