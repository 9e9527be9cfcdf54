package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

func TestNothingIsReadableWithoutASignIn(t *testing.T) {
	w := newWorld(t)
	routes := 0
	err := chi.Walk(w.api.Router(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if open[route] {
			return nil
		}
		routes++
		path := named.Replace(route)
		for name, token := range map[string]string{"no token": "", "a wrong token": "anxin_wrong"} {
			resp, body := w.request(method, path, "", token)
			if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("Content-Type") != "application/problem+json" || resp.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s with %s: %s %s", method, route, name, resp.Status, body)
			}
		}
		return nil
	})
	if err != nil || routes < 12 {
		t.Errorf("%d routes walked: %v", routes, err)
	}
}

// named puts ids into a route: those of the world where it has one.
var named = strings.NewReplacer("{id}", "li", "{kind}", "away", "{contact}", "c-1", "{channel}", "ch-1", "{duty}", "d-1", "{override}", "o-1", "{severity}", "critical", "{purpose}", "sharing", "{session}", "s-1", "{token}", "t-1", "{week}", "2026-W47", "{n}", "1")

// What a family may not is refused before anything of the request is looked at;
// these are for everybody who signed in, and tell a family of its own alone.
var forFamilies = map[string]int{
	"GET /api/v1/residents": http.StatusOK, "GET /api/v1/situations": http.StatusOK, "GET /api/v1/alerts": http.StatusOK,
	"GET /api/v1/metrics": http.StatusOK, "GET /api/v1/events": http.StatusOK,
	"GET /api/v1/holidays": http.StatusOK, "GET /api/v1/reminder-presets": http.StatusOK, "GET /api/v1/diagnoses": http.StatusOK, // of nobody
	"GET /api/v1/forms": http.StatusOK, "GET /api/v1/forms/{id}": http.StatusNotFound, // of nobody: there is no form "li"
	"GET /api/v1/assessments/due": http.StatusOK, "GET /api/v1/consent-texts/{purpose}": http.StatusOK,
	"GET /api/v1/alerts/{id}":     http.StatusNotFound, // as if there were none
	"GET /api/v1/deliveries/{id}": http.StatusNotFound,
	"GET /api/v1/me/contact":      http.StatusNotFound, "PUT /api/v1/me/contact": http.StatusBadRequest,
	"GET /api/v1/me":     http.StatusOK,
	"GET /api/v1/panels": http.StatusOK, "GET /api/v1/consultations": http.StatusOK, // theirs alone
	"POST /api/v1/me/contact/channels": http.StatusBadRequest, "PATCH /api/v1/me/contact/channels/{channel}": http.StatusBadRequest,
	"POST /api/v1/me/contact/channels/{channel}/test": http.StatusNotFound, "DELETE /api/v1/me/contact/channels/{channel}": http.StatusNotFound, "PUT /api/v1/me/contact/residents/{id}": http.StatusBadRequest,
}

// bodies are requests that can be read, so that it is the access that refuses.
var bodies = map[string]string{
	"POST /api/v1/devices/{id}/wearings/foresee":     `{"from":"2020-01-01T00:00:00Z","to":"2020-01-02T00:00:00Z","why":"w"}`, // by nobody: what Li wears
	"POST /api/v1/devices/{id}/wearings/corrections": `{"from":"2020-01-01T00:00:00Z","to":"2020-01-02T00:00:00Z","why":"w"}`,
	"POST /api/v1/residents":                         `{"name":"x"}`, "PUT /api/v1/residents/{id}/care": `{}`, "PUT /api/v1/residents/{id}/situations/{kind}": `{"until":"2026-11-24T00:00:00Z"}`,
	"POST /api/v1/alerts/{id}/claim": `{"until":"2026-11-24T00:00:00Z"}`, "POST /api/v1/alerts/{id}/resolve": `{"verdict":"true"}`,
	"POST /api/v1/alerts/{id}/snooze": `{"until":"2026-11-24T00:00:00Z"}`, "POST /api/v1/alerts/{id}/comment": `{"text":"x"}`,
	"POST /api/v1/rules/check": `{"rule":{"id":"x"}}`, "PUT /api/v1/rules/{id}": `{"rule":{"id":"li"}}`,
	"POST /api/v1/rules/backtest": `{"from":"2026-11-22T00:00:00Z","to":"2026-11-23T00:00:00Z"}`,
	"POST /api/v1/homes":          `{"name":"x"}`, "POST /api/v1/devices": `{"id":"x"}`, "POST /api/v1/devices/unclaimed/{id}/claim": `{}`, "PATCH /api/v1/devices/{id}": `{}`,
	"PUT /api/v1/holidays": `[]`, "POST /api/v1/residents/{id}/reminders": `{"kind":"drinking","what":"x","schedule":"daily at 08:00"}`,
	"PUT /api/v1/residents/{id}/reminders/{reminder}": `{"kind":"drinking","what":"x","schedule":"daily at 08:00"}`, "PUT /api/v1/residents/{id}/reminders/{reminder}/stock": `{"left":1}`,
	"PUT /api/v1/residents/{id}/phone":      `{"phone":"13800138000"}`,
	"PUT /api/v1/homes/{id}/phone":          `{"phone":"01062651234"}`,
	"PATCH /api/v1/residents/{id}/identity": `{}`, "POST /api/v1/duplicates/distinct": `{"one":"li","other":"li"}`,
	"POST /api/v1/residents/{id}/merge": `{"other":"li","reason":"x","tag":"x"}`, "POST /api/v1/residents/{id}/merges/{merge}/undo": `{"reason":"x"}`,
	"PUT /api/v1/residents/{id}/called":                         `{"called":"x"}`,
	"POST /api/v1/residents/{id}/occurrences/{occurrence}/skip": `{"reason":"x"}`,
	"POST /api/v1/residents/{id}/assessments":                   `{"form":"self_care","answers":{},"mode":"self"}`, "PUT /api/v1/residents/{id}/assessments/{assessment}": `{"answers":{},"mode":"self","reason":"x"}`,
	"POST /api/v1/residents/{id}/consents":                    `{"purpose":"research","given_by":"x","capacity":"resident","manner":"paper","proof":"folder 7"}`,
	"POST /api/v1/residents/{id}/consents/{consent}/withdraw": `{}`, "POST /api/v1/residents/{id}/emergency": `{"reason":"long enough a reason"}`,
	"POST /api/v1/residents/{id}/erasure":  `{"confirm":"li","reason":"asked for it"}`,
	"POST /api/v1/emergencies/{id}/review": `{"verdict":"justified"}`,
	"POST /api/v1/contacts":                `{"name":"x"}`, "PUT /api/v1/contacts/{id}": `{"name":"x"}`, "POST /api/v1/contacts/{id}/channels": `{"kind":"email","address":"x"}`,
	"PATCH /api/v1/contacts/{id}/channels/{channel}": `{}`, "PUT /api/v1/residents/{id}/care-team/{contact}": `{"relation":"family"}`,
	"POST /api/v1/residents/{id}/duty": `{"until":"2026-11-24T00:00:00Z"}`, "POST /api/v1/teams": `{"name":"x"}`, "PUT /api/v1/teams/{id}": `{"name":"x"}`,
	"PATCH /api/v1/me": `{"language":"en"}`, "POST /api/v1/me/password": `{"before":"x","password":"y"}`, "POST /api/v1/me/tokens": `{}`,
	"PATCH /api/v1/users/{id}": `{}`, "POST /api/v1/users/{id}/reset": ``, "POST /api/v1/invitations": `{"role":"family"}`,
	"PUT /api/v1/policies/{id}": `{"policy":{"id":"li"}}`, "PUT /api/v1/residents/{id}/policies/{severity}": `{"policy":""}`,
	"POST /api/v1/panels": `{"name":"x","members":[{"user":"x","speciality":"x"}]}`, "PUT /api/v1/panels/{id}": `{"name":"x","members":[{"user":"x","speciality":"x"}]}`,
	"POST /api/v1/residents/{id}/consultations": `{"panel":"x","question":"x"}`,
	"POST /api/v1/consultations/{id}/opinions":  `{"answer":"leave","text":"x","reasons":"x","confidence":"low"}`,
	"POST /api/v1/consultations/{id}/decline":   `{"reason":"x"}`, "POST /api/v1/consultations/{id}/withdraw": `{"reason":"x"}`,
	"POST /api/v1/consultations/{id}/advice": `{"text":"x","plain":{"en":"x"},"review_by":"2026-12-24"}`, "POST /api/v1/consultations/{id}/review": `{"note":"x"}`,
	"POST /api/v1/consultations/{id}/proposals/{n}/accept": `{"reason":"x"}`, "POST /api/v1/consultations/{id}/proposals/{n}/decline": `{"reason":"x"}`,
	"PUT /api/v1/teams/{id}/roster": `{"shifts":[]}`, "POST /api/v1/teams/{id}/roster/overrides": `{"contact":"x","from":"2026-11-24T00:00:00Z","to":"2026-11-25T00:00:00Z"}`,
}

func TestAFamilyOfNobodySeesNothing(t *testing.T) {
	w := newWorld(t)
	walked := map[string]bool{}
	err := chi.Walk(w.api.Router(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if open[route] || method == http.MethodHead {
			return nil
		}
		name := method + " " + route
		walked[name] = true
		want, ok := forFamilies[name]
		if !ok {
			want = http.StatusForbidden
			if strings.HasPrefix(route, "/api/v1/alerts/{id}/") || strings.HasPrefix(route, "/api/v1/consultations/{id}") { // there is none "li"
				want = http.StatusNotFound
			}
		}
		if route == "/api/v1/events" {
			method = http.MethodHead // it would never end
		}
		path := named.Replace(route)
		if strings.HasSuffix(route, "/readings") {
			path += "?metric=heart_rate"
		}
		if resp, body := w.request(method, path, bodyOf(name), w.tokens[records.Family]); resp.StatusCode != want {
			t.Errorf("%s: %s %s, want %d", name, resp.Status, body, want)
		} else if strings.Contains(body, "Li Hua") {
			t.Errorf("%s tells of Li: %s", name, body)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for name := range forFamilies {
		if !walked[name] {
			t.Errorf("%s is not there", name)
		}
	}
}

func TestCaregiverReadsAndDoesNotManage(t *testing.T) {
	w := newWorld(t)
	token := w.tokens[records.Caregiver]
	for _, path := range []string{"/api/v1/residents", "/api/v1/residents/li", "/api/v1/residents/li/latest"} {
		resp, body := w.request("GET", path, "", token)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %s %s", path, resp.Status, body)
		}
		if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s may be kept or misread: %v", path, resp.Header)
		}
	}
	for path, body := range map[string]string{
		"/api/v1/residents": `{"name":"Wang"}`, "/api/v1/devices": `{"id":"x"}`, "/api/v1/homes": `{"name":"1"}`,
		"/api/v1/devices/unclaimed/x/claim": `{"resident":"li"}`,
	} {
		if resp, answer := w.request("POST", path, body, token); resp.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: %s %s", path, resp.Status, answer)
		}
	}
}

func TestResidents(t *testing.T) {
	w := newWorld(t)
	admin := w.tokens[records.Administrator]
	resp, body := w.request("POST", "/api/v1/residents", `{"id":"wang","name":"王芳","birth_date":"1941-03-05","sex":"female"}`, admin)
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("create: %s %s", resp.Status, body)
	}
	var list []api.Resident
	w.get("/api/v1/residents", &list)
	if len(list) != 2 || list[1].Name != "王芳" || list[1].BirthDate != "1941-03-05" || list[1].TimeZone != "Asia/Shanghai" {
		t.Errorf("listed: %+v", list)
	}
	for body, status := range map[string]int{
		`{"id":"wang","name":"again"}`:            http.StatusConflict,
		`{"name":""}`:                             http.StatusUnprocessableEntity,
		`{"name":"x","birth_date":"1941-02-30"}`:  http.StatusUnprocessableEntity,
		`{"name":"x","id":"a b"}`:                 http.StatusUnprocessableEntity,
		`{"name":"x","home":"nowhere"}`:           http.StatusUnprocessableEntity,
		`{"name":"x","time_zone":"Mars/Olympus"}`: http.StatusUnprocessableEntity,
		`{"name":"x","colour":"red"}`:             http.StatusUnprocessableEntity,
		`not json`:                                http.StatusBadRequest,
	} {
		resp, answer := w.request("POST", "/api/v1/residents", body, admin)
		var problem struct {
			Status int
			Detail string
		}
		if err := json.Unmarshal([]byte(answer), &problem); err != nil || resp.StatusCode != status || problem.Status != status || problem.Detail == "" {
			t.Errorf("%s: %s %s, want %d with its reason", body, resp.Status, answer, status)
		}
	}
	if resp, body := w.request("GET", "/api/v1/residents/nobody", "", admin); resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "resident.not_found") {
		t.Errorf("nobody: %s %s", resp.Status, body)
	}
}

func TestLatestAndReadings(t *testing.T) {
	w := newWorld(t)
	w.measure(vitals.HeartRate, 70, 80, 90, 60)
	w.measure(vitals.DoorContact, 1)
	var latest api.Latest
	w.get("/api/v1/residents/li/latest", &latest)
	if len(latest.Readings) != 2 || latest.Readings[0].Value != 60 || latest.Readings[0].Unit != "/min" || latest.Readings[1].Text != "open" || !latest.Now.Equal(noon) {
		t.Errorf("latest: %+v", latest)
	}
	var raw api.Readings
	w.get("/api/v1/residents/li/readings?metric=heart_rate", &raw)
	if len(raw.Readings) != 4 || raw.Readings[0].Value != 70 || raw.Readings[3].Device != "band-1" {
		t.Errorf("raw: %+v", raw)
	}
	w.get("/api/v1/residents/li/readings?metric=heart_rate&limit=2", &raw)
	if len(raw.Readings) != 2 || !raw.Truncated || raw.Readings[1].Value != 60 {
		t.Errorf("the newest two: %+v", raw)
	}
	for fn, want := range map[string]float64{"mean": 75, "min": 60, "max": 90, "sum": 300, "count": 4, "first": 70, "last": 60, "": 75} {
		var agg api.Readings
		w.get("/api/v1/residents/li/readings?metric=heart_rate&every=1d&fn="+fn, &agg)
		if len(agg.Points) != 1 || agg.Points[0].Value != want || !agg.Points[0].At.Equal(noon.Truncate(24*time.Hour)) {
			t.Errorf("%s: %+v, want %v", fn, agg.Points, want)
		}
	}
	from := noon.Add(-25 * time.Minute)
	for _, f := range []string{fmt.Sprint(from.UnixMilli()), from.Format(time.RFC3339), from.In(time.FixedZone("", 8*3600)).Format(time.RFC3339)} {
		w.get("/api/v1/residents/li/readings?metric=heart_rate&from="+f, &raw)
		if len(raw.Readings) != 2 {
			t.Errorf("from %s: %+v", f, raw.Readings)
		}
	}
	resp, body := w.request("GET", "/api/v1/residents/li/readings?metric=door_contact", "", w.tokens[records.Administrator], "Accept", "text/csv")
	want := "at,door_contact,text,unit,device,received,marks\n2026-11-23T11:50:00.000Z,1,open,{state},band-1,2026-11-23T11:50:00.005Z,\n"
	if resp.Header.Get("Content-Type") != "text/csv; charset=utf-8" || body != want {
		t.Errorf("CSV: %q, want %q", body, want)
	}
	for query, reason := range map[string]string{
		"metric=nonsense":                       "no such metric",
		"":                                      "metric",
		"metric=spo2&from=yesterday":            "not a time",
		"metric=spo2&every=5":                   "not a window",
		"metric=spo2&every=1s&from=0":           "points",
		"metric=spo2&fn=mean":                   "every",
		"metric=spo2&every=1h&fn=median":        "fn",
		"metric=spo2&from=2026-11-24T00:00:00Z": "before",
	} {
		resp, body := w.request("GET", "/api/v1/residents/li/readings?"+query, "", w.tokens[records.Administrator])
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, reason) {
			t.Errorf("?%s: %s %s, want 422 about %s", query, resp.Status, body, reason)
		}
	}
}

func TestClaim(t *testing.T) {
	w := newWorld(t)
	admin := w.tokens[records.Administrator]
	_, err := w.journal.Append(t.Context(), journal.Group{
		Shelve: []journal.Shelved{
			{Reason: journal.Held, Codec: "native", Device: "cuff-9", Topic: "anxin/v1/devices/cuff-9/readings", Payload: []byte("{}"), Received: noon.UnixMilli()},
			{Reason: journal.Held, Codec: "zigbee2mqtt", Device: "zigbee2mqtt/living room/door", Topic: "zigbee2mqtt/living room/door", Payload: []byte("{}"), Received: noon.UnixMilli()},
		},
		Changes: journal.Counts{Received: 2, Held: 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []api.Unclaimed
	w.get("/api/v1/devices/unclaimed", &list)
	if len(list) != 2 {
		t.Fatalf("unclaimed: %+v", list)
	}
	for _, u := range list {
		if strings.ContainsAny(u.ID, "/ ") {
			t.Errorf("%q does not fit into a URL", u.ID)
		}
		resp, body := w.request("POST", "/api/v1/devices/unclaimed/"+u.ID+"/claim", `{"resident":"li","name":"Door"}`, admin)
		var claimed api.NewDevice
		if err := json.Unmarshal([]byte(body), &claimed); err != nil || resp.StatusCode != http.StatusCreated || claimed.Resident != "li" || claimed.External != u.External {
			t.Fatalf("claim %s: %s %s", u.ID, resp.Status, body)
		}
	}
	requested, err := w.journal.Requested(t.Context())
	if err != nil || len(requested) != 2 {
		t.Errorf("%d messages to be replayed: %v", len(requested), err)
	}
	if resp, _ := w.request("POST", "/api/v1/devices/unclaimed/nothing/claim", `{"resident":"li"}`, admin); resp.StatusCode != http.StatusNotFound {
		t.Errorf("claim of nothing: %s", resp.Status)
	}
}

func TestDevices(t *testing.T) {
	w := newWorld(t)
	admin := w.tokens[records.Administrator]
	if resp, body := w.request("POST", "/api/v1/homes", `{"id":"h-1","name":"5-2"}`, admin); resp.StatusCode != http.StatusCreated {
		t.Fatalf("home: %s %s", resp.Status, body)
	}
	resp, body := w.request("POST", "/api/v1/devices", `{"id":"smoke-1","home":"h-1","kind":"smoke alarm"}`, admin)
	var added api.NewDevice
	if err := json.Unmarshal([]byte(body), &added); err != nil || resp.StatusCode != http.StatusCreated || added.Password == "" || added.Home != "h-1" {
		t.Fatalf("add: %s %s", resp.Status, body)
	}
	var one api.Device
	w.get("/api/v1/devices/smoke-1", &one)
	if one.Kind != "smoke alarm" || one.State != nil {
		t.Errorf("a device that was never heard: %+v", one)
	}
	var list []api.Device
	w.get("/api/v1/devices?resident=li", &list)
	if len(list) != 1 || list[0].Resident != "li" {
		t.Errorf("Li's: %+v", list)
	}
	if _, body := w.request("GET", "/api/v1/devices", "", admin); strings.Contains(body, added.Password) {
		t.Error("the password is shown a second time")
	}
	if resp, body := w.request("PATCH", "/api/v1/devices/smoke-1", `{"name":"Over the stove","zone":"kitchen"}`, admin); resp.StatusCode != http.StatusOK {
		t.Errorf("change: %s %s", resp.Status, body)
	}
	w.get("/api/v1/devices/smoke-1", &one)
	if one.Name != "Over the stove" || one.Zone != "kitchen" || one.Kind != "smoke alarm" {
		t.Errorf("changed: %+v", one)
	}
	if resp, body := w.request("PATCH", "/api/v1/devices/smoke-1", `{"zone":"attic"}`, admin); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "body.zone") {
		t.Errorf("no zone: %s %s", resp.Status, body)
	}
	if resp, _ := w.request("PATCH", "/api/v1/devices/smoke-1", `{"zone":"hall"}`, w.tokens[records.Caregiver]); resp.StatusCode != http.StatusForbidden {
		t.Errorf("changed by a caregiver: %s", resp.Status)
	}
	if resp, body := w.request("POST", "/api/v1/devices", `{"id":"smoke-1","home":"h-1"}`, admin); resp.StatusCode != http.StatusConflict {
		t.Errorf("twice: %s %s", resp.Status, body)
	}
}

func TestEvents(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", w.server.URL+"/api/v1/events?resident=li", nil)
	req.Header.Set("Authorization", "Bearer "+w.tokens[records.Caregiver])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Fatalf("%s %s", resp.Status, ct)
	}
	lines := bufio.NewScanner(resp.Body)
	next := func() (name, data string) {
		t.Helper()
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				name = line[len("event: "):]
			case strings.HasPrefix(line, "data: "):
				data = line[len("data: "):]
			case line == "":
				return name, data
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return
	}
	if name, data := next(); name != "hello" || !strings.Contains(data, "2026-11-23T12:00:00Z") {
		t.Errorf("first: %s %s", name, data)
	}
	w.view.Add(vitals.Report{Device: "x", Residents: []string{"wang"}, Samples: []vitals.Sample{{At: 1, Values: []vitals.Value{{Metric: vitals.SpO2, Number: 90}}}}})
	w.measure(vitals.SpO2, 97)
	name, data := next()
	want := `{"resident":"li","metric":"spo2","value":97,"text":"97","unit":"%","at":"2026-11-23T11:50:00Z","received":"2026-11-23T11:50:00.005Z","device":"band-1"}`
	if name != "reading" || data != want {
		t.Errorf("got  %s %s\nwant reading %s", name, data, want)
	}
	w.api.Stop()
	if lines.Scan() {
		t.Errorf("after the stop: %q", lines.Text())
	}
}

func TestReadiness(t *testing.T) {
	w := newWorld(t)
	if resp, _ := w.request("GET", "/readyz", "", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("ready: %s", resp.Status)
	}
	w.ready = errors.New("the journal cannot be written")
	resp, body := w.request("GET", "/readyz", "", "")
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "journal") {
		t.Errorf("not ready: %s %s", resp.Status, body)
	}
	if resp, _ := w.request("GET", "/healthz", "", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("alive all the same: %s", resp.Status)
	}
}

func TestOpenAPI(t *testing.T) {
	w := newWorld(t)
	_, body := w.request("GET", "/api/v1/openapi.json", "", "")
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]any
		}
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	for _, path := range []string{"/api/v1/residents", "/api/v1/residents/{id}", "/api/v1/residents/{id}/latest", "/api/v1/residents/{id}/readings", "/api/v1/devices", "/api/v1/devices/unclaimed", "/api/v1/events"} {
		if len(doc.Paths[path]) == 0 {
			t.Errorf("%s is not described", path)
		}
	}
	for path, operations := range doc.Paths {
		for method, op := range operations {
			if len(op.Security) == 0 {
				t.Errorf("%s %s says nothing of signing in", method, path)
			}
			if op.Responses["401"] == nil || method == "post" && op.Responses["400"] == nil {
				t.Errorf("%s %s does not say how it refuses: %v", method, path, op.Responses)
			}
		}
	}
}

func TestSession(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.signIn("", "caregiver", "wrong"); !errors.Is(err, records.ErrSignIn) {
		t.Errorf("wrong password: %v", err)
	}
	_, cookies, err := w.signIn("", "caregiver", "long enough")
	if err != nil {
		t.Fatal(err)
	}
	cookie := cookies[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie: %+v", cookie)
	}
	session := cookie.Name + "=" + cookie.Value
	if resp, body := w.request("GET", "/api/v1/residents", "", "", "Cookie", session); resp.StatusCode != http.StatusOK {
		t.Errorf("with the cookie: %s %s", resp.Status, body)
	}
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		if resp, _ := w.request("POST", "/api/v1/residents", `{"name":"x"}`, "", "Cookie", session, header, value); resp.StatusCode != http.StatusForbidden {
			t.Errorf("from another site (%s): %s", header, resp.Status)
		}
	}
	req := httptest.NewRequest("POST", "/sign-out", nil)
	req.AddCookie(cookie)
	if _, err := w.api.SignOut(req); err != nil {
		t.Fatal(err)
	}
	if resp, _ := w.request("GET", "/api/v1/residents", "", "", "Cookie", session); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("after signing out: %s", resp.Status)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		if _, _, err := w.signIn("", "caregiver", "wrong"); !errors.Is(err, records.ErrSignIn) {
			t.Fatal(err)
		}
	}
	var tooMany *api.TooManyTries
	if _, _, err := w.signIn("", "Caregiver", "long enough"); !errors.As(err, &tooMany) || tooMany.RetryAfter() <= 0 {
		t.Errorf("after ten wrong ones: %v", err)
	}
	for range 11 {
		if _, _, err := w.signIn("", "administrator", "long enough"); err != nil {
			t.Fatalf("right ones do not count: %v", err)
		}
	}
}
