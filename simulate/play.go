package simulate

import (
	"iter"
	"time"
)

// Published is a message with its device and time.
type Published struct {
	At     time.Time
	Device *Device
	Message
}

// Play is what devices publish from one time to another, in the order of time, as
// when nobody waits for it to pass. Each device is looked at at the pace that is
// given for it, or at its own where that is slower; step divides all of them. A
// home's devices follow its first resident, as in [Player].
func Play(homes *Homes, devices []*Device, from, to time.Time, step time.Duration, pace func(*Device) time.Duration) iter.Seq[Published] {
	players := make([]*player, len(devices))
	for i, d := range devices {
		players[i] = newPlayer(d, homes.personOf(d))
	}
	return func(yield func(Published) bool) {
		due := make([]time.Time, len(players))
		for i := range due {
			due[i] = from
		}
		for t := from; t.Before(to); t = t.Add(step) {
			var person *Person
			var s State
			for i, p := range players {
				if t.Before(due[i]) {
					continue
				}
				due[i] = t.Add(max(pace(p.device), cadence[p.device.Make]))
				if p.person != person {
					person, s = p.person, p.person.At(t)
				}
				for _, m := range p.messagesOf(s, t) {
					if !yield(Published{t, p.device, m}) {
						return
					}
				}
			}
		}
	}
}

// DevicesOf are those whose readings are a resident's: what they wear and what is
// fixed in their home.
func (n *Homes) DevicesOf(r *Resident) []*Device {
	var of []*Device
	for i := range n.Devices {
		if d := &n.Devices[i]; d.Make != Hub && (d.Resident == r.ID || d.Resident == "" && d.Home == r.Home) {
			of = append(of, d)
		}
	}
	return of
}

func (n *Homes) personOf(d *Device) *Person {
	for i := range n.Residents {
		if r := &n.Residents[i]; d.Resident == r.ID || d.Resident == "" && d.Home == r.Home {
			return &r.Person
		}
	}
	return nil
}
