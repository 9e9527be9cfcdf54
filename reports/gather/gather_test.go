package gather_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/reports/gather"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// monday is the morning after the week that is told of, in Shanghai.
var monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

type words struct{}

func (words) CheckCare(records.Care) ([]store.Field, error) { return nil, nil }

type people struct{}

func (people) TimeZones(_ context.Context, ids ...string) (map[string]string, error) {
	return map[string]string{"li": "Asia/Shanghai"}, nil
}
func (people) Version() int64 { return 1 }
func (people) Excused(context.Context, ...string) (map[string]string, error) {
	return nil, nil
}

// room is what facts are gathered from.
type room struct {
	*gather.Gatherer
	db    *store.DB
	past  *timeline.SQL
	admin records.User
}

func newRoom(t testing.TB, db *store.DB) *room {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, now := t.Context(), func() time.Time { return monday }
	registry, err := devices.OpenRegistry(ctx, db, slog.New(slog.DiscardHandler))
	must(err)
	residents := records.NewResidents(db, registry)
	_, err = residents.Create(ctx, records.Resident{ID: "li", Name: "Li Hua", TimeZone: "Asia/Shanghai"})
	must(err)
	past, err := timeline.OpenSQL(ctx, t.TempDir())
	must(err)
	t.Cleanup(func() { _ = past.Close() })
	return &room{
		Gatherer: &gather.Gatherer{
			Residents: residents, Care: records.NewCareBook(db, words{}, now), Access: records.NewAccess(db, nil, now), Alerts: alerts.NewAlerts(db),
			Reminders: reminders.NewBook(db, people{}, reminders.NewOutbox(db, now), now), Past: past, Now: now,
		},
		db: db, past: past, admin: records.User{ID: "admin", Role: records.Administrator},
	}
}

func (r *room) add(t testing.TB, reports ...vitals.Report) {
	t.Helper()
	if err := r.past.Append(t.Context(), reports, 1); err != nil {
		t.Fatal(err)
	}
}

func report(device string, at time.Time, values ...vitals.Value) vitals.Report {
	return vitals.Report{Device: device, Residents: []string{"li"}, Received: at.UnixMilli(), Samples: []vitals.Sample{{At: at.UnixMilli(), Values: values}}}
}

func value(m vitals.Metric, v float64) vitals.Value { return vitals.Value{Metric: m, Number: v} }

// raise writes an alert as the judge would, with who answered it after a while.
func (r *room) raise(t testing.TB, id string, at time.Time, severity int, answered time.Duration) {
	t.Helper()
	rule := `{"id": "fall", "name": {"en": "Fall", "zh": "跌倒"}}`
	for _, q := range []string{
		fmt.Sprintf(`INSERT INTO alerts (id, resident, rule, rule_text, status, severity, since, began_at, changed_at, resolved_at, claimed_by, verdict, transitions)
			VALUES ('%s', 'li', 'fall', '%s', 'resolved', %d, %d, %d, %d, %d, '', 'true', 2)`, id, rule, severity, at.UnixMilli(), at.UnixMilli(), at.UnixMilli(), at.Add(time.Hour).UnixMilli()),
		fmt.Sprintf(`INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence) VALUES ('%s', 1, %d, 'firing', %d, 'began', '', '', '', '{}')`, id, at.UnixMilli(), severity),
		fmt.Sprintf(`INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence) VALUES ('%s', 2, %d, 'claimed', %d, 'claimed', 'u-1', '', '', '{}')`, id, at.Add(answered).UnixMilli(), severity),
	} {
		if _, err := r.db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGather(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		week := reports.Week{Year: 2026, N: 47}
		last := monday.Add(-12 * time.Hour) // in the evening of Sunday
		r.add(t, report("band", last, value(vitals.HeartRate, 70)), report("cuff", last, value(vitals.BPSystolic, 131), value(vitals.BPDiastolic, 78)),
			report("cuff", last.Add(-time.Hour), value(vitals.BPSystolic, 140)), // half of a measuring is none
			report("cuff", last.Add(-2*time.Hour), vitals.Value{Metric: vitals.BPSystolic, Number: 290, Marks: vitals.Jump}, value(vitals.BPDiastolic, 80)),
			report("scale", last, value(vitals.BodyWeight, 61)), report("band", monday.Add(-200*time.Hour), value(vitals.HeartRate, 90)))
		r.raise(t, "a-1", last.Add(-48*time.Hour), 3, 90*time.Second)
		r.raise(t, "a-2", monday, 3, time.Minute) // of the next week
		r.raise(t, "a-3", last.Add(-40*time.Hour), 3, time.Minute)
		if _, err := db.ExecContext(t.Context(), "UPDATE alerts SET verdict = 'not_theirs' WHERE id = 'a-3'"); err != nil { // the band was on somebody else
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "UPDATE alerts SET part_of = 'a-3' WHERE id = 'a-1'"); err != nil { // which was Li's own
			t.Fatal(err)
		}
		if _, err := r.Care.SetCare(t.Context(), "li", records.Care{Conditions: []string{"copd"}, Limits: map[string]float64{"hr.high": 95}}, records.Change{}); err != nil {
			t.Fatal(err)
		}
		f, err := r.Week(t.Context(), r.admin, "li", week)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Raised) != 1 || f.Raised[0].ID != "a-1" || f.Raised[0].Answered != 90*time.Second || f.Raised[0].Name.ZH != "跌倒" || !f.Over() {
			t.Errorf("alerts %+v", f.Raised)
		}
		if got := f.Measured.Last(7).Body; !cmp.Equal(got, []int{0, 0, 0, 0, 0, 0, 3}) {
			t.Errorf("heard %v", got)
		}
		doc, err := r.Report(t.Context(), r.admin, "li", last, 30)
		if err != nil {
			t.Fatal(err)
		}
		if len(doc.Pressures) != 1 || doc.Pressures[0].Systolic != 131 || len(doc.Weights) != 1 || len(doc.Raised) != 1 {
			t.Errorf("pressures %v, weights %v, alerts %v", doc.Pressures, doc.Weights, doc.Raised)
		}
		if diff := cmp.Diff([]reports.Limit{{Lower: true, Value: 50}, {Value: 95}}, doc.Limits[vitals.HeartRate]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]reports.Limit{{Lower: true, Value: 88}}, doc.Limits[vitals.SpO2]); diff != "" {
			t.Error(diff)
		}
		if _, err := r.Week(t.Context(), records.User{ID: "stranger", Role: records.Family}, "li", week); err == nil {
			t.Error("a stranger sees the week")
		}
		hidden, err := r.WeekAs(t.Context(), records.Alerts, "li", week)
		if err != nil || hidden.Vitals || len(hidden.Measured.Of) > 0 || len(hidden.Raised) != 1 {
			t.Errorf("alerts alone: %+v, %v", hidden, err)
		}
	})
}

// fill gives Li readings of five metrics, as a bracelet and a cuff send them, up to
// Monday.
func (r *room) fill(b *testing.B, days int, every time.Duration) (n int) {
	b.Helper()
	var batch []vitals.Report
	for at := monday.AddDate(0, 0, -days); at.Before(monday); at = at.Add(every) {
		wave := math.Sin(float64(at.Unix()) / 40000)
		values := []vitals.Value{value(vitals.HeartRate, 70+8*wave), value(vitals.SpO2, 96+wave), value(vitals.RespiratoryRate, 16+wave), value(vitals.StepCount, 5), value(vitals.BodyTemperature, 36.5+wave/4)}
		batch = append(batch, report("band", at, values...))
		n += len(values)
		if at.Hour()%12 == 0 && at.Minute() == 0 {
			batch = append(batch, report("cuff", at, value(vitals.BPSystolic, 130+10*wave), value(vitals.BPDiastolic, 80+6*wave)))
			n += 2
		}
		if len(batch) >= 4000 {
			r.add(b, batch...)
			batch = batch[:0]
		}
	}
	r.add(b, batch...)
	return n
}

func BenchmarkReports(b *testing.B) {
	for _, c := range []struct {
		name  string
		days  int
		every time.Duration
	}{
		{"a year by the minute", 365, time.Minute},                  // 2.6 million readings, 216,000 in a month
		{"ten years, 5 million", 3650, 5*time.Minute + time.Second}, // 42,000 in a month
	} {
		b.Run(c.name, func(b *testing.B) {
			r := newRoom(b, storetest.Open(b, storetest.SQLite(b)))
			n := r.fill(b, c.days, c.every)
			b.Run("report", func(b *testing.B) {
				b.ReportMetric(float64(n), "readings")
				for b.Loop() {
					if _, err := r.Report(b.Context(), r.admin, "li", monday, 30); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("week", func(b *testing.B) {
				for b.Loop() {
					if _, err := r.Week(b.Context(), r.admin, "li", reports.Week{Year: 2026, N: 47}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
