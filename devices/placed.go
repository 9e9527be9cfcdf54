package devices

import (
	"slices"
	"strings"
	"time"
)

// Placed is a device in use that is somebody's: worn now, or fixed in a home.
type Placed struct {
	Device, Kind string
	// Home is where it is: the wearer's home for one that is worn, "" when they live
	// in none that is known.
	Home string
	// Wearer is who wears it; "" for one that is fixed.
	Wearer string
	// Since is when it came there.
	Since time.Time
}

// Placed lists the devices in use that are somebody's, ordered by their ids.
func (r *Registry) Placed() []Placed {
	s := r.current.Load()
	list := make([]Placed, 0, len(s.byID))
	for id, e := range s.byID {
		p := Placed{Device: id, Kind: e.device.Kind, Home: e.device.HomeID, Since: e.device.FixedAt}
		if n := len(e.worn); n > 0 && e.worn[n-1].to > time.Now().UnixMilli() {
			p.Wearer = e.worn[n-1].wearer[0]
			p.Home, p.Since = s.homeOf[p.Wearer], time.UnixMilli(e.worn[n-1].from)
		}
		if p.Home == "" && p.Wearer == "" {
			continue
		}
		if p.Since.Before(e.device.CreatedAt) {
			p.Since = e.device.CreatedAt
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Placed) int { return strings.Compare(a.Device, b.Device) })
	return list
}
