package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
)

// as asks on behalf of a caregiver, and reads the answer.
func (w *world) as(method, path, body string, into any) {
	w.t.Helper()
	resp, text := w.request(method, path, body, w.tokens[records.Caregiver])
	if resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s %s", method, path, resp.Status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

type shownReminder struct {
	ID, What, Schedule, Window string
	Version                    int
	Stock                      *struct{ Left float64 }
}

type shownOccurrence struct {
	ID, Day, Status, What, By, Reason string
	N                                 int
}

func TestRemindersAreKept(t *testing.T) {
	w := newWorld(t)
	w.around("zhang-min", "Zhang Min", "zhang@example.org")
	const all = "/api/v1/residents/li/reminders"
	var made shownReminder
	w.as("POST", all, `{"kind":"medication","what":"Metformin 500 mg","dose":"1 tablet","food":"with","schedule":"daily at 20:30, 08:00",
		"stock":{"left":30,"per_dose":1,"refill_at":6,"refill":"Zhang Min"}}`, &made)
	if made.Schedule != "daily at 08:00, 20:30" || made.Version != 1 {
		t.Errorf("made %+v", made)
	}
	var pressure shownReminder
	w.as("POST", all, `{"kind":"measurement","what":"Blood pressure","metrics":["bp_systolic","bp_diastolic"],"readings":2,"window":"3h","schedule":"daily at 06:00, 18:00"}`, &pressure)
	if pressure.Window != "3h" {
		t.Errorf("made %+v", pressure)
	}
	w.as("PUT", all+"/"+made.ID+"/stock", `{"left":60}`, &made)
	if made.Stock.Left != 60 || made.Version != 2 {
		t.Errorf("more of it: %+v", made)
	}

	// It is 20:00 in Shanghai: of the doses of today the evening's is to come.
	var today []shownOccurrence
	w.as("GET", "/api/v1/residents/li/occurrences?reminder="+made.ID, "", &today)
	if len(today) != 1 || today[0].N != 2 || today[0].Day != "2026-11-23" || today[0].Status != "due" || today[0].What != "Metformin 500 mg" {
		t.Fatalf("today %+v", today)
	}
	var done shownOccurrence
	w.as("POST", "/api/v1/residents/li/occurrences/"+today[0].ID+"/done", "", &done)
	if done.Status != "done" || done.By == "" {
		t.Errorf("done: %+v", done)
	}
	var tomorrow []shownOccurrence
	w.as("GET", "/api/v1/residents/li/occurrences?day=2026-11-24", "", &tomorrow)
	if len(tomorrow) != 4 {
		t.Fatalf("tomorrow %+v", tomorrow)
	}
	w.as("POST", "/api/v1/residents/li/occurrences/"+tomorrow[0].ID+"/skip", `{"reason":"the cuff is broken"}`, &done)
	if done.Status != "skipped" || done.Reason != "the cuff is broken" {
		t.Errorf("skipped: %+v", done)
	}
	var weeks []struct {
		Due    int
		OnTime int `json:"on_time"`
		Share  float64
	}
	w.as("GET", "/api/v1/residents/li/adherence", "", &weeks)
	if len(weeks) != 0 { // the dose of this evening was taken before it was due
		t.Errorf("weeks %+v", weeks)
	}

	w.as("PUT", all+"/"+made.ID, `{"kind":"medication","what":"Metformin 850 mg","schedule":"daily at 21:00","from":2,
		"stock":{"left":60,"per_dose":1,"refill_at":6,"refill":"Zhang Min"}}`, &made)
	if made.What != "Metformin 850 mg" || made.Version != 3 || made.Stock.Left != 59 { // the doses are counted

		t.Errorf("changed %+v", made)
	}
	w.as("DELETE", all+"/"+made.ID, "", nil)
	var left []shownReminder
	w.as("GET", all, "", &left)
	if len(left) != 1 || left[0].ID != pressure.ID {
		t.Errorf("left %+v", left)
	}
}

// around adds somebody to Li's care team, with an address or, for "", without.
func (w *world) around(id, name, address string) {
	w.t.Helper()
	_, err := w.people.AddContact(w.t.Context(), records.Contact{ID: id, Name: name, TimeZone: "UTC"})
	if err == nil && address != "" {
		_, err = w.people.AddChannel(w.t.Context(), records.Channel{Contact: id, Kind: records.Email, Address: address, Trusted: true, From: records.Info})
	}
	if err == nil {
		err = w.people.SetMember(w.t.Context(), records.Membership{Resident: "li", Contact: id, Relation: records.AsFamily})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// Who saves a reminder hears what is to be thought of, and is refused who could never
// be told.
func TestRemindersWarn(t *testing.T) {
	w := newWorld(t)
	w.around("hong", "Hong", "hong@example.org")
	w.around("mute", "Mute", "")
	w.around("wei-1", "Wei", "")
	w.around("wei-2", "Wei", "")
	const all = "/api/v1/residents/li/reminders"
	warns := func(method, path, body string, want ...string) (id string) {
		t.Helper()
		var saved struct {
			ID       string
			Warnings []string
		}
		w.as(method, path, body, &saved)
		for i, one := range want {
			if i >= len(saved.Warnings) || !strings.Contains(saved.Warnings[i], one) {
				t.Errorf("%s: warned %q, want %q", body, saved.Warnings, want)
			}
		}
		if len(saved.Warnings) != len(want) {
			t.Errorf("%s: warned %q, want %q", body, saved.Warnings, want)
		}
		return saved.ID
	}
	id := warns("POST", all, `{"kind":"medication","what":"Aspirin","schedule":"daily at 08:00"}`, "nobody can be told")
	warns("PUT", all+"/"+id, `{"kind":"medication","what":"Aspirin","schedule":"daily at 08:00","helper":"mute"}`, "nobody can be told")
	warns("PUT", all+"/"+id, `{"kind":"medication","what":"Aspirin","schedule":"daily at 08:00","helper":"hong"}`)
	warns("POST", all, `{"kind":"medication","what":"aspirin ","schedule":"daily at 08:00","helper":"hong"}`, "twice: reminder "+id)
	warns("POST", all, `{"kind":"medication","what":"Aspirin","schedule":"daily at 20:00","helper":"hong"}`)
	refill := func(who string) string {
		return `{"kind":"medication","what":"Iron","schedule":"daily at 09:00","helper":"hong","stock":{"left":9,"per_dose":1,"refill_at":2,"refill":"` + who + `"}}`
	}
	for who, want := range map[string]string{"Nobody": "care team first", "Wei": "wei-1, wei-2"} {
		if resp, text := w.request("POST", all, refill(who), w.tokens[records.Caregiver]); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, want) {
			t.Errorf("%s is to get more: %s %s, want %q", who, resp.Status, text, want)
		}
	}
	warns("POST", all, refill("wei-2"))
}

func TestWhatIsNoReminder(t *testing.T) {
	w := newWorld(t)
	const all = "/api/v1/residents/li/reminders"
	var r shownReminder
	w.as("POST", all, `{"kind":"exercise","what":"Walk","schedule":"daily at 10:00"}`, &r)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", all, `{"kind":"medication","what":"x","schedule":"now and then"}`, 422, "want \\\"daily at"},
		{"POST", all, `{"kind":"exercise","what":"x","schedule":"daily at 08:00","dose":"2"}`, 422, "are of a medication"},
		{"POST", all, `{"kind":"measurement","what":"x","schedule":"daily at 08:00","metrics":["blood_presure"]}`, 422, "no such metric"},
		{"POST", all, `{"kind":"measurement","what":"x","schedule":"daily at 08:00"}`, 422, "body.metrics"},
		{"POST", all, `{"kind":"medication","what":"x","schedule":"daily at 08:00","days":"working_days"}`, 422, "know no holidays"},
		{"POST", all, `{"kind":"check_in","what":"x"}`, 422, "schedule"},
		{"POST", all, `{"kind":"recheck","what":"x","schedule":"daily at 08:00"}`, 422, "15 minutes"},
		{"POST", all, `{"kind":"exercise","what":"x","schedule":"daily at 08:00","helper":"stranger"}`, 422, "nobody around"},
		{"POST", "/api/v1/residents/nobody/reminders", `{"kind":"exercise","what":"x","schedule":"daily at 08:00"}`, 404, "resident"},
		{"PUT", all + "/" + r.ID, `{"kind":"exercise","what":"x","schedule":"daily at 08:00","from":7}`, 409, "reminder.changed"},
		{"PUT", all + "/" + r.ID + "/stock", `{"left":1}`, 409, "reminder.uncounted"},
		{"GET", "/api/v1/residents/li/reminders/none", "", 404, "reminder.not_found"},
		{"POST", "/api/v1/residents/li/occurrences/none/done", "", 404, "occurrence.not_found"},
		{"GET", "/api/v1/residents/li/occurrences?day=tomorrow", "", 422, "day"},
		{"PUT", "/api/v1/holidays", `[]`, 403, "access.forbidden"},
	} {
		resp, text := w.request(c.method, c.path, c.body, w.tokens[records.Caregiver])
		if resp.StatusCode != c.status || !strings.Contains(text, c.want) && c.status != http.StatusForbidden {
			t.Errorf("%s %s %s: %s %s, want %d with %q", c.method, c.path, c.body, resp.Status, text, c.status, c.want)
		}
	}
}

// A recheck has no schedule, a check-in says for how long it waits; a resident is
// called aloud what those around them say.
func TestRemindersOfOtherKinds(t *testing.T) {
	w := newWorld(t)
	const all = "/api/v1/residents/li/reminders"
	var r shownReminder
	w.as("POST", all, `{"kind":"recheck","what":"Measure glucose again"}`, &r)
	if r.Schedule != "" || r.ID == "" {
		t.Errorf("made %+v", r)
	}
	w.as("POST", all, `{"kind":"check_in","what":"Are you all right?","schedule":"daily at 09:00","window":"20m"}`, &r)
	if r.Window != "20m" {
		t.Errorf("made %+v", r)
	}
	var resident struct{ Name, Called string }
	w.as("PUT", "/api/v1/residents/li/called", `{"called":" 李奶奶 "}`, &resident)
	if resident.Called != "李奶奶" || resident.Name == "" {
		t.Errorf("is called %+v", resident)
	}
	if resp, _ := w.request("PUT", "/api/v1/residents/li/called", `{"called":"x"}`, w.tokens[records.Family]); resp.StatusCode != http.StatusForbidden {
		t.Errorf("somebody else's family: %s", resp.Status)
	}
}

// At which number somebody is called only those know who look after them.
func TestTelephoneOfAResident(t *testing.T) {
	w := newWorld(t)
	var resident struct{ Phone string }
	w.as("PUT", "/api/v1/residents/li/phone", `{"phone":"138 0013 8000"}`, &resident)
	if resident.Phone != "138 0013 8000" {
		t.Errorf("is called at %+v", resident)
	}
	var versions []api.Identity
	w.get("/api/v1/residents/li/identity", &versions)
	if len(versions) != 2 || versions[0].ChangedBy != w.userOf(records.Caregiver) {
		t.Errorf("who has said so: %+v", versions)
	}
	if resp, text := w.request("PUT", "/api/v1/residents/li/phone", `{"phone":"x"}`, w.tokens[records.Caregiver]); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "is no telephone number") {
		t.Errorf("no number: %s %s", resp.Status, text)
	}
	if _, text := w.request("GET", "/api/v1/residents", "", w.tokens[records.Family]); strings.Contains(text, "138") {
		t.Errorf("somebody else's family reads %s", text)
	}
	var home struct {
		Phone string
		Open  bool `json:"phone_for_neighbours"`
	}
	if resp, text := w.request("POST", "/api/v1/homes", `{"id":"h-9","name":"5-9"}`, w.tokens[records.Administrator]); resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s", resp.Status, text)
	}
	resp, text := w.request("PUT", "/api/v1/homes/h-9/phone", `{"phone":"010-6265 1234","phone_for_neighbours":true}`, w.tokens[records.Administrator])
	if err := json.Unmarshal([]byte(text), &home); err != nil || resp.StatusCode != http.StatusOK || home.Phone != "010-6265 1234" || !home.Open {
		t.Errorf("a home: %s %s", resp.Status, text)
	}
}

func TestHolidaysAndPresets(t *testing.T) {
	w := newWorld(t)
	var presets []struct{ Name, Schedule string }
	w.as("GET", "/api/v1/reminder-presets", "", &presets)
	if len(presets) < 10 {
		t.Errorf("presets %+v", presets)
	}
	resp, text := w.request("PUT", "/api/v1/holidays", `[{"day":"2027-01-01","works":false,"name":"元旦"}]`, w.tokens[records.Administrator])
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, "2027-01-01") || !strings.Contains(text, `{"day":"2026-02-14","works":true,"name":"春节"}`) {
		t.Errorf("%s %s", resp.Status, text)
	}
}
