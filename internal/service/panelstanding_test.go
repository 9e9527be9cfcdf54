package service_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/vitals"
)

// Experts advise to change and to end reminders that stand in the evidence by what stands
// for them there: not by an id, which would tell two questions to be of one person. Those
// of the file's medicines, and what may name somebody, are not there.
func TestExpertsChangeRemindersOfTheEvidence(t *testing.T) {
	t.Parallel()
	h := &panelHouse{T: t, users: map[string]records.User{}}
	ctx := t.Context()
	var err error
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	h.s, err = service.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	h.must(err)
	defer func() { h.must(h.s.Close()) }()
	h.build("https://127.0.0.1")
	ids := map[string]string{}
	for _, r := range []reminders.Reminder{
		{Kind: reminders.Measurement, What: "Blood pressure", Note: "Sit down first.", Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}},
		{Kind: reminders.Measurement, What: "Weight", Metrics: []vitals.Metric{vitals.BodyWeight}}, {Kind: reminders.Exercise, What: "A walk with Hong"},
	} {
		r.Resident = "li"
		r.Schedule, err = timetable.Parse("daily at 08:00")
		h.must(err)
		made, err := h.s.Reminders.Create(ctx, r, "nurse")
		h.must(err)
		ids[made.What] = made.ID
	}
	_, err = h.s.File.Add(ctx, "li", &healthfile.Medicine{Name: "Amlodipine", Schedule: "daily at 07:00", Remind: true}, records.Change{By: "nurse"})
	h.must(err)

	asked := 0
	ask := func() (panels.Consultation, panels.Evidence, string) {
		t.Helper()
		asked++
		c, err := h.s.Panels.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: fmt.Sprintf("Is it right? %d", asked), By: h.users["nurse"].ID})
		h.must(err)
		text, err := h.s.Panels.Evidence(ctx, h.users["chair"], c.ID)
		h.must(err)
		var e panels.Evidence
		h.must(json.Unmarshal(text, &e))
		return c, e, string(text)
	}
	_, first, _ := ask()
	c, e, text := ask()
	if len(e.Reminders) != 2 || e.Reminders[0].What != "Blood pressure" || e.Reminders[0].Schedule != "daily at 08:00" || len(e.Reminders[0].Metrics) != 2 || strings.Contains(text, "Hong") {
		t.Fatalf("the evidence says %s", text)
	}
	for what, id := range ids {
		if strings.Contains(text, id) {
			t.Errorf("the evidence says the id of %s", what)
		}
	}
	if first.Reminders[0].Ref == e.Reminders[0].Ref {
		t.Error("two questions say the same of one reminder: they are known to be of one person")
	}
	changes := []panels.Change{
		{Kind: panels.OfReminder, Target: e.Reminders[0].Ref, Reminder: &panels.Reminder{Kind: "measurement", What: "Blood pressure", Schedule: "daily at 07:00, 19:00", Metrics: []string{"bp_systolic", "bp_diastolic"}}},
		{Kind: panels.OfReminder, Target: e.Reminders[1].Ref},
	}
	for _, name := range []string{"chair", "mute"} {
		_, err := h.s.Panels.Speak(ctx, h.users[name], c.ID, panels.View{Answer: panels.WouldChange, Text: "x", Reasons: "x", Confidence: panels.High, Changes: changes})
		h.must(err)
	}
	a, err := h.s.Panels.Advise(ctx, h.users["chair"], c.ID, panels.Guidance{Text: "x", Plain: panels.Text{EN: "x"}, ReviewBy: records.DateOf(time.Now().AddDate(0, 1, 0)), Changes: changes})
	h.must(err)
	if says := changes[1].Words(a.Befores[1], "").EN; says != "end the reminder Weight (daily at 08:00)" {
		t.Errorf("the second change is to %s", says)
	}
	for n := 1; n <= 2; n++ {
		p, err := h.s.Panels.Accept(ctx, c.ID, n, h.users["nurse"].ID, "Yes.", nil)
		h.must(err)
		if p.State != panels.Applied {
			t.Errorf("change %d is %+v", n, p)
		}
	}
	pressure, err := h.s.Reminders.Get(ctx, "li", ids["Blood pressure"])
	h.must(err)
	weight, err := h.s.Reminders.Get(ctx, "li", ids["Weight"])
	h.must(err)
	if pressure.Schedule.String() != "daily at 07:00, 19:00" || pressure.Note != "Sit down first." || weight.EndedAt.IsZero() {
		t.Errorf("made: %+v, %+v", pressure, weight)
	}
	// What stands for it in another question stands for nothing in this one.
	c, _, _ = ask()
	_, err = h.s.Panels.Speak(ctx, h.users["chair"], c.ID, panels.View{Answer: panels.WouldChange, Text: "x", Reasons: "x", Confidence: panels.High, Changes: changes[:1]})
	if err == nil || !strings.Contains(err.Error(), "changes") {
		t.Errorf("by what stands for it in another question: %v", err)
	}
}
