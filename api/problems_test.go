package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records"
)

// Whatever is wrong with a request, the answer is a problem of RFC 9457.
func TestEveryErrorIsAProblem(t *testing.T) {
	w := newWorld(t)
	w.api.Pages(func(r chi.Router) {
		r.Get("/broken", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	})
	for _, c := range []struct {
		method, path string
		status       int
		allow, kind  string
	}{
		{"GET", "/api/v1/nothing", 404, "", ""},
		{"GET", "/api/v1/residents/", 404, "", ""},
		{"GET", "/api/v1/residents/nobody", 404, "", "resident.not_found"},
		{"GET", "/api/v1/events?resident=nobody", 404, "", "resident.not_found"},
		{"DELETE", "/api/v1/residents", 405, "GET, HEAD, POST", ""},
		{"POST", "/api/v1/residents/li/readings", 405, "GET, HEAD", ""},
		{"PUT", "/api/v1/events", 405, "GET, HEAD", ""},
		{"BREW", "/healthz", 405, "GET, HEAD", ""},
		{"GET", "/api/v1/devices/unclaimed/x/claim", 405, "POST", ""},
		{"GET", "/broken", 500, "", ""},
		{"GET", "/api/v1/residents/%00/latest", 400, "", ""},
		{"GET", "/api/v1/residents/%FF", 400, "", ""},
		{"GET", "/api/v1/devices/a%00", 400, "", ""},
		{"GET", "/api/v1/residents?home=%00", 400, "", ""},
		{"GET", "/api/v1/events?resident=%00", 400, "", ""},
		{"GET", "/api/v1/residents?after=%zz", 400, "", ""},
	} {
		resp, body := w.request(c.method, c.path, "", w.tokens[records.Administrator])
		var problem struct {
			Type, Title, Detail string
			Status              int
		}
		err := json.Unmarshal([]byte(body), &problem)
		if err != nil || resp.StatusCode != c.status || problem.Status != c.status || problem.Title != http.StatusText(c.status) || problem.Detail == "" ||
			resp.Header.Get("Content-Type") != "application/problem+json" || resp.Header.Get("Allow") != c.allow || !strings.HasSuffix(problem.Type, c.kind) {
			t.Errorf("%s %s: %s %v %q", c.method, c.path, resp.Status, resp.Header, body)
		}
	}
}

func TestHeadIsAnsweredAsGet(t *testing.T) {
	w := newWorld(t)
	for path, kind := range map[string]string{
		"/healthz": "text/plain; charset=utf-8", "/api/v1/residents/li/latest": "application/json", "/api/v1/events": "text/event-stream",
	} {
		resp, body := w.request("HEAD", path, "", w.tokens[records.Administrator])
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != kind || body != "" {
			t.Errorf("HEAD %s: %s %v %q", path, resp.Status, resp.Header, body)
		}
	}
	if resp, _ := w.request("HEAD", "/api/v1/residents/li/latest", "", ""); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("HEAD without a token: %s", resp.Status)
	}
}

// A token is not unknown because the database is away.
func TestSignInsThatCannotBeLookedUp(t *testing.T) {
	w := newWorld(t)
	if err := w.records.Close(); err != nil {
		t.Fatal(err)
	}
	for header, value := range map[string]string{"Authorization": "Bearer " + w.tokens[records.Administrator], "Cookie": "anxin_session=x"} {
		resp, body := w.request("GET", "/api/v1/residents", "", "", header, value)
		if resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: %s %s", header, resp.Status, body)
		}
	}
}

// A body that is refused does not come back in the answer.
func TestProblemsDoNotEcho(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 10_000)
	for name, ask := range map[string]struct {
		body   string
		header []string
		status int
	}{
		"another type":          {long, []string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		"an unknown property":   {`{"content":"` + long + `","title":"x"}`, nil, http.StatusUnprocessableEntity},
		"another kind of value": {`{"content":7,"body":"` + long + `"}`, nil, http.StatusUnprocessableEntity},
	} {
		resp, text := w.request("POST", "/api/v1/residents/li/file/documents", ask.body, w.tokens[records.Administrator], ask.header...)
		if resp.StatusCode != ask.status || len(text) > 2000 {
			t.Errorf("%s: %s, %d bytes", name, resp.Status, len(text))
		}
	}
	if _, text := w.request("POST", "/api/v1/residents", `{"name":"Wang","sex":"f"}`, w.tokens[records.Administrator]); !strings.Contains(text, `"value":"f"`) {
		t.Errorf("what is short is said: %s", text)
	}
}
