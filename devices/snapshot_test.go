package devices_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// eachTwo runs a test with two processes, so to speak, on one database.
func eachTwo(t *testing.T, test func(here *world, there *devices.Registry)) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		here := newWorld(t, storetest.Open(t, cfg))
		test(here, open(t, storetest.Open(t, cfg)))
	})
}

func TestAnotherProcesssDeviceIsKnownAtOnce(t *testing.T) {
	eachTwo(t, func(here *world, there *devices.Registry) {
		secret := here.add(devices.Device{ID: "band-1"})
		if grant, err := there.Authenticate("band-1", secret); err != nil || grant.Device() != "band-1" {
			here.Fatalf("its login: %v", err)
		}
		here.add(devices.Device{Codec: "tasmota", External: "plug", HomeID: "h-1"})
		// The last look was just now: the next is due in a tenth of a second.
		eventually(here.T, "its name", func() bool {
			_, ok := there.Lookup("tasmota", "plug")
			return ok
		})
	})
}

func TestAnotherProcesssNewSecretCounts(t *testing.T) {
	eachTwo(t, func(here *world, there *devices.Registry) {
		old := here.add(devices.Device{ID: "band-1"})
		renewed, err := here.registry.RotateCredential(here.Context(), "band-1")
		here.must(err)
		eventually(here.T, "the new secret", func() bool {
			_, err := there.Authenticate("band-1", renewed)
			return err == nil
		})
		if _, err := there.Authenticate("band-1", old); !errors.Is(err, devices.ErrRefused) {
			here.Errorf("the old secret: %v", err)
		}
	})
}

func TestAnotherProcesssChangeIsFollowed(t *testing.T) {
	eachTwo(t, func(here *world, there *devices.Registry) {
		here.add(devices.Device{ID: "band-1"})
		here.must(there.Refresh(here.Context()))
		ctx, stop := context.WithCancel(here.Context())
		done := make(chan error, 1)
		go func() { done <- there.Run(ctx) }()
		here.must(here.registry.Wear(here.Context(), "band-1", "r-3", ago(time.Minute)))
		eventually(here.T, "the wearer", func() bool {
			return slices.Equal(there.ResidentsAt("band-1", time.Now().UnixMilli()), []string{"r-3"})
		})
		stop()
		here.must(<-done)
	})
}

func TestUnknownNamesDoNotFloodTheDatabase(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	counter := &queries{}
	w.db.AddQueryHook(counter)
	began := time.Now()
	for i := range 100_000 {
		w.registry.Lookup("native", fmt.Sprintf("ghost-%d", i))
	}
	took := time.Since(began)
	if most := int64(took/(100*time.Millisecond)) + 1; counter.n.Load() > most {
		t.Errorf("%d queries in %s, want at most %d", counter.n.Load(), took, most)
	}
}

// A database that cannot be reached keeps nobody waiting twice.
func TestADatabaseOutOfReachKeepsTheSnapshot(t *testing.T) {
	db, err := store.Open(t.Context(), storetest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, db)
	w.add(devices.Device{ID: "door-1", HomeID: "h-1"})
	w.must(db.Close())
	if _, ok := w.registry.Lookup("native", "ghost"); ok {
		t.Error("a ghost is known")
	}
	if _, ok := w.registry.Lookup("native", "door-1"); !ok {
		t.Error("what was known is not")
	}
	if err := w.registry.Refresh(t.Context()); err == nil {
		t.Error("refreshed from a closed database")
	}
	if got := w.registry.ResidentsAt("door-1", time.Now().UnixMilli()); len(got) != 2 {
		t.Errorf("it is %v's", got)
	}
}

// Readers run while devices change hands. Each sees one state or the next,
// never a mixture.
func TestReadersSeeWholeSnapshots(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	secret := w.add(devices.Device{ID: "band-1"})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				d, ok := w.registry.Lookup("native", "band-1")
				if !ok || d.ID != "band-1" {
					t.Error("it is not known")
					return
				}
				if got := w.registry.ResidentsAt(d.ID, time.Now().UnixMilli()); len(got) > 1 {
					t.Errorf("worn by %v", got)
					return
				}
				if _, err := w.registry.Authenticate(d.ID, secret); err != nil {
					t.Error(err)
					return
				}
				w.registry.Lookup("native", "ghost")
			}
		})
	}
	at := ago(time.Hour)
	for i := range 20 {
		resident := fmt.Sprintf("r-%d", 1+i%3)
		w.must(w.registry.Wear(t.Context(), "band-1", resident, at))
		if got := w.registry.ResidentsAt("band-1", at.UnixMilli()); !slices.Equal(got, []string{resident}) {
			t.Errorf("when the call returns it is %v's, want %s's", got, resident)
		}
		at = at.Add(time.Minute)
		w.must(w.registry.TakeOff(t.Context(), "band-1", at))
	}
	close(stop)
	wg.Wait()
}

func TestTheHotPathDoesNotAllocate(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	secret := w.add(devices.Device{ID: "band-1"})
	w.must(w.registry.Wear(t.Context(), "band-1", "r-1", ago(time.Hour)))
	grant, err := w.registry.Authenticate("band-1", secret)
	w.must(err)
	now := time.Now().UnixMilli()
	allocs := testing.AllocsPerRun(1000, func() {
		d, ok := w.registry.Lookup("native", "band-1")
		if !ok || len(w.registry.ResidentsAt(d.ID, now)) != 1 || !grant.MayPublish("anxin/v1/devices/band-1/readings") {
			t.Fatal("not found")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkHotPath(b *testing.B) {
	const devicesInAll, homes = 20_000, 5_000
	registry := neighbourhood(b, devicesInAll, homes)
	ids := make([]string, devicesInAll)
	for i := range ids {
		ids[i] = fmt.Sprintf("band-%d", i)
	}
	now := time.Now().UnixMilli()
	b.Run("Lookup+ResidentsAt", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i += 7919 {
				d, ok := registry.Lookup("native", ids[i%devicesInAll])
				if !ok || len(registry.ResidentsAt(d.ID, now)) == 0 {
					b.Fatal("not found")
				}
			}
		})
	})
	b.Run("change", func(b *testing.B) {
		for i := range b.N {
			home := fmt.Sprintf("home-%d", i%homes)
			if err := registry.Fix(b.Context(), "band-0", home); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// neighbourhood is a registry with that many devices, each fixed in a home with
// two residents.
func neighbourhood(b *testing.B, n, homes int) *devices.Registry {
	b.Helper()
	db := storetest.Open(b, storetest.SQLite(b))
	for i := range homes {
		_, err := db.ExecContext(b.Context(), `INSERT INTO homes (id, name, time_zone, created_at) VALUES (?, '', 'UTC', 1)`, fmt.Sprintf("home-%d", i))
		for r := 0; err == nil && r < 2; r++ {
			_, err = db.ExecContext(b.Context(), `INSERT INTO residents (id, name, sex, home, room, time_zone, language, created_at)
				VALUES (?, '', 'unknown', ?, '', 'UTC', '', 1)`, fmt.Sprintf("r-%d-%d", i, r), fmt.Sprintf("home-%d", i))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	registry, err := devices.OpenRegistry(b.Context(), db, slog.Default())
	if err != nil {
		b.Fatal(err)
	}
	enrolments := make([]devices.Enrolment, n)
	for i := range enrolments {
		enrolments[i].Device = devices.Device{ID: fmt.Sprintf("band-%d", i), HomeID: fmt.Sprintf("home-%d", i%homes)}
	}
	if _, _, err := registry.Enrol(b.Context(), enrolments); err != nil {
		b.Fatal(err)
	}
	return registry
}

// eventually waits for what another goroutine brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// queries counts them.
type queries struct{ n atomic.Int64 }

func (q *queries) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (q *queries) AfterQuery(context.Context, *bun.QueryEvent)                        { q.n.Add(1) }
