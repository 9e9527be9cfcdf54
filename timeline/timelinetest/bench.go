package timelinetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Bench measures a store.
func Bench(b *testing.B, open Open) {
	b.Run("Append", func(b *testing.B) { benchAppend(b, open) })
	b.Run("Month", func(b *testing.B) { benchMonth(b, open) })
	b.Run("Latest", func(b *testing.B) { benchLatest(b, open) })
}

// benchAppend appends 4,000 reports of 1,000 devices, five values each, at a time.
func benchAppend(b *testing.B, open Open) {
	s := open(b, fmt.Sprintf("append-%d", b.N))
	residents, reports := ids(1000, "r"), make([]vitals.Report, 4000)
	rows := 0
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		for j := range reports {
			name := residents[j*7919%len(residents)]
			at := noon().Add(time.Duration(i)*time.Minute + time.Duration(j/len(residents))*15*time.Second)
			reports[j] = report("d"+name, name, at, fiveValues(i+j)...)
			rows += 5
		}
		b.StartTimer()
		add(b, s, uint64(i), reports...)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "readings/s")
}

func fiveValues(i int) []vitals.Value {
	f := float64(i % 10)
	return []vitals.Value{
		{Metric: vitals.HeartRate, Number: 60 + f}, {Metric: vitals.SpO2, Number: 90 + f},
		{Metric: vitals.BodyTemperature, Number: 36.1 + f/10}, {Metric: vitals.RespiratoryRate, Number: 12 + f},
		{Metric: vitals.StepCount, Number: 100 * f},
	}
}

// fill gives each resident a sample of five values every so often.
func fill(b *testing.B, s timeline.Store, residents []string, from time.Time, n int, every time.Duration) {
	var reports []vitals.Report
	for i := range n {
		for _, name := range residents {
			reports = append(reports, report("d"+name, name, from.Add(time.Duration(i)*every), fiveValues(i)...))
			if len(reports) == 4000 {
				add(b, s, 1, reports...)
				reports = reports[:0]
			}
		}
	}
	add(b, s, 1, reports...)
}

// benchMonth reads one metric of a resident over 30 days of minutes.
func benchMonth(b *testing.B, open Open) {
	s := open(b, "month")
	from := noon().Add(-30 * 24 * time.Hour)
	fill(b, s, ids(1, "r"), from, 30*24*60, time.Minute)
	q := timeline.Query{Resident: "r0000", Metric: vitals.HeartRate, From: from, To: noon()}
	b.Run("Range", func(b *testing.B) {
		for b.Loop() {
			if n := len(read(b, s, q)); n != 30*24*60 {
				b.Fatalf("%d readings", n)
			}
		}
	})
	b.Run("Newest", func(b *testing.B) {
		q := q
		q.Limit, q.Newest = 100, true
		for b.Loop() {
			if n := len(read(b, s, q)); n != 100 {
				b.Fatalf("%d readings", n)
			}
		}
	})
	for _, fn := range []timeline.Fn{timeline.Mean, timeline.Last} {
		b.Run("Aggregate/"+string(fn), func(b *testing.B) {
			for b.Loop() {
				if n := len(aggregate(b, s, q, time.Hour, fn)); n != 30*24 {
					b.Fatalf("%d points", n)
				}
			}
		})
	}
}

// benchLatest reads the newest of 1,000 residents after four hours of minutes.
func benchLatest(b *testing.B, open Open) {
	s := open(b, "latest")
	fill(b, s, ids(1000, "r"), noon().Add(-4*time.Hour), 4*60, time.Minute)
	for b.Loop() {
		if n := len(latest(b, s, noon().Add(-24*time.Hour))); n != 5000 {
			b.Fatalf("%d readings", n)
		}
	}
}
