package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

// fast gives Li an hour of a fast heart before noon, a reading each two minutes.
func (w *world) fast() {
	w.t.Helper()
	for i := range 30 {
		at := noon.Add(time.Duration(2*i-60) * time.Minute).UnixMilli()
		r := vitals.Report{Device: "band-1", Residents: []string{"li"}, Received: at, Samples: []vitals.Sample{{At: at, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 120}}}}}
		if err := w.timeline.Append(w.t.Context(), []vitals.Report{r}, uint64(i+1)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// day is the period from a day before noon until noon, with more in the body.
func day(more string) string {
	return fmt.Sprintf(`{"from":%q,"to":%q%s}`, noon.AddDate(0, 0, -1).Format(time.RFC3339), noon.Format(time.RFC3339), more)
}

// spans is a period of so many days until noon.
func spans(days int) string {
	return fmt.Sprintf(`{"from":%q,"to":%q,"rules":["sos"]}`, noon.AddDate(0, 0, -days).Format(time.RFC3339), noon.Format(time.RFC3339))
}

const higherRule = `{"id":"hr_high","name":{"en":"Fast","zh":"快"},"message":{"en":"{value}","zh":"{value}"},"severity":"warning","when":"heart_rate > %s","readings":3,"for":"10m","clear":{"when":"heart_rate <= 95","for":"10m"}}`

func TestBacktest(t *testing.T) {
	w := newWorld(t)
	w.fast()
	token := w.tokens[records.Caregiver]
	try := func(body string) (r backtest.Report) {
		t.Helper()
		resp, text := w.request("POST", "/api/v1/rules/backtest", body, token)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %s", body, resp.Status, text)
		}
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := try(day(`,"rules":["hr_high"]`))
	if len(r.Rules) != 1 || r.Rules[0].Try.Alerts != 1 || r.Rules[0].Plain.Readings != 30 || r.Residents != 1 || r.Today != nil {
		t.Errorf("hr_high: %+v", r)
	}
	r = try(day(`,"residents":["li"],"rule":` + fmt.Sprintf(higherRule, "125")))
	if len(r.Rules) != 1 || r.Rules[0].Try.Alerts != 0 || r.Rules[0].Today == nil || r.Rules[0].Today.Alerts != 1 {
		t.Errorf("a higher rule: %+v", r)
	}
	if r = try(day("")); len(r.Rules) < 50 || r.All.Alerts != 1 || r.Budget.NonCritical != 1 {
		t.Errorf("all rules: %+v", r)
	}
	if r = try(spans(6800 - 37)); len(r.Rules) != 1 {
		t.Errorf("as long as may be: %+v", r)
	}
	for body, want := range map[string]string{
		day(`,"rules":["hr_hihg"]`):                                              "422 there is no rule hr_hihg",
		day(`,"rule":` + fmt.Sprintf(higherRule, "spo3")):                        "422 there is no metric spo3",
		day(`,"rule":{"id":"x","whenn":"true"}`):                                 `422 did you mean when`,
		day(`,"rules":["sos"],"rule":` + fmt.Sprintf(higherRule, "1")):           "422 want one of them",
		day(`,"residents":["nobody"]`):                                           "404 ",
		`{"from":"2026-11-23T12:00:00Z","to":"2026-11-22T12:00:00Z"}`:            "422 from must be before to",
		`{"from":"2026-11-23T11:00:00Z","to":"2026-11-24T12:00:00Z"}`:            "422 nothing was heard of that yet",
		spans(6800 - 37 + 1):                                                     "422 6800 days of residents together, with 37 from before for each",
		`{"from":"2026-11-22T12:00:00Z"}`:                                        "422 to",
		`{"from":"2026-11-22T12:00:00Z","to":"2026-11-23T12:00:00Z","days":"3"}`: "422 days",
	} {
		resp, text := w.request("POST", "/api/v1/rules/backtest", body, token)
		status, part, _ := strings.Cut(want, " ")
		if !strings.HasPrefix(resp.Status, status) || !strings.Contains(text, part) {
			t.Errorf("%s: %s %s, want %s", body, resp.Status, text, want)
		}
	}
}

// stuck tries nothing, for as long as it is asked.
type stuck struct{ began, ended chan error }

func (s stuck) Try(ctx context.Context, _ backtest.Request) (*backtest.Report, error) {
	s.began <- nil
	<-ctx.Done()
	s.ended <- ctx.Err()
	return nil, ctx.Err()
}

func (s stuck) Budget(context.Context, []string, time.Time, time.Time) (budget.Standing, error) {
	return budget.Standing{}, errors.New("not asked")
}

// A trial ends with its request, and leaves its turn to the next one; those who
// ask meanwhile are told so at once.
func TestBacktestEndsWithItsRequest(t *testing.T) {
	s := stuck{make(chan error), make(chan error)}
	w := newWorld(t, func(c *api.Config) { c.Trials = s })
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, "POST", w.server.URL+"/api/v1/rules/backtest", strings.NewReader(day("")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+w.tokens[records.Caregiver])
		req.Header.Set("Content-Type", "application/json")
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			for ctx.Err() == nil { // the turn of the one before may just be ending
				req := req.Clone(ctx)
				req.Body = io.NopCloser(strings.NewReader(day("")))
				if resp, err := http.DefaultClient.Do(req); err == nil {
					_ = resp.Body.Close()
				}
			}
		}()
		<-s.began
		resp, text := w.request("POST", "/api/v1/rules/backtest", day(""), w.tokens[records.Caregiver])
		if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "30" || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(text, "urn:anxin:error:backtest.running") {
			t.Errorf("beside another: %s %v %s", resp.Status, resp.Header, text)
		}
		stop()
		if err := <-s.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended by %v", err)
		}
		<-gone
	}
}

func TestBudget(t *testing.T) {
	w := newWorld(t)
	w.presses(1)
	var b budget.Standing
	w.get("/api/v1/rules/budget", &b)
	if b.Residents != 1 || b.Critical != 1 || b.False != 0 || !b.Within {
		t.Errorf("%+v", b)
	}
	w.get("/api/v1/rules/budget?resident=li&weeks=1", &b)
	if b.Critical != 1 || len(b.Rules) != 1 || b.Rules[0].Rule != "sos" {
		t.Errorf("%+v", b)
	}
	for path, status := range map[string]int{"?resident=nobody": http.StatusNotFound, "?weeks=0": http.StatusUnprocessableEntity} {
		if resp, body := w.request("GET", "/api/v1/rules/budget"+path, "", w.tokens[records.Caregiver]); resp.StatusCode != status {
			t.Errorf("%s: %s %s", path, resp.Status, body)
		}
	}
}
