package vitals

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// meterLow and meterHigh are where most glucose meters stop measuring and show
// LO or HI, in mmol/L.
const (
	meterLow  = 1.1
	meterHigh = 33.3
)

// ValueError says that a value cannot be the metric's.
type ValueError struct {
	Metric Metric
	Value  string
	Reason string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Metric, e.Value, e.Reason)
}

// Number makes a value of a number in the given unit ("" for the canonical one).
// It refuses NaN, infinities, and numbers that no word of a state stands for.
// A concentration of carbon monoxide becomes one of [CarbonMonoxidePPM].
func (m Metric) Number(n float64, unit string) (Value, error) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return Value{}, &ValueError{m, strconv.FormatFloat(n, 'g', -1, 64), "not a number"}
	}
	if m == CarbonMonoxide && (unit != "" && unit != m.Info().Unit || n > 2) {
		return CarbonMonoxidePPM.Number(n, unit)
	}
	converted, err := m.Convert(n, unit)
	if err != nil {
		return Value{}, err
	}
	if math.IsInf(converted, 0) {
		return Value{}, &ValueError{m, strconv.FormatFloat(n, 'g', -1, 64), "too large"}
	}
	if i := m.row(); i != nil && len(i.Words) > 0 {
		if converted != math.Trunc(converted) || converted < 0 || int(converted) >= len(i.Words) {
			return Value{}, &ValueError{m, strconv.FormatFloat(n, 'g', -1, 64), "want one of " + strings.Join(i.Words, ", ")}
		}
	}
	return Value{Metric: m, Number: converted}, nil
}

// Bool makes a value of true or false, for metrics that are states or events:
// false is the quiet one.
func (m Metric) Bool(b bool) (Value, error) {
	i := m.row()
	if i == nil || len(i.Words) < 2 || m == Consciousness || m == ECGRhythm {
		return Value{}, &ValueError{m, strconv.FormatBool(b), "want a number, or one of its words"}
	}
	if b {
		return Value{Metric: m, Number: 1}, nil
	}
	return Value{Metric: m, Number: 0}, nil
}

// Parse makes a value of what a device wrote: a number, a word, or a meter's
// limit (LO, HI, "<20", ">600").
func (m Metric) Parse(text, unit string) (Value, error) {
	s := strings.TrimSpace(text)
	switch strings.ToLower(s) {
	case "", "nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "null", "none", "nil", "unknown", "unavailable", "n/a", "-", "--":
		if n, ok := m.number(s); ok && strings.EqualFold(s, "none") {
			return Value{Metric: m, Number: n}, nil
		}
		return Value{}, &ValueError{m, strconv.Quote(text), "no value"}
	}
	if n, ok := m.number(s); ok {
		return Value{Metric: m, Number: n}, nil
	}
	if v, ok := m.limit(s); ok {
		return v, nil
	}
	marks := Marks(0)
	switch s[0] {
	case '<':
		marks, s = Below, strings.TrimSpace(strings.TrimPrefix(s[1:], "="))
	case '>':
		marks, s = Above, strings.TrimSpace(strings.TrimPrefix(s[1:], "="))
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.ContainsAny(s, "xXpP_") {
		reason := "not a number"
		if words := m.Info().Words; len(words) > 0 {
			reason = "want one of " + strings.Join(words, ", ")
		}
		return Value{}, &ValueError{m, strconv.Quote(clip(text)), reason}
	}
	v, err := m.Number(n, unit)
	v.Marks |= marks
	return v, err
}

func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}

// limit is what a meter shows instead of a value it cannot measure.
func (m Metric) limit(s string) (Value, bool) {
	switch m {
	case GlucoseRandom, GlucoseFasting, Glucose2hPostprandial, GlucoseCGM:
	default:
		return Value{}, false
	}
	switch strings.ToLower(s) {
	case "lo", "low":
		return Value{Metric: m, Number: meterLow, Marks: Below}, true
	case "hi", "high":
		return Value{Metric: m, Number: meterHigh, Marks: Above}, true
	}
	return Value{}, false
}

// number finds the number of a word, in any spelling that devices use.
func (m Metric) number(word string) (float64, bool) {
	i := m.row()
	if i == nil || len(i.Words) == 0 {
		return 0, false
	}
	for n, w := range i.Words {
		if strings.EqualFold(w, word) {
			return float64(n), true
		}
	}
	lower := strings.ToLower(word)
	if n, ok := otherWords[m][lower]; ok {
		return n, true
	}
	if m == Consciousness || m == ECGRhythm {
		return 0, false
	}
	n, ok := yesNo[lower]
	return n, ok
}

var yesNo = map[string]float64{
	"true": 1, "on": 1, "yes": 1, "1": 1, "active": 1, "detected": 1,
	"false": 0, "off": 0, "no": 0, "0": 0, "inactive": 0, "clear": 0, "idle": 0, "ok": 0, "normal": 0,
}

var otherWords = map[Metric]map[string]float64{
	Consciousness:       {"alert": 0, "confusion": 1, "confused": 1, "voice": 2, "pain": 3, "unresponsive": 4},
	ECGRhythm:           {"sinus_rhythm": 0, "normal": 0, "bradycardia": 1, "tachycardia": 2, "atrial_fibrillation": 3, "af": 3},
	DoorContact:         {"opened": 1, "close": 0, "shut": 0},
	Smoke:               {"smoke": 1, "detected": 1},
	CarbonMonoxide:      {"detected": 1},
	GasLeak:             {"gas": 1, "leak": 1},
	WaterLeak:           {"leak": 1, "water": 1},
	BedPresence:         {"in_bed": 1, "occupied": 1, "out_of_bed": 0, "vacant": 0, "empty": 0},
	Motion:              {"occupied": 1, "no_motion": 0, "still": 0},
	Presence:            {"occupied": 1, "home": 1, "vacant": 0, "away": 0, "none": 0, "not_home": 0},
	FallEvent:           {"fallen": 1, "fall_detected": 1, "canceled": 2},
	SOSButton:           {"single": 1, "press": 1, "short": 1, "emergency": 1, "sos": 1, "panic": 1, "alarm": 1, "hold": 3, "cancelled": 0},
	MedicationDispensed: {"dispensed": 1},
	Tamper:              {"alarm": 1, "tamper": 1},
	BatteryLow:          {"normal": 0},
	Button:              {"press": 1, "pressed": 1, "short": 1, "long": 4, "released": 5},
}

// Word is the name of a state's, event's or code's number; false for plain
// numbers.
func (m Metric) Word(n float64) (string, bool) {
	i := m.row()
	if i == nil || n != math.Trunc(n) || n < 0 || n >= float64(len(i.Words)) {
		return "", false
	}
	return i.Words[int(n)], true
}

// Round brings a value to the metric's resolution, half away from zero. In this
// form values are compared with limits: 70 mg/dL is 3.9 mmol/L and 100.4 °F is
// 38.0 °C, as the guidelines that set the limits have it.
func (m Metric) Round(n float64) float64 {
	i := m.row()
	if i == nil || i.Resolution == 0 {
		return n
	}
	steps := n / i.Resolution
	if i.Resolution < 1 {
		steps = n * math.Round(1/i.Resolution)
	}
	// A product that floating point left a hair below the half is the half.
	rounded := math.Round(steps + math.Copysign(1e-9*max(1, math.Abs(steps)), steps))
	if i.Resolution < 1 {
		return rounded / math.Round(1/i.Resolution)
	}
	return rounded * i.Resolution
}

// Format is the value as people read it: its word, or the number at the
// metric's resolution.
func (m Metric) Format(n float64) string {
	if word, ok := m.Word(n); ok {
		return word
	}
	decimals := 0
	if i := m.row(); i == nil || i.Resolution == 0 {
		decimals = -1
	} else if i.Resolution < 1 {
		decimals = int(math.Round(-math.Log10(i.Resolution) + 0.2))
	}
	return strconv.FormatFloat(m.Round(n), 'f', decimals, 64)
}
