package devices_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store"
)

// model is wearings as one would do them by hand: who has the device at each
// minute.
type model struct {
	wearer []string
	open   int // the minute when the wearing that goes on began; -1 when none
}

// wear is refused when any minute from then on is taken.
func (m *model) wear(resident string, from int) bool {
	for _, who := range m.wearer[from:] {
		if who != "" {
			return false
		}
	}
	for i := from; i < len(m.wearer); i++ {
		m.wearer[i] = resident
	}
	m.open = from
	return true
}

// takeOff is refused when nobody has it, or it would never have been worn.
func (m *model) takeOff(at int) bool {
	if m.open < 0 || at <= m.open {
		return false
	}
	for i := at; i < len(m.wearer); i++ {
		m.wearer[i] = ""
	}
	m.open = -1
	return true
}

// Whatever is asked for in whatever order, the registry accepts what the model
// accepts, and says of every minute what the model says.
func TestWearingsAgreeWithAModel(t *testing.T) {
	const minutes, steps = 60, 60
	eachWorld(t, func(w *world) {
		for seed := range uint64(4) {
			random := rand.New(rand.NewPCG(seed, 7))
			device := fmt.Sprintf("band-%d", seed)
			w.add(devices.Device{ID: device})
			m := model{wearer: make([]string, minutes), open: -1}
			began := ago(minutes * time.Minute)
			accepted, refused := 0, 0
			low := 0
			for step := range steps {
				// Times wander forward, with steps back now and then.
				minute := min(minutes-1, max(0, low+random.IntN(8)-3))
				at := began.Add(time.Duration(minute) * time.Minute)
				var err error
				var want bool
				if random.IntN(2) == 0 {
					resident := fmt.Sprintf("r-%d", 1+random.IntN(3))
					want = m.wear(resident, minute)
					err = w.registry.Wear(w.Context(), device, resident, at)
				} else {
					want = m.takeOff(minute)
					err = w.registry.TakeOff(w.Context(), device, at)
				}
				if (err == nil) != want {
					w.Fatalf("seed %d, step %d, minute %d: %v; the model accepts: %t", seed, step, minute, err, want)
				}
				if err != nil {
					refused++
					if !errors.Is(err, devices.ErrConflict) && !errors.Is(err, devices.ErrInvalid) {
						w.Fatal(err)
					}
				} else {
					accepted++
					low = minute
				}
				w.compare(device, m, began, seed, step)
			}
			if accepted < 5 || refused < 5 {
				w.Errorf("seed %d: %d accepted, %d refused: the test says little", seed, accepted, refused)
			}
			w.checkDisjoint(device)
		}
	})
}

func (w *world) compare(device string, m model, began time.Time, seed uint64, step int) {
	w.Helper()
	for minute, who := range m.wearer {
		var want []string
		if who != "" {
			want = []string{who}
		}
		for _, offset := range []int64{0, 59_999} { // the minute's first and last millisecond
			at := began.UnixMilli() + int64(minute)*60_000 + offset
			if got := w.registry.ResidentsAt(device, at); !slices.Equal(got, want) {
				w.Fatalf("seed %d, step %d, minute %d: %v, the model says %v", seed, step, minute, got, want)
			}
		}
	}
}

func (w *world) checkDisjoint(device string) {
	w.Helper()
	wearings, err := w.registry.Wearings(w.Context(), device)
	w.must(err)
	end := int64(math.MinInt64)
	for i, wearing := range wearings {
		if wearing.From.UnixMilli() < end {
			w.Errorf("%s overlaps the wearing before: %+v", device, wearings)
		}
		if wearing.To.IsZero() && i < len(wearings)-1 {
			w.Errorf("%s has an open wearing before another: %+v", device, wearings)
		}
		end = wearing.To.UnixMilli()
	}
}

// Of many who put the same device on somebody at once, one does.
func TestOnlyOneOfManyPutsItOn(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "band-1"})
		const many = 6
		results := make(chan error, many)
		for i := range many {
			registry := w.registry
			if i%2 == 1 {
				registry = open(w.T, w.db) // as another process
			}
			go func() {
				results <- registry.Wear(w.Context(), "band-1", fmt.Sprintf("r-%d", 1+i%3), ago(time.Duration(i)*time.Minute))
			}()
		}
		worn := 0
		for range many {
			if err := <-results; err == nil {
				worn++
			} else if !errors.Is(err, devices.ErrConflict) {
				w.Error(err)
			}
		}
		if worn != 1 {
			w.Errorf("%d put it on", worn)
		}
		w.checkDisjoint("band-1")
	})
}

// What a bracelet says of who is about to be erased is not heard: it is not given to them.
func TestWhoIsErasedIsGivenNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "band"})
		_, err := w.db.ExecContext(w.Context(), `INSERT INTO erasures (id, resident, asked_by, asked_at, reason, sources, places, tries, problem, hash)
			VALUES ('e-1', 'r-1', '', 1, 'asked', '[]', '[]', 0, '', '')`)
		if err != nil {
			w.Fatal(err)
		}
		if err := w.registry.Wear(w.Context(), "band", "r-1", ago(time.Hour)); !errors.Is(err, store.ErrConflict) {
			w.Errorf("given to who is being erased: %v", err)
		}
		if err := w.registry.Wear(w.Context(), "band", "r-2", ago(time.Hour)); err != nil {
			w.Error(err)
		}
	})
}
