package codec

import (
	"fmt"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Tasmota reads tele/{topic}/SENSOR, STATE and LWT, stat/{topic}/STATUS8 and
// STATUS10, and the Zigbee messages in RESULT. A device is named by its topic;
// what it hears by radio, and a second sensor of a kind, by the topic and the
// name there: "tasmota/LYWSD03-52680f".
type Tasmota struct{}

// Name implements [Codec].
func (Tasmota) Name() string { return "tasmota" }

// Filters implements [Codec].
func (Tasmota) Filters() []string { return []string{"tele/+/#", "stat/+/#"} }

// RepeatWindow is how soon a scale says the same weight again.
func (Tasmota) RepeatWindow() time.Duration { return time.Second }

// Decode implements [Codec].
func (Tasmota) Decode(m Message) ([]Report, error) {
	levels := strings.Split(m.Topic, "/")
	if len(levels) < 3 {
		return nil, nil
	}
	device, kind := strings.Join(levels[1:len(levels)-1], "/"), levels[len(levels)-1]
	switch kind {
	case "LWT":
		return online(device, m.Payload)
	case "SENSOR", "STATE", "RESULT", "STATUS8", "STATUS10":
	default:
		return nil, nil
	}
	f, err := readFields(m.Payload)
	if err != nil {
		return nil, fmt.Errorf("tasmota: %w", err)
	}
	t := &tasmotaMessage{device: device, message: m}
	switch kind {
	case "STATE":
		// RSSI is a quality there; Signal is the dBm.
		if wifi, ok := f["Wifi"].(map[string]any); ok {
			t.of(device).add(wifi, "Signal", vitals.SignalRSSI, "")
		}
	case "STATUS8", "STATUS10":
		sns, ok := f["StatusSNS"].(map[string]any)
		if !ok {
			return nil, nil
		}
		t.sensors(sns)
	case "RESULT":
		t.zigbee(f["ZbReceived"])
	default:
		t.sensors(f)
	}
	return t.reports(), nil
}

// tasmotaMessage collects what a message says of one device or several.
type tasmotaMessage struct {
	device  string
	message Message
	order   []string
	devices map[string]*sampler
	at      int64
	// units of the whole message
	temperature, pressure string
}

func (t *tasmotaMessage) of(device string) *sampler {
	s := t.devices[device]
	if s == nil {
		s = &sampler{}
		if t.devices == nil {
			t.devices = map[string]*sampler{}
		}
		t.devices[device] = s
		t.order = append(t.order, device)
	}
	return s
}

func (t *tasmotaMessage) reports() (reports []Report) {
	for _, device := range t.order {
		s := t.devices[device]
		s.sample.At = t.at
		reports = append(reports, s.report(device, t.message)...)
	}
	return reports
}

// sensors reads a SENSOR object: a field for each sensor, and the units.
func (t *tasmotaMessage) sensors(f fields) {
	t.temperature, t.pressure = f.text("TempUnit"), f.text("PressureUnit")
	// A time without a zone is some local time: it is not used.
	if at, err := time.Parse(time.RFC3339, f.text("Time")); err == nil {
		t.at = at.UnixMilli()
	}
	for _, key := range f.keys() {
		switch sensor := f[key].(type) {
		case map[string]any:
			t.sensor(key, sensor)
		default:
			if strings.HasPrefix(key, "Switch") && !strings.HasPrefix(key, "SwitchMode") {
				t.field(key, f, key, vitals.Switch, "")
			}
		}
	}
}

func (t *tasmotaMessage) sensor(name string, f fields) {
	switch {
	case name == "ZbReceived":
		t.zigbee(map[string]any(f))
	case name == "IBEACON":
		s := t.of(t.device + "/" + strings.ToLower(f.text("MAC")))
		s.add(f, "STATE", vitals.Presence, "")
		if here, _ := f.truth("STATE"); here {
			s.add(f, "RSSI", vitals.SignalRSSI, "")
		}
	case f.has("mac") || overRadio(name):
		t.values(t.device+"/"+name, name, f)
	default:
		t.values(t.device, name, f)
	}
}

// overRadio reports whether a sensor's name ends as those do that Tasmota hears
// by Bluetooth: a hyphen and half an address. Numbered ones of its own, such as
// DS18B20-1, do not.
func overRadio(name string) bool {
	i := strings.LastIndexByte(name, '-')
	return i > 0 && len(name)-i-1 == 6 && strings.Trim(strings.ToLower(name[i+1:]), "0123456789abcdef") == ""
}

// values reads the fields of one sensor.
func (t *tasmotaMessage) values(device, name string, f fields) {
	for _, key := range f.keys() {
		field, ok := tasmotaFields[strings.TrimRight(key, "0123456789")]
		if exact, found := tasmotaFields[key]; found {
			field, ok = exact, true
		}
		if !ok || f[key] == nil && !t.note(device, name, key) {
			continue
		}
		unit := field.unit
		switch field.metric {
		case vitals.RoomTemperature:
			unit = t.temperature
		case vitals.RoomPressure:
			unit = t.pressure
		}
		label := name
		if key != strings.TrimRight(key, "0123456789") && key != "PM10" && key != "PM2.5" {
			label = name + "-" + key
		}
		t.metric(device, label, f, key, field.metric, unit)
	}
	if stable, said := f.truth("stabilized"); said && stable {
		if removed, _ := f.truth("weight_removed"); !removed {
			t.metric(device, name, f, "weight", vitals.BodyWeight, f.text("weight_unit"))
			t.metric(device, name, f, "impedance", vitals.BodyImpedance, "")
		}
	}
}

// note says that a sensor has failed.
func (t *tasmotaMessage) note(device, name, key string) bool {
	t.of(device).passed.add(name+" "+key, "null")
	return false
}

func (t *tasmotaMessage) field(label string, f fields, key string, m vitals.Metric, unit string) {
	t.metric(t.device, label, f, key, m, unit)
}

// metric adds a value to the device, or, when it has one of the metric already,
// to a device of its own.
func (t *tasmotaMessage) metric(device, label string, f fields, key string, m vitals.Metric, unit string) {
	if t.of(device).has(m) {
		device += "/" + label
	}
	t.of(device).add(f, key, m, unit)
}

var tasmotaFields = map[string]struct {
	metric vitals.Metric
	unit   string
}{
	"Temperature": {vitals.RoomTemperature, ""}, "AMBTMP": {vitals.RoomTemperature, ""}, "Humidity": {vitals.RoomHumidity, ""},
	"Pressure": {vitals.RoomPressure, ""}, "Illuminance": {vitals.Illuminance, ""}, "Lux": {vitals.Illuminance, ""},
	"CarbonDioxide": {vitals.CO2, "[ppm]"}, "CO2": {vitals.CO2, "[ppm]"}, "eCO2": {vitals.CO2, "[ppm]"}, "TVOC": {vitals.VOC, "[ppb]"},
	"PM2.5": {vitals.PM25, ""}, "PM10": {vitals.PM10, ""}, "Battery": {vitals.DeviceBattery, ""}, "BatteryPercentage": {vitals.DeviceBattery, ""},
	"BatteryVoltage": {vitals.BatteryVoltage, ""}, "RSSI": {vitals.SignalRSSI, ""},
	"Power": {vitals.Power, ""}, "Voltage": {vitals.Voltage, ""}, "Current": {vitals.Current, ""}, "Total": {vitals.Energy, ""},
}

// zigbee reads what came over Tasmota's Zigbee bridge: devices by name or short
// address.
func (t *tasmotaMessage) zigbee(received any) {
	devices, ok := received.(map[string]any)
	if !ok {
		return
	}
	for _, key := range fields(devices).keys() {
		f, ok := devices[key].(map[string]any)
		if !ok {
			continue
		}
		t.zigbeeDevice(key, f)
	}
}

func (t *tasmotaMessage) zigbeeDevice(key string, f fields) {
	name := f.text("Name")
	if name == "" {
		name = key
	}
	s := t.of(t.device + "/" + name)
	for _, field := range []struct {
		key    string
		metric vitals.Metric
		unit   string
	}{
		{"Occupancy", vitals.Motion, ""}, {"Contact", vitals.DoorContact, ""}, {"Water", vitals.WaterLeak, ""}, {"Fire", vitals.Smoke, ""},
		{"CO", vitals.CarbonMonoxide, ""}, {"Temperature", vitals.RoomTemperature, ""}, {"Humidity", vitals.RoomHumidity, ""},
		{"Pressure", vitals.RoomPressure, ""}, {"Illuminance", vitals.Illuminance, ""}, {"BatteryPercentage", vitals.DeviceBattery, ""},
		{"BatteryVoltage", vitals.BatteryVoltage, ""}, {"CarbonDioxide", vitals.CO2, "[ppm]"}, {"Vibration", vitals.Vibration, ""},
	} {
		s.add(f, field.key, field.metric, field.unit)
	}
	switch f.text("AqaraVibrationMode") {
	case "tilt", "vibrate", "drop":
		s.event(vitals.Vibration, 1)
	}
	// A remote control's command: its own words for off, on and toggle.
	if n, ok := f.number("Power"); ok && f.has("Group") {
		if word, known := map[float64]string{0: "off", 1: "on", 2: "toggle"}[n]; known {
			if v, err := vitals.Button.Parse(word, ""); err == nil {
				s.put(v)
			}
		}
	}
}
