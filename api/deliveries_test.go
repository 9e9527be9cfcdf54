package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// telling stands for the parts that tell people.
type telling struct{ began []string }

func (t *telling) Test(_ context.Context, contact, channel string) (string, error) {
	if channel != "ch1" {
		return "", store.NotFound("channel", channel)
	}
	return "01KB0000000000000000000001", nil
}

func (t *telling) Of(context.Context, string) ([]deliveries.Proof, error) {
	return []deliveries.Proof{
		{Severity: rules.Info, Untried: []string{"c1"}}, {Severity: rules.Warning, Untried: []string{"c1"}},
		{Severity: rules.Critical, Contact: "c1", Channel: "ch1", Kind: deliveries.SMS, WorkedAt: noon},
	}, nil
}

type drills struct{ *telling }

func (d drills) Begin(_ context.Context, resident string) error {
	d.began = append(d.began, resident)
	return nil
}

func (d drills) Of(context.Context, string) ([]deliveries.Drill, error) {
	return []deliveries.Drill{{Alert: "a1", BeganAt: noon, ToldAt: noon.Add(time.Second), AnsweredAt: noon.Add(41 * time.Second), By: "contact:c1"}}, nil
}

// newTellingWorld is a world in which Li's button was pressed and somebody was told.
func newTellingWorld(t *testing.T) (w *world, alert string, parts *telling) {
	parts = &telling{}
	w = newWorld(t, func(c *api.Config) { c.Tester, c.Reach, c.Drills = parts, parts, drills{parts} })
	w.presses(1)
	open, err := alerts.NewAlerts(w.records).List(t.Context(), alerts.Query{Open: true, Limit: 1})
	if err != nil || len(open) != 1 {
		t.Fatalf("open: %v, %v", open, err)
	}
	alert = open[0].ID
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := w.records.NewRaw(query, args...).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const columns = `INSERT INTO deliveries (id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail, channel, kind, lane, gathered, status,
		queued_at, due_at, deadline_at, attempts, sent_at, ended_at, answer) VALUES `
	at := noon.UnixMilli()
	exec(columns+`('01KB0000000000000000000002', 'alert', ?, 1, 0, 'call', 'li', 'c1', 'family', 3, true, 0, '{}', 'ch1', 'sms', 'sms', false, 'failed', ?, ?, ?, 2, NULL, ?, '500 busy')`, alert, at, at, at, at+60_000)
	exec(columns+`('01KB0000000000000000000003', 'alert', ?, 1, 0, 'call', 'li', 'c1', 'family', 3, true, 0, '{}', 'ch2', 'email', 'email', false, 'sent', ?, ?, ?, 1, ?, NULL, '250 ok')`, alert, at+60_000, at, at, at+61_000)
	exec(columns+`('01KB0000000000000000000001', 'test', 't1', 1, 0, 'plain', '', 'c1', 'staff', 3, true, 0, '{}', 'ch1', 'sms', 'sms', false, 'queued', ?, ?, ?, 0, NULL, NULL, '')`, at, at, at)
	exec("INSERT INTO delivery_attempts (delivery, n, at, ended_at, outcome, answer, said) VALUES ('01KB0000000000000000000002', 1, ?, ?, 'failed', '500 busy', 'SOS: Li')", at, at+1000)
	exec("INSERT INTO delivery_attempts (delivery, n, at, outcome, answer) VALUES ('01KB0000000000000000000002', 2, ?, '', '')", at+2000)
	return w, alert, parts
}

func TestWhoWasTold(t *testing.T) {
	w, alert, _ := newTellingWorld(t)
	var told []api.Delivery
	w.get("/api/v1/alerts/"+alert+"/deliveries", &told)
	if len(told) != 2 || told[0].Status != "failed" || told[1].Status != "sent" || told[0].Alert != alert || told[1].Answer != "250 ok" || told[1].SentAt == nil {
		t.Fatalf("told: %+v", told)
	}
	if a := told[0].Attempts; len(a) != 2 || a[0].Said != "SOS: Li" || a[0].Outcome != "failed" || a[0].EndedAt == nil || a[1].Outcome != "" || a[1].EndedAt != nil {
		t.Errorf("attempts: %+v", a)
	}
	var one api.Delivery
	w.get("/api/v1/deliveries/"+told[0].ID, &one)
	if one.ID != told[0].ID {
		t.Errorf("one: %+v", one)
	}
	for _, test := range []struct {
		role         records.Role
		method, path string
		status       int
		says         string
	}{
		{records.Administrator, "GET", "/api/v1/deliveries?status=failed", 200, `"500 busy"`},
		{records.Administrator, "GET", "/api/v1/deliveries?before=" + told[0].ID, 200, `[]`},
		{records.Administrator, "GET", "/api/v1/deliveries?status=sent", 422, "status"},
		{records.Caregiver, "GET", "/api/v1/deliveries?status=failed", 403, "forbidden"},
		{records.Caregiver, "GET", "/api/v1/deliveries/01KB0000000000000000000001", 404, "delivery.not_found"},
		{records.Administrator, "GET", "/api/v1/deliveries/nothing", 404, "delivery.not_found"},
		{records.Administrator, "POST", "/api/v1/contacts/c1/channels/ch1/test", 201, `"about":"test"`},
		{records.Administrator, "POST", "/api/v1/contacts/c1/channels/ch9/test", 404, "channel.not_found"},
		{records.Caregiver, "POST", "/api/v1/contacts/c1/channels/ch1/test", 201, `"about":"test"`},
		{records.Family, "POST", "/api/v1/contacts/c1/channels/ch1/test", 403, "forbidden"},
		{records.Caregiver, "GET", "/api/v1/alerts/none/deliveries", 404, "alert.not_found"},
	} {
		resp, body := w.request(test.method, test.path, "", w.tokens[test.role])
		if resp.StatusCode != test.status || !strings.Contains(body, test.says) {
			t.Errorf("%s %s as %s: %s %s, want %d %s", test.method, test.path, test.role, resp.Status, body, test.status, test.says)
		}
	}
}

func TestReachAndDrills(t *testing.T) {
	w, _, parts := newTellingWorld(t)
	var proofs []api.Proof
	w.get("/api/v1/residents/li/reach", &proofs)
	if len(proofs) != 3 || proofs[0].Reached || proofs[0].Untried[0] != "c1" || !proofs[2].Reached || proofs[2].Kind != "sms" || proofs[2].WorkedAt == nil || proofs[2].Untried == nil {
		t.Errorf("reach: %+v", proofs)
	}
	var list []api.Drill
	w.get("/api/v1/residents/li/drills", &list)
	if len(list) != 1 || list[0].TookMS != 41_000 || list[0].AnsweredBy != "contact:c1" || list[0].EndedAt != nil {
		t.Errorf("drills: %+v", list)
	}
	if resp, body := w.request("POST", "/api/v1/residents/li/drills", "", w.tokens[records.Caregiver]); resp.StatusCode != http.StatusCreated || len(parts.began) != 1 {
		t.Errorf("begin: %s %s", resp.Status, body)
	}
	if resp, _ := w.request("POST", "/api/v1/residents/nobody/drills", "", w.tokens[records.Caregiver]); resp.StatusCode != http.StatusNotFound || len(parts.began) != 1 {
		t.Errorf("begin for nobody: %s", resp.Status)
	}
}
