package web

import "time"

// trouble is something wrong with a device, in a few words.
type trouble struct {
	// Kind picks the sign: "offline", "silent", "battery" or "clock".
	Kind   string
	Device string
	Text   string
}

const (
	// batteryTrouble is the charge in % below which somebody should bring a new
	// battery: a weekly round still comes in time.
	batteryTrouble = 20
	// silentFor is how long any device may say nothing at all.
	silentFor = onChange
	// clockTrouble is how far a clock may be off unmentioned.
	clockTrouble = 2 * time.Minute
)

// troubles lists what is wrong with a device.
func (l *locale) troubles(d Device, now time.Time) []trouble {
	var found []trouble
	add := func(kind, text string) {
		found = append(found, trouble{Kind: kind, Device: d.Name, Text: text})
	}
	switch {
	case d.LastSeen.IsZero():
		add("silent", l.T("trouble.never"))
	case d.Online != nil && !*d.Online:
		add("offline", l.T("trouble.offline", "age", l.age(now.Sub(d.LastSeen))))
	case now.Sub(d.LastSeen) > silentFor:
		add("silent", l.T("trouble.silent", "age", l.age(now.Sub(d.LastSeen))))
	}
	switch {
	case d.Battery != nil && *d.Battery < batteryTrouble:
		add("battery", l.T("trouble.battery", "percent", int(*d.Battery)))
	case d.BatteryLow:
		add("battery", l.T("trouble.battery_low"))
	}
	if d.ClockOff.Abs() > clockTrouble {
		key := "trouble.clock_behind"
		if d.ClockOff < 0 {
			key = "trouble.clock_ahead"
		}
		add("clock", l.T(key, "span", l.span(d.ClockOff.Abs())))
	}
	return found
}
