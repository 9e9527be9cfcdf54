package devices_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store"
)

// correct is refused when several others wore it then, or nothing would change.
func (m *model) correct(resident string, from, to int) (was string, ok bool) {
	changes := false
	for _, who := range m.wearer[from:to] {
		if who == resident {
			continue
		}
		changes = true
		if who != "" && was != "" && who != was {
			return "", false
		}
		if who != "" {
			was = who
		}
	}
	if !changes {
		return "", false
	}
	for i := from; i < to; i++ {
		m.wearer[i] = resident
	}
	return was, true
}

// Whatever is corrected, the registry accepts what the model accepts, says of
// every minute what the model says, and keeps what was said before.
func TestCorrectionsAgreeWithAModel(t *testing.T) {
	const minutes, steps = 60, 60
	eachWorld(t, func(w *world) {
		for seed := range uint64(4) {
			random := rand.New(rand.NewPCG(seed, 11))
			device := fmt.Sprintf("band-%d", seed)
			w.add(devices.Device{ID: device})
			m := model{wearer: make([]string, minutes)}
			began := ago(minutes * time.Minute)
			made, refused := 0, 0
			for step := range steps {
				from := random.IntN(minutes - 1)
				to := from + 1 + random.IntN(minutes-from)
				to = min(to, minutes)
				said := devices.Worn{Device: device, Resident: []string{"", "r-1", "r-2", "r-3"}[random.IntN(4)], Why: "the family says so", By: "u-1"}
				said.From, said.To = began.Add(time.Duration(from)*time.Minute), began.Add(time.Duration(to)*time.Minute)
				if to == minutes && random.IntN(2) == 0 {
					said.To = time.Time{}
				}
				before, err := w.registry.Wearings(w.Context(), device)
				w.must(err)
				was, want := m.correct(said.Resident, from, to)
				seen, foreseeErr := w.registry.Foresee(w.Context(), said)
				c, err := w.registry.Correct(w.Context(), said)
				if said.To.IsZero() != c.GoesOn && err == nil {
					w.Fatalf("seed %d, step %d: goes on: %t", seed, step, c.GoesOn)
				}
				// That it goes on, or not, is a change of what no minute here shows.
				if err == nil && !want && to == minutes {
					want = true
				}
				if (err == nil) != want || (foreseeErr == nil) != want {
					w.Fatalf("seed %d, step %d, minutes %d to %d by %q: %v, %v; the model accepts: %t", seed, step, from, to, said.Resident, err, foreseeErr, want)
				}
				if err != nil {
					refused++
					if !errors.Is(err, devices.ErrConflict) {
						w.Fatal(err)
					}
					continue
				}
				made++
				after, err := w.registry.Wearings(w.Context(), device)
				w.must(err)
				if c.Was != was || seen.Was != was || !slices.Equal(c.Before, before) || !slices.Equal(c.After, after) || c.Number == 0 || c.Step != devices.Noted {
					w.Fatalf("seed %d, step %d: %+v, was %q, before %v, after %v", seed, step, c, was, before, after)
				}
				w.compare(device, m, began, seed, step)
			}
			if made < 5 || refused < 3 {
				w.Errorf("seed %d: %d made, %d refused: the test says little", seed, made, refused)
			}
			w.checkDisjoint(device)
			all, err := w.registry.Corrections(w.Context(), device)
			if err != nil || len(all) != made || all[0].Why != "the family says so" || all[0].MadeBy != "u-1" {
				w.Errorf("%d of %d corrections are kept: %v", len(all), made, err)
			}
		}
	})
}

func TestCorrectRefuses(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "band-1"})
		w.add(devices.Device{ID: "door-1", HomeID: "h-1"})
		w.must(w.registry.Wear(w.Context(), "band-1", "r-1", ago(9*time.Hour)))
		w.must(w.registry.TakeOff(w.Context(), "band-1", ago(6*time.Hour)))
		w.must(w.registry.Wear(w.Context(), "band-1", "r-2", ago(5*time.Hour)))
		said := func(change func(*devices.Worn)) devices.Worn {
			s := devices.Worn{Device: "band-1", Resident: "r-3", From: ago(8 * time.Hour), To: ago(7 * time.Hour), Why: "mixed up"}
			change(&s)
			return s
		}
		other := "r-2"
		for name, test := range map[string]struct {
			said devices.Worn
			code string
		}{
			"several":    {said(func(s *devices.Worn) { s.To = time.Time{} }), devices.CodeWornBySeveral},
			"so already": {said(func(s *devices.Worn) { s.Resident = "r-1" }), devices.CodeWornSo},
			"nobody so":  {said(func(s *devices.Worn) { s.Resident, s.From, s.To = "", ago(11*time.Hour), ago(10*time.Hour) }), devices.CodeWornSo},
			"otherwise":  {said(func(s *devices.Worn) { s.Was = &other }), devices.CodeWornChanged},
			"fixed":      {said(func(s *devices.Worn) { s.Device = "door-1" }), devices.CodeFixed},
			"no device":  {said(func(s *devices.Worn) { s.Device = "none" }), "device.not_found"},
			"nobody":     {said(func(s *devices.Worn) { s.Resident = "r-9" }), "resident.not_found"},
			"future":     {said(func(s *devices.Worn) { s.To = time.Now().Add(time.Hour) }), "device.invalid"},
			"backwards":  {said(func(s *devices.Worn) { s.To = ago(8 * time.Hour) }), "device.invalid"},
			"no reason":  {said(func(s *devices.Worn) { s.Why = "  " }), "device.invalid"},
		} {
			_, err := w.registry.Correct(w.Context(), test.said)
			var fault *store.Fault
			if !errors.As(err, &fault) || fault.Code != test.code {
				w.Errorf("%s: %v, want %s", name, err, test.code)
			}
		}
		if all, err := w.registry.AllCorrections(w.Context()); err != nil || len(all) != 0 {
			w.Errorf("kept %v, %v", all, err)
		}
	})
}

// A retired device's past can be corrected, and how far that is carried out is kept.
func TestCorrectRetired(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.add(devices.Device{ID: "band-1"})
		w.must(w.registry.Wear(w.Context(), "band-1", "r-1", ago(9*time.Hour)))
		w.must(w.registry.Retire(w.Context(), "band-1"))
		c, err := w.registry.Correct(w.Context(), devices.Worn{Device: "band-1", Resident: "r-2", From: ago(3 * time.Hour), Why: "mixed up"})
		w.must(err)
		if c.GoesOn || c.Wearer() != "r-2" || c.Wrong() != "r-1" || len(c.After) != 2 {
			w.Errorf("%+v", c)
		}
		w.must(w.registry.Advance(w.Context(), w.db, c.Number, devices.Done, 7, []byte(`{"moved":3}`)))
		for _, resident := range []string{"r-1", "r-2"} {
			of, err := w.registry.CorrectionsOf(w.Context(), resident)
			if err != nil || len(of) != 1 || of[0].Step != devices.Done || of[0].UntilEntry != 7 || string(of[0].Outcome) != `{"moved":3}` {
				w.Errorf("of %s: %+v, %v", resident, of, err)
			}
		}
	})
}
