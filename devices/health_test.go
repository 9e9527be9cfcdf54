package devices_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func openHealth(t testing.TB, db *store.DB) *devices.Health {
	t.Helper()
	h, err := devices.OpenHealth(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func value(m vitals.Metric, n float64) vitals.Value { return vitals.Value{Metric: m, Number: n} }

// report is what a device says of itself at one time, received at that time.
func report(device string, at time.Time, values ...vitals.Value) vitals.Report {
	return vitals.Report{Device: device, Received: at.UnixMilli(), Samples: []vitals.Sample{{At: at.UnixMilli(), Values: values}}}
}

func said[T any](v T, at time.Time) devices.Said[T] { return devices.Said[T]{Value: v, At: at} }

func TestWhatADeviceSaysOfItself(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 23, 14, minute, 0, 0, time.UTC) }
	heart := value(vitals.HeartRate, 72)
	for _, c := range []struct {
		name    string
		reports []vitals.Report
		want    devices.State
	}{
		{"nothing", nil, devices.State{}},
		{"a reading", []vitals.Report{report("d", at(1), heart)}, devices.State{Seen: at(1)}},
		{"all of it", []vitals.Report{
			report("d", at(1), value(vitals.DeviceBattery, 80), value(vitals.SignalRSSI, -70), value(vitals.BatteryLow, 0), value(vitals.Online, 1)),
		}, devices.State{
			Seen: at(1), Battery: said(80.0, at(1)), RSSI: said(-70.0, at(1)), BatteryLow: said(false, at(1)), Online: said(true, at(1)),
		}},
		{"the newest counts", []vitals.Report{
			report("d", at(2), value(vitals.DeviceBattery, 60), value(vitals.BatteryLow, 1)),
			report("d", at(1), value(vitals.DeviceBattery, 80), value(vitals.BatteryLow, 0)),
		}, devices.State{Seen: at(2), Battery: said(60.0, at(2)), BatteryLow: said(true, at(2))}},
		{"what was stored and forwarded is old", []vitals.Report{
			report("d", at(2), value(vitals.DeviceBattery, 60)),
			{Device: "d", Received: at(9).UnixMilli(), Samples: []vitals.Sample{{At: at(1).UnixMilli(), Values: []vitals.Value{value(vitals.DeviceBattery, 80)}}}},
		}, devices.State{Seen: at(9), Battery: said(60.0, at(2))}},
		{"a will is not a sign of life", []vitals.Report{
			report("d", at(1), heart), report("d", at(2), value(vitals.Online, 0)),
		}, devices.State{Seen: at(1), Online: said(false, at(2))}},
		{"nor is what a hub says of it", []vitals.Report{report("d", at(2), value(vitals.Online, 1))},
			devices.State{Online: said(true, at(2))}},
		{"a message without a reading is", []vitals.Report{{Device: "d", Received: at(3).UnixMilli(), Firmware: "1.2"}},
			devices.State{Seen: at(3), Firmware: said("1.2", at(3))}},
		{"a clock ahead does not outlast the will", []vitals.Report{
			{Device: "d", Received: at(1).UnixMilli(), Samples: []vitals.Sample{{At: at(3).UnixMilli(), Values: []vitals.Value{value(vitals.Online, 1)}}}},
			report("d", at(2), value(vitals.Online, 0)),
		}, devices.State{Online: said(false, at(2))}},
		{"an implausible battery is not", []vitals.Report{
			report("d", at(1), value(vitals.DeviceBattery, 50)),
			report("d", at(2), vitals.Value{Metric: vitals.DeviceBattery, Number: 255, Marks: vitals.Implausible}),
		}, devices.State{Seen: at(2), Battery: said(50.0, at(1))}},
		{"another device's", []vitals.Report{report("e", at(1), value(vitals.DeviceBattery, 50))}, devices.State{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := openHealth(t, db)
				for _, r := range c.reports {
					h.Observe(r)
				}
				c.want.Device = "d"
				if diff := cmp.Diff(c.want, h.State("d")); diff != "" {
					t.Error(diff)
				}
				if err := h.Flush(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, openHealth(t, db).State("d")); diff != "" {
					t.Errorf("after a restart: %s", diff)
				}
			})
		})
	}
}

func TestProblems(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := openHealth(t, db)
		before := store.Now()
		h.Problem("d", "tempc: sentinel 127.99")
		h.Problem("d", strings.Repeat("温", 1000))
		got := h.State("d")
		if text := got.Problem.Value; len(text) > 510 || !utf8.ValidString(text) || !strings.HasPrefix(text, "温温") {
			t.Errorf("kept %d bytes: %q", len(text), text)
		}
		if got.Problem.At.Before(before) || !got.Seen.IsZero() {
			t.Errorf("%+v", got)
		}
		if err := h.Flush(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, openHealth(t, db).State("d")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheCursorGoesWithTheStates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		at := store.Now()
		h := openHealth(t, db)
		if cursor, err := h.Cursor(t.Context()); err != nil || cursor != 0 {
			t.Fatalf("at first %d, %v", cursor, err)
		}
		h.Observe(report("a", at, value(vitals.DeviceBattery, 80)))
		failed, cancel := context.WithCancel(t.Context())
		cancel()
		if err := h.Flush(failed, 7); !errors.Is(err, context.Canceled) {
			t.Fatalf("flushed with a context that had ended: %v", err)
		}
		if again := openHealth(t, db); again.State("a").Battery.Known() {
			t.Error("a failed flush wrote something")
		}
		if cursor, err := h.Cursor(t.Context()); err != nil || cursor != 0 {
			t.Errorf("after a failed flush %d, %v", cursor, err)
		}
		h.Observe(report("b", at, value(vitals.DeviceBattery, 40)))
		if err := h.Flush(t.Context(), 9); err != nil {
			t.Fatal(err)
		}
		again := openHealth(t, db)
		if cursor, err := again.Cursor(t.Context()); err != nil || cursor != 9 {
			t.Errorf("the cursor is %d, %v", cursor, err)
		}
		for _, device := range []string{"a", "b"} {
			if !again.State(device).Battery.Known() {
				t.Errorf("%s was not written", device)
			}
		}
	})
}

func TestOnlyWhatChangedIsWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, at := openHealth(t, db), store.Now()
		const many = 1201 // more than two statements
		for i := range many {
			h.Observe(report(fmt.Sprintf("d-%d", i), at))
		}
		if err := h.Flush(t.Context(), many); err != nil {
			t.Fatal(err)
		}
		// What another has put there stays where nothing has changed.
		if _, err := db.ExecContext(t.Context(), "UPDATE device_states SET firmware = 'other', firmware_at = 5"); err != nil {
			t.Fatal(err)
		}
		h.Observe(report("d-7", at.Add(time.Second)))
		if err := h.Flush(t.Context(), many+1); err != nil {
			t.Fatal(err)
		}
		var written, all int
		if err := db.NewRaw("SELECT count(*) FROM device_states WHERE firmware = ''").Scan(t.Context(), &written); err != nil || written != 1 {
			t.Errorf("%d rows written, want 1 (%v)", written, err)
		}
		if err := db.NewRaw("SELECT count(*) FROM device_states").Scan(t.Context(), &all); err != nil || all != many {
			t.Errorf("%d rows, want %d (%v)", all, many, err)
		}
	})
}

// A crash between flushes makes part of the journal be read again. The states
// come out as if it had not happened.
func TestReadingAgainChangesNothing(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 3))
		db := storetest.Open(t, storetest.New(t))
		began := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		var journal []vitals.Report
		for i := range 200 {
			at := began.Add(time.Duration(i) * time.Minute)
			r := report(fmt.Sprintf("d-%d", random.IntN(3)), at, value(vitals.DeviceBattery, float64(random.IntN(100))))
			if random.IntN(4) == 0 {
				r.Samples[0].Values = append(r.Samples[0].Values, value(vitals.Online, float64(random.IntN(2))))
			}
			r.Samples[0].At -= random.Int64N(600_000)
			r.Samples[0].DeviceTime = r.Samples[0].At
			journal = append(journal, r)
		}
		straight := openHealth(t, storetest.Open(t, storetest.New(t)))
		for _, r := range journal {
			straight.Observe(r)
		}
		h := openHealth(t, db)
		for i := 0; i < len(journal); i++ {
			h.Observe(journal[i])
			switch random.IntN(20) {
			case 0:
				if err := h.Flush(t.Context(), uint64(i+1)); err != nil {
					t.Fatal(err)
				}
			case 1:
				h = openHealth(t, db)
				cursor, err := h.Cursor(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				i = int(cursor) - 1
			}
		}
		for d := range 3 {
			device := fmt.Sprintf("d-%d", d)
			// The clock's window begins anew with a restart.
			diff := cmp.Diff(straight.State(device), h.State(device), cmpopts.IgnoreFields(devices.State{}, "ClockBehind"))
			if diff != "" {
				t.Errorf("seed %d, %s: %s", seed, device, diff)
			}
		}
	}
}

func TestManyUseHealthAtOnce(t *testing.T) {
	h := openHealth(t, storetest.Open(t, storetest.New(t)))
	began := store.Now()
	const entries = 2000
	var wg sync.WaitGroup
	wg.Go(func() { // the journal's reader
		for i := range entries {
			h.Observe(report(fmt.Sprintf("d-%d", i%10), began.Add(time.Duration(i)*time.Millisecond), value(vitals.DeviceBattery, 50)))
			if i%500 == 499 {
				if err := h.Flush(t.Context(), uint64(i+1)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	wg.Go(func() {
		for i := range entries {
			h.Problem(fmt.Sprintf("d-%d", i%10), "odd")
		}
	})
	wg.Go(func() {
		for i := range entries {
			h.State(fmt.Sprintf("d-%d", i%10))
		}
	})
	wg.Wait()
	for i := range 10 {
		got := h.State(fmt.Sprintf("d-%d", i))
		if want := began.Add(time.Duration(entries-10+i) * time.Millisecond); !got.Seen.Equal(want) || got.Problem.Value != "odd" {
			t.Errorf("%+v, want it seen at %s", got, want)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	h := openHealth(b, storetest.Open(b, storetest.SQLite(b)))
	now := time.Now()
	reports := make([]vitals.Report, 20_000)
	for i := range reports {
		reports[i] = report(fmt.Sprintf("d-%d", i), now, value(vitals.HeartRate, 72), value(vitals.SpO2, 97),
			value(vitals.BodyTemperature, 36.6), value(vitals.RespiratoryRate, 16), value(vitals.DeviceBattery, 80))
		reports[i].Samples[0].DeviceTime = now.UnixMilli()
	}
	b.Run("observe", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			h.Observe(reports[i%len(reports)])
		}
	})
	b.Run("flush 1000", func(b *testing.B) {
		if err := h.Flush(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
		for i := range b.N {
			for _, r := range reports[:1000] {
				h.Observe(r)
			}
			if err := h.Flush(b.Context(), uint64(i)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
