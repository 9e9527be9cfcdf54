package service_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// A question goes to two experts who do not see each other's opinions and differ; the
// advice lowers a limit, somebody accepts it, and the next reading is another alert.
func TestAdviceDecidesWhatIsAnAlert(t *testing.T) {
	t.Parallel()
	tokens, ids := map[string]string{}, map[string]string{}
	var passwords []string
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		passwords = wearers(t, s, 2)
		for name, role := range map[string]records.Role{"chair": records.Expert, "second": records.Expert, "nurse": records.Caregiver} {
			u, err := s.AddUser(t.Context(), records.User{Login: name, Name: name, Role: role}, "long enough")
			if err != nil {
				t.Fatal(err)
			}
			ids[name] = u.ID
			if tokens[name], _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, ""); err != nil {
				t.Fatal(err)
			}
		}
	})
	tokens["admin"] = p.token
	p.start()
	ask := func(who, method, path, body string, into any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.cfg.HTTPAddr+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tokens[who])
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode/100 != 2 {
			t.Fatalf("%s %s as %s: %s %s %v", method, path, who, resp.Status, text, err)
		}
		if into != nil {
			if err := json.Unmarshal(text, into); err != nil {
				t.Fatalf("%s %s: %v in %s", method, path, err, text)
			}
		}
	}
	type alert struct{ Resident, Rule string }
	raised := func(resident string) (rules []string) {
		t.Helper()
		var list []alert
		ask("admin", "GET", "/alerts", "", &list)
		for _, a := range list {
			if a.Resident == resident {
				rules = append(rules, a.Rule)
			}
		}
		return rules
	}
	clients := map[int]func(string){}
	for i, password := range passwords {
		client := p.connect(fmt.Sprint("d-", i), password)
		clients[i] = func(payload string) {
			t.Helper()
			if token := client.Publish(fmt.Sprintf("anxin/v1/devices/d-%d/readings", i), 1, false, payload); !token.WaitTimeout(time.Minute) || token.Error() != nil {
				t.Fatalf("publish: %v", token.Error())
			}
		}
	}
	measure := func(i, sbp int) {
		t.Helper()
		now := time.Now()
		clients[i](fmt.Sprintf(`[{"ts":%d,"bp_systolic":%d,"bp_diastolic":80},{"ts":%d,"bp_systolic":%d,"bp_diastolic":80}]`,
			now.Add(-2*time.Second).UnixMilli(), sbp, now.UnixMilli(), sbp))
	}
	measure(0, 175)
	measure(1, 185)
	p.waitFor("the other resident's alert", func() error {
		if len(raised("r-1")) == 0 {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	if got := raised("r-0"); len(got) != 0 {
		t.Fatalf("raised before anybody has advised: %v", got)
	}

	ask("admin", "POST", "/panels", fmt.Sprintf(`{"id":"hearts","name":"Hearts","active":true,"members":[{"user":%q,"speciality":"Cardiology","chair":true},{"user":%q,"speciality":"Geriatrics"}]}`, ids["chair"], ids["second"]), nil)
	ask("nurse", "POST", "/residents/r-0/consents", `{"purpose":"panel","given_by":"R","capacity":"resident","manner":"paper","proof":"folder 7"}`, nil)
	var c struct{ ID string }
	ask("nurse", "POST", "/residents/r-0/consultations", `{"panel":"hearts","question":"When should she be referred?","urgency":"urgent"}`, &c)
	of := "/consultations/" + c.ID
	ask("chair", "POST", of+"/opinions", `{"answer":"change","text":"Earlier.","reasons":"She has had a stroke.","confidence":"high","changes":[{"kind":"limit","target":"bp.severe.systolic","to":"170"}]}`, nil)
	var seen struct {
		Opinions []any
		Points   []struct{ Words struct{ EN, ZH string } }
	}
	if ask("second", "GET", of+"/opinions", "", &seen); len(seen.Opinions) != 0 {
		t.Errorf("the second sees %v", seen)
	}
	ask("second", "POST", of+"/opinions", `{"answer":"leave","text":"As it is.","reasons":"It is one reading.","confidence":"low"}`, nil)
	ask("chair", "GET", of+"/opinions", "", &seen)
	if len(seen.Points) != 2 || seen.Points[1].Words.EN != "One would lower the limit of severely high systolic pressure from 180 to 170, one would leave it." {
		t.Errorf("the chair sees %+v", seen)
	}
	ask("chair", "POST", of+"/advice", `{"text":"Refer from 170 on.","plain":{"zh":"血压达到170就请联系医生。"},"review_by":"2099-01-01","changes":[{"kind":"limit","target":"bp.severe.systolic","to":"170"}]}`, nil)
	ask("nurse", "POST", of+"/proposals/1/accept", `{"reason":"Her doctor agrees."}`, nil)

	p.waitFor("the next reading to be an alert", func() error {
		measure(0, 175)
		for _, rule := range raised("r-0") {
			if rule == "bp_severe" {
				return nil
			}
		}
		return fmt.Errorf("raised is %v", raised("r-0"))
	})

	// Another question is late: the staff hear of it, until it is taken back.
	ask("nurse", "POST", "/residents/r-0/consultations", `{"panel":"hearts","question":"And what of the night?"}`, &c)
	other, err := service.OpenRecords(t.Context(), p.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Records.ExecContext(t.Context(), "UPDATE consultations SET due_at = ? WHERE id = ?", time.Now().UnixMilli(), c.ID); err != nil {
		t.Fatal(err)
	}
	overdue := func() (messages []string) {
		var list []struct {
			Rule, Status, Severity, Tells string
			Message                       struct{ EN string }
		}
		ask("nurse", "GET", "/residents/r-0/alerts", "", &list)
		for _, a := range list {
			if a.Rule == "consultation_overdue" {
				messages = append(messages, a.Status+" "+a.Severity+" "+a.Tells+" "+a.Message.EN)
			}
		}
		return messages
	}
	const says = "devices The panel Hearts has not answered a question about R in time. Ask the panel, or put the question elsewhere."
	p.waitFor("the staff to hear of it", func() error {
		if got := overdue(); len(got) != 1 || got[0] != "firing info "+says {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
	if _, err := other.Records.ExecContext(t.Context(), "UPDATE consultations SET due_at = ?, expires_at = ? WHERE id = ?", time.Now().Add(-time.Hour).UnixMilli(), time.Now().Add(30*time.Minute).UnixMilli(), c.ID); err != nil {
		t.Fatal(err)
	}
	p.waitFor("it to be grave", func() error {
		if got := overdue(); len(got) != 1 || !strings.HasSuffix(got[0], " warning "+says) {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
	ask("nurse", "POST", "/consultations/"+c.ID+"/withdraw", `{"reason":"It was asked elsewhere."}`, nil)
	p.waitFor("the alert to end", func() error {
		if got := overdue(); len(got) != 1 || got[0] != "resolved warning "+says {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
	verified(t, p)
}
