package engine

import (
	"time"

	"github.com/anxin-care/anxin/vitals"
)

const (
	// lateness is after how long a reading is late: it fills the past, and raises
	// no alarm as if it were now.
	lateness = 10 * time.Minute
	// lateEvent is how late an event may be and still be told at once: who pressed
	// the button behind a broken line for half an hour needs somebody all the more.
	lateEvent = time.Hour
	// complete is how old the oldest observation of a NEWS2 may be.
	complete = 30 * time.Minute
)

// freshness is how long a value counts as how it is. After that it is unknown.
// The numbers are those of devices that measure by themselves; what a person
// measures by hand is looked at when it comes, and never holds long.
func freshness(m vitals.Metric) time.Duration {
	switch m {
	case vitals.HeartRate, vitals.SpO2, vitals.RespiratoryRate:
		return 15 * time.Minute
	case vitals.BPSystolic, vitals.BPDiastolic, vitals.BPMean, vitals.BodyTemperature, vitals.Consciousness,
		vitals.GlucoseRandom, vitals.GlucoseFasting, vitals.Glucose2hPostprandial, vitals.GlucoseCGM:
		return 30 * time.Minute
	case vitals.RoomTemperature, vitals.RoomHumidity, vitals.CO2:
		return 2 * time.Hour
	case vitals.BodyWeight, vitals.SleepDuration:
		return 26 * time.Hour
	}
	switch m.Info().Kind {
	case vitals.Event:
		return lateEvent
	case vitals.State:
		// A sensor of a state speaks when it changes, and many once a day besides.
		return 26 * time.Hour
	}
	return time.Hour
}

// isActivity reports whether a value shows that somebody moves.
func isActivity(m vitals.Metric, n float64) bool {
	switch m {
	case vitals.Motion, vitals.StepCount, vitals.ActiveMinutes, vitals.Vibration, vitals.SOSButton, vitals.Button, vitals.MedicationDispensed:
		return n > 0
	case vitals.DoorContact, vitals.Switch:
		return true
	case vitals.BedPresence:
		return true
	}
	return false
}
