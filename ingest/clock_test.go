package ingest

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

const now = int64(1_795_435_200_000) // 2026-11-23T12:00:00Z

func sample(at int64, metrics ...vitals.Metric) vitals.Sample {
	s := vitals.Sample{At: at}
	for _, m := range metrics {
		s.Values = append(s.Values, vitals.Value{Metric: m, Number: 72})
	}
	return s
}

func TestSettle(t *testing.T) {
	minute, hour := time.Minute.Milliseconds(), time.Hour.Milliseconds()
	y2099 := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for _, tc := range []struct {
		name  string
		at    []int64
		want  []int64
		wrong bool
	}{
		{"no time is now", []int64{0}, []int64{now}, false},
		{"several without time end now", []int64{0, 0, 0}, []int64{now - 2, now - 1, now}, false},
		{"a time stands", []int64{now - hour}, []int64{now - hour}, false},
		{"stored for a month", []int64{now - 30*24*hour, now}, []int64{now - 30*24*hour, now}, false},
		{"a little ahead stands", []int64{now + minute}, []int64{now + minute}, false},
		{"an hour ahead is a wrong clock", []int64{now + hour}, []int64{now}, true},
		{"1970", []int64{5000}, []int64{now}, true},
		{"before 1970", []int64{-hour}, []int64{now}, true},
		{"2099", []int64{y2099}, []int64{now}, true},
		{"a batch of a wrong clock keeps its distances", []int64{1000, 61_000}, []int64{now - minute, now}, true},
		{"so does one of the future", []int64{y2099, y2099 + hour}, []int64{now - hour, now}, true},
		{"the largest numbers", []int64{-1 << 63, 1<<63 - 1}, []int64{now - 1, now}, true},
		{"a clock that was set, and set again", []int64{y2099, 1000, 61_000, 2 * y2099}, []int64{now - 3, now - 2, now - 1, now}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var samples []vitals.Sample
			for _, at := range tc.at {
				samples = append(samples, sample(at, vitals.HeartRate))
			}
			settle(samples, now, 0)
			for i, s := range samples {
				if s.At != tc.want[i] {
					t.Errorf("sample %d at %d: want %d (off by %d ms)", i, s.At, tc.want[i], s.At-tc.want[i])
				}
				if s.DeviceTime != tc.at[i] {
					t.Errorf("sample %d: what the device said is lost: %d, want %d", i, s.DeviceTime, tc.at[i])
				}
				if got := s.Values[0].Marks.Has(vitals.ClockWrong); got != tc.wrong {
					t.Errorf("sample %d marked as wrong clock: %v, want %v", i, got, tc.wrong)
				}
			}
		})
	}
}

func TestUntimedSamplesNeverMeet(t *testing.T) {
	last := int64(0)
	given := map[int64]bool{}
	for i := range 1000 {
		samples := []vitals.Sample{sample(0, vitals.HeartRate), sample(0, vitals.HeartRate)}
		last = settle(samples, now+int64(i/100), last)
		for _, s := range samples {
			if given[s.At] {
				t.Fatalf("message %d: time %d was given before", i, s.At)
			}
			given[s.At] = true
		}
	}
}
