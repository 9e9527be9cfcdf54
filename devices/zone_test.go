package devices_test

import (
	"strings"
	"testing"

	"github.com/anxin-care/anxin/devices"
)

func TestZonesHaveNamesInBothLanguages(t *testing.T) {
	for _, z := range devices.Zones() {
		en, zh := z.In("en"), z.In("zh-CN")
		if en == "" || zh == "" || en == zh {
			t.Errorf("%s is called %q and %q", z, en, zh)
		}
	}
	if name := devices.Zone("attic").In("en"); name != "" {
		t.Errorf("an unknown zone is called %q", name)
	}
}

func TestWhereADeviceStands(t *testing.T) {
	eachWorld(t, func(w *world) {
		for i, c := range []struct {
			name        string
			given, want devices.Zone
		}{
			{"Motion", "bathroom", "bathroom"},
			{"Bathroom motion", "", "bathroom"},
			{"厕所活动", "", "bathroom"},
			{"大门 Front door", "", "entrance"},
			{"客厅活动 Motion, living room", "", "living_room"},
			{"Bathroom motion", "other", "other"},   // what is given stands
			{"Between bedroom and kitchen", "", ""}, // two are none
			{"Living well band", "", ""},
			{"Bracelet", "", ""},
		} {
			id := "d-" + string(rune('a'+i))
			w.add(devices.Device{ID: id, Name: c.name, Kind: "motion sensor", HomeID: "h-1", Zone: c.given})
			kept, err := w.registry.Get(w.Context(), id)
			w.must(err)
			class, zone := w.registry.Sensor(id)
			if kept.Zone != c.want || zone != c.want || class != "" {
				w.Errorf("%s, said to be in %q: kept as in %q, known as of class %q in %q, want %q", c.name, c.given, kept.Zone, class, zone, c.want)
			}
		}
		if class, zone := w.registry.Sensor("ghost"); class != "" || zone != "" {
			w.Errorf("an unknown device is of class %q in %q", class, zone)
		}
		if n := testing.AllocsPerRun(100, func() { w.registry.Sensor("d-a") }); n != 0 {
			w.Errorf("%v allocations", n)
		}
	})
}

func TestADeviceIsDescribedAnew(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, r := w.Context(), w.registry
		w.add(devices.Device{ID: "m-1", Name: "Motion", Kind: "motion sensor", Model: "Aqara", HomeID: "h-1"})
		w.must(r.Describe(ctx, "m-1", devices.Description{Name: new("Bedroom motion"), Zone: new(devices.Bathroom)}))
		d, err := r.Get(ctx, "m-1")
		w.must(err)
		if d.Name != "Bedroom motion" || d.Zone != devices.Bathroom || d.Kind != "motion sensor" || d.Model != "Aqara" || d.HomeID != "h-1" {
			w.Errorf("described anew: %+v", d)
		}
		w.must(r.Describe(ctx, "m-1", devices.Description{Kind: new("毫米波雷达"), Model: new(""), Zone: new(devices.Zone(""))}))
		if class, zone := r.Sensor("m-1"); class != "radar" || zone != "" {
			w.Errorf("of class %q in %q, want a radar nobody knows where", class, zone)
		}
		err = r.Describe(ctx, "m-1", devices.Description{Zone: new(devices.Zone("attic"))})
		if err == nil || !strings.Contains(err.Error(), `zone "attic" is not one of bathroom, bedroom, entrance`) {
			w.Errorf("an unknown zone: %v", err)
		}
		if err = r.Describe(ctx, "ghost", devices.Description{}); err == nil {
			w.Error("described a device that there is none of")
		}
		w.must(r.Retire(ctx, "m-1"))
		if err = r.Describe(ctx, "m-1", devices.Description{Name: new("x")}); err == nil {
			w.Error("described a retired device")
		}
	})
}
