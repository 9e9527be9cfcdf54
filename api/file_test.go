package api_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
)

// fileBodies are the shortest that can be read, by the path of their kind.
var fileBodies = map[string]string{
	"particulars": `{}`, "habits": `{}`, "conditions": `{"code":"I10"}`, "allergies": `{"substance":"x","sort":"food"}`, "medicines": `{"name":"x"}`,
	"operations": `{"event":"operation","what":"x"}`, "family-history": `{"relative":"father","code":"I63"}`, "vaccinations": `{"against":"x"}`,
	"disabilities": `{"sort":"sight"}`, "goals": `{"what":"x","status":"proposed"}`, "tasks": `{"what":"x","status":"planned"}`, "notes": `{"text":"x"}`,
	"documents": `{"title":"x","sort":"other"}`,
}

var fileRoute = regexp.MustCompile(`^(POST|PUT) /api/v1/residents/{id}/file/([a-z-]+)(/{entry}(/[a-z]+)?)?$`)

// bodyOf is a request to a route that can be read, "" for one without.
func bodyOf(name string) string {
	parts := fileRoute.FindStringSubmatch(name)
	switch {
	case parts == nil:
		return bodies[name]
	case parts[2] == "photo":
		return `{"content":"aGk="}`
	case parts[2] == "documents" && parts[3] == "":
		return `{"body":` + fileBodies["documents"] + `,"content":"aGk="}`
	case parts[4] == "/end" || parts[4] == "/withdraw":
		return `{"reason":"x"}`
	}
	return `{"body":` + fileBodies[parts[2]] + `}`
}

func TestEveryKindIsKeptAndRead(t *testing.T) {
	w := newWorld(t)
	caregiver := w.tokens[records.Caregiver]
	for path, body := range fileBodies {
		if path == "documents" {
			continue
		}
		at := "/api/v1/residents/li/file/" + path
		if path == "particulars" || path == "habits" {
			w.answer("GET", at, "", caregiver, http.StatusNotFound, nil)
			w.answer("PUT", at, `{"body":`+body+`,"version":0}`, caregiver, http.StatusOK, nil)
			w.answer("PUT", at, `{"body":`+body+`,"version":0}`, caregiver, http.StatusConflict, nil)
			w.answer("GET", at+"/history", "", caregiver, http.StatusOK, nil)
			continue
		}
		var made, ended api.FileEntry[map[string]any]
		w.answer("POST", at, `{"body":`+body+`,"reason":"said by the daughter"}`, caregiver, http.StatusCreated, &made)
		if made.Version != 1 || made.State != "current" || made.Reason != "said by the daughter" || made.ChangedBy == "" || len(made.Body) == 0 {
			t.Errorf("%s: %+v", path, made)
		}
		w.answer("PUT", at+"/"+made.ID, `{"body":`+body+`,"version":7}`, caregiver, http.StatusConflict, nil)
		w.answer("PUT", at+"/"+made.ID, `{"body":{"nonsense":1}}`, caregiver, http.StatusUnprocessableEntity, nil)
		w.answer("POST", at+"/"+made.ID+"/end", `{"on":"2026-10","version":1}`, caregiver, http.StatusOK, &ended)
		if ended.Version != 2 || ended.State != "ended" || ended.EndedOn != "2026-10" {
			t.Errorf("%s ended: %+v", path, ended)
		}
		w.answer("POST", at+"/"+made.ID+"/withdraw", `{}`, caregiver, http.StatusUnprocessableEntity, nil)
		w.answer("PUT", at+"/"+made.ID, `{"body":`+body+`}`, caregiver, http.StatusOK, nil)
		var history, list []api.FileEntry[map[string]any]
		w.answer("GET", at+"/"+made.ID+"/history", "", caregiver, http.StatusOK, &history)
		w.answer("GET", at, "", caregiver, http.StatusOK, &list)
		if len(history) != 3 || len(list) != 1 || list[0].Version != 3 {
			t.Errorf("%s: history %+v, list %+v", path, history, list)
		}
	}
	var file api.HealthFile
	w.get("/api/v1/residents/li/file", &file)
	if file.Version != 32 || file.Resident.Name != "Li Hua" || file.Particulars == nil || file.Habits == nil || len(file.Conditions) != 1 || file.Conditions[0].Called.ZH != "特发性（原发性）高血压" ||
		len(file.Notes) != 1 || len(file.Goals) != 1 || len(file.Devices) != 1 || file.Devices[0].Device != "band-1" || file.CareTeam.Resident != "li" || file.Documents == nil {
		t.Errorf("%+v", file)
	}
	var before api.HealthFile
	w.get("/api/v1/residents/li/file?version=1", &before)
	if n := len(before.Notes) + len(before.Goals) + len(before.Conditions); before.Version != 1 || n > 1 {
		t.Errorf("as it was at first: %+v", before)
	}
	var changes []api.FileChange
	w.get("/api/v1/residents/li/file/history?limit=5", &changes)
	if len(changes) != 5 || changes[0].Version != 32 {
		t.Errorf("%+v", changes)
	}
}

func TestAFileSaysWhatIsWrongWithWhat(t *testing.T) {
	w := newWorld(t)
	text := w.answer("POST", "/api/v1/residents/li/file/medicines", `{"body":{"name":"x","atc":"Q","remind":true}}`, w.tokens[records.Administrator], http.StatusUnprocessableEntity, nil)
	for _, says := range []string{"body.body.atc", "body.body.schedule", "urn:anxin:error:entry.invalid"} {
		if !strings.Contains(text, says) {
			t.Errorf("%s does not say %s", text, says)
		}
	}
}

func TestWhoSeesAFile(t *testing.T) {
	w := newWorld(t)
	var note api.FileEntry[healthfile.Note]
	w.answer("POST", "/api/v1/residents/li/file/notes", `{"body":{"text":"hard of hearing"}}`, w.tokens[records.Administrator], http.StatusCreated, &note)
	family, err := w.users.ByLogin(t.Context(), string(records.Family))
	if err != nil {
		t.Fatal(err)
	}
	contact, err := w.people.AddContact(t.Context(), records.Contact{ID: "daughter", User: family.ID, Name: "Li Min", TimeZone: "Asia/Shanghai"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		relation     records.Relation
		reads, keeps int
	}{
		{records.AsNeighbour, http.StatusForbidden, http.StatusForbidden},
		{records.AsFamily, http.StatusForbidden, http.StatusForbidden},
		{records.AsManager, http.StatusOK, http.StatusCreated},
		{records.AsDoctor, http.StatusOK, http.StatusCreated},
		{records.AsResident, http.StatusOK, http.StatusForbidden},
	} {
		if err := w.people.SetMember(t.Context(), records.Membership{Resident: "li", Contact: contact.ID, Relation: c.relation}); err != nil {
			t.Fatal(err)
		}
		token := w.tokens[records.Family]
		text := w.answer("GET", "/api/v1/residents/li/file", "", token, c.reads, nil)
		if strings.Contains(text, "hard of hearing") != (c.reads == http.StatusOK) {
			t.Errorf("%s reads %s", c.relation, text)
		}
		w.answer("GET", "/api/v1/residents/li/file/notes/"+note.ID+"/history", "", token, c.reads, nil)
		w.answer("POST", "/api/v1/residents/li/file/notes", `{"body":{"text":"x"}}`, token, c.keeps, nil)
	}
	// In a care team of their own somebody sees the file without its documents.
	if err := w.people.SetMember(t.Context(), records.Membership{Resident: "li", Contact: contact.ID, Relation: records.AsCaregiver}); err != nil {
		t.Fatal(err)
	}
	if text := w.answer("GET", "/api/v1/residents/li/file", "", w.tokens[records.Family], http.StatusOK, nil); strings.Contains(text, `"documents":`) {
		t.Errorf("a caregiver of the care team sees that there are documents: %s", text)
	}
}

func TestDocuments(t *testing.T) {
	w := newWorld(t)
	caregiver := w.tokens[records.Caregiver]
	at := "/api/v1/residents/li/file/documents"
	content := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7 <script>alert(1)</script>"))
	var made api.FileEntry[healthfile.Document]
	w.answer("POST", at, `{"body":{"title":"出院小结\"x.html","sort":"discharge"},"content":"`+content+`"}`, caregiver, http.StatusCreated, &made)
	if made.Body.Type != "application/pdf" || made.Body.Size != 34 || len(made.Body.Paper) != 64 {
		t.Errorf("%+v", made)
	}
	resp, body := w.request("GET", at+"/"+made.ID+"/content", "", caregiver)
	for header, want := range map[string]string{
		"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Content-Disposition": `attachment; filename*=utf-8''%E5%87%BA%E9%99%A2%E5%B0%8F%E7%BB%93%22x.html.pdf`, "Cache-Control": "no-store", "Content-Length": "34",
	} {
		if got := resp.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(body, "%PDF") {
		t.Errorf("%s %s", resp.Status, body)
	}
	w.answer("POST", at, `{"body":{"title":"x","sort":"other"},"content":"`+base64.StdEncoding.EncodeToString([]byte("<html>"))+`"}`, caregiver, http.StatusUnprocessableEntity, nil)
	large := base64.StdEncoding.EncodeToString(append([]byte("%PDF-1.7"), make([]byte, papers.Largest)...))
	w.answer("POST", at, `{"body":{"title":"x","sort":"other"},"content":"`+large+`"}`, caregiver, http.StatusUnprocessableEntity, nil)

	photo := "/api/v1/residents/li/file/photo"
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	w.answer("GET", photo, "", caregiver, http.StatusNotFound, nil)
	w.answer("PUT", photo, `{"content":"`+base64.StdEncoding.EncodeToString(picture.Bytes())+`"}`, caregiver, http.StatusOK, nil)
	resp, _ = w.request("GET", photo, "", caregiver)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/jpeg" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
	w.answer("DELETE", photo, "", caregiver, http.StatusNoContent, nil)

	// Of a file that is seen without its documents, these cannot be changed either.
	family, err := w.users.ByLogin(t.Context(), string(records.Family))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.people.AddContact(t.Context(), records.Contact{ID: "ayi", User: family.ID, Name: "Ayi", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	if err := w.people.SetMember(t.Context(), records.Membership{Resident: "li", Contact: "ayi", Relation: records.AsCaregiver}); err != nil {
		t.Fatal(err)
	}
	token := w.tokens[records.Family]
	w.answer("GET", "/api/v1/residents/li/file", "", token, http.StatusOK, nil)
	for _, path := range []string{at, at + "/" + made.ID + "/content", at + "/" + made.ID + "/history", photo} {
		w.answer("GET", path, "", token, http.StatusForbidden, nil)
	}
	w.answer("POST", at+"/"+made.ID+"/withdraw", `{"reason":"x"}`, token, http.StatusForbidden, nil)
	w.answer("POST", at+"/"+made.ID+"/withdraw", `{"reason":"x"}`, caregiver, http.StatusOK, nil)
	w.answer("GET", at+"/"+made.ID+"/content", "", caregiver, http.StatusNotFound, nil)
}

func TestAMedicineFeedsItsReminder(t *testing.T) {
	w := newWorld(t)
	caregiver := w.tokens[records.Caregiver]
	at := "/api/v1/residents/li/file/medicines"
	text := w.answer("POST", at, `{"body":{"name":"Metformin","remind":true,"schedule":"now and then"}}`, caregiver, http.StatusUnprocessableEntity, nil)
	if !strings.Contains(text, "body.body.schedule") {
		t.Errorf("a schedule that cannot be read: %s", text)
	}
	reminder := func(id string) (r api.Reminder) {
		t.Helper()
		w.get("/api/v1/residents/li/reminders/"+id, &r)
		return r
	}
	// Somebody has made a reminder of it before: it becomes the medicine's.
	w.ask(records.Administrator, "POST", "/contacts", `{"id":"daughter","name":"Hong"}`, http.StatusCreated, nil)
	w.ask(records.Administrator, "PUT", "/residents/li/care-team/daughter", `{"relation":"family"}`, http.StatusOK, nil)
	var before api.Reminder
	w.answer("POST", "/api/v1/residents/li/reminders", `{"kind":"medication","what":"Metformin 500 mg","schedule":"daily at 08:00, 20:00","stock":{"left":30,"per_dose":1,"refill_at":6,"refill":"daughter"}}`, caregiver, http.StatusCreated, &before)
	var made, changed, other api.FileEntry[healthfile.Medicine]
	w.answer("POST", at, `{"body":{"name":"Metformin","strength":"500 mg","dose":"1 tablet","food":"with","remind":true,"schedule":"daily at 08:00, 20:00"}}`, caregiver, http.StatusCreated, &made)
	if made.Reminder != before.ID {
		t.Fatalf("the reminder is %q, not %q", made.Reminder, before.ID)
	}
	if r := reminder(made.Reminder); r.Dose != "1 tablet" || r.Food != "with" || r.Stock == nil || r.Stock.Left != 30 {
		t.Errorf("%+v", r)
	}
	w.answer("POST", at, `{"body":{"name":"Metformin","strength":"500 mg","remind":true,"schedule":"daily at 08:00, 20:00"}}`, caregiver, http.StatusCreated, &other)
	if other.Reminder == "" || other.Reminder == made.Reminder {
		t.Errorf("two medicines have one reminder: %q", other.Reminder)
	}
	w.answer("PUT", at+"/"+made.ID, `{"body":{"name":"Metformin","strength":"850 mg","remind":true,"schedule":"daily at 07:30","from":"2026-11-01","time_critical":true}}`, caregiver, http.StatusOK, &changed)
	if r := reminder(changed.Reminder); changed.Reminder != made.Reminder || r.What != "Metformin 850 mg" || r.Schedule != "daily at 07:30" || r.Start != "2026-11-01" || !r.TimeCritical || r.Dose != "" || r.Stock == nil {
		t.Errorf("%+v", r)
	}
	version := reminder(changed.Reminder).Version
	w.answer("PUT", at+"/"+made.ID, `{"body":{"name":"Metformin","strength":"850 mg","remind":true,"schedule":"daily at 07:30","from":"2026-11-01","time_critical":true,"prescriber":"Dr Wu"}}`, caregiver, http.StatusOK, nil)
	if r := reminder(changed.Reminder); r.Version != version {
		t.Errorf("who prescribed it changes the reminder: %+v", r)
	}
	changed = api.FileEntry[healthfile.Medicine]{}
	w.answer("POST", at+"/"+made.ID+"/end", `{}`, caregiver, http.StatusOK, &changed)
	if r := reminder(made.Reminder); changed.Reminder != "" || r.EndedAt == nil {
		t.Errorf("it is not taken any more: %+v", r)
	}
	w.answer("PUT", at+"/"+made.ID, `{"body":{"name":"Metformin","remind":true,"schedule":"daily at 07:30"}}`, caregiver, http.StatusOK, &changed)
	if changed.Reminder == "" || changed.Reminder == made.Reminder || reminder(changed.Reminder).EndedAt != nil {
		t.Errorf("taken again, it has %q", changed.Reminder)
	}
	// Somebody has ended it by hand, and then the medicine is one that is not reminded of.
	w.answer("DELETE", "/api/v1/residents/li/reminders/"+changed.Reminder, "", caregiver, http.StatusNoContent, nil)
	changed = api.FileEntry[healthfile.Medicine]{}
	w.answer("PUT", at+"/"+made.ID, `{"body":{"name":"Metformin"}}`, caregiver, http.StatusOK, &changed)
	if changed.Reminder != "" || reminder(other.Reminder).EndedAt != nil {
		t.Errorf("%q, and the other %+v", changed.Reminder, reminder(other.Reminder))
	}
}

func TestTheRulesGoByWhatTheFileSays(t *testing.T) {
	w := newWorld(t)
	caregiver := w.tokens[records.Caregiver]
	at := "/api/v1/residents/li/file"
	proposed := func() (said []string) {
		t.Helper()
		var file api.HealthFile
		w.get(at, &file)
		for _, p := range file.Proposals {
			if p.Over {
				p.Condition = "no " + p.Condition
			}
			said = append(said, p.Condition)
		}
		return said
	}
	var lungs api.FileEntry[healthfile.Condition]
	w.answer("POST", at+"/conditions", `{"body":{"code":"J44.9"}}`, caregiver, http.StatusCreated, &lungs)
	w.answer("POST", at+"/conditions", `{"body":{"code":"I48.0"}}`, caregiver, http.StatusCreated, nil)
	w.answer("POST", at+"/conditions", `{"body":{"code":"I10"}}`, caregiver, http.StatusCreated, nil)
	w.answer("POST", at+"/medicines", `{"body":{"name":"Metoprolol","atc":"C07AB02"}}`, caregiver, http.StatusCreated, nil)
	if got := proposed(); !slices.Equal(got, []string{"beta_blocker", "copd"}) {
		t.Errorf("proposed: %v", got)
	}
	var care api.CareVersion
	w.answer("POST", at+"/proposals/copd/accept", "", caregiver, http.StatusOK, &care)
	if !slices.Equal(care.Conditions, []string{"copd"}) || care.Reason != "health file: J44.9 (entry "+lungs.ID+", version 1)" || care.ChangedBy == "" {
		t.Errorf("%+v", care)
	}
	w.answer("POST", at+"/proposals/copd/accept", "", caregiver, http.StatusNotFound, nil)
	w.answer("POST", at+"/proposals/heart_failure/accept", "", caregiver, http.StatusNotFound, nil)
	w.answer("POST", at+"/conditions/"+lungs.ID+"/end", `{}`, caregiver, http.StatusOK, nil)
	if got := proposed(); !slices.Equal(got, []string{"beta_blocker", "no copd"}) {
		t.Errorf("proposed: %v", got)
	}
	care = api.CareVersion{}
	w.answer("POST", at+"/proposals/copd/accept", "", caregiver, http.StatusOK, &care)
	if len(care.Conditions) != 0 {
		t.Errorf("%+v", care)
	}
	// The rules know all that a file may propose.
	for _, body := range []string{`{"code":"J44"}`, `{"code":"I48.2"}`, `{"code":"I50"}`, `{"code":"I10","treated":true}`} {
		w.answer("POST", at+"/conditions", `{"body":`+body+`}`, caregiver, http.StatusCreated, nil)
	}
	all := proposed()
	for _, condition := range all {
		w.answer("POST", at+"/proposals/"+condition+"/accept", "", caregiver, http.StatusOK, &care)
	}
	if want := []string{"atrial_fibrillation", "beta_blocker", "copd", "heart_failure", "treated_hypertension"}; !slices.Equal(all, want) || !slices.Equal(care.Conditions, want) {
		t.Errorf("proposed %v, going by %v, want %v", all, care.Conditions, want)
	}
}
