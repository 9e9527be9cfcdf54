package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/vitals"
)

// bench is a pipeline on a journal in memory, with devices that a test names.
type bench struct {
	t         *testing.T
	pipeline  *Pipeline
	journal   *memoryJournal
	wearers   map[string][]string
	version   atomic.Int64 // of wearers
	weights   map[string]vitals.Reading
	problems  map[string]string
	lookups   int
	inStore   map[string]bool // "device metric at"
	lookupErr error
	acked     chan uint32
	mu        sync.Mutex
}

func newBench(t *testing.T) *bench {
	b := &bench{
		t: t, journal: &memoryJournal{}, acked: make(chan uint32, 100_000),
		wearers: map[string][]string{"band-1": {"li"}, "band-2": {"wang"}}, weights: map[string]vitals.Reading{},
		problems: map[string]string{}, inStore: map[string]bool{},
	}
	b.restart()
	return b
}

// restart gives a new pipeline that remembers what the journal holds.
func (b *bench) restart() {
	router, err := codec.NewRouter(codec.All(), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	m := NewMetrics(prometheus.NewRegistry(), func() journal.Counts { return b.journal.counts })
	b.pipeline = New(router, b, b.journal, b.lookup, b, b, m, DefaultLimits(), slog.New(slog.DiscardHandler))
	b.pipeline.Remember(b.journal.reports(b.t), true)
}

func (b *bench) Device(_, external string) (string, bool) {
	_, ok := b.wearers[external]
	return external, ok
}
func (b *bench) Version() int64                               { return b.version.Load() }
func (b *bench) Assignment(_, external string) (uint64, bool) { return 1, len(b.wearers[external]) > 0 }
func (b *bench) ResidentsAt(device string, _ int64) []string  { return b.wearers[device] }
func (b *bench) Problem(device, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems[device] = text
}
func (b *bench) Last(resident string, _ vitals.Metric) (vitals.Reading, bool) {
	r, ok := b.weights[resident]
	return r, ok
}
func (b *bench) Acknowledge(token uint32) { b.acked <- token }

func (b *bench) lookup(_ context.Context, readings []vitals.Reading) ([]bool, error) {
	b.lookups++
	have := make([]bool, len(readings))
	for i, r := range readings {
		have[i] = b.inStore[fmt.Sprint(r.Device, r.Metric, r.At.UnixMilli())]
	}
	return have, b.lookupErr
}

// publish sends messages and waits until all are acknowledged.
func (b *bench) publish(messages ...Message) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- b.pipeline.Run(ctx) }()
	for i, m := range messages {
		m.Ack, m.Token = b, uint32(i)
		if m.Received == 0 {
			m.Received = now
		}
		if err := b.pipeline.Submit(ctx, m); err != nil {
			b.t.Fatal(err)
		}
	}
	for i := range messages {
		if token := <-b.acked; token != uint32(i) {
			b.t.Errorf("acknowledgement %d is for message %d", i, token)
		}
	}
	cancel()
	if err := <-done; err != nil {
		b.t.Fatal(err)
	}
	b.balanced()
}

func (b *bench) balanced() {
	b.t.Helper()
	if c := b.journal.counts; c.Received != c.Stored+c.Duplicate+c.Quarantined+c.Held {
		b.t.Errorf("the counts do not balance: %+v", c)
	}
}

func reading(device, payload string) Message {
	return Message{Topic: "anxin/v1/devices/" + device + "/readings", Payload: []byte(payload)}
}

// memoryJournal keeps groups as a real one would, and can be told to fail.
type memoryJournal struct {
	mu      sync.Mutex
	bodies  [][]byte
	shelf   []journal.Shelved
	counts  journal.Counts
	refused map[uint64]error
	fail    error
	tried   int
}

func (j *memoryJournal) Append(_ context.Context, g journal.Group) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tried++
	if j.fail != nil {
		return 0, j.fail
	}
	for _, b := range g.Bodies {
		j.bodies = append(j.bodies, append([]byte(nil), b...))
	}
	for _, s := range g.Shelve {
		s.ID = uint64(len(j.shelf) + 1)
		j.shelf = append(j.shelf, s)
	}
	for _, id := range g.Take {
		j.shelf[id-1].Reason = "taken"
	}
	c := &j.counts
	c.Received += g.Changes.Received
	c.Stored += g.Changes.Stored
	c.Duplicate += g.Changes.Duplicate
	c.Quarantined += g.Changes.Quarantined
	c.Held += g.Changes.Held
	c.Readings += g.Changes.Readings
	c.DuplicateReadings += g.Changes.DuplicateReadings
	return 0, nil
}

func (j *memoryJournal) Refuse(_ context.Context, id uint64, why error) error {
	if j.refused == nil {
		j.refused = map[uint64]error{}
	}
	j.refused[id] = why
	return nil
}

func (j *memoryJournal) reports(t *testing.T) []vitals.Report {
	var reports []vitals.Report
	for _, b := range j.bodies {
		r, err := vitals.DecodeReport(b)
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	return reports
}
