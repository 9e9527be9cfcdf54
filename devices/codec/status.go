package codec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/anxin-care/anxin/vitals"
)

// Status is what a device says of itself on anxin/v1/devices/{device}/status:
// online or offline (also as its will), or an object of battery, rssi, firmware
// and online. It is retained, and a state.
type Status struct{}

// Name implements [Codec].
func (Status) Name() string { return "status" }

// Filters implements [Codec].
func (Status) Filters() []string { return []string{"anxin/v1/devices/+/status"} }

var errNoStatus = errors.New(`want online or offline, or an object of battery, rssi, firmware, online`)

// Decode implements [Codec].
func (Status) Decode(m Message) ([]Report, error) {
	r := Report{Device: topicDevice(m.Topic)}
	s := scanner{b: m.Payload}
	if s.next() != '{' {
		word := strings.Trim(strings.TrimSpace(string(m.Payload[:min(len(m.Payload), 64)])), `"`)
		v, err := vitals.Online.Parse(word, "")
		if err != nil {
			return nil, fmt.Errorf("status %q: %w", word, errNoStatus)
		}
		r.Samples = []vitals.Sample{{Values: []vitals.Value{v}}}
		return []Report{r}, nil
	}
	var sample vitals.Sample
	var passed passedFields
	s.object(func(key []byte) {
		name := clip(string(key[:min(len(key), 64)]))
		if c := s.next(); c == '{' || c == '[' {
			passed.add(name, "not a single value")
			s.skip(2)
			return
		}
		v := s.value()
		if s.err != nil || v.kind == kindNull {
			return
		}
		if name == "firmware" {
			r.Firmware = string(v.text[:min(len(v.text), 64)])
			return
		}
		metric, ok := statusMetrics[name]
		if !ok {
			passed.add(name, "not part of a status")
			return
		}
		p := pendingValue{metric: metric, value: v, text: string(v.text[:min(len(v.text), 64)])}
		value, err := p.read("")
		if err != nil {
			passed.addError(err)
			return
		}
		sample.Values = put(sample.Values, value)
	})
	s.end()
	switch {
	case s.err != nil:
		return nil, s.err
	case len(sample.Values) == 0 && r.Firmware == "":
		return nil, errNoStatus
	case len(sample.Values) > 0:
		r.Samples = []vitals.Sample{sample}
	}
	r.Passed = passed.list()
	return []Report{r}, nil
}

var statusMetrics = map[string]vitals.Metric{
	"online": vitals.Online, "state": vitals.Online, "status": vitals.Online,
	"battery": vitals.DeviceBattery, "device_battery": vitals.DeviceBattery, "battery_low": vitals.BatteryLow,
	"rssi": vitals.SignalRSSI, "signal_rssi": vitals.SignalRSSI, "battery_voltage": vitals.BatteryVoltage,
}
