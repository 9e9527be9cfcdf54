package devices_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
)

func TestPlaced(t *testing.T) { eachWorld(t, testPlaced) }

func testPlaced(w *world) {
	before := time.Now().Add(-time.Second)
	for _, d := range []devices.Device{
		{ID: "mat", Name: "Mat", Kind: "bed mat", HomeID: "h-1"}, {ID: "band", Name: "Band", Kind: "bracelet"}, {ID: "spare", Name: "Spare", Kind: "bracelet"},
	} {
		d.Codec, d.External = devices.Native, d.ID
		w.add(d)
	}
	w.must(w.registry.Wear(w.Context(), "band", "r-3", time.Now().Add(-time.Minute)))
	got := w.registry.Placed()
	if len(got) != 2 || got[0].Device != "band" || got[0].Wearer != "r-3" || got[0].Home != "h-2" || got[1].Device != "mat" || got[1].Home != "h-1" || got[1].Wearer != "" {
		w.Fatalf("placed: %+v", got)
	}
	for _, p := range got {
		if p.Since.Before(before) || p.Kind == "" {
			w.Errorf("%s is of kind %q, there since %s", p.Device, p.Kind, p.Since)
		}
	}
}
