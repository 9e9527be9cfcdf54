package recordings_test

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/backtest/recordings"
	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// whole are the recordings of the folder that ANXIN_RECORDINGS names, which are
// no part of Anxin: their licences are their owners'.
func whole(t testing.TB) (*recordings.Recordings, fs.FS) {
	dir := os.Getenv("ANXIN_RECORDINGS")
	if dir == "" {
		t.Skip("the recordings are absent: ANXIN_RECORDINGS names no folder")
	}
	r, err := recordings.Read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return r, os.DirFS(dir)
}

// leastOfWhole is how many alerts of a rule the recordings are to give: about half
// of those that they gave when this was written. Most are of intensive care, where a
// rule that finds nothing is broken.
var leastOfWhole = map[string]int{
	"bp_low": 80, "bp_low_critical": 40, "bp_high_session": 10, "bp_extreme": 5, "hr_high": 40, "hr_very_high": 8,
	"rr_high": 60, "rr_very_high": 55, "rr_low": 14, "spo2_low": 30, "spo2_very_low": 11, "spo2_drop": 25,
	"temp_raised": 18, "temp_fever": 13, "temp_high_fever": 5, "temp_low": 1, "news2_high": 23, "no_getup": 2, "bathroom_long": 1,
}

// onDefaults runs recordings through the default rules.
func onDefaults(t testing.TB, r *recordings.Recordings) (*backtest.Report, *rules.Set) {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	report, err := backtest.Run(t.Context(), backtest.Config{Source: r, Rules: set})
	if err != nil {
		t.Fatal(err)
	}
	return report, set
}

// TestWholeRecordingsAreWithinTheBudget is the promise of the alert budget, for all
// recordings and for those of each folder alone. Who has activity labels lives at
// home and is well: what is critical there is false.
func TestWholeRecordingsAreWithinTheBudget(t *testing.T) {
	_, fsys := whole(t)
	folders, err := fs.Glob(fsys, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range append(folders, ".") {
		if info, err := fs.Stat(fsys, folder); err != nil || !info.IsDir() {
			continue
		}
		within, err := fs.Sub(fsys, folder)
		if err != nil {
			t.Fatal(err)
		}
		r, err := recordings.Read(within)
		if err != nil {
			t.Fatal(err)
		}
		report, _ := onDefaults(t, r)
		if report.Residents == 0 {
			continue
		}
		b := report.Budget
		t.Logf("%s: %.2f alerts that are not critical a resident and week, %d critical, in %.1f resident-weeks", folder, b.PerWeek, b.Critical, b.ResidentWeeks)
		if b.PerWeek > budget.NonCriticalPerWeek {
			t.Errorf("%s is over the budget: %+v", folder, b.Rules)
		}
		falses, well := 0, budget.Watched{}
		residents, err := r.Residents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range residents {
			if len(r.Labels(who.ID)) > 0 {
				well.Add(who.ID, time.Time{}, who.From, who.To)
			}
		}
		for _, a := range report.Alerts {
			if _, ok := well[a.Resident]; ok && a.Severity == rules.Critical {
				falses++
			}
		}
		if perMonth := well.PerWeek(falses) * 30 / 7; perMonth > budget.FalseCriticalPerMonth {
			t.Errorf("%s: %.2f critical alerts a month of people who are well", folder, perMonth)
		}
	}
}

// TestWholeRecordings runs real people and rooms through the default rules: the
// alerts are to be far fewer than a plain threshold would give.
func TestWholeRecordings(t *testing.T) {
	r, _ := whole(t)
	report, set := onDefaults(t, r)
	var text strings.Builder
	if err := report.Text(&text, "en"); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + text.String())
	readings, runs, alerts := 0, 0, 0
	for _, rule := range report.Rules {
		if rule.Plain == nil {
			continue
		}
		readings, runs, alerts = readings+rule.Plain.Readings, runs+rule.Plain.Runs, alerts+rule.Try.Alerts
		if rule.Plain.Readings >= 100 && rule.Try.Alerts > rule.Plain.Readings/2 {
			t.Errorf("%s: %d alerts of %d readings over its threshold", rule.ID, rule.Try.Alerts, rule.Plain.Readings)
		}
		i, _ := set.Find(rule.ID)
		confirmed := set.Programs()[i].Levels[0].Readings > 1
		if confirmed && rule.Plain.Runs >= 100 && rule.Try.Alerts > rule.Plain.Runs*2/3 {
			t.Errorf("%s: %d alerts where the threshold was crossed %d times", rule.ID, rule.Try.Alerts, rule.Plain.Runs)
		}
	}
	if alerts > readings/10 || alerts > runs/3 {
		t.Errorf("%d alerts in all, of %d readings over thresholds that were crossed %d times", alerts, readings, runs)
	}
	for id, least := range leastOfWhole {
		i := slices.IndexFunc(report.Rules, func(rule backtest.RuleTrial) bool { return rule.ID == id })
		if i < 0 || report.Rules[i].Try.Alerts < least {
			t.Errorf("%s: want %d alerts at least of people who are this ill", id, least)
		}
	}
	for _, a := range report.Alerts {
		label := r.At(a.Resident, a.Began)
		switch {
		case a.Rule == "no_activity_day" && (label == "Sleeping" || label == "Leaving"):
			t.Errorf("%s: no activity is missed at %s, while %s", a.Resident, a.Began.Format(time.DateTime), label)
		case a.Rule == "bathroom_long" && (label == "Sleeping" || label == "Leaving"):
			t.Errorf("%s: long in the bathroom at %s, while %s", a.Resident, a.Began.Format(time.DateTime), label)
		case a.Rule == "night_wandering" && label != "" && label != "Leaving":
			t.Errorf("%s: out at night at %s, while %s", a.Resident, a.Began.Format(time.DateTime), label)
		}
		if len(r.Labels(a.Resident)) > 0 {
			t.Logf("%s %s %s from %s to %s, began while %q", a.Resident, a.Rule, a.Severity, a.Began.Format(time.DateTime), a.Ended.Format(time.TimeOnly), label)
		}
	}
}

// TestArtefactsOfWholeRecordings reads the tables of vital signs another way, and
// counts what no body can have.
func TestArtefactsOfWholeRecordings(t *testing.T) {
	r, fsys := whole(t)
	rejected := r.Rejected()
	for m, n := range outOfBounds(t, fsys) {
		t.Logf("%s: %d beyond its bounds, %d rejected", m, n, rejected[m])
		if rejected[m] < n {
			t.Errorf("%s: %d of %d artefacts are rejected", m, rejected[m], n)
		}
	}
}

func outOfBounds(t *testing.T, fsys fs.FS) map[vitals.Metric]int {
	t.Helper()
	metrics := map[string]vitals.Metric{
		"heart_rate": vitals.HeartRate, "sbp": vitals.BPSystolic, "dbp": vitals.BPDiastolic, "map": vitals.BPMean, "respiratory_rate": vitals.RespiratoryRate,
		"spo2": vitals.SpO2, "temp_c": vitals.BodyTemperature,
	}
	counts, seen := map[vitals.Metric]int{}, map[string]bool{}
	names, err := fs.Glob(fsys, "*/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := fsys.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows := csv.NewReader(f)
		heading, err := rows.Read()
		if err != nil {
			t.Fatal(err)
		}
		category, value := slices.Index(heading, "vital_category"), slices.Index(heading, "vital_value")
		for category >= 0 {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			key := strings.Join(row[:category+1], "\x00")
			m, known := metrics[row[category]]
			n, err := strconv.ParseFloat(row[value], 64)
			if !known || err != nil || seen[key] {
				continue // the first of a moment counts
			}
			seen[key] = true
			if info := m.Info(); n < info.Min || n > info.Max {
				counts[m]++
			}
		}
		_ = f.Close()
	}
	return counts
}

// BenchmarkWholeRecordings runs all of them through the default rules.
func BenchmarkWholeRecordings(b *testing.B) {
	r, _ := whole(b)
	for b.Loop() {
		onDefaults(b, r)
	}
}
