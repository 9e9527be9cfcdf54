package service

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/web"
)

// However many devices are silent, each resident with an alert is there; of the
// devices are those that a page can bear, parts under their wholes, and how many
// more there are.
func TestDevicesHideNoResident(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	cfg := Default()
	cfg.DataDir = t.TempDir()
	s, err := OpenRecords(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	book, err := Rulebook(s.Records, cfg)
	if err != nil {
		t.Fatal(err)
	}
	now, err := book.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s.rules = rulebook.NewEditor(book, now, nil, slog.New(slog.DiscardHandler))
	if _, err := s.Residents.Create(ctx, records.Resident{ID: "li", Name: "Li", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	u, err := s.AddUser(ctx, records.User{Login: "test", Name: "Test", Role: records.Administrator}, "long enough")
	if err != nil {
		t.Fatal(err)
	}
	begin := func(id, resident, device, whole string, severity web.Severity, at int) {
		t.Helper()
		for _, row := range []string{
			fmt.Sprintf(`INSERT INTO alerts (id, resident, home, device, part_of, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
				VALUES ('%s', '%s', '', '%s', '%s', 'r', '{"id":"r"}', 'firing', %d, %d, %[6]d, %[6]d, '', '', 1)`, id, resident, device, whole, severity, at),
			fmt.Sprintf(`INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence)
				VALUES ('%s', 1, %d, 'firing', %d, 'began', '', '', '', '{}')`, id, at, severity),
		} {
			if _, err := s.Records.ExecContext(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
	}
	const silent = mostAlerts + 20
	for i := range silent {
		begin(fmt.Sprintf("whole-%03d", i), "", fmt.Sprintf("d-%03d", i), "", web.Critical, i)
	}
	begin("part-first", "", "d-a", "whole-000", web.Warning, silent)
	begin("part-last", "", "d-b", fmt.Sprintf("whole-%03d", silent-1), web.Warning, silent)
	begin("of-li", "li", "", "", web.Info, silent+1) // mildest and newest

	open, more, err := alertBook{s}.Open(ctx, web.User{ID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	if len(open) != 1+mostAlerts || more != silent-mostAlerts {
		t.Fatalf("%d are open and %d more, want %d and %d", len(open), more, 1+mostAlerts, silent-mostAlerts)
	}
	counted, err := alertBook{s}.Count(ctx, web.User{ID: u.ID})
	if err != nil || counted.N != 1+silent || counted.Worst != web.Critical {
		t.Errorf("counted %+v (%v), want %d", counted, err, 1+silent)
	}
	// Devices that nobody wears are no caregiver's to see, nor to count.
	carer, err := s.AddUser(ctx, records.User{Login: "carer", Name: "Carer", Role: records.Caregiver}, "long enough")
	if err != nil {
		t.Fatal(err)
	}
	theirs, more, err := alertBook{s}.Open(ctx, web.User{ID: carer.ID})
	if err != nil || len(theirs) != 1 || more != 0 {
		t.Errorf("a caregiver sees %d and %d more (%v), want 1", len(theirs), more, err)
	}
	counted, err = alertBook{s}.Count(ctx, web.User{ID: carer.ID})
	if err != nil || counted.N != 1 || counted.Worst != web.Info {
		t.Errorf("for a caregiver counted %+v (%v), want 1", counted, err)
	}
	stranger, err := s.AddUser(ctx, records.User{Login: "stranger", Name: "Stranger", Role: records.Family}, "long enough")
	if err != nil {
		t.Fatal(err)
	}
	if counted, err = (alertBook{s}).Count(ctx, web.User{ID: stranger.ID}); err != nil || counted.N != 0 {
		t.Errorf("for a family of nobody counted %+v (%v)", counted, err)
	}
	of, err := alertBook{s}.OpenOf(ctx, web.User{ID: carer.ID}, "li")
	if err != nil || len(of) != 1 || of[0].ID != "of-li" {
		t.Errorf("of Li: %+v (%v)", of, err)
	}
	if open[0].ID != "of-li" || open[0].Resident != "li" {
		t.Errorf("the first is %+v", open[0])
	}
	for i, a := range open[1:] {
		parts := 0
		if i == 0 {
			parts = 1
		}
		if a.ID != fmt.Sprintf("whole-%03d", i) || len(a.Parts) != parts {
			t.Errorf("%d of the devices: %s with %d parts", i, a.ID, len(a.Parts))
		}
	}
}
