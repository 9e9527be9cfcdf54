package devices_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
)

// The assignment tells when a device is another's, and is the same otherwise.
func TestAssignment(t *testing.T) {
	eachWorld(t, func(w *world) {
		r := w.registry
		assignment := func(device string) uint64 {
			w.Helper()
			a, ok := r.Assignment(devices.Native, device)
			if ok != (a != 0) {
				w.Errorf("%s: %d, %v", device, a, ok)
			}
			return a
		}
		version := r.Version()
		changed := func(what string) {
			w.Helper()
			if r.Version() == version {
				w.Errorf("%s: the version is the same", what)
			}
			version = r.Version()
		}
		if assignment("band") != 0 {
			w.Error("an unknown device is somebody's")
		}
		w.add(devices.Device{ID: "band"})
		w.add(devices.Device{ID: "door", HomeID: "h-1"})
		changed("added")
		if assignment("band") != 0 {
			w.Error("a device that nobody ever wore is somebody's")
		}
		w.must(r.Wear(w.Context(), "band", "r-1", time.Now().Add(-time.Hour)))
		changed("worn")
		worn, fixed := assignment("band"), assignment("door")
		if worn == 0 || fixed == 0 {
			w.Errorf("worn %d, fixed %d", worn, fixed)
		}
		w.must(r.TakeOff(w.Context(), "band", time.Now().Add(-time.Minute)))
		changed("taken off")
		if off := assignment("band"); off == 0 || off == worn {
			w.Errorf("taken off: %d, worn it was %d", off, worn)
		}
		if assignment("door") != fixed {
			w.Error("another device's change is one of the door")
		}
		w.moveIn("r-4", "h-1")
		if again := assignment("door"); again == fixed {
			w.Error("somebody else lives there now")
		}
	})
}
