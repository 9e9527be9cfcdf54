package simulate_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/simulate"
	"github.com/anxin-care/anxin/vitals"
)

// What every make of the neighbourhood publishes in a day is read by the codec
// of its format, and is of the device that the neighbourhood registers.
func TestPayloadsAreOfTheirFormats(t *testing.T) {
	router, err := codec.NewRouter(codec.All(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const step = 5 * time.Minute
	homes := simulate.Neighbourhood()
	said := map[simulate.Make]int{}
	for i := range homes.Devices {
		d := &homes.Devices[i]
		for m := range simulate.Play(&homes, []*simulate.Device{d}, monday, monday.AddDate(0, 0, 1), step, func(*simulate.Device) time.Duration { return step }) {
			c, filter, rest, ok := router.Route(m.Topic)
			if !ok {
				t.Fatalf("%s publishes on %s, which nobody reads", d.ID, m.Topic)
			}
			reports, err := c.Decode(codec.Message{Topic: m.Topic, Payload: m.Payload, Filter: filter, Rest: rest, Received: monday.UnixMilli()})
			if err != nil {
				t.Fatalf("%s: %s %s: %v", d.ID, m.Topic, m.Payload, err)
			}
			for _, r := range reports {
				if r.Device != d.External {
					t.Fatalf("%s is heard as %q, and registered as %q", d.ID, r.Device, d.External)
				}
				for j := range r.Samples {
					vitals.Check(&r.Samples[j])
					for _, v := range r.Samples[j].Values {
						if v.Marks != 0 {
							t.Errorf("%s: %s %v is %s", d.ID, v.Metric, v.Number, v.Marks)
						}
					}
				}
				said[d.Make]++
			}
		}
	}
	for _, d := range homes.Devices {
		if said[d.Make] == 0 && d.Make != simulate.Hub {
			t.Errorf("a %s said nothing in a day", d.Make)
		}
	}
}

func TestNeighbourhood(t *testing.T) {
	homes := simulate.Neighbourhood()
	if len(homes.Residents) != 12 || len(homes.Homes) != 10 || len(homes.Devices) < 40 {
		t.Errorf("%d residents in %d homes with %d devices", len(homes.Residents), len(homes.Homes), len(homes.Devices))
	}
	ids, names := map[string]bool{}, map[string]bool{}
	makes := map[simulate.Make]bool{}
	for _, d := range homes.Devices {
		if ids[d.ID] || names[d.Codec+d.External] {
			t.Errorf("%s is there twice", d.ID)
		}
		ids[d.ID], names[d.Codec+d.External], makes[d.Make] = true, true, true
	}
	if len(makes) < 15 {
		t.Errorf("only %d makes", len(makes))
	}
	if many := simulate.Generate(500, 1); len(many.Residents) != 500 || len(many.Devices) < 1500 {
		t.Errorf("generated %d residents with %d devices", len(many.Residents), len(many.Devices))
	}
}

// TestEveryEpisodeCanBeMeasured asks the first resident's devices, to whom an
// episode that is asked for alone happens.
func TestEveryEpisodeCanBeMeasured(t *testing.T) {
	homes := simulate.Generate(1, 1)
	has := map[simulate.Make]bool{}
	for _, d := range homes.Devices {
		has[d.Make] = true
	}
	for _, m := range []simulate.Make{simulate.Bracelet, simulate.GlucosePatch, simulate.Thermometer, simulate.Contact, simulate.Motion, simulate.SOSButton} {
		if !has[m] {
			t.Errorf("the first resident has no %s", m)
		}
	}
}
