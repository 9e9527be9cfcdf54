package web

import "github.com/anxin-care/anxin/vitals"

// unitSigns writes UCUM units as people do. A unit that is a word, and differs
// between languages, stands in the locales as "unit.…"; one that is not here is
// written as it is.
var unitSigns = map[string]string{
	"mm[Hg]": "mmHg", "Cel": "°C", "kg/m2": "kg/m²", "[ppm]": "ppm", "[ppb]": "ppb", "ug/m3": "µg/m³", "mg/m3": "mg/m³",
	"kW.h": "kWh", "Ohm": "Ω", "10*9/L": "×10⁹/L", "umol/L": "µmol/L",
	// Nothing is written after scores, codes and words.
	"{INR}": "", "{score}": "", "{zone}": "", "{code}": "", "{bool}": "", "{state}": "", "{event}": "",
}

func (l *locale) unit(m vitals.Metric) string { return l.unitSign(m.Info().Unit) }

// unitSign writes a UCUM unit as people do.
func (l *locale) unitSign(ucum string) string {
	if sign, ok := unitSigns[ucum]; ok {
		return sign
	}
	if word, ok := l.messages["unit."+ucum]; ok {
		return word
	}
	return ucum
}
