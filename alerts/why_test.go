package alerts

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

func TestWhy(t *testing.T) {
	began := time.Date(2026, 11, 24, 16, 30, 0, 0, time.UTC)
	shanghai := time.FixedZone("CST", 8*3600)
	tests := map[string]struct {
		since    time.Time
		evidence Evidence
		en, zh   string
	}{
		"a limit passed": {
			began.Add(-5 * time.Minute),
			Evidence{Bounds: []Bound{{Metric: vitals.HeartRate, Op: ">=", Value: 131, Actual: 142, Passed: true}, {Metric: vitals.HeartRate, Op: "<", Value: 40, Actual: 142}}},
			"Heart rate 142 /min (limit: 131 or more); from 00:25, believed at 00:30.",
			"心率 142 次/分（界限：不低于131）；自00:25起，00:30确认。",
		},
		"an average over days, of the day before": {
			began.Add(-time.Hour),
			Evidence{Bounds: []Bound{{Metric: vitals.BPSystolic, Fn: "avg", Span: rules.Span(7 * 24 * time.Hour), Op: ">=", Value: 135, Actual: 139, Passed: true}}},
			"Systolic pressure, average of 7d 139 mmHg (limit: 135 or more); from 2026-11-24 23:30, believed at 00:30.",
			"收缩压（7d内平均） 139 mmHg（界限：不低于135）；自2026-11-24 23:30起，00:30确认。",
		},
		"a score": {
			began,
			Evidence{NEWS2: &Score{Total: 5, Sub: map[string]int{"pulse": 3, "spo2": 2, "temperature": 0}}},
			"NEWS2 5 (Oxygen saturation 2, Heart rate 3); at 00:30.",
			"NEWS2评分5（血氧 2分、心率 3分）；时间00:30。",
		},
		"an event": {
			began, Evidence{Readings: []Seen{{Metric: vitals.SOSButton, Value: 1, At: began}}},
			"SOS button, 00:30; at 00:30.",
			"SOS按钮（00:30）；时间00:30。",
		},
		"nobody can be told": {
			began, Evidence{Incidents: []Incident{{Kind: "gap", What: "critical", At: began}}},
			"Since 00:30 nobody can be told for sure of what is critical.",
			"自00:30起，危急级别的警报不一定能通知到人。",
		},
		"a drill": {
			began, Evidence{Incidents: []Incident{{Kind: "drill", At: began}}},
			"A drill that somebody began at 00:30.",
			"00:30有人开始了演习。",
		},
	}
	for name, test := range tests {
		a := Alert{Since: test.since, BeganAt: began, Evidence: test.evidence}
		if got := a.Why(About{Zone: shanghai}); got.EN != test.en || got.ZH != test.zh {
			t.Errorf("%s:\n%s\n%s", name, got.EN, got.ZH)
		}
	}
}
