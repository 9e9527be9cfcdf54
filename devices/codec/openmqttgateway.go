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
// pots, roasts, tyres, taps, beacons.
var notAir = []string{"PLANT", "BBQ", "TIRE", "ENRG", "BCON"}

// Decode implements [Codec].
func (OpenMQTTGateway) Decode(m Message) ([]Report, error) {
	if gateway, ok := strings.CutSuffix(m.Topic, "/LWT"); ok {
		return online(gateway, m.Payload)
	}
	f, err := readFields(m.Payload)
	if err != nil {
		return nil, fmt.Errorf("OpenMQTTGateway: %w", err)
	}
	device := address(m.Rest)
	if device == "" {
		device = address(f.text("id"))
	}
	if device == "" || f.has("encr") && !f.has("batt", "tempc", "hum") {
		return nil, nil
	}
	var s sampler
	if kind := f.text("type"); !slices.Contains(notAir, kind) {
		if f.has("tempc") {
			s.addUnless(127.99, f, "tempc", vitals.RoomTemperature, "")
		} else {
			s.add(f, "tempf", vitals.RoomTemperature, "[degF]")
		}
		s.add(f, "hum", vitals.RoomHumidity, "")
		s.add(f, "pres", vitals.RoomPressure, "")
	}
	s.addUnless(127.5, f, "batt", vitals.DeviceBattery, "")
	s.addUnless(65.535, f, "volt", vitals.BatteryVoltage, "")
	for _, field := range theengsFields {
		s.add(f, field.key, field.metric, "")
	}
	weigh(&s, f)
	return s.report(device, m), nil
}

// theengsFields are the decoder's properties that mean the same whatever the device.
var theengsFields = []struct {
	key    string
	metric vitals.Metric
}{
	{"rssi", vitals.SignalRSSI}, {"lux", vitals.Illuminance}, {"co2", vitals.CO2}, {"pm25", vitals.PM25}, {"pm10", vitals.PM10},
	{"for", vitals.Formaldehyde}, {"tvoc", vitals.VOC}, {"open", vitals.DoorContact}, {"motion", vitals.Motion}, {"move", vitals.Motion},
	{"presence", vitals.Presence}, {"leak", vitals.WaterLeak}, {"water", vitals.WaterLeak}, {"smoke", vitals.Smoke}, {"gas", vitals.GasLeak},
	{"lowbatt", vitals.BatteryLow}, {"steps", vitals.StepCount}, {"act_bpm", vitals.HeartRate}, {"bpm", vitals.HeartRate},
	{"hr", vitals.HeartRate}, {"spo2", vitals.SpO2}, {"sys", vitals.BPSystolic}, {"dia", vitals.BPDiastolic}, {"fall", vitals.FallEvent}, {"sos", vitals.SOSButton},
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
	s.add(f, "weight", vitals.BodyWeight, f.text("unit"))
	s.add(f, "impedance", vitals.BodyImpedance, "")
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
