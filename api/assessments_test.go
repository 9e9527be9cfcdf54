package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records"
)

type shownAssessment struct {
	ID, Form, Day, Mode, Note, Reason string
	Assessor                          string
	AssessorUser                      string `json:"assessor_user"`
	NextDue                           string `json:"next_due"`
	Total                             *int
	Band                              *struct {
		Set, ID  string
		Text     struct{ EN, ZH string }
		Verified bool
		Then     string
	}
	Answers   map[string]any
	Withdrawn bool
	Version   int
	Change    *struct {
		Since, Turn string
		By          int
	}
}

func TestAssessmentsOverTheAPI(t *testing.T) {
	w := newWorld(t)
	const all = "/api/v1/residents/li/assessments"
	var first, second shownAssessment
	w.as("POST", all, `{"form":"self_care","mode":"proxy","day":"2025-11-20","assessor":"Dr Wu","answers":{"eating":3,"washing":1,"dressing":0,"toileting":5,"mobility":0}}`, &first)
	if *first.Total != 9 || first.Band.ID != "moderate" || first.Band.Text.ZH != "中度依赖" || !first.Band.Verified || first.Assessor != "Dr Wu" || first.AssessorUser != "" || first.NextDue != "2026-11-20" {
		t.Errorf("kept %+v", first)
	}
	// It is 20:00 on the 23rd in Shanghai.
	w.as("POST", all, `{"form":"self_care","mode":"observed","note":"after the flu","next_due":"2026-12-24","answers":{"eating":3,"washing":3,"dressing":3,"toileting":5,"mobility":5}}`, &second)
	if *second.Total != 19 || second.Band.ID != "unable" || second.Day != "2026-11-23" || second.AssessorUser == "" || second.NextDue != "2026-12-24" {
		t.Errorf("kept %+v", second)
	}
	var list []shownAssessment
	w.as("GET", all+"?form=self_care", "", &list)
	if len(list) != 2 || list[0].ID != second.ID || list[0].Change == nil || list[0].Change.By != 10 || list[0].Change.Turn != "worse" || list[0].Change.Since != first.ID || list[1].Change != nil {
		t.Errorf("listed %+v", list)
	}
	var changes struct {
		Since, Turn string
		By          int
		Items       []struct {
			Item, Turn    string
			Before, After float64
			Points        int
		}
	}
	w.as("GET", all+"/"+second.ID+"/changes", "", &changes)
	if changes.Since != first.ID || changes.By != 10 || len(changes.Items) != 5 || changes.Items[1].Item != "washing" || changes.Items[1].Before != 1 || changes.Items[1].After != 3 || changes.Items[1].Points != 2 || changes.Items[0].Turn != "same" {
		t.Errorf("changes %+v", changes)
	}

	corrected := shownAssessment{}
	w.as("PUT", all+"/"+second.ID, `{"mode":"observed","answers":{"eating":3,"washing":3,"dressing":3,"toileting":5,"mobility":1},"reason":"she walks","from":1}`, &corrected)
	if corrected.Version != 2 || *corrected.Total != 15 || corrected.Day != "2026-11-23" || corrected.Reason != "she walks" || corrected.AssessorUser != second.AssessorUser || corrected.NextDue != "2027-11-23" {
		t.Errorf("corrected %+v", corrected)
	}
	var versions []shownAssessment
	w.as("GET", all+"/"+second.ID+"/versions", "", &versions)
	if len(versions) != 2 || *versions[0].Total != 15 || *versions[1].Total != 19 || versions[1].Answers["mobility"] != 5.0 {
		t.Errorf("versions %+v", versions)
	}
	w.as("PUT", all+"/"+first.ID, `{"mode":"proxy","answers":{"eating":3,"washing":1,"dressing":0,"toileting":5,"mobility":0},"reason":"it was of another","withdrawn":true}`, nil)
	list = nil
	if w.as("GET", all, "", &list); len(list) != 1 || list[0].Change != nil {
		t.Errorf("left %+v", list)
	}
	list = nil
	if w.as("GET", all+"?withdrawn=true", "", &list); len(list) != 2 || !list[1].Withdrawn {
		t.Errorf("all %+v", list)
	}
	var screen shownAssessment
	w.as("POST", all, `{"form":"emotion_screen","mode":"self","answers":{"sad":1,"mood":0}}`, &screen)
	if screen.Band.ID != "positive" || screen.Band.Then != "gds_15" {
		t.Errorf("a positive screen %+v", screen)
	}
}

func TestWhatIsNoAssessment(t *testing.T) {
	w := newWorld(t)
	const all = "/api/v1/residents/li/assessments"
	var a shownAssessment
	w.as("POST", all, `{"form":"ability","mode":"observed","answers":{"total":70}}`, &a)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", all, `{"form":"self_care","mode":"self","answers":{"eating":1,"washing":0,"dressing":0,"toileting":0,"mobility":0}}`, 422, `body.answers.eating`},
		{"POST", all, `{"form":"self_care","mode":"self","answers":{"eating":0,"eating":3}}`, 422, "answered twice"},
		{"POST", all, `{"form":"self_care","mode":"self","answers":{"eating":true}}`, 422, "body.answers.eating"},
		{"POST", all, `{"form":"self_care","mode":"self","answers":[1]}`, 422, "body.answers"},
		{"POST", all, `{"form":"self_care","mode":"guess","answers":{}}`, 422, "body.mode"},
		{"POST", all, `{"form":"self_care","mode":"self","day":"2026-11-24","answers":{"eating":0,"washing":0,"dressing":0,"toileting":0,"mobility":0}}`, 422, "in the future"},
		{"POST", all, `{"form":"selfcare","mode":"self","answers":{}}`, 404, "form.not_found"},
		{"PUT", all + "/" + a.ID, `{"mode":"observed","answers":{"total":71},"reason":"x","from":4}`, 409, "assessment.changed"},
		{"PUT", all + "/" + a.ID, `{"mode":"observed","answers":{"total":71}}`, 422, "reason"},
		{"GET", all + "/none", "", 404, "assessment.not_found"},
		{"GET", all + "/none/versions", "", 404, "assessment.not_found"},
		{"GET", all + "/" + a.ID + "/changes", "", 404, "assessment.no_earlier"},
		{"GET", "/api/v1/residents/nobody/assessments", "", 404, "resident.not_found"},
		{"GET", "/api/v1/forms/none", "", 404, "form.not_found"},
		{"GET", "/api/v1/forms/self_care?version=7", "", 404, "form.not_found"},
		{"GET", "/api/v1/assessments/due?team=none", "", 404, "team.not_found"},
	} {
		resp, text := w.request(c.method, c.path, c.body, w.tokens[records.Caregiver])
		if resp.StatusCode != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s %s %s: %s %s, want %d with %q", c.method, c.path, c.body, resp.Status, text, c.status, c.want)
		}
	}
	var b shownAssessment
	w.as("POST", all, `{"form":"emotion_screen","mode":"self","answers":{"sad":0,"mood":0}}`, &b)
	if resp, text := w.request("GET", all+"/"+b.ID+"/changes?since="+a.ID, "", w.tokens[records.Caregiver]); resp.StatusCode != 422 || !strings.Contains(text, "same version of a form") {
		t.Errorf("two forms compared: %s %s", resp.Status, text)
	}
}

func TestFormsAreData(t *testing.T) {
	w := newWorld(t)
	var list []struct {
		ID       string
		Verified bool
		Scored   bool
	}
	w.as("GET", "/api/v1/forms", "", &list)
	if len(list) != 9 || list[0].ID != "self_care" || !list[0].Verified || !list[0].Scored || list[1].ID != "health_check" || list[1].Scored {
		t.Errorf("forms %+v", list)
	}
	var barthel struct {
		Items []struct {
			ID      string
			Choices []struct{ Value int }
		}
		Scoring struct {
			LOINC, Bands string
			Most         int
			BandSets     []struct {
				ID       string
				Verified bool
			} `json:"band_sets"`
		}
	}
	w.as("GET", "/api/v1/forms/barthel", "", &barthel)
	if len(barthel.Items) != 10 || barthel.Scoring.LOINC != "96761-2" || barthel.Scoring.Most != 100 || barthel.Scoring.Bands != "china" || len(barthel.Scoring.BandSets) != 2 || barthel.Scoring.BandSets[0].Verified || !barthel.Scoring.BandSets[1].Verified {
		t.Errorf("the Barthel index %+v", barthel)
	}
}

// A family sees and keeps assessments of its own resident alone.
func TestWhoMayAssess(t *testing.T) {
	w := newWorld(t)
	const all = "/api/v1/residents/li/assessments"
	const body = `{"form":"ability","mode":"observed","day":"2025-01-01","next_due":"2026-01-01","answers":{"total":70}}`
	var a shownAssessment
	w.as("POST", all, body, &a)
	var due []struct{ Resident, Form, Since, Last string }
	if w.as("GET", "/api/v1/assessments/due", "", &due); len(due) != 1 || due[0].Form != "ability" || due[0].Since != "2026-01-01" || due[0].Last != a.ID {
		t.Errorf("due %+v", due)
	}
	family := w.tokens[records.Family]
	if _, text := w.request("GET", "/api/v1/assessments/due", "", family); strings.TrimSpace(text) != "[]" {
		t.Errorf("a family of nobody is told what is due: %s", text)
	}
	for _, path := range []string{all, all + "/" + a.ID, all + "/" + a.ID + "/versions", all + "/" + a.ID + "/changes"} {
		if resp, text := w.request("GET", path, "", family); resp.StatusCode != http.StatusForbidden {
			t.Errorf("a family of nobody reads %s: %s %s", path, resp.Status, text)
		}
	}
	users, err := w.users.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Role != records.Family {
			continue
		}
		c, err := w.people.AddContact(t.Context(), records.Contact{User: u.ID, Name: "Min", Language: "zh-CN", TimeZone: "Asia/Shanghai"})
		if err != nil {
			t.Fatal(err)
		}
		// Who follows sees no health file; who decides for the resident keeps it.
		for relation, want := range map[records.Relation]int{records.AsFamily: http.StatusForbidden, records.AsManager: http.StatusCreated} {
			if err := w.people.SetMember(t.Context(), records.Membership{Resident: "li", Contact: c.ID, Relation: relation, Wishes: records.Wishes{From: 1}}); err != nil {
				t.Fatal(err)
			}
			if resp, text := w.request("POST", all, body, family); resp.StatusCode != want {
				t.Errorf("%s assesses: %s %s, want %d", relation, resp.Status, text, want)
			}
		}
	}
	if resp, text := w.request("GET", "/api/v1/assessments/due?team=x", "", family); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a family asks for a team: %s %s", resp.Status, text)
	}
	team, err := w.people.AddTeam(t.Context(), records.TeamFile{Team: records.Team{Name: "North", TimeZone: "Asia/Shanghai"}})
	if err != nil {
		t.Fatal(err)
	}
	if w.get("/api/v1/assessments/due?team="+team.ID, &due); len(due) != 0 {
		t.Errorf("due of a team of nobody: %+v", due)
	}
	team.Residents = []string{"li"}
	if _, err := w.people.ChangeTeam(t.Context(), team); err != nil {
		t.Fatal(err)
	}
	if w.get("/api/v1/assessments/due?team="+team.ID, &due); len(due) != 1 {
		t.Errorf("due of the team: %+v", due)
	}
	if w.as("GET", "/api/v1/assessments/due", "", &due); len(due) != 0 {
		t.Errorf("a caregiver of no team is told what is due of another's resident: %+v", due)
	}
}
