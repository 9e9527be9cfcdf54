package timeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// proxy stands before a server. meddle sees each request first; when it answers,
// the server does not see it.
type proxy struct {
	*httptest.Server
	meddle func(w http.ResponseWriter, r *http.Request) (answered bool)
}

func newProxy(t *testing.T, server string) *proxy {
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if p.meddle != nil && p.meddle(w, r) {
			return
		}
		forward, err := http.NewRequestWithContext(r.Context(), r.Method, server+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		forward.Header = r.Header.Clone()
		answer, err := http.DefaultClient.Do(forward)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = answer.Body.Close() }()
		maps.Copy(w.Header(), answer.Header)
		w.WriteHeader(answer.StatusCode)
		if _, err := io.Copy(w, answer.Body); err != nil {
			t.Errorf("%s %s was answered in part: %v", r.Method, r.URL, err)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// failing lets n requests pass and fails all that follow, as a crash of ours
// would: nothing more comes.
func (p *proxy) failing(n int64) (failed *atomic.Bool) {
	var seen atomic.Int64
	failed = &atomic.Bool{}
	p.meddle = func(w http.ResponseWriter, _ *http.Request) bool {
		if seen.Add(1) <= n {
			return false
		}
		failed.Store(true)
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	return failed
}

func openAt(t *testing.T, config timeline.InfluxConfig) *timeline.Influx {
	t.Helper()
	config.Log = slog.New(slog.DiscardHandler)
	s, err := timeline.OpenInflux(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// minutes are n readings of one device, one a minute.
func minutes(n int, from time.Time) []vitals.Report {
	reports := make([]vitals.Report, n)
	for i := range reports {
		at := from.Add(time.Duration(i) * time.Minute).UnixMilli()
		reports[i] = vitals.Report{Device: "d1", Residents: []string{"r1"}, Received: at + 100, Samples: []vitals.Sample{
			{At: at, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: float64(i)}}}}}
	}
	return reports
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }

func heartRates() timeline.Query {
	return timeline.Query{Resident: "r1", Metric: vitals.HeartRate, From: start(), To: start().Add(48 * time.Hour)}
}

// total is the number of readings and their sum, raw or rolled up.
func total(t *testing.T, s timeline.Store) string {
	t.Helper()
	var numbers [2]float64
	for i, fn := range []timeline.Fn{timeline.Count, timeline.Sum} {
		points, err := s.Aggregate(t.Context(), heartRates(), time.Hour, fn)
		must(t, err)
		for _, p := range points {
			numbers[i] += p.Number
		}
	}
	return fmt.Sprintf("%.0f readings, sum %.3f", numbers[0], numbers[1])
}

func raw(t *testing.T, s timeline.Store) (n int) {
	t.Helper()
	for _, err := range s.Range(t.Context(), heartRates()) {
		must(t, err)
		n++
	}
	return n
}

// TestInfluxFaults puts a proxy before a server, which cuts off, refuses and
// pretends.
func TestInfluxFaults(t *testing.T) {
	server := influxtest.New(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *influxtest.Server)
	}{
		{"AppendCutOff", testAppendCutOff}, {"RetainCutOff", testRetainCutOff}, {"Refuses", testRefuses},
		{"MoveCutOff", testMoveCutOff}, {"MoveNotCopied", testMoveNotCopied},
		{"ErrorInAnswer", testErrorInAnswer}, {"V2", testV2},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, server) })
	}
}

// testAppendCutOff ends Append after each of its requests: the cursor is
// never ahead of the readings, and the same again makes it whole.
func testAppendCutOff(t *testing.T, server *influxtest.Server) {
	p := newProxy(t, server.URL)
	const n = 12_000 // three requests
	for cut := int64(0); ; cut++ {
		bucket := fmt.Sprintf("append-cut%d", cut)
		openAt(t, timeline.InfluxConfig{URL: server.URL, Bucket: bucket})
		failed := p.failing(cut)
		s := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: bucket})
		err := s.Append(t.Context(), minutes(n, start().Add(-n*time.Minute)), 7)
		if failed.Load() && (err == nil || !errors.Is(err, timeline.ErrUnavailable)) {
			t.Fatalf("cut off after %d requests: %v", cut, err)
		}
		p.meddle = nil
		after := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: bucket})
		cursor, curErr := after.Cursor(t.Context())
		must(t, curErr)
		q := heartRates()
		q.From = start().Add(-n * time.Minute)
		count := func() (kept int) {
			for _, err := range after.Range(t.Context(), q) {
				must(t, err)
				kept++
			}
			return kept
		}
		if kept := count(); cursor != 0 && (cursor != 7 || kept != n) {
			t.Fatalf("cut off after %d requests: cursor %d with %d of %d readings", cut, cursor, kept, n)
		}
		if err == nil {
			if cursor != 7 || cut < 5 {
				t.Fatalf("done after %d requests, cursor %d", cut, cursor)
			}
			return
		}
		must(t, s.Append(t.Context(), minutes(n, start().Add(-n*time.Minute)), 7))
		if kept := count(); kept != n {
			t.Fatalf("given again after %d requests: %d of %d readings", cut, kept, n)
		}
	}
}

// testRetainCutOff ends Retain after each of its requests: nothing is lost
// or counted twice, neither then nor after the next run.
func testRetainCutOff(t *testing.T, server *influxtest.Server) {
	p := newProxy(t, server.URL)
	border := start().Add(20 * time.Hour)
	for cut := int64(0); ; cut++ {
		bucket := fmt.Sprintf("retain-cut%d", cut)
		s := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: bucket})
		must(t, s.Append(t.Context(), minutes(30*60, start()), 1))
		want := total(t, s)
		failed := p.failing(cut)
		err := s.Retain(t.Context(), border)
		p.meddle = nil
		if failed.Load() && !errors.Is(err, timeline.ErrUnavailable) {
			t.Fatalf("cut off after %d requests: %v", cut, err)
		}
		if got := total(t, s); got != want {
			t.Fatalf("cut off after %d requests: %s, want %s", cut, got, want)
		}
		again := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: bucket})
		if got := total(t, again); got != want {
			t.Fatalf("cut off after %d requests and opened again: %s, want %s", cut, got, want)
		}
		late := minutes(1, start().Add(30*time.Second))
		must(t, again.Append(t.Context(), late, 2))
		must(t, again.Retain(t.Context(), border))
		must(t, again.DeleteResident(t.Context(), "somebody else"))
		if got, late := total(t, again), strings.Replace(want, "1800", "1801", 1); got != late {
			t.Fatalf("cut off after %d requests, and run again: %s, want %s", cut, got, late)
		}
		if n := raw(t, again); n != 10*60 {
			t.Fatalf("%d raw readings are left, want %d", n, 10*60)
		}
		if err == nil {
			if cut < 6 {
				t.Fatalf("done after %d requests", cut)
			}
			return
		}
	}
}

// testRefuses has lines that InfluxDB cannot take among good ones, and
// answers that are not about lines.
func testRefuses(t *testing.T, server *influxtest.Server) {
	p := newProxy(t, server.URL)
	s := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: "refuses"})
	reports := minutes(600, start())
	reports[17].Samples[0].At = 1 << 61             // a time that it cannot hold
	reports[99].Device = strings.Repeat("x", 70000) // longer than a key may be
	must(t, s.Append(t.Context(), reports, 3))
	if n := raw(t, s); n != 598 || s.Refused() != 2 {
		t.Errorf("%d readings kept and %d refused, want 598 and 2", n, s.Refused())
	}
	// As 2.x does: nothing of a request is written when one line cannot be read.
	p.meddle = func(w http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Body = io.NopCloser(bytes.NewReader(body)); !strings.Contains(string(body), "heart_rate=13,") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":"invalid","message":"unable to parse"}`)
		return true
	}
	must(t, s.Append(t.Context(), minutes(600, start().Add(24*time.Hour)), 4))
	if n := raw(t, s); n != 598+599 || s.Refused() != 3 {
		t.Errorf("%d readings kept and %d refused, want %d and 3", n, s.Refused(), 598+599)
	}
	for _, tc := range []struct {
		status      int
		message     string
		unavailable bool
	}{
		{http.StatusTooManyRequests, "slow down", true}, {http.StatusServiceUnavailable, "down", true},
		{http.StatusInternalServerError, "timeout", true}, {http.StatusNotFound, "bucket not found", true},
		{http.StatusUnauthorized, "unauthorized", false}, {http.StatusForbidden, "forbidden", false},
		{http.StatusBadRequest, "partial write: max-values-per-tag limit exceeded (100000/100000)", false},
	} {
		p.meddle = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/write") {
				return false
			}
			http.Error(w, tc.message, tc.status)
			return true
		}
		err := s.Append(t.Context(), minutes(2, start()), 5)
		if err == nil || errors.Is(err, timeline.ErrUnavailable) != tc.unavailable || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%d: %v, want unavailable %v", tc.status, err, tc.unavailable)
		}
	}
	p.meddle = nil
	cursor, err := s.Cursor(t.Context())
	if err != nil || cursor != 4 || s.Refused() != 3 {
		t.Errorf("cursor %d, %v, refused %d", cursor, err, s.Refused())
	}
}

// testErrorInAnswer has an error in the middle of an answer, which must
// not pass for a short one.
func testErrorInAnswer(t *testing.T, server *influxtest.Server) {
	p := newProxy(t, server.URL)
	s := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: "answers"})
	must(t, s.Append(t.Context(), minutes(10, start()), 1))
	for _, tail := range []string{"error\r\nshard closed\r\n", ",error,reference\r\n,shard closed,\r\n"} {
		p.meddle = func(w http.ResponseWriter, r *http.Request) bool {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			if r.Body = io.NopCloser(bytes.NewReader(body)); !strings.Contains(string(body), "pivot") {
				return false
			}
			_, _ = io.WriteString(w, ",result,table,_time,device,heart_rate,received\r\n,_result,0,2026-11-20T00:00:00Z,d1,1,1\r\n\r\n"+tail)
			return true
		}
		var last error
		for _, err := range s.Range(t.Context(), heartRates()) {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), "shard closed") {
			t.Errorf("range ended with %v", last)
		}
	}
}

// testV2 speaks to 1.8 through what is 2.x's own: it shows the requests,
// and answers them as 2.x documents.
func testV2(t *testing.T, server *influxtest.Server) {
	p := newProxy(t, server.URL)
	var said []string
	ql := func(command string) {
		resp, err := http.PostForm(server.URL+"/query", url.Values{"q": {command}, "db": {"care"}})
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		if answer, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || strings.Contains(string(answer), "error") {
			t.Errorf("%s: %s %s %v", command, resp.Status, answer, err)
		}
	}
	p.meddle = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch r.Method + " " + r.URL.Path {
		case "GET /ping":
			w.Header().Set("X-Influxdb-Version", "v2.7.1")
			w.WriteHeader(http.StatusNoContent)
		case "GET /api/v2/orgs":
			_, _ = io.WriteString(w, `{"orgs":[{"id":"0123456789abcdef","name":"home"}]}`)
		case "POST /api/v2/buckets":
			said = append(said, "create "+string(body))
			ql(`CREATE DATABASE "care"`)
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":"0123456789abcdef","name":"care","retentionRules":[]}`)
		case "POST /api/v2/delete":
			said = append(said, r.URL.RawQuery+" "+string(body))
			if strings.Contains(string(body), "resident") {
				ql(`DELETE FROM "readings" WHERE "resident" = 'r1'`)
			} else {
				ql(fmt.Sprintf(`DELETE FROM "readings" WHERE time < %dms`, start().Add(20*time.Hour).UnixMilli()))
			}
			w.WriteHeader(http.StatusNoContent)
		default:
			return false
		}
		return true
	}
	s := openAt(t, timeline.InfluxConfig{URL: p.URL, Token: "t", Org: "home", Bucket: "care"})
	must(t, s.Append(t.Context(), minutes(30*60, start()), 1))
	want := total(t, s)
	must(t, s.Retain(t.Context(), start().Add(20*time.Hour)))
	if got := total(t, s); got != want || raw(t, s) != 10*60 {
		t.Errorf("after retain: %s, %d raw; want %s", got, raw(t, s), want)
	}
	// The façade deletes raw readings only: that roll-ups are left must be noticed.
	if err := s.DeleteResident(t.Context(), "r1"); err == nil || !strings.Contains(err.Error(), "still there") {
		t.Errorf("roll-ups that were not deleted went unnoticed: %v", err)
	}
	// Of what was worn by somebody else, only the span is deleted.
	must(t, s.Append(t.Context(), minutes(1, start().Add(21*time.Hour)), 2))
	move := wrongDay()
	move.Since, move.Until = start().Add(20*time.Hour), start().Add(22*time.Hour)
	if _, err := s.Move(t.Context(), move); err != nil {
		t.Error(err)
	}
	wanted := []string{
		`create {"name":"care","orgID":"0123456789abcdef","retentionRules":null`,
		`bucket=care&org=home {"predicate":"_measurement = \"readings\"","start":"1677-09-21T00:12:43.147Z","stop":"2026-11-20T19:59:59.999999999Z"}`,
		`bucket=care&org=home {"predicate":"_measurement = \"readings\" AND resident = \"r1\"","start":"1677-09-21T00:12:43.147Z","stop":"2262-04-11T23:47:16.852999999Z"}`,
		`bucket=care&org=home {"predicate":"_measurement = \"readings_1h\" AND resident = \"r1\"","start":"1677-09-21T00:12:43.147Z","stop":"2262-04-11T23:47:16.852999999Z"}`,
		`bucket=care&org=home {"predicate":"_measurement = \"readings\" AND resident = \"r1\" AND device = \"d1\"","start":"2026-11-20T20:00:00Z","stop":"2026-11-20T21:59:59.999999999Z"}`,
	}
	if !slices.EqualFunc(said, wanted, func(got, want string) bool { return strings.HasPrefix(strings.TrimSpace(got), want) }) {
		t.Errorf("said\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(wanted, "\n"))
	}
}
