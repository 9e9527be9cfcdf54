package codec

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Tasmota reads tele/{topic}/SENSOR, STATE and LWT, stat/{topic}/STATUS8 and
// STATUS10, what happened to buttons, switches and Zigbee devices in RESULT,
// and Bluetooth sensors on tele/tasmota_ble/{name}. The prefix may stand
// elsewhere in the topic. A device is named by its topic without the prefix;
// what it hears by radio, and a second sensor of a kind, by the topic and the
// name there: "tasmota/LYWSD03-52680f".
type Tasmota struct{}

// Name implements [Codec].
func (Tasmota) Name() string { return "tasmota" }

// Filters implements [Codec].
func (Tasmota) Filters() []string { return []string{"tele/+/#", "stat/+/#"} }

// RepeatWindow is how soon a scale says the same weight again.
func (Tasmota) RepeatWindow() time.Duration { return time.Second }

// bluetoothTopic is where sensors that Tasmota hears by Bluetooth may have a
// topic each, whichever device hears them.
const bluetoothTopic = "tasmota_ble"

// Decode implements [Codec].
func (Tasmota) Decode(m Message) ([]Report, error) {
	levels := strings.Split(m.Topic, "/")
	if prefix := slices.IndexFunc(levels, func(l string) bool { return l == "tele" || l == "stat" }); prefix >= 0 {
		levels = slices.Delete(levels, prefix, prefix+1)
	}
	if len(levels) < 2 || len(m.Payload) == 0 {
		return nil, nil
	}
	device, kind := strings.Join(levels[:len(levels)-1], "/"), levels[len(levels)-1]
	switch kind {
	case "LWT":
		return online(device, m.Payload)
	case "SENSOR", "STATE", "RESULT", "STATUS0", "STATUS8", "STATUS10":
	default:
		if device != bluetoothTopic {
			return nil, nil
		}
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
	case "STATUS0", "STATUS8", "STATUS10":
		sns, ok := f["StatusSNS"].(map[string]any)
		if !ok {
			return nil, nil
		}
		t.sensors(sns)
	case "RESULT":
		t.zigbee(f["ZbReceived"])
		t.actions(f)
	case "SENSOR":
		t.sensors(f)
	default:
		t.clockAndUnits(f)
		t.values(device+"/"+kind, kind, f)
	}
	return t.reports(), nil
}

// tasmotaMessage collects what a message says of one device or several.
type tasmotaMessage struct {
	device  string
	message Message
	order   []string
	devices map[string]*sampler
	// taken are the metrics of each device that a sensor of it has, were it
	// only to say that it failed: a second one never steps into its place.
	taken map[string]bool
	at    int64
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

func (t *tasmotaMessage) clockAndUnits(f fields) {
	t.temperature, t.pressure = f.text("TempUnit"), f.text("PressureUnit")
	// A time without a zone is some local time: it is not used.
	if at, err := time.Parse(time.RFC3339, f.text("Time")); err == nil {
		t.at = at.UnixMilli()
	}
}

// sensors reads a SENSOR object: a field for each sensor, and the units.
func (t *tasmotaMessage) sensors(f fields) {
	t.clockAndUnits(f)
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
	case name == "IBEACON" && f.text("MAC") != "":
		s := t.of(t.device + "/" + strings.ToLower(f.text("MAC")))
		s.add(f, "STATE", vitals.Presence, "")
		if here, _ := f.truth("STATE"); here {
			s.add(f, "RSSI", vitals.SignalRSSI, "")
		}
	case strings.HasPrefix(name, "IBEACON_"):
		t.beacon(strings.ToLower(strings.TrimPrefix(name, "IBEACON_")), f)
	case f.has("mac") || overRadio(name):
		t.values(t.device+"/"+name, name, f)
	default:
		t.values(t.device, name, f)
	}
}

// beacon reads what older firmware says of a beacon: the signal, 0 once it is gone.
func (t *tasmotaMessage) beacon(address string, f fields) {
	rssi, ok := f.number("RSSI")
	if !ok {
		return
	}
	s := t.of(t.device + "/" + address)
	if rssi == 0 {
		s.event(vitals.Presence, 0)
		return
	}
	s.event(vitals.Presence, 1)
	s.add(f, "RSSI", vitals.SignalRSSI, "")
}

// actions reads what was done with a detached button or switch:
// {"Button1":{"Action":"SINGLE"}}. Here each comes alone: the first is the
// device's, whatever others it has.
func (t *tasmotaMessage) actions(f fields) {
	for _, key := range f.keys() {
		metric, isAction := map[string]vitals.Metric{"Button": vitals.Button, "Switch": vitals.Switch}[strings.TrimRight(key, "0123456789")]
		done, isObject := f[key].(map[string]any)
		if !isAction || !isObject {
			continue
		}
		device := t.device
		if key != "Button1" && key != "Switch1" {
			device += "/" + key
		}
		t.metric(device, key, done, "Action", metric, "")
	}
}

// overRadio reports whether a sensor's name ends as those do that Tasmota hears
// by Bluetooth: a hyphen and half an address. Numbered ones of its own, such as
// DS18B20-1, do not.
func overRadio(name string) bool {
	i := strings.LastIndexByte(name, '-')
	return i > 0 && len(name)-i-1 == 6 && strings.Trim(strings.ToLower(name[i+1:]), "0123456789abcdef") == ""
}

// ownHeat are sensors that measure the temperature of a chip: their own or the
// processor's, a meter's, a clock's, a motion sensor's.
var ownHeat = []string{"ESP32", "ENERGY", "MPU6050", "DS3231", "AXP192", "BL0940", "CSE7761", "ADE7953"}

// inSoil are fields of sensors in a flower pot, whose temperature and humidity
// are the earth's.
var inSoil = []string{"Moisture", "Fertility"}

// values reads the fields of one sensor.
func (t *tasmotaMessage) values(device, name string, f fields) {
	for _, key := range f.keys() {
		bare := strings.TrimRight(key, "0123456789")
		field, ok := tasmotaFields[bare]
		if exact, found := tasmotaFields[key]; found {
			field, ok = exact, true
		}
		if !ok {
			continue
		}
		metric, unit := field.metric, field.unit
		switch metric {
		case vitals.RoomTemperature:
			unit = t.temperature
			if slices.Contains(ownHeat, name) {
				metric = vitals.DeviceTemperature
			}
		case vitals.RoomPressure:
			unit = t.pressure
		}
		if f.has(inSoil...) && (metric == vitals.RoomTemperature || metric == vitals.RoomHumidity) {
			continue
		}
		label := name
		if key != bare && key != "PM10" && key != "PM2.5" {
			label = name + "-" + key
		}
		t.metric(device, label, f, key, metric, unit)
	}
	if stable, said := f.truth("stabilized"); said && stable {
		if removed, _ := f.truth("weight_removed"); !removed {
			t.metric(device, name, f, "weight", vitals.BodyWeight, f.text("weight_unit"))
			t.metric(device, name, f, "impedance", vitals.BodyImpedance, "")
		}
	}
}

func (t *tasmotaMessage) field(label string, f fields, key string, m vitals.Metric, unit string) {
	t.metric(t.device, label, f, key, m, unit)
}

// metric adds a value to the device, or, when it has one of the metric already,
// to a device of its own.
func (t *tasmotaMessage) metric(device, label string, f fields, key string, m vitals.Metric, unit string) {
	if !f.has(key) {
		return
	}
	if t.taken == nil {
		t.taken = map[string]bool{}
	}
	if place := m.String() + " " + device; t.taken[place] {
		device += "/" + label
	} else {
		t.taken[place] = true
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
	"BatteryVoltage": {vitals.BatteryVoltage, ""}, "RSSI": {vitals.SignalRSSI, ""}, "PIR": {vitals.Motion, ""},
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

// alarms are fields of Zigbee sensors whose temperature is that of their own chip.
var alarms = []string{"Occupancy", "Contact", "Water", "Fire", "CO", "Personal", "Panic", "Movement", "Vibration", "AqaraVibrationMode"}

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
		{"CO", vitals.CarbonMonoxide, ""}, {"Personal", vitals.SOSButton, ""}, {"Panic", vitals.SOSButton, ""},
		{"Movement", vitals.Vibration, ""}, {"Temperature", vitals.RoomTemperature, ""}, {"Humidity", vitals.RoomHumidity, ""},
		{"Pressure", vitals.RoomPressure, ""}, {"Illuminance", vitals.Illuminance, ""}, {"Battery", vitals.DeviceBattery, ""},
		{"BatteryPercentage", vitals.DeviceBattery, ""}, {"BatteryVoltage", vitals.BatteryVoltage, ""}, {"CarbonDioxide", vitals.CO2, "[ppm]"}, {"Vibration", vitals.Vibration, ""},
	} {
		if field.metric == vitals.RoomTemperature && f.has(alarms...) && !f.has("Humidity") {
			field.metric = vitals.DeviceTemperature
		}
		s.add(f, field.key, field.metric, field.unit)
	}
	switch f.text("AqaraVibrationMode") {
	case "tilt", "vibrate", "drop":
		s.event(vitals.Vibration, 1)
	}
	// A remote control's command: its own words for off, on and toggle. What it
	// sent stands beside it; a lamp that tells its state has sent none.
	if n, ok := f.number("Power"); ok && f.has("0006!00", "0006!01", "0006!02") {
		if word, known := map[float64]string{0: "off", 1: "on", 2: "toggle"}[n]; known {
			if v, err := vitals.Button.Parse(word, ""); err == nil {
				s.put(v)
			}
		}
	}
}
