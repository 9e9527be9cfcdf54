package service

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// What the journal says of whose a reading is goes through all corrections, in their
// order, and ends where the registry is.
func TestAttribution(t *testing.T) {
	at := func(n int64) time.Time { return time.UnixMilli(n) }
	c := func(was, is string, from, to int64) correction {
		made := devices.Correction{Device: "band", Was: was, Resident: is, From: at(from), To: at(to)}
		return correction{made, at(to), []string{made.Wrong()}}
	}
	open := c("a", "b", 10, 20)
	open.end = time.Time{}
	past := open
	past.UntilEntry = 6
	const nobody = "nobody:band"
	for name, test := range map[string]struct {
		known []correction
		said  string // "" for nobody
		want  map[string][]int64
	}{
		"none":               {nil, "a", map[string][]int64{"a": {5, 15, 25}}},
		"a day":              {[]correction{c("a", "b", 10, 20)}, "a", map[string][]int64{"a": {5, 25}, "b": {15}}},
		"of another":         {[]correction{c("c", "b", 10, 20)}, "a", map[string][]int64{"a": {5, 15, 25}}},
		"on and on":          {[]correction{open}, "a", map[string][]int64{"a": {5}, "b": {15, 25}}},
		"it knows better":    {[]correction{past}, "a", map[string][]int64{"a": {5, 15, 25}}},
		"in a drawer":        {[]correction{c("a", "", 10, 20)}, "a", map[string][]int64{"a": {5, 25}, nobody: {15}}},
		"not in a drawer":    {[]correction{c("a", "", 10, 20), c("", "b", 10, 20)}, "a", map[string][]int64{"a": {5, 25}, "b": {15}}},
		"twice":              {[]correction{c("a", "b", 10, 20), c("b", "c", 10, 30)}, "a", map[string][]int64{"a": {5, 25}, "c": {15}}},
		"and back":           {[]correction{c("a", "b", 10, 20), c("b", "a", 10, 20)}, "a", map[string][]int64{"a": {5, 15, 25}}},
		"said since, again":  {[]correction{c("a", "b", 10, 20), c("b", "a", 10, 20)}, "b", map[string][]int64{"b": {5, 25}, "a": {15}}},
		"nobody's, now hers": {[]correction{c("", "b", 10, 20)}, "", map[string][]int64{"": {5, 25}, "b": {15}}},
	} {
		t.Run(name, func(t *testing.T) {
			a := &attribution{}
			a.know(test.known)
			report := vitals.Report{Device: "band", Received: 30}
			if test.said != "" {
				report.Residents = []string{test.said}
			}
			for _, ms := range []int64{5, 15, 25} {
				report.Samples = append(report.Samples, vitals.Sample{At: ms})
			}
			entries, reports := []journal.Entry{{Seq: 7}}, []vitals.Report{report}
			got := map[string][]int64{}
			for _, r := range a.kept(entries, reports) {
				whose := ""
				if len(r.Residents) > 0 {
					whose = r.Residents[0]
				}
				for _, s := range r.Samples {
					got[whose] = append(got[whose], s.At)
				}
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("want -, got +\n%s", d)
			}
			heard := a.passed(entries, reports)
			n := len(heard[0].Report.Samples)
			for _, r := range append(heard[0].Others, heard[0].Report) {
				if len(r.Residents) > 0 && r.Residents[0] == nobody {
					t.Error("those who look after residents hear of nobody")
				}
			}
			for _, r := range heard[0].Others {
				n += len(r.Samples)
			}
			if len(heard) != 1 || heard[0].Seq != 7 || n != 3 || len(report.Samples) != 3 {
				t.Errorf("heard %+v", heard)
			}
		})
	}
	// A home's readings are of all who live there, whoever wore what.
	a := &attribution{}
	a.know([]correction{c("a", "b", 10, 20)})
	home := []vitals.Report{{Device: "band", Residents: []string{"a", "c"}, Samples: []vitals.Sample{{At: 15}}}}
	if got := a.kept([]journal.Entry{{Seq: 7}}, home); !cmp.Equal(got, home) {
		t.Errorf("got %+v", got)
	}
}

// Whose files are one are read by one name; what was corrected about the other one
// before, and about the survivor since, is not brought back by it.
func TestAttributionOfFilesThatAreOne(t *testing.T) {
	at := func(n int64) time.Time { return time.UnixMilli(n) }
	c := func(was, is string) correction {
		return correction{devices.Correction{Device: "band", Was: was, Resident: is, From: at(10), To: at(20)}, at(20), []string{was}}
	}
	one := map[string]string{"a": "s"}
	for name, test := range map[string]struct {
		known []correction
		said  string
		want  string
	}{
		"before it, not the other's": {[]correction{c("a", "b")}, "a", "b"},
		"before it, the other's":     {[]correction{c("b", "a")}, "b", "s"},
		"since, not the survivor's":  {[]correction{c("s", "b")}, "a", "b"},
		"between the two":            {[]correction{c("a", "s")}, "a", "s"},
		"there and back":             {[]correction{c("a", "b"), c("b", "s")}, "a", "s"},
	} {
		d := &decoder{}
		d.aliases.Store(&one)
		a := &attribution{aliases: &d.aliases}
		a.know(test.known)
		body, err := vitals.Report{Device: "band", Residents: []string{test.said}, Received: 30, Samples: []vitals.Sample{{At: 15, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 70}}}}}.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		entries := []journal.Entry{{Seq: 7, Body: body}}
		reports, err := d.decode(entries)
		if err != nil {
			t.Fatal(err)
		}
		for _, kept := range a.kept(entries, reports) {
			if !cmp.Equal(kept.Residents, []string{test.want}) {
				t.Errorf("%s: it is of %v, want %s", name, kept.Residents, test.want)
			}
		}
	}
}

// A reader whose store does not answer holds up no other, whatever becomes known
// meanwhile; who waits for it does so by itself, and not for ever.
func TestNewKnowledgeHoldsUpNoReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &attribution{}
		answer := make(chan struct{})
		hangs := a.reader(func(context.Context, []journal.Entry) error { <-answer; return nil })
		heard := 0
		judge := a.reader(func(context.Context, []journal.Entry) error { heard++; return nil })
		go func() { _ = hangs(t.Context(), nil) }()
		synctest.Wait()

		go a.know(nil)
		var settled atomic.Bool
		go func() { settled.Store(a.settle(t.Context()) == nil) }()
		synctest.Wait()
		go func() { _ = judge(t.Context(), nil) }()
		synctest.Wait()
		if heard != 1 {
			t.Error("the judge does not hear while the timeline hangs")
		}
		if settled.Load() {
			t.Error("it is settled while a reader goes by what was known before")
		}
		close(answer)
		synctest.Wait()
		if !settled.Load() {
			t.Error("it is not settled once all have gone on")
		}

		answer = make(chan struct{})
		go func() { _ = hangs(t.Context(), nil) }()
		synctest.Wait()
		if err := a.settle(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a reader that never goes on: got %v", err)
		}
		close(answer)
		synctest.Wait()
		if err := a.settle(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// What was corrected while two files were one is not brought back when they are two again,
// by whichever name the journal has it; and what the correction has left of who wore the
// device is whose it was.
func TestACorrectionOutlastsItsMerge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tl, err := timeline.OpenSQL(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c := newCouple(t, db, tl, 8)
		for _, id := range []string{"s", "o", "w"} {
			_, err := c.people.Create(t.Context(), records.Resident{ID: id, Name: id, HomeID: "h-1"})
			c.must(err)
		}
		begin := time.Now().Add(-10 * time.Hour).Truncate(time.Millisecond)
		hour := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Hour) }
		s := &Service{Records: db, Registry: c.registry, Timeline: tl}
		s.attribution.aliases = &s.decoder.aliases
		correct := func(device string, n int, resident string) {
			made, err := c.registry.Correct(t.Context(), devices.Worn{Device: device, Resident: resident, From: hour(n), To: hour(n + 1), Why: "mixed up"})
			c.must(err)
			for _, m := range alerts.Moves(&made, made.To) {
				_, err := tl.Move(t.Context(), m)
				c.must(err)
			}
			c.must(c.registry.Advance(t.Context(), db, made.Number, devices.Done, 100, []byte("{}")))
		}
		// The band was the other's, the watch the survivor's first, and the other's then.
		for _, device := range []string{"band", "watch", "ring"} {
			_, _, err = c.registry.Add(t.Context(), devices.Device{ID: device, Kind: "bracelet"})
			c.must(err)
		}
		c.must(c.registry.Wear(t.Context(), "band", "o", begin))
		c.must(c.registry.Wear(t.Context(), "ring", "o", begin))
		c.must(c.registry.Wear(t.Context(), "watch", "s", begin))
		c.must(c.registry.TakeOff(t.Context(), "watch", hour(2)))
		c.must(c.registry.Wear(t.Context(), "watch", "o", hour(2)))
		for n := range 8 {
			c.measure("band", hour(n).Add(time.Minute))
			c.measure("watch", hour(n).Add(time.Minute))
		}
		correct("band", 1, "w")
		p, err := c.book.Preview(t.Context(), "s", "o")
		c.must(err)
		m, err := c.book.Merge(t.Context(), merging.Request{Survivor: "s", Other: "o", Reason: "one person", Tag: p.Tag})
		c.must(err)
		c.follow()
		correct("band", 3, "w")
		correct("ring", 3, "w")
		c.must(c.registry.TakeOff(t.Context(), "ring", hour(5)))
		c.must(c.registry.Wear(t.Context(), "ring", "s", hour(6)))
		correct("watch", 5, "w")
		correct("watch", 6, "w")
		correct("watch", 6, "s") // it was the one person after all
		_, err = c.book.Undo(t.Context(), m.ID, "u", "two persons")
		c.must(err)
		c.follow()
		correct("band", 5, "w")
		c.must(s.knowCorrections(t.Context()))

		var ring []string
		for n := range 8 {
			ring = append(ring, c.registry.ResidentsAt("ring", hour(n).Add(time.Minute).UnixMilli())...)
		}
		if got := strings.Join(ring, " "); got != "o o o w o s s" {
			t.Errorf("the ring, which was put on again while it was one file, was worn by %s", got)
		}
		for _, test := range []struct{ device, worn, ofOther, ofSurvivor, ofThird string }{
			{"band", "o w o w o w o o", "o w o w o w o o", "s s s w s s s s", "w w w w w w w w"},
			{"watch", "s s o o o w o o", "o o o o o w o o", "s s s s s w o s", "w w w w w w o w"},
		} {
			var worn, kept []string
			read := map[string][]string{}
			for n := range 8 {
				at := hour(n).Add(time.Minute)
				worn = append(worn, c.registry.ResidentsAt(test.device, at.UnixMilli())...)
				for _, said := range []string{"s", "o", "w"} {
					for _, err := range tl.Range(t.Context(), timeline.Query{Resident: said, Metric: vitals.HeartRate, Device: test.device, From: at, To: at.Add(1)}) {
						c.must(err)
						kept = append(kept, said)
					}
					report := vitals.Report{Device: test.device, Residents: []string{said}, Received: at.UnixMilli(), Samples: []vitals.Sample{{At: at.UnixMilli()}}}
					for _, is := range s.attribution.kept([]journal.Entry{{Seq: 7}}, []vitals.Report{report}) {
						read[said] = append(read[said], is.Residents...)
					}
				}
			}
			for what, is := range map[string][2]string{
				"worn by": {strings.Join(worn, " "), test.worn}, "kept of": {strings.Join(kept, " "), test.worn}, "said of the other, read of": {strings.Join(read["o"], " "), test.ofOther},
				"said of the survivor, read of": {strings.Join(read["s"], " "), test.ofSurvivor}, "said of the third, read of": {strings.Join(read["w"], " "), test.ofThird},
			} {
				if is[0] != is[1] {
					t.Errorf("%s %s %s, want %s", test.device, what, is[0], is[1])
				}
			}
		}
	})
}
