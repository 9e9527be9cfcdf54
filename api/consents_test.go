package api_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
)

// What a family sees is what was agreed to, and ends with the withdrawal.
func TestConsents(t *testing.T) {
	w := newWorld(t)
	var mine api.MyContact
	w.ask(records.Family, "PUT", "/me/contact", `{}`, http.StatusOK, &mine)
	w.ask(records.Caregiver, "PUT", "/residents/li/care-team/"+mine.ID, `{"relation":"family"}`, http.StatusOK, nil)
	w.ask(records.Family, "GET", "/residents/li/latest", "", http.StatusOK, nil)

	const path = "/residents/li/consents"
	status := `{"purpose":"sharing","contact":"` + mine.ID + `","scopes":["status","file"],"given_by":"Li Hua","capacity":"resident","manner":"paper","proof":"folder 7","language":"zh-CN"}`
	w.ask(records.Family, "POST", path, status, http.StatusForbidden, nil)
	w.ask(records.Family, "GET", path, "", http.StatusForbidden, nil)
	w.ask(records.Caregiver, "POST", path, strings.Replace(status, `"file"`, `"fun"`, 1), http.StatusUnprocessableEntity, nil)
	w.ask(records.Caregiver, "POST", path, strings.Replace(status, `"folder 7"`, `""`, 1), http.StatusUnprocessableEntity, nil)
	var given api.Consent
	w.ask(records.Caregiver, "POST", path, status, http.StatusCreated, &given)
	if !given.Holds || given.TextVersion != records.CurrentConsentText || len(given.TextHash) != 64 || given.RecordedBy != w.userOf(records.Caregiver) || given.Language != "zh" {
		t.Errorf("%+v", given)
	}
	var text api.ConsentText
	w.ask(records.Family, "GET", "/consent-texts/sharing?language=zh-CN", "", http.StatusOK, &text)
	if text.Hash != given.TextHash {
		t.Errorf("text %+v is not what was agreed to", text)
	}
	see := func(want map[string]int) {
		t.Helper()
		for path, status := range want {
			w.ask(records.Family, "GET", path, "", status, nil)
		}
	}
	see(map[string]int{
		"/residents/li": http.StatusOK, "/residents/li/care": http.StatusOK, "/residents/li/latest": http.StatusForbidden,
		"/residents/li/alerts": http.StatusForbidden, "/residents/li/readings?metric=spo2": http.StatusForbidden,
	})
	w.ask(records.Caregiver, "POST", "/residents/wang/consents/"+given.ID+"/withdraw", `{}`, http.StatusNotFound, nil)
	w.ask(records.Caregiver, "POST", path+"/"+given.ID+"/withdraw", `{"words":"she called"}`, http.StatusOK, &given)
	if given.Holds || given.WithdrawnAt == nil || given.Withdrawal != "she called" {
		t.Errorf("%+v", given)
	}
	see(map[string]int{"/residents/li": http.StatusForbidden, "/residents/li/care": http.StatusForbidden})
	var all []api.Consent
	w.ask(records.Administrator, "GET", path, "", http.StatusOK, &all)
	if len(all) != 1 || all[0].ID != given.ID {
		t.Errorf("%+v", all)
	}
}

// A stream does not wait for its next look when what it may show was changed here.
func TestAStreamEndsAtOnceWithItsConsent(t *testing.T) {
	w := newWorld(t)
	var mine api.MyContact
	w.ask(records.Family, "PUT", "/me/contact", `{}`, http.StatusOK, &mine)
	w.ask(records.Caregiver, "PUT", "/residents/li/care-team/"+mine.ID, `{"relation":"family"}`, http.StatusOK, nil)
	var given api.Consent
	w.ask(records.Caregiver, "POST", "/residents/li/consents", `{"purpose":"sharing","contact":"`+mine.ID+`","scopes":["status","vitals"],"given_by":"Li Hua","capacity":"resident","manner":"paper","proof":"folder 7"}`, http.StatusCreated, &given)
	w.endsAtOnce(w.tokens[records.Family], "?resident=li", "/residents/li/consents/"+given.ID+"/withdraw", `{}`)
}

// Nor does an expert's, when what was asked of them ends.
func TestAStreamEndsAtOnceWithTheQuestion(t *testing.T) {
	w := newWorld(t)
	token, of := w.become(actor{role: records.Expert, panel: true})
	w.endsAtOnce(token, "", "/consultations/"+of.consultation+"/withdraw", `{"reason":"It is settled."}`)
}

// endsAtOnce fails the test unless somebody's stream says that what they may see has
// changed, and ends, when an administrator takes something back.
func (w *world) endsAtOnce(token, query, takeBack, with string) {
	t := w.t
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", w.server.URL+"/api/v1/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	defer resp.Body.Close()
	w.ask(records.Administrator, "POST", takeBack, with, http.StatusOK, nil)
	said, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(said), "event: access") {
		t.Errorf("it said %q, %v", said, err)
	}
	if took := time.Since(began); took > 2500*time.Millisecond { // its next look would be three seconds after it began
		t.Errorf("it ended %s after it began", took)
	}
}

// The family manager sees who has looked, and what was refused.
func TestAuditOfAResident(t *testing.T) {
	w := newWorld(t)
	var mine api.MyContact
	w.ask(records.Family, "PUT", "/me/contact", `{}`, http.StatusOK, &mine)
	w.ask(records.Family, "GET", "/residents/li/latest", "", http.StatusForbidden, nil)
	w.ask(records.Family, "GET", "/residents/li/audit", "", http.StatusForbidden, nil)
	w.ask(records.Administrator, "PUT", "/residents/li/care-team/"+mine.ID, `{"relation":"family_manager"}`, http.StatusOK, nil)
	w.ask(records.Caregiver, "GET", "/residents/li/latest", "", http.StatusOK, nil)
	w.ask(records.Caregiver, "GET", "/residents", "", http.StatusOK, nil)
	w.ask(records.Caregiver, "GET", "/residents/li/audit", "", http.StatusForbidden, nil)
	var page []api.AuditEntry
	w.ask(records.Family, "GET", "/residents/li/audit", "", http.StatusOK, &page)
	caregiver, family := w.userOf(records.Caregiver), w.userOf(records.Family)
	type line struct{ actor, action, scope, what, ground string }
	var got []line
	for _, e := range page {
		if e.Via != "api" || e.Resident != "li" || e.Refused != (e.Ground == "") || e.Address == "" || len(e.Hash) != 64 {
			t.Errorf("%+v", e)
		}
		got = append(got, line{e.Actor, e.Action, e.Scope, e.What, e.Ground})
	}
	want := []line{
		{family, "read", "status", "GET /api/v1/residents/{id}/audit", "family_manager"},
		{caregiver, "read", "status", "GET /api/v1/residents/{id}/audit", ""},
		{caregiver, "read", "file", "GET /api/v1/residents", "service"}, // the conditions
		{caregiver, "read", "status", "GET /api/v1/residents", "service"},
		{caregiver, "read", "vitals", "GET /api/v1/residents/{id}/latest", "service"},
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("%+v\nwant at %d %+v", got, i, want[i])
		}
	}
	if last := got[len(got)-1]; last != (line{family, "read", "vitals", "GET /api/v1/residents/{id}/latest", ""}) {
		t.Errorf("the first is %+v", last)
	}
	w.ask(records.Caregiver, "GET", "/audit", "", http.StatusForbidden, nil)
	w.ask(records.Administrator, "GET", "/audit?actor="+family+"&limit=1", "", http.StatusOK, &page)
	if len(page) != 1 || page[0].Actor != family {
		t.Errorf("%+v", page)
	}
}

func TestEmergencyOverTheAPI(t *testing.T) {
	w := newWorld(t)
	var other api.Contact
	w.ask(records.Administrator, "POST", "/contacts", `{"id":"zhou","name":"Zhou"}`, http.StatusCreated, &other)
	w.ask(records.Administrator, "POST", "/teams", `{"id":"north","name":"North","time_zone":"Asia/Shanghai","members":["zhou"],"residents":["li"]}`, http.StatusCreated, nil)
	w.ask(records.Caregiver, "GET", "/residents/li/latest", "", http.StatusForbidden, nil)
	const reason = `{"reason":"She called for help from the stairs."}`
	w.ask(records.Family, "POST", "/residents/li/emergency", reason, http.StatusForbidden, nil)
	w.ask(records.Caregiver, "POST", "/residents/li/emergency", `{"reason":"help"}`, http.StatusUnprocessableEntity, nil)
	var e api.Emergency
	w.ask(records.Caregiver, "POST", "/residents/li/emergency", reason, http.StatusCreated, &e)
	if e.Until.Sub(e.Since) != records.EmergencyLength || e.User != w.userOf(records.Caregiver) {
		t.Errorf("%+v", e)
	}
	w.ask(records.Caregiver, "GET", "/residents/li/latest", "", http.StatusOK, nil)
	w.ask(records.Caregiver, "GET", "/emergencies?open=true", "", http.StatusForbidden, nil)
	var open []api.Emergency
	w.ask(records.Administrator, "GET", "/emergencies?open=true", "", http.StatusOK, &open)
	if len(open) != 1 || open[0].ID != e.ID {
		t.Errorf("%+v", open)
	}
	w.ask(records.Caregiver, "POST", "/emergencies/"+e.ID+"/review", `{"verdict":"justified"}`, http.StatusForbidden, nil)
	w.ask(records.Administrator, "POST", "/emergencies/"+e.ID+"/review", `{"verdict":"justified","note":"an ambulance came"}`, http.StatusOK, &e)
	w.ask(records.Administrator, "GET", "/emergencies?open=true", "", http.StatusOK, &open)
	if e.Verdict != "justified" || len(open) != 0 {
		t.Errorf("%+v %+v", e, open)
	}
}
