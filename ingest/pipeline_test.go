package ingest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/vitals"
)

func TestOutcomes(t *testing.T) {
	b := newBench(t)
	b.publish(
		reading("band-1", `{"ts":1795435100000,"heart_rate":72,"spo2":97}`),
		reading("band-1", `{"ts":1795435100000,"heart_rate":72,"spo2":97}`),
		reading("band-1", `{"ts":1795435100000,"heart_rate":72,"respiratory_rate":16}`),
		reading("stranger", `{"heart_rate":72}`),
		reading("band-1", `{"heart_rate":`),
		Message{Topic: "anxin/v1/devices/band-1/nonsense", Payload: []byte("{}")},
	)
	c := b.journal.counts
	want := journal.Counts{Received: 6, Stored: 2, Duplicate: 1, Quarantined: 2, Held: 1, Readings: 3, DuplicateReadings: 3}
	if c != want {
		t.Errorf("counts %+v\nwant   %+v", c, want)
	}
	if a, b := b.journal.shelf[1].Device, b.journal.shelf[2].Device; a != "band-1" || b != "band-1" {
		t.Errorf("what is quarantined is counted as of %q and %q", a, b)
	}
	for _, s := range b.journal.shelf {
		if s.Reason == journal.Quarantined && (s.Error == "" || s.Topic == "" || s.Received != now) {
			t.Errorf("quarantined without its story: %+v", s)
		}
		if s.Reason == journal.Held && (s.Device != "stranger" || string(s.Payload) != `{"heart_rate":72}`) {
			t.Errorf("held: %+v", s)
		}
	}
	reports := b.journal.reports(t)
	if len(reports) != 2 || reports[0].Residents[0] != "li" || len(reports[0].Samples[0].Values) != 2 {
		t.Errorf("journal: %+v", reports)
	}
	if v := reports[1].Samples[0].Values; len(v) != 1 || v[0].Metric != vitals.RespiratoryRate {
		t.Errorf("of a message that is partly known only the new value goes on: %+v", v)
	}
}

// brittle is a codec with a bug.
type brittle struct{ codec.Native }

func (brittle) Decode(m codec.Message) ([]codec.Report, error) {
	return nil, errors.New(string(m.Payload[1000:]))
}

// The message that a codec fails on comes again after every start.
func TestACodecThatPanics(t *testing.T) {
	b := newBench(t)
	router, err := codec.NewRouter([]codec.Codec{brittle{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.pipeline.router = router
	b.publish(reading("band-1", `{"heart_rate":72}`))
	if c := b.journal.counts; c.Received != 1 || c.Quarantined != 1 {
		t.Errorf("counts %+v", c)
	}
	if s := b.journal.shelf[0]; !strings.Contains(s.Error, "native failed") || !strings.Contains(s.Error, "out of range") || string(s.Payload) != `{"heart_rate":72}` {
		t.Errorf("in the quarantine: %+v", s)
	}
}

func TestDuplicatesAreKnownAfterARestart(t *testing.T) {
	b := newBench(t)
	timed := reading("band-1", `{"ts":1795435100000,"heart_rate":72}`)
	untimed := reading("band-1", `{"heart_rate":80}`)
	b.publish(timed, untimed)
	b.restart()
	resent := untimed
	resent.Dup, resent.Received = true, now+5000
	b.publish(timed, resent)
	if c := b.journal.counts; c.Stored != 2 || c.Duplicate != 2 {
		t.Errorf("after a restart: %+v", c)
	}
	fresh := untimed
	fresh.Received = now + 10_000
	b.publish(fresh)
	if c := b.journal.counts; c.Stored != 3 {
		t.Errorf("the same value a moment later, not sent again, is a reading of its own: %+v", c)
	}
}

// What was never acknowledged comes again with each connection that is lost, and
// after we were away, however long that was.
func TestSentAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		m := reading("band-1", `{"heart_rate":72}`)
		send := func() {
			m.Received = time.Now().UnixMilli()
			b.publish(m)
			m.Dup = true
		}
		send()
		for range 3 {
			time.Sleep(resendWindow - time.Second)
			send()
		}
		b.restart()
		time.Sleep(time.Hour)
		b.restart()
		send()
		if c := b.journal.counts; c.Stored != 1 || c.Duplicate != 4 {
			t.Errorf("the same message five times: %+v", c)
		}
		time.Sleep(resendWindow + time.Second)
		send()
		if c := b.journal.counts; c.Stored != 2 {
			t.Errorf("the same value long after is another reading: %+v", c)
		}
	})
}

// A device that catches up, with newer readings known already, keeps nobody
// waiting.
func TestManyOldReadingsAreQuick(t *testing.T) {
	times := func(n int, last int64) *vitals.Report {
		r := &vitals.Report{Device: "band-1", Received: now, Samples: make([]vitals.Sample, n)}
		for i := range r.Samples {
			at := last - int64(i)
			r.Samples[i] = vitals.Sample{At: at, DeviceTime: at, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 72}}}
		}
		return r
	}
	const recent, many = 2*maxMoments - 1, 200_000
	quick := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			newSeen(nil).fresh(times(many, now), nil)
		}
	})
	late := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			s := newSeen(nil)
			s.fresh(times(recent, now), nil)
			if news, _ := s.fresh(times(many, now-recent), nil); news != many {
				b.Fatalf("%d of %d are new", news, many)
			}
			if _, known := s.fresh(times(recent/2, now), nil); known != recent/2 {
				b.Fatalf("%d of %d are known", known, recent/2)
			}
		}
	})
	if q, l := quick.NsPerOp(), late.NsPerOp(); l > 5*q {
		t.Errorf("%s, in the right order %s", time.Duration(l), time.Duration(q))
	}
}

func TestOldReadingsAreLookedUp(t *testing.T) {
	b := newBench(t)
	var all strings.Builder
	n := 3 * maxMoments
	for i := range n {
		fmt.Fprintf(&all, `,{"ts":%d,"heart_rate":70}`, now-int64(n-i)*1000)
	}
	array := reading("band-1", "["+all.String()[1:]+"]")
	b.publish(array)
	if c := b.journal.counts; c.Readings != int64(n) {
		t.Fatalf("stored %d readings of %d", c.Readings, n)
	}
	for _, r := range b.journal.reports(t) {
		for _, s := range r.Samples {
			b.inStore[fmt.Sprint(r.Device, vitals.HeartRate, s.At)] = true
		}
	}
	b.publish(array)
	if c := b.journal.counts; c.Readings != int64(n) || c.Duplicate != 1 || b.lookups == 0 {
		t.Errorf("sent again: %+v after %d lookups", c, b.lookups)
	}
	b.lookupErr = errors.New("timeline is down")
	before := b.lookups
	b.publish(array, array)
	if c := b.journal.counts; b.lookups != before+1 {
		t.Errorf("a timeline that is down is asked once, not %d times; %+v", b.lookups-before, c)
	}
}

// Stored messages of a wrong clock arrive many in a millisecond. Each of their
// readings has a moment of its own, and is known when it comes again.
func TestReadingsOfAWrongClockNeverMeet(t *testing.T) {
	b := newBench(t)
	var messages []Message
	for i := range 50 {
		messages = append(messages, reading("band-1", fmt.Sprintf(`{"ts":%d,"heart_rate":%d}`, 1000+i, 60+i)))
	}
	messages = append(messages,
		reading("band-1", `{"heart_rate":70}`),
		reading("band-1", `[{"ts":1,"heart_rate":70},{"ts":-9000000000000000,"heart_rate":71},{"ts":9000000000000000,"heart_rate":72},{"heart_rate":73}]`),
	)
	const readings = 50 + 1 + 4
	b.publish(messages[:25]...)
	b.restart()
	b.publish(messages[25:]...)
	taken := map[int64]bool{}
	for _, r := range b.journal.reports(t) {
		for _, s := range r.Samples {
			if taken[s.At] {
				t.Errorf("two readings at %d", s.At)
			}
			taken[s.At] = true
			if off := s.At - now; off < -10 || off > 2*readings {
				t.Errorf("a reading is %d ms from when it arrived", off)
			}
		}
	}
	if c := b.journal.counts; c.Readings != readings || len(taken) != readings || c.Duplicate != 0 {
		t.Errorf("%d moments, counts %+v", len(taken), c)
	}
	b.restart()
	b.publish(messages[:50]...)
	if c := b.journal.counts; c.Readings != readings || c.Duplicate != 50 {
		t.Errorf("sent again: %+v", c)
	}
}

// Where two readings would be at one moment all the same, one is a duplicate:
// the timeline keeps one.
func TestAReadingOfAWrongClockMeetsAnother(t *testing.T) {
	b := newBench(t)
	b.publish(
		reading("band-1", fmt.Sprintf(`{"ts":%d,"heart_rate":70}`, now-60_000)),
		reading("band-1", `[{"ts":1000,"heart_rate":71,"spo2":97},{"ts":61000,"heart_rate":72}]`),
	)
	want := journal.Counts{Received: 2, Stored: 2, Readings: 3, DuplicateReadings: 1}
	if c := b.journal.counts; c != want {
		t.Errorf("counts %+v, want %+v", c, want)
	}
}

func TestRetainedCopiesAreNotNow(t *testing.T) {
	b := newBench(t)
	m := reading("band-1", `{"heart_rate":72}`)
	m.Retained = true
	status := Message{Topic: "anxin/v1/devices/band-1/status", Payload: []byte("offline"), Retained: true}
	b.publish(m, status)
	reports := b.journal.reports(t)
	if len(reports) != 1 || reports[0].Samples[0].Values[0].Metric != vitals.Online {
		t.Errorf("of retained copies without a time only the status counts: %+v", reports)
	}
}

func TestReplay(t *testing.T) {
	b := newBench(t)
	b.publish(reading("stranger", `{"ts":1795435100000,"heart_rate":72}`), reading("band-1", `{"heart_rate":`))
	again := func(id uint64) Message {
		s := b.journal.shelf[id-1]
		return Replay(journal.Shelved{ID: id, Reason: s.Reason, Codec: s.Codec, Device: s.Device, Topic: s.Topic, Payload: s.Payload, Received: s.Received})
	}
	b.publish(again(1), again(2))
	if len(b.journal.refused) != 2 {
		t.Errorf("nothing has changed, so both stay, with a reason: %v", b.journal.refused)
	}
	b.wearers["stranger"] = []string{"li"}
	b.publish(again(1))
	want := journal.Counts{Received: 2, Stored: 1, Quarantined: 1, Readings: 1}
	if c := b.journal.counts; c != want {
		t.Errorf("claimed: %+v, want %+v", c, want)
	}
	if reports := b.journal.reports(t); len(reports) != 1 || reports[0].Received != now {
		t.Errorf("a replayed message keeps its time of arrival: %+v", reports)
	}
}

// renamed is a format that another binding has chosen, and that names devices
// otherwise.
type renamed struct {
	codec.Native
	reports []codec.Report
}

func (r renamed) Decode(codec.Message) ([]codec.Report, error) { return r.reports, nil }

// A held message that is of another device by now is read as if it had just
// come. Nothing goes missing.
func TestReplayAfterAChangeOfBindings(t *testing.T) {
	of := func(device string) codec.Report {
		return codec.Report{Device: device, Samples: []vitals.Sample{sample(0, vitals.HeartRate)}}
	}
	for name, tc := range map[string]struct {
		reports []codec.Report
		want    journal.Counts
	}{
		"a known device":   {[]codec.Report{of("band-1")}, journal.Counts{Received: 1, Stored: 1, Readings: 1}},
		"an unknown one":   {[]codec.Report{of("other")}, journal.Counts{Received: 1, Held: 1}},
		"several":          {[]codec.Report{of("band-1"), of("band-2"), of("other")}, journal.Counts{Received: 3, Stored: 2, Held: 1, Readings: 2}},
		"none":             {nil, journal.Counts{Received: 1, Duplicate: 1}},
		"the one it is of": {[]codec.Report{of("band-1"), of("stranger")}, journal.Counts{Received: 1, Held: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.publish(reading("stranger", `{"heart_rate":72}`))
			router, err := codec.NewRouter([]codec.Codec{renamed{reports: tc.reports}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			b.pipeline.router = router
			b.publish(Replay(b.journal.shelf[0]))
			if c := b.journal.counts; c != tc.want {
				t.Errorf("counts %+v, want %+v", c, tc.want)
			}
			if taken := b.journal.shelf[0].Reason == "taken"; taken != (name != "the one it is of") {
				t.Errorf("taken off the shelf: %v", taken)
			}
		})
	}
}

// wornSince is a registry by which devices are nobody's before.
type wornSince struct {
	*bench
	from int64
}

func (w wornSince) ResidentsAt(device string, at int64) []string {
	if at < w.from {
		return nil
	}
	return w.bench.ResidentsAt(device, at)
}

// Whose a held message is follows from when it was measured, which a wrong clock
// does not tell.
func TestReplayOfAWrongClock(t *testing.T) {
	b := newBench(t)
	b.publish(reading("stranger", `{"ts":5000,"heart_rate":72}`), reading("stranger", fmt.Sprintf(`{"ts":%d,"heart_rate":72}`, now-10_000)))
	b.wearers["stranger"] = []string{"li"}
	b.pipeline.registry = wornSince{b, now - 1000}
	b.publish(Replay(b.journal.shelf[0]), Replay(b.journal.shelf[1]))
	want := journal.Counts{Received: 2, Stored: 1, Held: 1, Readings: 1}
	if c := b.journal.counts; c != want || b.journal.refused[2] == nil {
		t.Errorf("counts %+v, want %+v; refused %v", c, want, b.journal.refused)
	}
	if s := b.journal.reports(t)[0].Samples[0]; !s.Values[0].Marks.Has(vitals.ClockWrong) || s.DeviceTime != 5000 {
		t.Errorf("stored: %+v", s)
	}
}

func TestWeightOfSomebodyElse(t *testing.T) {
	b := newBench(t)
	b.weights["li"] = vitals.Reading{Metric: vitals.BodyWeight, Number: 70, At: time.UnixMilli(now).Add(-24 * time.Hour)}
	b.publish(reading("band-1", `{"body_weight":140}`), reading("band-1", `{"body_weight":70.4}`))
	reports := b.journal.reports(t)
	if m := reports[0].Samples[0].Values[0].Marks; !m.Has(vitals.Jump) {
		t.Errorf("140 after 70 is marked: %v", m)
	}
	if m := reports[1].Samples[0].Values[0].Marks; m != 0 {
		t.Errorf("70.4 after 70 is not: %v", m)
	}
}

func TestNothingIsAcknowledgedWhileTheDiskIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.journal.fail = fmt.Errorf("append: %w", journal.ErrFull)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.pipeline.Run(ctx) }()
		m := reading("band-1", `{"heart_rate":72}`)
		m.Ack, m.Received = b, now
		if err := b.pipeline.Submit(ctx, m); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // of the bubble's clock
		synctest.Wait()
		if len(b.acked) > 0 || !b.pipeline.metrics.Stalled() {
			t.Error("acknowledged, or not said to be stalled, while nothing can be written")
		}
		b.journal.mu.Lock()
		if tried := b.journal.tried; tried < 3 || tried > 30 {
			t.Errorf("tried %d times in a minute", tried)
		}
		b.journal.fail = nil
		b.journal.mu.Unlock()
		<-b.acked
		if c := b.journal.counts; c.Stored != 1 {
			t.Errorf("when there is room again: %+v", c)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.pipeline.budget = newBudget(1000)
		ctx, cancel := context.WithCancel(t.Context())
		m := reading("band-1", `{"heart_rate":72}`)
		if err := b.pipeline.Submit(ctx, m); err != nil {
			t.Fatal(err)
		}
		results := make(chan error, 10)
		for range 10 {
			go func() { results <- b.pipeline.Submit(ctx, m) }()
		}
		synctest.Wait()
		if in := b.pipeline.budget.inUse(); in > 1000 {
			t.Errorf("%d bytes under way, more than the budget", in)
		}
		waiting := 10 - len(results)
		if waiting < 7 {
			t.Errorf("%d of 10 wait", waiting)
		}
		cancel()
		for range 10 {
			<-results
		}
	})
}

// Whatever the order, repetition and grouping of messages, each reading is in
// the journal once and the counts balance.
func TestEveryReadingOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		b := newBench(t)
		want := map[string]bool{}
		var messages []Message
		for range 300 {
			device := fmt.Sprint("band-", 1+rng.IntN(2))
			at := now - rng.Int64N(1_000_000)
			messages = append(messages, reading(device, fmt.Sprintf(`{"ts":%d,"heart_rate":%d}`, at, 60+rng.IntN(40))))
			want[fmt.Sprint(device, at)] = true
		}
		messages = append(messages, messages[:100]...)
		rng.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
		half := len(messages) / 2
		b.publish(messages[:half]...)
		b.restart()
		b.publish(messages[half:]...)
		got := map[string]bool{}
		for _, r := range b.journal.reports(t) {
			for _, s := range r.Samples {
				k := fmt.Sprint(r.Device, s.At)
				if got[k] {
					t.Fatalf("%s is twice in the journal", k)
				}
				got[k] = true
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d readings in the journal, want %d", len(got), len(want))
		}
	}
}
