package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/vitals"
)

// follow has the readings follow merges.
func (w *world) follow() {
	w.t.Helper()
	err := w.merges.Readings(w.t.Context(), w.timeline, func(context.Context, uint64) error { return nil }, func(_ context.Context, _ merging.Merge) error { return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

// A second file of a person is not made unasked, and who may not see the first learns
// only that there is one.
func TestASecondFileIsAskedFor(t *testing.T) {
	w := newWorld(t)
	admin := w.tokens[records.Administrator]
	post := func(body string, status int) string {
		t.Helper()
		return w.answer("POST", "/api/v1/residents", body, admin, status, nil)
	}
	post(`{"id":"wang","name":"王秀英","birth_date":"1941-03-05","sex":"female"}`, http.StatusCreated)
	text := post(`{"id":"wang-2","name":"Xiuying Wang","birth_date":"1941-03-05"}`, http.StatusConflict)
	for _, says := range []string{`"resident":"wang"`, `"name":"王秀英"`, `"name_sound"`, `"likely":false`, "urn:anxin:error:resident.likely_duplicate", "not_duplicate_of"} {
		if !strings.Contains(text, says) {
			t.Errorf("%s does not say %s", text, says)
		}
	}
	post(`{"id":"wang-2","name":"Xiuying Wang","birth_date":"1941-03-05","not_duplicate_of":["nobody"]}`, http.StatusConflict)
	post(`{"id":"wang-2","name":"Xiuying Wang","birth_date":"1941-03-05","not_duplicate_of":["wang"]}`, http.StatusCreated)
	var pairs []api.DuplicatePair
	if w.get("/api/v1/duplicates", &pairs); len(pairs) != 0 {
		t.Errorf("asked again: %+v", pairs)
	}
	post(`{"id":"wang-3","name":"王秀英","birth_date":"1941-03-05","not_duplicate_of":["wang","wang-2"]}`, http.StatusCreated)
	if w.get("/api/v1/duplicates", &pairs); len(pairs) != 0 {
		t.Errorf("asked again: %+v", pairs)
	}
	w.ask(records.Administrator, "PATCH", "/residents/li/identity", `{"name":"王秀瑛","birth_date":"1941-05-03","reason":"her card","version":1}`, http.StatusOK, nil)
	if w.get("/api/v1/duplicates", &pairs); len(pairs) == 0 {
		t.Error("who became alike is not listed")
	}
	w.ask(records.Administrator, "PATCH", "/residents/li/identity", `{"name":"x","version":1}`, http.StatusConflict, nil)
	var versions []api.Identity
	if w.get("/api/v1/residents/li/identity", &versions); len(versions) != 2 || versions[0].Name != "王秀瑛" || versions[0].Reason != "her card" || versions[1].Name != "Li Hua" {
		t.Errorf("%+v", versions)
	}
}

func TestMergeAndUndoOverTheAPI(t *testing.T) {
	w := newWorld(t)
	w.measure(vitals.HeartRate, 71, 70, 72)
	ask := func(method, path, body string, status int, into any) {
		t.Helper()
		w.ask(records.Administrator, method, path, body, status, into)
	}
	ask("POST", "/residents", `{"id":"hua","name":"李华","birth_date":"1941-03-05"}`, http.StatusCreated, nil)
	ask("POST", "/contacts", `{"id":"son","name":"Son"}`, http.StatusCreated, nil)
	ask("PUT", "/residents/li/care-team/son", `{"relation":"family"}`, http.StatusOK, nil)
	ask("POST", "/residents/li/file/notes", `{"body":{"text":"likes tea"}}`, http.StatusCreated, nil)
	w.presses(1)

	var p api.MergePreview
	ask("GET", "/residents/hua/merge?other=li&along=son", "", http.StatusOK, &p)
	if len(p.People) != 1 || p.People[0].Contact != "son" || len(p.Widened) != 1 || len(p.Fields) == 0 || p.Rows["alerts"] != 1 || p.Rows["wearings"] != 1 {
		t.Fatalf("%+v", p)
	}
	if p.Rows["file_entries"] != 1 {
		t.Fatalf("%+v", p.Rows)
	}
	body := func(more string) string {
		return `{"other":"li","reason":"one person, two spellings","tag":"` + p.Tag + `"` + more + `}`
	}
	ask("POST", "/residents/hua/merge", `{"other":"li","reason":"x","tag":"old"}`, http.StatusConflict, nil)
	ask("POST", "/residents/hua/merge", body(""), http.StatusConflict, nil)
	ask("POST", "/residents/hua/merge", body(`,"along":["son"]`), http.StatusConflict, nil)
	w.ask(records.Family, "POST", "/residents/hua/merge", body(`,"along":["son"],"widen":["son"]`), http.StatusForbidden, nil)
	var m api.Merge
	ask("POST", "/residents/hua/merge", body(`,"along":["son"],"widen":["son"]`), http.StatusCreated, &m)
	w.follow()

	// By either id it is one file, with all that was the other's.
	var r api.Resident
	resp, _ := w.request("GET", "/api/v1/residents/li", "", w.tokens[records.Administrator])
	if resp.Header.Get("Anxin-Merged-Into") != "hua" {
		t.Errorf("%v", resp.Header)
	}
	for _, id := range []string{"li", "hua"} {
		if w.get("/api/v1/residents/"+id, &r); r.ID != "hua" || r.Name != "李华" {
			t.Errorf("%s: %+v", id, r)
		}
		var file api.HealthFile
		if w.get("/api/v1/residents/"+id+"/file", &file); len(file.Notes) != 1 || len(file.Devices) != 1 {
			t.Errorf("%s: %+v", id, file)
		}
		var readings struct{ Readings []any }
		if w.get("/api/v1/residents/"+id+"/readings?metric=heart_rate&from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z", &readings); len(readings.Readings) != 3 {
			t.Errorf("%s: %+v", id, readings)
		}
		var open []api.Alert
		if w.get("/api/v1/residents/"+id+"/alerts", &open); len(open) != 1 || open[0].Resident != "hua" {
			t.Fatalf("%s: %+v", id, open)
		}
		ask("POST", "/alerts/"+open[0].ID+"/claim", `{"until":"2026-11-24T00:00:00Z"}`, http.StatusOK, nil)
	}
	var all []api.Resident
	if w.get("/api/v1/residents", &all); len(all) != 1 {
		t.Errorf("%+v", all)
	}
	ask("POST", "/residents/hua/merge", body(""), http.StatusConflict, nil) // it is merged

	// And again two.
	ask("POST", "/residents/hua/merges/"+m.ID+"/undo", `{"reason":"they are cousins"}`, http.StatusOK, &m)
	ask("POST", "/residents/hua/merges/"+m.ID+"/undo", `{"reason":"they are cousins"}`, http.StatusConflict, nil)
	w.follow()
	if w.get("/api/v1/residents/li", &r); r.ID != "li" {
		t.Errorf("%+v", r)
	}
	var open []api.Alert
	if w.get("/api/v1/residents/li/alerts", &open); len(open) != 1 || open[0].Status != "claimed" {
		t.Errorf("%+v", open)
	}
	ask("POST", "/alerts/"+open[0].ID+"/resolve", `{"verdict":"true"}`, http.StatusOK, nil)
	var list []api.Merge
	if w.get("/api/v1/residents/hua/merges", &list); len(list) != 1 || list[0].UndoneAt == nil || list[0].Undoing != "they are cousins" {
		t.Errorf("%+v", list)
	}
	var looked []api.AuditEntry
	if w.get("/api/v1/residents/li/audit", &looked); len(looked) == 0 {
		t.Error("nothing in the audit")
	}
}
