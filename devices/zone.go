package devices

import (
	"fmt"
	"strings"
)

// Zone is where in a home a device stands, as the rules know it: somebody is
// long in the bathroom, or leaves by the entrance. "" is not known.
type Zone string

// The zones.
const (
	Bathroom   Zone = "bathroom"
	Bedroom    Zone = "bedroom"
	Entrance   Zone = "entrance"
	Kitchen    Zone = "kitchen"
	LivingRoom Zone = "living_room"
	Hall       Zone = "hall"
	Elsewhere  Zone = "other"
)

// zone is what there is to know of a Zone: what people call it, and the words
// in the names of devices that say it.
type zone struct {
	zone   Zone
	en, zh string
	words  []string // in lower case
}

var zones = []zone{
	{Bathroom, "Bathroom", "卫生间", []string{"bathroom", "toilet", "卫生间", "浴室", "厕所", "洗手间"}},
	{Bedroom, "Bedroom", "卧室", []string{"bedroom", "卧室"}},
	{Entrance, "Entrance", "入户门", []string{"front door", "entrance", "大门", "入户"}},
	{Kitchen, "Kitchen", "厨房", []string{"kitchen", "厨房"}},
	{LivingRoom, "Living room", "客厅", []string{"living room", "客厅"}},
	{Hall, "Hall", "走廊", []string{"hallway", "corridor", "走廊", "过道"}},
	{Elsewhere, "Elsewhere", "其他", nil},
}

// Zones are all of them.
func Zones() []Zone {
	list := make([]Zone, len(zones))
	for i, z := range zones {
		list[i] = z.zone
	}
	return list
}

// In is what people call the zone in the language of a BCP 47 tag: Chinese for
// what begins with "zh", else English. It is "" for a zone that is not known.
func (z Zone) In(language string) string {
	for _, known := range zones {
		if known.zone != z {
			continue
		}
		if strings.HasPrefix(language, "zh") {
			return known.zh
		}
		return known.en
	}
	return ""
}

// check says what is wrong with a zone that somebody gave.
func (z Zone) check() error {
	var names []string
	for _, known := range zones {
		if z == known.zone {
			return nil
		}
		names = append(names, string(known.zone))
	}
	if z == "" {
		return nil
	}
	return fmt.Errorf("%q is not one of %s", string(z), strings.Join(names, ", "))
}

// zoneIn is the one zone that a device's name says, such as "Bathroom door";
// "" when it says none, or two.
func zoneIn(name string) Zone {
	name = strings.ToLower(name)
	var said Zone
	for _, z := range zones {
		for _, word := range z.words {
			if !strings.Contains(name, word) {
				continue
			}
			if said != "" && said != z.zone {
				return ""
			}
			said = z.zone
		}
	}
	return said
}
