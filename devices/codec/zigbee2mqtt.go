package codec

import (
	"fmt"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Zigbee2MQTT reads what zigbee2mqtt publishes of its devices: an object of all
// the values it knows, on {base}/{friendly name}. A device is named by base and
// friendly name, which may hold spaces and slashes.
type Zigbee2MQTT struct{}

// Name implements [Codec].
func (Zigbee2MQTT) Name() string { return "zigbee2mqtt" }

// Filters implements [Codec].
func (Zigbee2MQTT) Filters() []string { return []string{"zigbee2mqtt/#"} }

// RepeatWindow is how soon a value that is the same is said again: the hub
// publishes all it knows at each radio message, several times a second.
func (Zigbee2MQTT) RepeatWindow() time.Duration { return time.Second }

// z2mFields are the exposed fields that mean the same whatever the device.
var z2mFields = []struct {
	key    string
	metric vitals.Metric
	unit   string
}{
	{"occupancy", vitals.Motion, ""}, {"presence", vitals.Presence, ""}, {"water_leak", vitals.WaterLeak, ""},
	{"gas", vitals.GasLeak, ""}, {"carbon_monoxide", vitals.CarbonMonoxide, ""}, {"tamper", vitals.Tamper, ""},
	{"vibration", vitals.Vibration, ""}, {"battery", vitals.DeviceBattery, ""}, {"battery_low", vitals.BatteryLow, ""},
	{"device_temperature", vitals.DeviceTemperature, ""}, {"humidity", vitals.RoomHumidity, ""}, {"pressure", vitals.RoomPressure, ""},
	{"co2", vitals.CO2, "[ppm]"}, {"co", vitals.CarbonMonoxidePPM, "[ppm]"}, {"pm25", vitals.PM25, ""}, {"pm10", vitals.PM10, ""},
	{"voc", vitals.VOC, ""}, {"formaldehyd", vitals.Formaldehyde, ""}, {"formaldehyde", vitals.Formaldehyde, ""},
	{"target_distance", vitals.TargetDistance, "m"}, {"noise", vitals.Noise, ""},
}

// ownChip are fields of sensors whose temperature is that of their own chip.
var ownChip = []string{
	"occupancy", "presence", "contact", "water_leak", "vibration", "smoke", "gas", "action", "angle", "device_temperature", "power", "state",
}

// Decode implements [Codec].
func (z Zigbee2MQTT) Decode(m Message) ([]Report, error) {
	if m.Rest == "" || m.Rest == "bridge" || strings.HasPrefix(m.Rest, "bridge/") || len(m.Payload) == 0 {
		return nil, nil
	}
	name, last := m.Rest, ""
	if i := strings.LastIndexByte(m.Rest, '/'); i >= 0 {
		name, last = m.Rest[:i], m.Rest[i+1:]
	}
	base := strings.TrimSuffix(m.Topic, m.Rest)
	switch {
	case last == "availability":
		return online(base+name, m.Payload)
	case last == "set", last == "get", last == "action", strings.Contains(m.Rest, "/set/"), strings.Contains(m.Rest, "/get/"):
		// Commands, and an action said a second time.
		return nil, nil
	}
	f, err := readFields(m.Payload)
	if err != nil && last != "" {
		// The hub can publish each field under a topic of its own.
		if f, ok := attribute(last, m.Payload); ok {
			return z.report(base+name, f, m), nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("zigbee2mqtt: %w", err)
	}
	return z.report(base+m.Rest, f, m), nil
}

// attribute makes an object of a field that came alone.
func attribute(key string, payload []byte) (fields, bool) {
	known := key == "contact" || key == "smoke" || key == "temperature" || key == "illuminance" || key == "sos"
	for _, field := range z2mFields {
		known = known || field.key == key
	}
	return fields{key: string(payload)}, known
}

func (Zigbee2MQTT) report(device string, f fields, m Message) []Report {
	var s sampler
	for _, field := range z2mFields {
		s.add(f, field.key, field.metric, field.unit)
	}
	if closed, said := f.truth("contact"); said {
		number := 1.0 // no contact is open
		if closed {
			number = 0
		}
		s.event(vitals.DoorContact, number)
	}
	if testing, _ := f.truth("test"); testing && f.has("smoke") {
		s.event(vitals.Smoke, 2)
	} else {
		s.add(f, "smoke", vitals.Smoke, "")
	}
	if !s.add(f, "illuminance_lux", vitals.Illuminance, "") {
		s.add(f, "illuminance", vitals.Illuminance, "")
	}
	// Always Celsius: temperature_unit is what the device's own display shows.
	switch {
	case f.has("soil_moisture"): // a flower pot's
	case f.has("humidity") || !f.has(ownChip...):
		s.add(f, "temperature", vitals.RoomTemperature, "")
	case !s.has(vitals.DeviceTemperature):
		s.add(f, "temperature", vitals.DeviceTemperature, "")
	}
	call(&s, f)
	posture(&s, f)
	if !m.Retained {
		action(&s, f.text("action"))
	}
	return s.report(device, m)
}

// call reads the buttons that are a field, of which zigbee2mqtt says how it is
// with each radio message: "sos" of a Develco PBTZB-110 stays true until it is
// false, and comes with the battery too.
func call(s *sampler, f fields) {
	said, pressed := false, 0.0
	for _, key := range []string{"sos", "emergency", "panic"} {
		yes, ok := f.truth(key)
		said = said || ok
		if yes {
			pressed = 1
		}
	}
	if said {
		s.echoing(vitals.SOSButton, pressed, true)
	}
}

// posture reads what radars see of a person: Tuya's fall_down_status, HEIMAN's
// fall_status and OWON's status. A fall that they are not sure of is none yet.
func posture(s *sampler, f fields) {
	for _, key := range []string{"fall_down_status", "fall_status"} {
		switch word := f.text(key); word {
		case "":
		case "none", "normal":
			s.echoing(vitals.FallEvent, 0, true)
		case "fall", "fall_alarm":
			s.echoing(vitals.FallEvent, 1, true)
		default:
			s.passed.add(key, clip(word)+" is no fall yet")
		}
	}
	switch f.text("status") {
	case "unoccupied", "on_the_bed", "occupied", "sitting", "low_posture":
		if !s.has(vitals.FallEvent) {
			s.echoing(vitals.FallEvent, 0, true)
		}
	}
	switch f.text("status") {
	case "unoccupied":
		s.event(vitals.Presence, 0)
	case "on_the_bed":
		s.event(vitals.BedPresence, 1)
		s.event(vitals.Presence, 1)
	case "falling":
		s.echoing(vitals.FallEvent, 1, true)
		s.event(vitals.Presence, 1)
	case "occupied", "sitting", "low_posture":
		s.event(vitals.Presence, 1)
	}
}

// action reads what somebody did with a button; "" is nothing.
func action(s *sampler, name string) {
	switch word := strings.ToLower(strings.TrimSpace(name)); word {
	case "":
	case "emergency", "sos", "panic":
		s.echoing(vitals.SOSButton, 1, false)
	case "vibration", "vibrate", "tilt", "drop", "shake", "fall":
		s.event(vitals.Vibration, 1)
	default:
		// Of several buttons one is named too: "1_double", "single_left". A
		// number alone is a button's or a scene's, not a kind of press.
		for _, press := range []string{word[strings.LastIndexByte(word, '_')+1:], word[:max(0, strings.IndexByte(word, '_'))]} {
			if v, err := vitals.Button.Parse(press, ""); err == nil && v.Number > 0 && strings.Trim(press, "0123456789") != "" {
				s.put(v)
				return
			}
		}
		s.passed.add("action", clip(name)+" is not known")
	}
}
