package codec

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// OpenMQTTGateway reads what OpenMQTTGateway and Theengs Gateway publish of
// Bluetooth devices that they hear, on {base}/{gateway}/BTtoMQTT/{address}, with
// the properties of the Theengs decoder. A device is named by its address, in
// lower-case hexadecimal: several gateways may hear it. A gateway's own last
// will, on {base}/{gateway}/LWT, is of the device {base}/{gateway}.
type OpenMQTTGateway struct{}

// Name implements [Codec].
func (OpenMQTTGateway) Name() string { return "openmqttgateway" }

// Filters implements [Codec].
func (OpenMQTTGateway) Filters() []string { return []string{"+/+/BTtoMQTT/#", "+/+/LWT"} }

// RepeatWindow is how soon two gateways tell of the same advertisement.
func (OpenMQTTGateway) RepeatWindow() time.Duration { return time.Second }

// notAir are the decoder's types whose temperature is not the room's: plant
// pots, roasts, tyres, taps, beacons, car batteries, gas bottles and dryers.
var notAir = []string{"PLANT", "BBQ", "TIRE", "ENRG", "BCON", "BATT", "UNIQ"}

// Decode implements [Codec].
func (OpenMQTTGateway) Decode(m Message) ([]Report, error) {
	if gateway, ok := strings.CutSuffix(m.Topic, "/LWT"); ok {
		return online(gateway, m.Payload)
	}
	// A binding of the whole base brings the gateway's own affairs too.
	if !strings.Contains(m.Topic+"/", "/BTtoMQTT/") || len(m.Payload) == 0 {
		return nil, nil
	}
	f, err := readFields(m.Payload)
	if err != nil {
		return nil, fmt.Errorf("OpenMQTTGateway: %w", err)
	}
	device := address(m.Topic[strings.LastIndexByte(m.Topic, '/')+1:])
	if device == "" {
		device = address(f.text("id"))
	}
	if device == "" || f.has("encr") && !f.has("batt", "tempc", "hum") {
		return nil, nil
	}
	var s sampler
	kind := f.text("type")
	if !slices.Contains(notAir, kind) {
		air(&s, f)
	}
	s.addUnless(battSentinels, f, "batt", vitals.DeviceBattery, "")
	s.addUnless(voltSentinels, f, "volt", vitals.BatteryVoltage, "")
	for _, field := range theengsFields {
		s.add(f, field.key, field.metric, "")
	}
	// Blinds are open by degrees, and thermometers tell the state of a pin.
	if kind == "" || kind == "CTMO" {
		contact(&s, f)
	}
	if kind == "BTN" {
		press(&s, f)
	}
	weigh(&s, f)
	return s.report(device, m), nil
}

// What a radio sends when it has no value: the ends of its scale, of RuuviTags
// in both of their formats.
var (
	tempSentinels = []float64{127.99, -127.99, 163.835, -163.835, -163.84}
	humSentinels  = []float64{127.5, 163.835, 163.8375}
	presSentinels = []float64{1155.34, 1155.35}
	battSentinels = []float64{127.5}
	voltSentinels = []float64{65.535}
)

// air reads what a sensor says of the room that it is in.
func air(s *sampler, f fields) {
	if f.has("tempc") {
		s.addUnless(tempSentinels, f, "tempc", vitals.RoomTemperature, "")
	} else {
		s.add(f, "tempf", vitals.RoomTemperature, "[degF]")
	}
	s.addUnless(humSentinels, f, "hum", vitals.RoomHumidity, "")
	s.addUnless(presSentinels, f, "pres", vitals.RoomPressure, "")
}

// theengsFields are the decoder's properties that mean the same whatever the device.
var theengsFields = []struct {
	key    string
	metric vitals.Metric
}{
	{"rssi", vitals.SignalRSSI}, {"lux", vitals.Illuminance}, {"co2", vitals.CO2}, {"pm25", vitals.PM25}, {"pm10", vitals.PM10},
	{"for", vitals.Formaldehyde}, {"tvoc", vitals.VOC}, {"presence", vitals.Presence},
	{"leak", vitals.WaterLeak}, {"water", vitals.WaterLeak}, {"smoke", vitals.Smoke}, {"gas", vitals.GasLeak},
	{"lowbatt", vitals.BatteryLow}, {"batt_low", vitals.BatteryLow}, {"steps", vitals.StepCount}, {"act_bpm", vitals.HeartRate}, {"bpm", vitals.HeartRate},
	{"hr", vitals.HeartRate}, {"spo2", vitals.SpO2}, {"sys", vitals.BPSystolic}, {"dia", vitals.BPDiastolic}, {"fall", vitals.FallEvent}, {"sos", vitals.SOSButton},
}

// contact reads contact and motion sensors.
func contact(s *sampler, f fields) {
	s.add(f, "open", vitals.DoorContact, "")
	s.add(f, "motion", vitals.Motion, "")
	s.add(f, "move", vitals.Motion, "")
	switch word := f.text("contact"); word {
	case "timeout not closed": // left open for long
		s.event(vitals.DoorContact, 1)
	default:
		s.add(f, "contact", vitals.DoorContact, "")
	}
}

// press reads a button, or the first pressed one of several. 0 is none; what is
// above 4 differs from maker to maker.
func press(s *sampler, f fields) {
	for _, key := range []string{"button", "button1", "button2", "button3", "button4"} {
		switch n, _ := f.number(key); {
		case n >= 1 && n <= 4:
			s.add(f, key, vitals.Button, "")
			return
		case n != 0:
			s.passed.add(key, "not a press that is known")
		}
	}
}

// weigh reads a scale. While somebody steps on or off, and of things, there is
// no weight.
func weigh(s *sampler, f fields) {
	if stable, said := f.truth("stabilized"); said && !stable {
		return
	}
	if removed, _ := f.truth("removed"); removed || f.text("weighing_mode") == "object" || !stable(f) {
		return
	}
	// Of the decoder's scales those for people say whom they weigh; one that
	// does not weighs coffee, in grams.
	if f.text("type") == "SCALE" && !f.has("weighing_mode") {
		return
	}
	s.add(f, "weight", vitals.BodyWeight, f.text("unit"))
	// A scale that stands on bare feet for too short a time says 0.
	s.addUnless([]float64{0}, f, "impedance", vitals.BodyImpedance, "")
}

// stable looks into the advertisement itself, where a firmware hands it on and
// does not say: of the weight scale service (181d) the first byte's bits 5 and 7
// mean stabilised and removed, of body composition (181b) the second's.
func stable(f fields) bool {
	uuid, data := strings.ToLower(f.text("servicedatauuid")), f.text("servicedata")
	at := -1
	switch {
	case strings.Contains(uuid, "181d"):
		at = 0
	case strings.Contains(uuid, "181b"):
		at = 1
	}
	raw, err := hex.DecodeString(data)
	if at < 0 || err != nil || len(raw) <= at {
		return true
	}
	return raw[at]&0x20 != 0 && raw[at]&0x80 == 0
}

// address is a Bluetooth address in its one spelling, "" for anything else.
func address(s string) string {
	s = strings.ToLower(strings.NewReplacer(":", "", "-", "").Replace(s))
	if raw, err := hex.DecodeString(s); err != nil || len(raw) != 6 {
		return ""
	}
	return s
}
