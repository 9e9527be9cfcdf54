package escalation_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/store/storetest"
)

// stormSize is how many alerts a power cut in a district brings at once.
const stormSize = 10_000

// BenchmarkStorm measures how long it takes to decide whom to tell of ten thousand
// critical alerts that begin together, and how much memory that takes at the most.
func BenchmarkStorm(b *testing.B) {
	var took []time.Duration
	var most uint64
	for b.Loop() {
		b.StopTimer()
		h := newHouse(b, storetest.Open(b, storetest.SQLite(b)))
		h.storm(stormSize)
		policies, err := escalation.NewPolicies(h.db)
		if err != nil {
			b.Fatal(err)
		}
		told := &counted{done: make(chan struct{}), want: stormSize * 3}
		r := escalation.NewRunner(escalation.Config{
			DB: h.db, Policies: policies, Circles: h, Queue: told, Feed: alerts.NewFeed(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		ctx, stop := context.WithCancel(b.Context())
		runtime.GC()
		memory := watchHeap()
		b.StartTimer()
		began := time.Now()
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		<-told.done
		took = append(took, time.Since(began))
		b.StopTimer()
		most = max(most, memory())
		stop()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(most)/(1<<20), "MB-at-most")
	b.ReportMetric(float64(slices.Max(took).Microseconds())/stormSize, "µs/alert-at-most")
}

// watchHeap looks at the heap until it is asked how many bytes it grew at the most.
func watchHeap() (most func() uint64) {
	stop, grown := make(chan struct{}), make(chan uint64)
	go func() {
		heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(heap)
		least, peak := heap[0].Value.Uint64(), heap[0].Value.Uint64()
		for {
			select {
			case <-stop:
				grown <- peak - least
				return
			case <-time.After(5 * time.Millisecond):
				metrics.Read(heap)
				peak = max(peak, heap[0].Value.Uint64())
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-grown
	}
}

// counted counts tellings, and is done when there are as many as wanted.
type counted struct {
	n, want int
	done    chan struct{}
}

func (c *counted) Queue(context.Context, bun.Tx, []escalation.Telling) error { return nil }

func (c *counted) Queued(tellings []escalation.Telling) {
	if c.n += len(tellings); c.n == c.want {
		close(c.done)
	}
}

// storm writes alerts that have begun and of which nobody was told.
func (h *house) storm(size int) {
	h.t.Helper()
	now := time.Now().UnixMilli()
	err := h.db.Transact(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range size {
			id := fmt.Sprintf("alert-%05d", i)
			_, err := tx.NewRaw(`INSERT INTO alerts (id, resident, home, device, part_of, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions)
				VALUES (?, ?, '', '', '', 'sos', '{}', 'firing', 3, ?, ?, ?, '', '', 1)`, id, "of-"+id, now, now, now).Exec(ctx)
			if err != nil {
				return err
			}
			_, err = tx.NewRaw(`INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, verdict, reason, evidence)
				VALUES (?, 1, ?, 'firing', 3, ?, '', '', '', '{}')`, id, now, engine.Began).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
