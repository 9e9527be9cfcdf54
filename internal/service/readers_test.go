package service

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

// asked keeps what a database is asked.
type asked []string

func (a *asked) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (a *asked) AfterQuery(_ context.Context, e *bun.QueryEvent)                    { *a = append(*a, e.Query) }

// Whose entries are, whose files are one and who is erased is known in memory: what
// nothing comes of asks the records nothing, message by message or batch by batch.
func TestReadersAskTheRecordsNothing(t *testing.T) {
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	cfg := Default()
	cfg.HTTPAddr, cfg.MQTTAddr, cfg.DataDir = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	s, err := Open(ctx, cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range []string{"li", "wang", "zhao"} {
		if _, err := s.Residents.Create(ctx, records.Resident{ID: id, Name: id, TimeZone: "Asia/Shanghai"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Registry.Add(ctx, devices.Device{ID: "band", Codec: devices.Native}); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := s.Registry.Wear(ctx, "band", "li", now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	readers := []journal.Apply{
		toTimeline(&s.decoder, &s.attribution, s.Timeline),
		toView(&s.decoder, &s.attribution, s.view),
		toJudge(&s.decoder, &s.attribution, s.judge, &s.pace, s.takeInAgain),
	}
	seq := uint64(0)
	hear := func(batches int) {
		t.Helper()
		for range batches {
			var entries []journal.Entry
			for range 20 {
				seq++
				at := now.Add(time.Duration(seq) * time.Second).UnixMilli()
				body, err := vitals.Report{Device: "band", Residents: []string{"li"}, Received: at, Samples: []vitals.Sample{
					{At: at, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 70}}},
				}}.AppendBinary(nil)
				if err != nil {
					t.Fatal(err)
				}
				entries = append(entries, journal.Entry{Seq: seq, Body: body})
			}
			for _, apply := range readers {
				if err := apply(ctx, entries); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var queries asked
	s.Records.AddQueryHook(&queries)
	hear(10)
	if len(queries) > 0 {
		t.Errorf("nobody is corrected, merged or erased: %d queries, such as %s", len(queries), queries[0])
	}
	s.attribution.know([]correction{{devices.Correction{Device: "band", Was: "wang", Resident: "zhao", From: now, To: now.Add(time.Minute)}, now.Add(time.Minute), []string{"wang"}}})
	s.decoder.aliases.Store(&map[string]string{"wang": "zhao"})
	hear(10)
	if len(queries) > 0 {
		t.Errorf("others are: %d queries, such as %s", len(queries), queries[0])
	}
	if err := s.knowCorrections(ctx); err != nil || len(queries) == 0 {
		t.Errorf("it is not counted what is asked: %v", err)
	}
}
