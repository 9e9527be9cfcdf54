package reminders

import (
	"math"
	"slices"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Kind is what sort of thing is to be done.
type Kind string

// The kinds.
const (
	Medication  Kind = "medication"
	Measurement Kind = "measurement"
	Appointment Kind = "appointment"
	Drinking    Kind = "drinking"
	Exercise    Kind = "exercise"
	FollowUp    Kind = "follow_up" // staff see how it goes
	Charge      Kind = "charge"    // of a device that is worn
	Battery     Kind = "battery"   // of a device, to be changed
	DeviceTest  Kind = "device_test"
	// Recheck is to measure again a quarter of an hour after a low glucose: it is due
	// by a reading, not by a schedule.
	Recheck Kind = "recheck"
	CheckIn Kind = "check_in" // are you all right?
)

// Kinds are all of them.
func Kinds() []Kind {
	return []Kind{Medication, Measurement, Appointment, Drinking, Exercise, FollowUp, Charge, Battery, DeviceTest, Recheck, CheckIn}
}

// Course is what time brings about for an occurrence, and what counts as having
// done it. Lengths of time are from the moment when it is due, and negative
// before it.
type Course struct {
	// Asks are when the resident is told, in order. Quiet says that those in the
	// quiet hours of the resident's day wait for their end.
	Asks  []time.Duration
	Quiet bool
	// Late is when somebody else is told that it was not done yet; 0 for never.
	Late time.Duration
	// Missed is when it counts as not done.
	Missed time.Duration
	// Early is how long before it is due it may be done, OnTime until when that is in
	// time, and Last until when it can be done at all, late.
	Early, OnTime, Last time.Duration
	// Misses is after how many in a row somebody else is told; 0 for never.
	Misses int
	// Refusable says that a "no" is as good as a miss, and at once.
	Refusable bool
	// Evidence is by what it is noticed that it was done.
	Evidence Evidence
}

// Evidence are the readings that show that something was done.
type Evidence struct {
	Metrics []vitals.Metric // each of them, or Any
	Any     bool
	// Own says that what is measured of all who live in a home shows nothing.
	Own bool
	// Device is the only one that counts; "" for any.
	Device string
	// Readings are so many at different moments, none further than Within from the
	// first of them. One when 0.
	Readings int
	Within   time.Duration
	// Takes says which values count; nil for all.
	Takes func(vitals.Metric, float64) bool
}

const day = 24 * time.Hour

// Words of [vitals.MedicationDispensed] that say that a dose was taken out.
const (
	pillTaken = 1
	pillEarly = 3
)

// charged is the state of a battery, in %, at which it has been charged or changed.
const charged = 80

// course is what a reminder's occurrences go through. Times are those of Anxin's
// clinical catalogue, section 6; what that does not say is a choice of ours.
func (r *Reminder) course() Course {
	switch r.Kind {
	case Medication:
		return r.medicine()
	case Measurement:
		return r.measurement()
	case Recheck:
		return r.recheck()
	case CheckIn:
		return r.checkIn()
	case Appointment:
		return Course{Asks: []time.Duration{-7 * day, -day, -2 * time.Hour}, Quiet: true, Early: 7 * day, OnTime: day, Missed: day, Last: 92 * day}
	case FollowUp:
		return Course{Asks: []time.Duration{-7 * day, -day, 0}, Quiet: true, Early: 14 * day, OnTime: 14 * day, Missed: 14 * day, Last: 92 * day}
	case Exercise:
		return Course{Asks: []time.Duration{0, 30 * time.Minute}, Quiet: true, Early: 2 * time.Hour, OnTime: 2 * time.Hour, Missed: 2 * time.Hour, Last: 6 * time.Hour}
	case Charge, Battery:
		return Course{
			Asks: []time.Duration{0, 2 * time.Hour}, Quiet: true, Early: 12 * time.Hour, OnTime: 12 * time.Hour, Missed: 12 * time.Hour, Last: day,
			Evidence: r.byReading(vitals.DeviceBattery, func(v float64) bool { return v >= charged }),
		}
	case DeviceTest: // providers ask for one a month; staff hear of it a week later
		return Course{
			Asks: []time.Duration{0, day}, Quiet: true, Early: 7 * day, OnTime: 7 * day, Missed: 7 * day, Last: 14 * day, Misses: 1,
			Evidence: r.byReading(vitals.SOSButton, func(v float64) bool { return v != 0 }),
		}
	default: // drinking, which never has anybody told
		return Course{Asks: []time.Duration{0}, Quiet: true, Early: 45 * time.Minute, OnTime: time.Hour, Missed: time.Hour, Last: 2 * time.Hour}
	}
}

// medicine is asked about again after 15 and 30 minutes and missed after an hour.
// ISMP holds what is time-critical to 30 minutes, the rest to an hour.
func (r *Reminder) medicine() Course {
	c := Course{
		Asks: []time.Duration{0, 15 * time.Minute, 30 * time.Minute}, Early: time.Hour, OnTime: time.Hour, Missed: time.Hour, Last: 6 * time.Hour, Misses: 1,
		Evidence: r.byReading(vitals.MedicationDispensed, func(v float64) bool { return v == pillTaken || v == pillEarly }),
	}
	if r.TimeCritical {
		c.Late, c.Early, c.OnTime = 30*time.Minute, 30*time.Minute, 30*time.Minute
	}
	return c
}

// measurement has until the end of its window, a nudge two hours later, and is
// told to somebody else when it was missed twice.
func (r *Reminder) measurement() Course {
	w := r.window()
	return Course{
		Asks: []time.Duration{0, w + 2*time.Hour}, Quiet: true, Early: 30 * time.Minute, OnTime: w, Missed: w + 3*time.Hour, Last: w + 3*time.Hour, Misses: 2,
		Evidence: Evidence{Metrics: r.Metrics, Device: r.Device, Readings: r.Readings, Within: together},
	}
}

const (
	// recheckAfter is how long after a low glucose it is measured again: the "15-15
	// rule" (American Diabetes Association, Standards of Care, hypoglycemia).
	recheckAfter = 15 * time.Minute
	// lowGlucose is below what it is low, in mmol/L, rounded to 0.1: level 1 of the
	// ADA, which is 70 mg/dL.
	lowGlucose = 3.9
)

// glucose are what shows a low one, and that it was measured again.
func glucose() []vitals.Metric {
	return []vitals.Metric{vitals.GlucoseRandom, vitals.GlucoseFasting, vitals.Glucose2hPostprandial, vitals.GlucoseCGM}
}

// isLow reports whether a reading is a glucose that is to be measured again.
func isLow(r Reading) bool {
	return slices.Contains(glucose(), r.Metric) && math.Round(r.Value*10)/10 < lowGlucose
}

// recheck is asked about at any hour, again after five minutes, and told to others
// a quarter of an hour after it was due.
func (r *Reminder) recheck() Course {
	return Course{
		Asks: []time.Duration{0, 5 * time.Minute}, Early: 5 * time.Minute, OnTime: 15 * time.Minute, Missed: 15 * time.Minute, Last: 45 * time.Minute, Misses: 1,
		Evidence: Evidence{Metrics: glucose(), Any: true, Device: r.Device},
	}
}

// checkIn waits ten minutes for an answer, unless it is said for how long. Somebody
// who has moved about by themselves shortly before needs not be asked.
func (r *Reminder) checkIn() Course {
	wait := r.Window
	if wait == 0 {
		wait = usualAnswer
	}
	return Course{
		Asks: []time.Duration{0, wait / 2}, Quiet: true, Early: 30 * time.Minute, OnTime: wait, Missed: wait, Last: 12 * time.Hour, Misses: 1, Refusable: true,
		Evidence: Evidence{
			Metrics: []vitals.Metric{vitals.Motion, vitals.Button}, Any: true, Own: true, Device: r.Device,
			Takes: func(_ vitals.Metric, v float64) bool { return v != 0 },
		},
	}
}

// usualAnswer is for how long an answer to "are you all right?" is waited for.
const usualAnswer = 10 * time.Minute

const (
	// together is within which several readings are one measurement: two of the blood
	// pressure, a minute apart.
	together = 10 * time.Minute
	// usualWindow is that of a measurement of which nothing else was said.
	usualWindow = 3 * time.Hour
)

func (r *Reminder) window() time.Duration {
	if r.Window > 0 {
		return r.Window
	}
	return usualWindow
}

func (r *Reminder) byReading(m vitals.Metric, takes func(float64) bool) Evidence {
	return Evidence{Metrics: []vitals.Metric{m}, Device: r.Device, Takes: func(_ vitals.Metric, v float64) bool { return takes(v) }}
}

// first is how long before something is due its life begins.
func (c *Course) first() time.Duration { return min(-c.Early, c.Asks[0]) }
