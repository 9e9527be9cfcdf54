package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
)

// What an expert may beyond one who is asked nothing: of a question that is open what it
// is answered by, and of one that has ended nothing.
func TestExpertsGetNoFurther(t *testing.T) {
	open := []string{
		"GET /api/v1/consultations/{id}", "GET /api/v1/consultations/{id}/evidence", "GET /api/v1/consultations/{id}/documents/{n}", "GET /api/v1/consultations/{id}/opinions",
		"POST /api/v1/consultations/{id}/decline", "POST /api/v1/consultations/{id}/opinions",
	}
	theirs := []string{"GET /api/v1/panels/{id}", "GET /api/v1/panels/{id}/figures"}
	for name, letters := range readMatrix(t) {
		e, k, l := strings.Contains(letters, "E"), strings.Contains(letters, "K"), strings.Contains(letters, "L")
		if want := e || slices.Contains(open, name) || slices.Contains(theirs, name); k != want {
			t.Errorf("%s: who is asked gets through: %t", name, k)
		}
		if want := e || slices.Contains(theirs, name); l != want {
			t.Errorf("%s: who was asked gets through: %t", name, l)
		}
	}
}

// Nothing that an expert can read says who it is about.
func TestExpertsAreToldOfNobody(t *testing.T) {
	for _, over := range []bool{false, true} {
		w := newWorld(t)
		token, of := w.become(actor{role: records.Expert, panel: true, over: over})
		for _, name := range w.routes() {
			method, route, _ := strings.Cut(name, " ")
			about := strings.HasPrefix(route, "/api/v1/consultations") || strings.HasPrefix(route, "/api/v1/panels")
			if !about && (method != "GET" || strings.Contains(route, "/events")) {
				continue
			}
			path := named.Replace(route)
			if about {
				path = strings.NewReplacer("{id}", of.consultation, "{n}", "1").Replace(route)
			}
			resp, body := w.request(method, path, bodyOf(name), token)
			for _, secret := range []string{"Li Hua", `"li"`, `\"li\"`, "band-1"} {
				// Elsewhere a refusal repeats what was asked for.
				if strings.Contains(body, secret) && (about || resp.StatusCode == http.StatusOK) {
					t.Errorf("over: %t: %s says %s: %s", over, name, secret, body)
				}
			}
		}
	}
}

// A document that is put to a question is a download without a name; only who may see the
// documents puts one.
func TestADocumentIsPutToAQuestion(t *testing.T) {
	w := newWorld(t)
	token, of := w.become(actor{role: records.Expert, panel: true})
	resp, body := w.request("GET", "/api/v1/consultations/"+of.consultation+"/documents/1", "", token)
	for header, want := range map[string]string{
		"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=document-1.pdf", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store", "Content-Length": "12",
	} {
		if got := resp.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if resp.StatusCode != http.StatusOK || body != "%PDF-1.7 ..." {
		t.Errorf("%s %q", resp.Status, body)
	}
	for _, c := range []struct {
		who    actor
		status int
	}{
		{actor{role: records.Family, relation: "family_manager"}, http.StatusCreated},
		{actor{role: records.Family, relation: "caregiver"}, http.StatusForbidden}, // keeps the file, and sees no documents
		{actor{role: records.Family, relation: "family_manager", scopes: `["status","vitals","alerts","file"]`}, http.StatusForbidden},
	} {
		w := newWorld(t)
		token, _ := w.become(c.who)
		var all []api.FileEntry[healthfile.Document]
		w.ask(records.Administrator, "GET", "/residents/li/file/documents", "", http.StatusOK, &all)
		if resp, text := w.request("POST", "/api/v1/residents/li/consultations", fmt.Sprintf(`{"panel":"hearts","question":"?","documents":[%q]}`, all[0].ID), token); resp.StatusCode != c.status {
			t.Errorf("%+v: %s %s", c.who, resp.Status, text)
		}
		if resp, text := w.request("POST", "/api/v1/residents/li/consultations", `{"panel":"hearts","question":"?"}`, token); resp.StatusCode != http.StatusCreated {
			t.Errorf("%+v without documents: %s %s", c.who, resp.Status, text)
		}
	}
}

// What the rules go by is the staff's to decide on, whether they say yes or no; the rest is
// that of whoever keeps the file.
func TestWhatTheRulesGoByIsForStaff(t *testing.T) {
	for who, staff := range map[actor]bool{{role: records.Family, relation: "family_manager"}: false, {role: records.Caregiver, team: true}: true} {
		w := newWorld(t)
		token, of := w.become(who)
		for n := 1; n <= 4; n++ {
			at := fmt.Sprint("/api/v1/consultations/", of.advised, "/proposals/", n)
			if n <= 3 && !staff {
				for _, do := range []string{"/accept", "/decline"} {
					if text := w.answer("POST", at+do, `{"reason":"x"}`, token, http.StatusForbidden, nil); strings.Contains(text, `"li"`) {
						t.Errorf("%s", text)
					}
				}
				continue
			}
			w.answer("POST", at+"/accept", `{"reason":"x"}`, token, http.StatusOK, nil)
		}
	}
}

// Of advice that was altered it is said that it was, and the rest is listed.
func TestAlteredAdviceIsListedAsThat(t *testing.T) {
	w := newWorld(t)
	token, of := w.become(actor{role: records.Caregiver, team: true})
	list := func() (all []api.Advice) {
		t.Helper()
		w.answer("GET", "/api/v1/residents/li/advice", "", token, http.StatusOK, &all)
		return all
	}
	if all := list(); len(all) != 1 || all[0].Altered || all[0].Text != "x" {
		t.Errorf("%+v", all)
	}
	if _, err := w.records.ExecContext(t.Context(), "UPDATE advice SET body = REPLACE(body, '150', '190')"); err != nil {
		t.Fatal(err)
	}
	if all := list(); len(all) != 1 || !all[0].Altered || all[0].Consultation != of.advised || all[0].Text != "" {
		t.Errorf("altered: %+v", all)
	}
	w.answer("GET", "/api/v1/residents/li/consultations", "", token, http.StatusOK, nil)
}

// A question from first to last, by people with tokens.
func TestAdviceIsAskedForAndFollowed(t *testing.T) {
	w := newWorld(t)
	tokens, ids := map[string]string{}, map[string]string{}
	for _, name := range []string{"chair", "second"} {
		u, err := w.users.Add(t.Context(), records.User{Login: name, Name: name, Role: records.Expert})
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = u.ID
		if tokens[name], _, err = w.users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	caregiver := w.tokens[records.Caregiver]
	ask := func(token, method, path, body string, status int, into any) {
		t.Helper()
		resp, text := w.request(method, "/api/v1"+path, body, token)
		if resp.StatusCode != status {
			t.Fatalf("%s %s: %s %s", method, path, resp.Status, text)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.ask(records.Administrator, "POST", "/panels", fmt.Sprintf(`{"id":"hearts","name":"Hearts","active":true,"members":[{"user":%q,"speciality":"Cardiology","chair":true},{"user":%q,"speciality":"Geriatrics"}],"openers":[{"rule":"bp_high_session","alerts":3,"days":7}]}`, ids["chair"], ids["second"]), http.StatusCreated, nil)
	const question = `{"panel":"hearts","question":"Is the upper limit right?","urgency":"soon"}`
	if resp, text := w.request("POST", "/api/v1/residents/li/consultations", question, caregiver); resp.StatusCode != http.StatusConflict || !strings.Contains(text, "urn:anxin:error:consultation.no_consent") {
		t.Errorf("without consent: %s %s", resp.Status, text)
	}
	ask(caregiver, "POST", "/residents/li/consents", `{"purpose":"panel","given_by":"Li","capacity":"resident","manner":"paper","proof":"folder 7"}`, http.StatusCreated, nil)
	var c api.Consultation
	ask(caregiver, "POST", "/residents/li/consultations", question, http.StatusCreated, &c)

	resp, text := w.request("GET", "/api/v1/consultations/"+c.ID+"/evidence", "", tokens["second"])
	sum := sha256.Sum256([]byte(text))
	if resp.StatusCode != http.StatusOK || hex.EncodeToString(sum[:]) != c.Evidence || resp.Header.Get("ETag") != `"`+c.Evidence+`"` {
		t.Errorf("evidence %s %s %s", resp.Status, resp.Header.Get("ETag"), text)
	}
	of := "/consultations/" + c.ID
	ask(tokens["chair"], "POST", of+"/opinions", `{"answer":"change","text":"Lower it.","reasons":"Often high.","confidence":"high","changes":[{"kind":"limit","target":"bp.high.systolic","to":"150.0"},{"kind":"follow_up","reminder":{"what":"Blood pressure","schedule":"once 2026-12-07 09:00"}}]}`, http.StatusCreated, nil)
	ask(tokens["chair"], "POST", of+"/opinions", `{"answer":"change","text":"x","reasons":"x","confidence":"high","changes":[{"kind":"limit","target":"bp.high.systolc","to":"150"}]}`, http.StatusUnprocessableEntity, nil)
	var seen api.Opinions
	for _, token := range []string{tokens["second"], caregiver} { // blind
		if ask(token, "GET", of+"/opinions", "", http.StatusOK, &seen); len(seen.Opinions)+len(seen.Points) != 0 {
			t.Errorf("seen before the last is in: %+v", seen)
		}
	}
	ask(tokens["second"], "POST", of+"/opinions", `{"answer":"leave","text":"Leave it.","reasons":"Well as it is.","confidence":"moderate"}`, http.StatusCreated, nil)
	var board api.Board
	if ask(tokens["chair"], "GET", "/consultations", "", http.StatusOK, &board); board.Waiting != 1 || board.Mine != 1 || board.Disagreed != 1 || board.Cases[0].Resident != "" {
		t.Errorf("the chair's board: %+v", board)
	}
	ask(tokens["chair"], "GET", of+"/opinions", "", http.StatusOK, &seen)
	if len(seen.Opinions) != 2 || len(seen.Points) != 3 || seen.Points[1].Words.EN != "One would lower the upper limit of systolic pressure from 160 to 150, one would leave it." {
		t.Errorf("the chair sees %+v", seen)
	}
	ask(caregiver, "POST", of+"/advice", `{"text":"x","plain":{"en":"x"},"review_by":"2026-12-24"}`, http.StatusForbidden, nil)
	ask(tokens["chair"], "POST", of+"/advice", `{"text":"Lower it to 150.","plain":{"en":"We hear of high blood pressure sooner.","zh":"血压偏高会更早提醒。"},"review_by":"2026-12-24","changes":[{"kind":"limit","target":"bp.high.systolic","to":"150"},{"kind":"follow_up","reminder":{"what":"Blood pressure","schedule":"once 2026-12-07 09:00"}},{"kind":"referral","referral":{"to":"Cardiology","what":"24-hour blood pressure","by":"2026-12-20"}}]}`, http.StatusCreated, nil)
	ask(tokens["chair"], "GET", of, "", http.StatusForbidden, nil)
	ask(tokens["second"], "GET", of+"/advice", "", http.StatusForbidden, nil)

	var a api.Advice
	ask(caregiver, "GET", of+"/advice", "", http.StatusOK, &a)
	if len(a.Proposals) != 3 || a.Proposals[0].Words.ZH != "将收缩压上限从 160 下调至 150" || a.Proposals[2].Words.EN != "refer to Cardiology: 24-hour blood pressure by 2026-12-20" {
		t.Fatalf("advice %+v", a)
	}
	for n := 1; n <= 2; n++ {
		ask(caregiver, "POST", fmt.Sprint(of, "/proposals/", n, "/accept"), `{"reason":"As advised."}`, http.StatusOK, &a)
	}
	ask(caregiver, "POST", of+"/proposals/3/decline", `{"reason":"She was there last month."}`, http.StatusOK, &a)
	if a.Proposals[0].State != "applied" || a.Proposals[0].Made != "care version 1" || a.Proposals[1].State != "applied" || a.Proposals[2].State != "declined" {
		t.Errorf("decided: %+v", a.Proposals)
	}
	var care api.CareVersion
	if ask(caregiver, "GET", "/residents/li/care", "", http.StatusOK, &care); care.Limits["bp.high.systolic"] != 150 || !strings.HasPrefix(care.Reason, "advice "+a.ID) {
		t.Errorf("care %+v", care)
	}
	var reminders []api.Reminder
	if ask(caregiver, "GET", "/residents/li/reminders", "", http.StatusOK, &reminders); len(reminders) != 1 || reminders[0].Kind != "follow_up" {
		t.Errorf("reminders %+v", reminders)
	}
	var effects []api.ChangeEffect
	if ask(caregiver, "GET", of+"/effect", "", http.StatusOK, &effects); len(effects) != 2 || effects[0].Complete {
		t.Errorf("effects %+v", effects)
	}
	var figures api.PanelFigures
	if ask(caregiver, "GET", "/panels/hearts/figures", "", http.StatusOK, &figures); len(figures.Months) != 1 || figures.Months[0].Advised != 1 || figures.Months[0].Disagreed != 1 {
		t.Errorf("figures %+v", figures)
	}
	ask(caregiver, "POST", of+"/review", `{"note":"It is well.","next":"2027-01-24"}`, http.StatusOK, &a)
	if a.ReviewNote != "It is well." || a.ReviewAt == nil {
		t.Errorf("reviewed: %+v", a)
	}
}
