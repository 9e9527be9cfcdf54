package vitals

import (
	"fmt"
	"slices"
	"strings"
)

// Unit is a unit that a metric accepts besides its canonical one.
type Unit struct {
	// Name is the UCUM unit, or the usual name where UCUM has none (jin).
	Name string
	// Aliases are other spellings that devices use.
	Aliases []string
	// The canonical value is (n + Before) * Times / By + After.
	Before, Times, By, After float64
}

func (u *Unit) is(name string) bool { return u.Name == name || slices.Contains(u.Aliases, name) }

func times(f float64, name string, aliases ...string) Unit {
	return Unit{Name: name, Aliases: aliases, Times: f, By: 1}
}

func by(f float64, name string, aliases ...string) Unit {
	return Unit{Name: name, Aliases: aliases, Times: 1, By: f}
}

func same(name string, aliases ...string) Unit { return times(1, name, aliases...) }

// Units by what they measure. Factors: UCUM; mm[Hg] is 133.322 Pa; the molar
// mass of glucose is 180.156 g/mol, of cholesterol 386.65 g/mol; jin (斤) is
// half a kilogram in China.
var (
	perMinute = []Unit{same("{beats}/min", "{breaths}/min", "bpm", "beat/min", "beats/min", "breaths/min", "1/min", "rpm", "brpm", "/min", "次/分"), times(60, "Hz")}
	pressure  = []Unit{same("mmHg"), times(7.500637554192107, "kPa")}
	percent   = []Unit{same("percent", "pct")}
	fraction  = []Unit{same("percent", "pct"), times(100, "1", "/", "fraction", "ratio")}
	humidity  = []Unit{same("%RH", "%rH", "percent", "pct"), times(100, "1", "/", "fraction", "ratio")}

	temperature = []Unit{
		same("°C", "C", "degC", "celsius", "℃"),
		{Name: "[degF]", Aliases: []string{"°F", "F", "degF", "fahrenheit", "℉"}, Before: -32, Times: 1, By: 1.8},
		{Name: "K", Aliases: []string{"kelvin"}, Times: 1, By: 1, After: -273.15},
	}
	glucose     = []Unit{same("mmol/l"), by(18.0156, "mg/dL", "mg/dl"), times(1000, "mol/L"), times(100000/18.0156, "kg/L")}
	cholesterol = []Unit{same("mmol/l"), by(38.665, "mg/dL", "mg/dl")}
	weight      = []Unit{
		same("KG", "Kg", "公斤"), times(0.45359237, "[lb_av]", "lb", "lbs", "pound"), by(1000, "g"),
		times(6.35029318, "[stone_av]", "st", "stone"), times(0.5, "jin", "斤", "市斤"),
	}
	length          = []Unit{times(2.54, "[in_i]", "in", "inch"), times(100, "m"), by(10, "mm")}
	waist           = []Unit{times(2.54, "[in_i]", "in", "inch"), times(100, "m"), by(10, "mm")}
	lengthInMetres  = []Unit{by(100, "cm"), by(1000, "mm")}
	peakFlow        = []Unit{same("L/minute", "l/min"), times(60, "L/s", "l/s")}
	oxygenFlow      = []Unit{same("l/min"), by(1000, "mL/min", "ml/min")}
	milliseconds    = []Unit{times(1000, "s")}
	minutes         = []Unit{same("minutes", "minute"), times(60, "h", "hour", "hours"), by(60, "s", "sec", "seconds")}
	volume          = []Unit{same("ml"), times(1000, "L", "l"), times(29.5735295625, "[foz_us]", "fl oz", "floz")}
	ppm             = []Unit{same("ppm")}
	ppb             = []Unit{same("ppb"), times(1000, "[ppm]", "ppm")}
	voltage         = []Unit{same("volt", "volts"), by(1000, "mV")}
	airPressure     = []Unit{same("mbar"), by(100, "Pa"), times(10, "kPa"), times(1.33322, "mm[Hg]", "mmHg"), times(33.8639, "[in_i'Hg]", "inHg")}
	formaldehyde    = []Unit{same("mg/m³"), by(1000, "ug/m3", "µg/m³", "μg/m³")}
	dust            = []Unit{same("µg/m³", "μg/m³"), times(1000, "mg/m3", "mg/m³")}
	electricPower   = []Unit{same("watt"), times(1000, "kW"), same("VA")}
	electricEnergy  = []Unit{same("kWh"), by(1000, "W.h", "Wh")}
	electricCurrent = []Unit{same("ampere"), by(1000, "mA")}
)

// UnitError says that a metric is not measured in the given unit.
type UnitError struct {
	Metric Metric
	Unit   string
}

func (e *UnitError) Error() string {
	i := e.Metric.Info()
	accepted := []string{i.Unit}
	for _, u := range i.Units {
		if u.Name != i.Unit {
			accepted = append(accepted, u.Name)
		}
	}
	return fmt.Sprintf("%s is not measured in %q: want %s", i.Name, clip(e.Unit), strings.Join(accepted, ", "))
}

// Convert brings a value to the metric's canonical unit. No unit means the
// canonical one. The error is a [*UnitError].
func (m Metric) Convert(n float64, unit string) (float64, error) {
	i := m.row()
	if unit == "" || i != nil && unit == i.Unit {
		return n, nil
	}
	if i != nil {
		for k := range i.Units {
			if u := &i.Units[k]; u.is(unit) {
				return (n+u.Before)*u.Times/u.By + u.After, nil
			}
		}
	}
	return 0, &UnitError{Metric: m, Unit: unit}
}
