package service

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

// What the rules would have found at the right one is not among what there was, unless
// that was somebody else's.
func TestFoundIsWhatThereWasNot(t *testing.T) {
	ctx, pressed := t.Context(), time.Now().Add(-2*time.Hour).Truncate(time.Second)
	cfg := Default()
	cfg.HTTPAddr, cfg.MQTTAddr, cfg.DataDir = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	s, err := Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Residents.Create(ctx, records.Resident{ID: "li", Name: "Li", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	err = s.Timeline.Append(ctx, []vitals.Report{{Device: "band", Residents: []string{"li"}, Received: pressed.UnixMilli(), Samples: []vitals.Sample{
		{At: pressed.UnixMilli(), Values: []vitals.Value{{Metric: vitals.SOSButton, Number: 1}}},
	}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := correction{devices.Correction{Device: "band", Was: "wang", Resident: "li", From: pressed.Add(-time.Hour), To: pressed.Add(time.Hour)}, pressed.Add(time.Hour), []string{"wang"}}
	out := &alerts.Reattribution{Readings: map[string]int{vitals.SOSButton.String(): 1}}
	found := func(had string, want int) {
		t.Helper()
		all, err := s.wouldHaveFound(ctx, &c, out)
		if err != nil || len(all) != want {
			t.Errorf("%s: found %+v (%v), want %d", had, all, err, want)
		}
	}
	found("there was none", 1)
	at := pressed.Add(time.Minute).UnixMilli()
	_, err = s.Records.ExecContext(ctx, fmt.Sprintf(`INSERT INTO alerts (id, resident, home, device, part_of, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
		VALUES ('a', 'li', '', '', '', 'sos', '{"id":"sos"}', 'resolved', 3, %[1]d, %[1]d, %[1]d, '', 'true', 1)`, at))
	if err != nil {
		t.Fatal(err)
	}
	found("there was one", 0)
	if _, err := s.Records.ExecContext(ctx, "UPDATE alerts SET verdict = 'not_theirs'"); err != nil {
		t.Fatal(err)
	}
	found("there was one of somebody else", 1)
}
