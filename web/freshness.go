package web

import (
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// How long a value still tells of now. Past it, a page shows the value as old.
// A choice of ours, by how often devices of the kind measure, with room for one
// measurement that fails:
const (
	// Worn or under the mattress, measuring by the minute.
	continuous = 15 * time.Minute
	// A continuous glucose meter measures each 5 minutes; Nightscout, too, warns
	// 15 minutes after the last one and calls it urgent after 30.
	glucoseSensor = 15 * time.Minute
	// Room sensors that report each few minutes up to each hour.
	room = 2 * time.Hour
	// Battery sensors that report changes, and otherwise once in a while:
	// zigbee2mqtt takes a battery device for gone after 25 hours.
	onChange = 25 * time.Hour
	// Taken by hand once or twice a day.
	daily = 26 * time.Hour
	// Taken by hand now and then.
	weekly = 8 * 24 * time.Hour
	// Of a visit to the doctor.
	yearly = 366 * 24 * time.Hour
)

// freshFor is how long after its measurement a value of the metric is current.
func freshFor(m vitals.Metric) time.Duration {
	switch m {
	case vitals.HeartRate, vitals.SpO2, vitals.RespiratoryRate, vitals.HRVSDNN, vitals.HRVRMSSD, vitals.OxygenFlow,
		vitals.Presence, vitals.PresenceZone, vitals.TargetDistance:
		return continuous
	case vitals.GlucoseCGM:
		return glucoseSensor
	case vitals.BPSystolic, vitals.BPDiastolic, vitals.BPMean, vitals.BodyTemperature,
		vitals.GlucoseRandom, vitals.GlucoseFasting, vitals.Glucose2hPostprandial, vitals.PeakExpiratoryFlow,
		vitals.PainScore, vitals.NEWS2Total, vitals.Consciousness, vitals.SleepDuration,
		vitals.StepCount, vitals.ActiveMinutes, vitals.FluidIntake, vitals.ECGRhythm, vitals.SupplementalOxygen:
		return daily
	case vitals.BodyWeight, vitals.BMI, vitals.BodyFat, vitals.BodyImpedance, vitals.INR, vitals.WaistCircumference:
		return weekly
	case vitals.HbA1c, vitals.CholesterolTotal, vitals.BodyHeight:
		return yearly
	}
	if kind := m.Info().Kind; kind == vitals.State || kind == vitals.Event {
		return onChange
	}
	return room
}
