package service

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/records"
)

// Panels neither count nor see what was found to be somebody else's.
func TestPanelsGoByTheResidentsOwnAlerts(t *testing.T) {
	ctx, now := context.Background(), time.Now()
	cfg := Default()
	cfg.DataDir = t.TempDir()
	s, err := OpenRecords(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Residents.Create(ctx, records.Resident{ID: "li", Name: "Li", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	for i, verdict := range []string{"", "true", "false_alarm", "test", "not_theirs"} {
		at := now.Add(-time.Duration(i+1) * time.Hour).UnixMilli()
		for _, row := range []string{
			fmt.Sprintf(`INSERT INTO alerts (id, resident, home, device, part_of, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
				VALUES ('a-%d', 'li', '', '', '', 'bp_high_session', '{"id":"bp_high_session"}', 'firing', 2, %[2]d, %[2]d, %[2]d, '', '%[3]s', 1)`, 9-i, at, verdict),
			fmt.Sprintf(`INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence)
				VALUES ('a-%d', 1, %d, 'firing', 2, 'began', '', '', '', '{}')`, 9-i, at),
		} {
			if _, err := s.Records.ExecContext(ctx, row); err != nil {
				t.Fatal(err)
			}
		}
	}
	of := panelAlerts{PanelParts{Residents: s.Residents, Alerts: alerts.NewAlerts(s.Records), Now: func() time.Time { return now }}}
	counts, err := of.Counts(ctx, "bp_high_session", now.AddDate(0, 0, -7))
	if err != nil || counts["li"] != 3 {
		t.Errorf("counted %v (%v), want 3: the open one, the true and the false alarm", counts, err)
	}
	seen, err := of.Of(ctx, "li", now.AddDate(0, 0, -7), now, 10)
	if err != nil || len(seen) != 4 {
		t.Errorf("seen: %+v (%v)", seen, err)
	}
	for _, a := range seen {
		if a.Verdict == "not_theirs" {
			t.Error("experts see an alert of somebody else")
		}
	}
}
