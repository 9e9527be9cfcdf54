package alerts_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// corrected is what a house has heard, as it is known now.
type corrected struct{ *house }

func (c corrected) Messages(_ context.Context, resident string, from, to time.Time) iter.Seq2[engine.Received, error] {
	return func(yield func(engine.Received, error) bool) {
		for _, e := range c.journal {
			if at := e.Report.Received; e.Report.Residents[0] != resident || at < from.UnixMilli() || at > to.UnixMilli() {
				continue
			}
			if !yield(engine.Received{At: e.Report.Received, Readings: engine.Readings{Device: e.Report.Device, Samples: e.Report.Samples}}, nil) {
				return
			}
		}
	}
}

func (c corrected) Range(_ context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error] {
	return func(yield func(vitals.Reading, error) bool) {
		for _, e := range c.journal {
			for _, s := range e.Report.Samples {
				for _, v := range s.Values {
					at := time.UnixMilli(s.At)
					if e.Report.Residents[0] != q.Resident || v.Metric != q.Metric || at.Before(q.From) || !at.Before(q.To) {
						continue
					}
					if !yield(vitals.Reading{Resident: q.Resident, Device: e.Report.Device, Metric: v.Metric, Number: v.Number, At: at, Received: time.UnixMilli(e.Report.Received)}, nil) {
						return
					}
				}
			}
		}
	}
}

func (corrected) Latest(context.Context, time.Time, ...string) ([]vitals.Reading, error) {
	return nil, nil
}

func TestRejudge(t *testing.T) { storetest.Each(t, testRejudge) }

// testRejudge has a band on r1 that was r2's for an hour.
func testRejudge(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.enrol("r1", "r2")
	ctx := t.Context()
	pass := func(d time.Duration) {
		h.now = h.now.Add(d)
		h.tick()
	}
	pass(time.Minute)
	h.saysBy("own", "r1", vitals.FallEvent, 1)
	own := h.list(alerts.Query{Open: true})[0].ID
	pass(time.Minute)
	from := h.now
	h.saysBy("band", "r1", vitals.SOSButton, 1)
	sos := h.list(alerts.Query{Open: true, Rule: "sos"})[0].ID
	if err := h.judge.Resolve(ctx, sos, "u1", engine.TrueAlarm, "she wanted water"); err != nil {
		t.Fatal(err)
	}
	pass(20 * time.Minute)
	h.saysBy("band", "r1", vitals.SOSButton, 1)
	open := h.list(alerts.Query{Open: true, Rule: "sos"})[0].ID
	pass(20 * time.Minute)
	to := h.now
	told := len(h.told)

	for i := range h.journal { // as the timeline has it now
		if h.journal[i].Report.Device == "band" {
			h.journal[i].Report.Residents = []string{"r2"}
		}
	}
	again := alerts.Rejudge{Strange: alerts.Strange{Resident: "r1", Device: "band", From: from, To: to}, Residents: []string{"r1", "r2"}, By: "u2", Why: "they were mixed up"}
	refused := errors.New("refused")
	if err := h.judge.Rejudge(ctx, corrected{h}, again, func(context.Context, bun.Tx, []string) error { return refused }); !errors.Is(err, refused) {
		t.Fatalf("rejudge: %v", err)
	}
	if a, err := alerts.NewAlerts(db).One(ctx, sos); err != nil || a.Verdict != engine.TrueAlarm {
		t.Fatalf("after it was refused: %v, %v", a.Verdict, err)
	}
	h.open() // a crash in the middle
	var disowned []string
	keep := func(_ context.Context, _ bun.Tx, ids []string) error { disowned = ids; return nil }
	for range 2 { // again changes nothing
		if err := h.judge.Rejudge(ctx, corrected{h}, again, keep); err != nil {
			t.Fatal(err)
		}
		if len(disowned) != 2 || disowned[0] != sos || disowned[1] != open {
			t.Fatalf("not theirs: %v, want %s and %s", disowned, sos, open)
		}
	}
	for id, steps := range map[string]int{sos: 3, open: 2} {
		a, err := alerts.NewAlerts(db).One(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		last := a.Transitions[len(a.Transitions)-1]
		if a.Open() || a.Verdict != engine.NotTheirs || len(a.Transitions) != steps || last.Verdict != engine.NotTheirs || last.By != "u2" || last.Reason != again.Why {
			t.Errorf("not theirs: %+v", a)
		}
	}
	if a, err := alerts.NewAlerts(db).One(ctx, sos); err != nil || a.Transitions[1].Verdict != engine.TrueAlarm {
		t.Errorf("what was found first is lost: %+v, %v", a.Transitions, err)
	}
	left := h.list(alerts.Query{Open: true})
	if len(left) != 1 || left[0].ID != own {
		t.Errorf("open: %+v", left)
	}
	// Nothing begins by the past, for nobody; what comes next is told, also after a crash.
	pass(time.Minute)
	h.open()
	pass(time.Minute)
	if n := len(h.told); n != told+1 { // that one was closed
		t.Errorf("%d changes were told, want %d: %v", n, told+1, h.told)
	}
	h.saysBy("band", "r2", vitals.SOSButton, 1)
	if all := h.list(alerts.Query{Open: true, Residents: []string{"r2"}}); len(all) != 1 {
		t.Errorf("what r2 says now: %+v", all)
	}
	if begun, err := alerts.NewAlerts(db).BegunBy(ctx, again.Strange); err != nil || len(begun) != 2 {
		t.Errorf("begun by strange readings: %+v, %v", begun, err)
	}
}

// TestRejudgeHearsOn has the band go on while the past is read.
func TestRejudgeHearsOn(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)))
	h.enrol("r1", "r2")
	h.now = h.now.Add(time.Minute)
	h.saysBy("band", "r2", vitals.HeartRate, 70)
	meanwhile := &hearsOn{corrected: corrected{h}}
	again := alerts.Rejudge{Strange: alerts.Strange{Resident: "r1", Device: "band", From: h.start, To: h.now}, Residents: []string{"r1", "r2"}}
	if err := h.judge.Rejudge(t.Context(), meanwhile, again, func(context.Context, bun.Tx, []string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if all := h.list(alerts.Query{Open: true}); len(all) != 1 || all[0].Resident != "r2" {
		t.Errorf("open: %+v", all)
	}
	if err := h.judge.Resolve(t.Context(), h.list(alerts.Query{Open: true})[0].ID, "u1", engine.TrueAlarm, ""); err != nil {
		t.Error(err)
	}
}

type hearsOn struct {
	corrected
	said bool
}

func (m *hearsOn) Messages(ctx context.Context, resident string, from, to time.Time) iter.Seq2[engine.Received, error] {
	if !m.said {
		m.said = true
		m.now = m.now.Add(time.Second)
		m.saysBy("band", "r2", vitals.SOSButton, 1)
	}
	return m.corrected.Messages(ctx, resident, from, to)
}
