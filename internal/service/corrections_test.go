package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records/audit"
)

// A bracelet was on the wrong person. Wherever the service is killed while that is
// put right, everything is done once; and neither a lost timeline nor an engine that
// has forgotten everything brings the mistake back out of the journal.
func TestWhoWoreItIsCorrectedWhateverHappens(t *testing.T) {
	cfg := testConfig(t)
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) { passwords = wearers(t, s, 2) })
	p.start()
	band, own := p.connect("d-0", passwords[0]), p.connect("d-1", passwords[1])
	begin := time.Now().Add(-time.Minute)
	const n = 5
	for i := range n {
		at := begin.Add(time.Duration(i) * time.Second).UnixMilli()
		for device, said := range map[string]string{"d-0": `"heart_rate":140`, "d-1": `"spo2":97`} {
			client := band
			if device == "d-1" {
				client = own
			}
			if token := client.Publish("anxin/v1/devices/"+device+"/readings", 1, false, fmt.Sprintf(`{"ts":%d,%s}`, at, said)); !token.WaitTimeout(time.Minute) || token.Error() != nil {
				t.Fatal(token.Error())
			}
		}
	}
	if token := band.Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":true}`); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	p.waitFor("the alarm", func() error { return p.raised("sos", 1) })
	p.settled()
	// Stopped in order, so that the judge has written down how far it has heard: what it
	// hears again after a kill is of moments ago, and rightly told.
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	p.cmd = nil

	s, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := s.Registry.Correct(t.Context(), devices.Worn{Device: "d-0", Resident: "r-1", From: begin.Add(-time.Hour), Why: "mixed up after the bath", By: "u-9"})
	if err != nil {
		t.Fatal(err)
	}
	step := func() (devices.Correction, error) {
		all, err := s.Registry.Corrections(t.Context(), "d-0")
		if err == nil && all[0].Step != devices.Done {
			err = fmt.Errorf("it is only %s", all[0].Step)
		}
		return all[0], err
	}
	for range 4 { // killed wherever it is
		p.start()
		p.kill()
	}
	p.start()
	p.waitFor("the correction to be carried out", func() error {
		_, err := step()
		return err
	})
	check := func(when string) {
		t.Helper()
		p.settled()
		if wrong, right := p.readings("r-0", "heart_rate"), p.readings("r-1", "heart_rate"); len(wrong) != 0 || len(right) != n {
			t.Errorf("%s: %d readings of the wrong one, %d of the right one, want 0 and %d", when, len(wrong), len(right), n)
		}
		if others := p.readings("r-1", "spo2"); len(others) != n {
			t.Errorf("%s: %d readings of their own, want %d", when, len(others), n)
		}
	}
	check("corrected")
	if body, err := p.get("/api/v1/residents/r-0/latest"); err != nil || strings.Contains(string(body), "heart_rate") {
		t.Errorf("the wrong one's newest readings: %s, %v", body, err)
	}
	if body, err := p.get("/api/v1/residents/r-1/latest"); err != nil || !strings.Contains(string(body), "heart_rate") {
		t.Errorf("the right one's newest readings: %s, %v", body, err)
	}
	if err := p.raised("sos", 0); err != nil {
		t.Error(err)
	}
	body, err := p.get("/api/v1/alerts?rule=sos")
	if err != nil || strings.Count(string(body), `"not_theirs"`) != 1 {
		t.Errorf("alerts: %s, %v", body, err)
	}

	done, err := step()
	if err != nil {
		t.Fatal(err)
	}
	var out alerts.Reattribution
	if err := json.Unmarshal(done.Outcome, &out); err != nil {
		t.Fatal(err)
	}
	if out.Readings["heart_rate"] != n || out.Readings["sos_button"] != 1 || len(out.NotTheirs) != 1 || len(out.Found) == 0 || out.Found[0].Rule != "sos" || done.UntilEntry == 0 {
		t.Errorf("what came of it: %s, until entry %d", done.Outcome, done.UntilEntry)
	}
	for _, resident := range []string{"r-0", "r-1"} {
		entries, err := s.Audit.List(t.Context(), audit.Query{Resident: resident, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, e := range entries {
			if e.Reason == c.Why && e.Actor == "u-9" && strings.Contains(e.What, "by r-1, and not by r-0") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("%d entries about %s in the audit, want 1", told, resident)
		}
	}

	// A crash after something was done, and before that was noted.
	for _, back := range []devices.Step{devices.Noted, devices.Moved, devices.Judged} {
		p.kill()
		if _, err := s.Records.ExecContext(t.Context(), "UPDATE wearing_corrections SET step = ?, until_entry = NULL", back); err != nil {
			t.Fatal(err)
		}
		p.start()
		p.waitFor("the correction to be carried out again", func() error {
			_, err := step()
			return err
		})
		check("carried out again from " + string(back))
		a, err := alerts.NewAlerts(s.Records).One(t.Context(), out.NotTheirs[0])
		if err != nil || len(a.Transitions) != 2 {
			t.Errorf("carried out again from %s: %d transitions of the alert, %v", back, len(a.Transitions), err)
		}
	}

	p.kill()
	lost, err := filepath.Glob(filepath.Join(cfg.DataDir, "timeline.db*"))
	if err != nil || len(lost) == 0 {
		t.Fatal(lost, err)
	}
	for _, file := range lost {
		err = errors.Join(err, os.Remove(file))
	}
	for _, forget := range []string{"DELETE FROM engine_states", "DELETE FROM engine_inputs", "DELETE FROM journal_cursors WHERE reader LIKE 'alerts%'"} {
		_, execErr := s.Records.ExecContext(t.Context(), forget)
		err = errors.Join(err, execErr)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.start()
	p.waitFor("the journal to be read again", func() error {
		if n := len(p.readings("r-1", "heart_rate")); n < 5 {
			return fmt.Errorf("%d readings", n)
		}
		return nil
	})
	check("read again")
	if body, err := p.get("/api/v1/alerts?status=open&resident=r-0"); err != nil || strings.Contains(string(body), `"sos"`) {
		t.Errorf("the wrong one is alarmed again: %s, %v", body, err)
	}
}
