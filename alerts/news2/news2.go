// Package news2 scores vital signs as the Royal College of Physicians set out
// in "National Early Warning Score (NEWS) 2", December 2017. The table and its
// bands are those of the report's charts 1 to 4.
//
// The score is for people of 16 years and over who are not pregnant. It is
// made of seven observations; a score of fewer is not a NEWS2 and is refused.
package news2

import (
	"fmt"
	"math"
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// Version names the edition of the table that a score was made with.
const Version = "NEWS2-RCP-2017"

// Scale is which of the two SpO2 columns is used.
type Scale int

const (
	// Scale1 is for everybody whose clinician has not said otherwise.
	Scale1 Scale = 1
	// Scale2 is for hypercapnic respiratory failure with a target of 88 to 92 %,
	// and only by the recorded decision of a competent clinician.
	Scale2 Scale = 2
)

// Parameter is one of the seven that a score is made of.
type Parameter int

// The parameters in the order of the chart.
const (
	RespirationRate Parameter = iota
	SpO2
	Oxygen
	SystolicBP
	Pulse
	Consciousness
	Temperature
	parameters // how many
)

var names = [parameters]string{
	"respiration_rate", "spo2", "oxygen", "systolic_bp", "pulse", "consciousness", "temperature",
}

// metrics are what is observed of each parameter.
var metrics = [parameters]vitals.Metric{
	vitals.RespiratoryRate, vitals.SpO2, vitals.SupplementalOxygen, vitals.BPSystolic, vitals.HeartRate,
	vitals.Consciousness, vitals.BodyTemperature,
}

// String is the parameter's name, such as "systolic_bp".
func (p Parameter) String() string { return names[p] }

// Metric is what is observed of the parameter.
func (p Parameter) Metric() vitals.Metric { return metrics[p] }

// Parameters are all seven, in the order of the chart.
func Parameters() []Parameter {
	all := make([]Parameter, parameters)
	for i := range all {
		all[i] = Parameter(i)
	}
	return all
}

// Observations are the seven that a score is made of, each in its metric's
// canonical unit. One that is not known is NaN: air is not assumed, and nobody
// is assumed to be alert.
type Observations struct {
	Scale Scale
	// Values by parameter: /min, %, 1 on oxygen and 0 on air, mm[Hg], /min, the
	// number of the word of [vitals.Consciousness], Cel.
	Values [parameters]float64
}

// Nothing is the observations of somebody of whom nothing is known.
func Nothing(scale Scale) Observations {
	o := Observations{Scale: scale}
	for i := range o.Values {
		o.Values[i] = math.NaN()
	}
	return o
}

// Risk is the clinical risk that the chart of thresholds and triggers gives.
type Risk string

// The clinical risks.
const (
	Low       Risk = "low"
	LowMedium Risk = "low_medium"
	Medium    Risk = "medium"
	High      Risk = "high"
)

// Score is a NEWS2 with what it came from.
type Score struct {
	Scale Scale
	// Sub are the points by parameter, 0 to 3.
	Sub [parameters]int
	// Total is their sum, 0 to 20.
	Total int
	// Red is set when a single parameter has 3 points.
	Red  bool
	Risk Risk
	// Monitoring is the least that the chart asks for: "min_12h", "min_4_6h",
	// "min_1h" or "continuous".
	Monitoring string
}

// Reds are the parameters with 3 points.
func (s Score) Reds() []Parameter {
	var reds []Parameter
	for _, p := range Parameters() {
		if s.Sub[p] == 3 {
			reds = append(reds, p)
		}
	}
	return reds
}

// IncompleteError says which observations are not known.
type IncompleteError struct{ Missing []Parameter }

func (e *IncompleteError) Error() string {
	missing := make([]string, len(e.Missing))
	for i, p := range e.Missing {
		missing[i] = p.String()
	}
	return "NEWS2 is incomplete: " + strings.Join(missing, ", ") + " not known"
}

// InvalidError says which observation cannot be.
type InvalidError struct {
	Parameter Parameter
	Value     float64
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("NEWS2: %s of %v cannot be", e.Parameter, e.Value)
}

// Of scores the observations. A set with an unknown one is an
// [IncompleteError], one that cannot be an [InvalidError].
//
// The chart's bands leave gaps between whole numbers (and tenths of a degree),
// about which the College says nothing: a value is brought to the resolution of
// the chart first, half upwards.
func Of(o Observations) (Score, error) {
	if o.Scale != Scale1 && o.Scale != Scale2 {
		return Score{}, fmt.Errorf("NEWS2: SpO2 scale %d: want 1 or 2", o.Scale)
	}
	var missing []Parameter
	for _, p := range Parameters() {
		v := o.Values[p]
		if math.IsNaN(v) {
			missing = append(missing, p)
			continue
		}
		info := p.Metric().Info()
		_, word := p.Metric().Word(v)
		if info.Bounded && (v < info.Min || v > info.Max) || !info.Bounded && !word {
			return Score{}, &InvalidError{p, v}
		}
		o.Values[p] = p.Metric().Round(v)
	}
	if missing != nil {
		return Score{}, &IncompleteError{missing}
	}
	s := Score{Scale: o.Scale}
	for p, points := range o.points() {
		s.Sub[p] = points
		s.Total += points
		s.Red = s.Red || points == 3
	}
	s.Risk, s.Monitoring = response(s.Total, s.Red)
	return s, nil
}

func (o *Observations) points() [parameters]int {
	oxygen := o.Values[Oxygen] == 1
	saturation := bands(o.Values[SpO2], 91, 3, 93, 2, 95, 1)
	if o.Scale == Scale2 {
		saturation = bands(o.Values[SpO2], 83, 3, 85, 2, 87, 1)
		if oxygen {
			saturation = max(saturation, above(o.Values[SpO2], 93, 1, 95, 2, 97, 3))
		}
	}
	points := [parameters]int{
		RespirationRate: max(bands(o.Values[RespirationRate], 8, 3, 11, 1), above(o.Values[RespirationRate], 21, 2, 25, 3)),
		SpO2:            saturation,
		SystolicBP:      max(bands(o.Values[SystolicBP], 90, 3, 100, 2, 110, 1), above(o.Values[SystolicBP], 220, 3)),
		Pulse:           max(bands(o.Values[Pulse], 40, 3, 50, 1), above(o.Values[Pulse], 91, 1, 111, 2, 131, 3)),
		Temperature:     max(bands(o.Values[Temperature], 35.0, 3, 36.0, 1), above(o.Values[Temperature], 38.1, 1, 39.1, 2)),
	}
	if oxygen {
		points[Oxygen] = 2
	}
	if o.Values[Consciousness] != 0 { // anything but A
		points[Consciousness] = 3
	}
	return points
}

// bands are the low side of a row: pairs of the highest value of a band and
// its points, lowest band first.
func bands(v float64, pairs ...float64) int {
	for i := 0; i < len(pairs); i += 2 {
		if v <= pairs[i] {
			return int(pairs[i+1])
		}
	}
	return 0
}

// above are the high side of a row: pairs of the lowest value of a band and
// its points, lowest band first.
func above(v float64, pairs ...float64) (points int) {
	for i := 0; i < len(pairs); i += 2 {
		if v >= pairs[i] {
			points = int(pairs[i+1])
		}
	}
	return points
}

// response is the chart of thresholds and triggers. A red parameter lifts a
// total of 0 to 4 and changes no other band.
func response(total int, red bool) (Risk, string) {
	switch {
	case total >= 7:
		return High, "continuous"
	case total >= 5:
		return Medium, "min_1h"
	case red:
		return LowMedium, "min_1h"
	case total >= 1:
		return Low, "min_4_6h"
	}
	return Low, "min_12h"
}
