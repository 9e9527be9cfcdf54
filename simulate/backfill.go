package simulate

import (
	"context"
	"time"
)

// backfilled is how densely a make's past is sent: as devices do that store
// what they measured while nobody listened.
var backfilled = map[Make]time.Duration{
	Bracelet: 10 * time.Minute, Cuff: 12 * time.Hour, Thermometer: 8 * time.Hour, GlucosePatch: 15 * time.Minute,
}

// packed is how many stored readings go into one message.
const packed = 200

// Backfill sends what the devices that can store measured from one time to
// another, and returns when all of it is acknowledged.
func (p *Player) Backfill(ctx context.Context, from, to time.Time) error {
	for _, l := range p.links {
		for _, d := range l.devices {
			every, stores := backfilled[d.device.Make]
			if !stores {
				continue
			}
			var readings []map[string]any
			for t := from.Truncate(every).Add(every); t.Before(to); t = t.Add(every) {
				readings = append(readings, d.stored(t, every)...)
				if len(readings) >= packed {
					if !l.publish(ctx, d.pack(readings)) {
						return ctx.Err()
					}
					readings = nil
				}
			}
			if len(readings) > 0 && !l.publish(ctx, d.pack(readings)) {
				return ctx.Err()
			}
		}
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s := p.Stats(); s.Acknowledged+s.Failed < s.Published; s = p.Stats() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// stored is what the device stored at the time.
func (p *player) stored(t time.Time, every time.Duration) []map[string]any {
	s := p.person.At(t)
	if p.device.Make == GlucosePatch {
		return []map[string]any{{"n": "glucose_cgm", "u": "mmol/L", "v": round(s.Glucose, 1), "t": t.Unix()}}
	}
	r := p.reading(s, t, every)
	delete(r, "device_battery") // a charge of last week is of no use
	return []map[string]any{r}
}

func (p *player) pack(readings []map[string]any) Message {
	if p.device.Make == GlucosePatch {
		return Message{Topic: p.topic("senml"), Payload: encode(readings)}
	}
	return p.native(readings)
}
