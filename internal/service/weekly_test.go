package service_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/vitals"
)

// The family is told in words, who cares in figures too, over a way that is not trusted
// nothing; who may not see it any more by the time it is sent is told nothing; and each
// once, however often it is asked for and the service restarts.
func TestWeeksAreToldOnce(t *testing.T) {
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	cfg.PublicURL = "http://" + cfg.HTTPAddr
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	open := func() (*service.Service, func()) {
		s, err := service.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
		must(err)
		return s, func() { must(s.Close()) }
	}
	run := func(s *service.Service, until func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		until()
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	s, shut := open()
	ctx, week := t.Context(), reports.WeekOf(time.Now().UTC()).Plus(-1)
	_, err := s.Residents.Create(ctx, records.Resident{ID: "li", Name: "Li Hua", TimeZone: "Asia/Shanghai", Language: "en"})
	must(err)
	at := week.Days(time.UTC).Start(3)
	must(s.Timeline.Append(ctx, []vitals.Report{{Device: "cuff", Residents: []string{"li"}, Received: at.UnixMilli(), Samples: []vitals.Sample{
		{At: at.UnixMilli(), Values: []vitals.Value{{Metric: vitals.BPSystolic, Number: 131}, {Metric: vitals.BPDiastolic, Number: 79}}},
	}}}, 0))
	people := map[string]records.Relation{"daughter": records.AsFamily, "plain": records.AsFamily, "nurse": records.AsCaregiver, "barred": records.AsFamily, "silent": records.AsFamily, "next-door": records.AsNeighbour}
	for id, as := range people {
		_, err := s.People.AddContact(ctx, records.Contact{ID: id, Name: id, TimeZone: "UTC", Quiet: []records.Hours{}})
		must(err)
		_, err = s.People.AddChannel(ctx, records.Channel{Contact: id, Kind: records.Webhook, Address: hooks.URL + "/" + id + "#secret=0123456789abcdef0123456789abcdef", Trusted: id != "plain", From: records.Info, LoudFrom: records.Warning})
		must(err)
		must(s.People.SetMember(ctx, records.Membership{Resident: "li", Contact: id, Relation: as}))
	}
	tell := func(s *service.Service, id string) {
		must(s.TellWeek(ctx, records.Addressee{Resident: "li", Contact: id}, week, time.Now().Add(time.Hour)))
	}
	share := func(id string, scope records.Scope) string {
		c, err := s.Consents.Give(ctx, records.Consent{Resident: "li", Purpose: records.Sharing, Contact: id, Scope: scope, GivenBy: "Li", Capacity: records.ByResident, Manner: records.SignedIn, Language: "en"})
		must(err)
		return c.ID
	}
	share("silent", records.Status)
	later := share("barred", records.Status|records.Vitals|records.Alerts)
	for id := range people {
		tell(s, id)
		tell(s, id)
	}
	_, err = s.Consents.Withdraw(ctx, "li", later, "", "no more") // it waits to be sent
	must(err)
	arrived := func(who string) {
		p := &process{t: t}
		p.waitFor("the letter to "+who, func() error {
			if len(hooks.to(who)) == 0 {
				return errors.New("none")
			}
			return nil
		})
	}
	run(s, func() {
		for _, who := range []string{"daughter", "plain", "nurse"} {
			arrived(who)
		}
	})
	shut()
	s, shut = open()
	defer shut()
	for id := range people {
		tell(s, id)
	}
	entries, err := s.Audit.List(ctx, audit.Query{Resident: "li", Limit: 100})
	must(err)
	said := 0
	for _, e := range entries {
		if e.Action == audit.Tell {
			said++
		}
	}
	if said != 4 {
		t.Errorf("%d lines of the audit say that somebody was told, want 4", said)
	}
	if kept, err := s.Records.NewSelect().Table("delivery_attempts").Where("said <> ''").Count(ctx); err != nil || kept != 0 {
		t.Errorf("what %d letters said is kept beside what they were made of, %v", kept, err)
	}
	run(s, func() { arrived("daughter") })
	for who, n := range map[string]int{"daughter": 1, "plain": 1, "nurse": 1, "barred": 0, "silent": 0, "next-door": 0} {
		if got := hooks.to(who); len(got) != n {
			t.Errorf("%d letters to %s, want %d: %+v", len(got), who, n, got)
		}
	}
	daughter, plain, nurse := hooks.to("daughter")[0], hooks.to("plain")[0], hooks.to("nurse")[0]
	if !strings.Contains(daughter.subject, "Li Hua") || !strings.Contains(daughter.text, "Measurements came on 1 of 7 days") || strings.Contains(daughter.text, "131") {
		t.Errorf("to the daughter: %q %q", daughter.subject, daughter.text)
	}
	if strings.Contains(plain.subject+plain.text, "Li") || strings.Contains(plain.text, "easur") {
		t.Errorf("over a way that is not trusted: %q %q", plain.subject, plain.text)
	}
	if !strings.Contains(nurse.text, "Systolic") {
		t.Errorf("to the nurse: %q", nurse.text)
	}
	if daughter.links["look"] == "" && len(daughter.links) == 0 {
		t.Errorf("no link to the week: %v", daughter.links)
	}
}
