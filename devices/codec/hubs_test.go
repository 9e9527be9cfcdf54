package codec_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/vitals"
)

// disputed are expectations of the collected samples that we do not share, and why.
var disputed = map[string]string{
	"theengs-TPMS-1 room_pressure": "a tyre's pressure is not the room's",
	"theengs-TPMS-2 room_pressure": "a tyre's pressure is not the room's",
	"z2m-power-1":                  "nothing of it is a metric of ours for zigbee2mqtt",
}

var metricOf = map[string]vitals.Metric{"switch": vitals.Switch, "button": vitals.Button}

// TestPublishedPayloads decodes every sample of the hubs' formats and finds
// what its source says it means.
func TestPublishedPayloads(t *testing.T) {
	router, err := codec.NewRouter(codec.All(), []codec.Binding{
		{Filter: "zigbee2mqtt/#", Codec: "zigbee2mqtt"}, {Filter: "home/#", Codec: "openmqttgateway"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{
		"zigbee2mqtt/zigbee2mqtt", "zigbee2mqtt/zigbee2mqtt-more", "openmqttgateway/openmqttgateway", "openmqttgateway/openmqttgateway-more",
		"theengs/theengs-ble", "theengs/theengs-more", "tasmota/tasmota", "tasmota/tasmota-more",
	} {
		for _, r := range rows(t, "testdata/"+file+".jsonl") {
			t.Run(r.ID, func(t *testing.T) {
				c, filter, rest, ok := router.Route(r.Topic)
				if !ok {
					if r.Expect == "readings" {
						t.Fatalf("no codec for %s", r.Topic)
					}
					return
				}
				reports, err := c.Decode(codec.Message{Topic: r.Topic, Payload: r.bytes(t), Filter: filter, Rest: rest, Retained: r.Retained, Received: ts})
				if err != nil {
					if r.Expect == "readings" {
						t.Fatal(err)
					}
					return
				}
				got := map[vitals.Metric][]float64{}
				for _, report := range reports {
					for _, s := range report.Samples {
						for _, v := range s.Values {
							got[v.Metric] = append(got[v.Metric], v.Number)
						}
					}
				}
				var expected map[string]struct {
					Value any
					Unit  string
				}
				if err := json.Unmarshal(r.Expected, &expected); err != nil {
					t.Fatal(err)
				}
				clinical := 0
				for m := range got {
					if m.Info().Subject != vitals.OfDevice {
						clinical++
					}
				}
				if r.Expect == "no_reading" && clinical > 0 && disputed[r.ID] == "" {
					t.Errorf("there is no reading in it; got %v", got)
				}
				for name, want := range expected {
					if disputed[r.ID+" "+name] != "" {
						continue
					}
					bare, _, _ := strings.Cut(name, "#")
					m, ok := vitals.ParseMetric(bare)
					if !ok {
						m = metricOf[bare]
					}
					v, err := m.Parse(fmt.Sprint(want.Value), "")
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					found := false
					for _, n := range got[m] {
						found = found || math.Abs(n-v.Number) < 1e-3
					}
					if !found {
						t.Errorf("%s: %v, want %v (%s)", name, got[m], want.Value, r.Note)
					}
				}
				for m := range got {
					if m == vitals.RoomTemperature || m == vitals.BodyWeight || m == vitals.DoorContact || m == vitals.SOSButton || m == vitals.Motion || m == vitals.FallEvent || m == vitals.Button {
						found := false
						for name := range expected {
							bare, _, _ := strings.Cut(name, "#")
							found = found || bare == m.String()
						}
						if !found {
							t.Errorf("%s %v, where nobody said so (%s)", m, got[m], r.Note)
						}
					}
				}
			})
		}
	}
}

func decode(t *testing.T, c codec.Codec, filter, rest, topic, payload string, retained bool) []codec.Report {
	t.Helper()
	reports, err := c.Decode(codec.Message{Topic: topic, Payload: []byte(payload), Filter: filter, Rest: rest, Retained: retained, Received: ts})
	if err != nil {
		t.Fatalf("%s %s: %v", topic, payload, err)
	}
	return reports
}

func values(reports []codec.Report) map[string]float64 {
	found := map[string]float64{}
	for _, r := range reports {
		for _, s := range r.Samples {
			for _, v := range s.Values {
				found[v.Metric.String()] = v.Number
			}
		}
	}
	return found
}

func TestZigbee2MQTT(t *testing.T) {
	z := codec.Zigbee2MQTT{}
	for _, tc := range []struct {
		name, rest, payload string
		retained            bool
		device              string
		want                string
	}{
		{"contact false is open", "hall/door", `{"contact":false}`, false, "zigbee2mqtt/hall/door", "map[door_contact:1]"},
		{"an action is an event", "sos", `{"action":"sos"}`, false, "zigbee2mqtt/sos", "map[sos_button:1]"},
		{"of a retained copy the state alone", "sos", `{"action":"sos","battery":80}`, true, "zigbee2mqtt/sos", "map[device_battery:80]"},
		{"a remote", "remote", `{"action":"1_double"}`, false, "zigbee2mqtt/remote", "map[button:2]"},
		{"availability as JSON", "hall/door/availability", `{"state":"offline"}`, false, "zigbee2mqtt/hall/door", "map[online:0]"},
		{"a field on a topic of its own", "hall/door/contact", `true`, false, "zigbee2mqtt/hall/door", "map[door_contact:0]"},
		{"the test button of a smoke alarm", "smoke", `{"smoke":false,"test":true}`, false, "zigbee2mqtt/smoke", "map[smoke:2]"},
		{"a command is none of ours", "lamp/set", `{"state":"ON"}`, false, "", "map[]"},
		{"a room's temperature in Fahrenheit is not guessed", "th", `{"temperature":21,"humidity":40}`, false, "zigbee2mqtt/th", "map[room_humidity:40 room_temperature:21]"},
		{"the unit of its own display is not the message's", "th", `{"temperature":21.5,"humidity":40,"temperature_unit":"fahrenheit"}`, false, "zigbee2mqtt/th", "map[room_humidity:40 room_temperature:21.5]"},
		{"a flower pot", "pot", `{"temperature":19,"soil_moisture":30,"battery":90}`, false, "zigbee2mqtt/pot", "map[device_battery:90]"},
		{"a fall that a radar sees", "radar", `{"presence":true,"fall_down_status":"fall"}`, false, "zigbee2mqtt/radar", "map[fall_event:1 presence:1]"},
		{"a fall that it is not sure of", "radar", `{"presence":true,"fall_down_status":"maybe_fall"}`, false, "zigbee2mqtt/radar", "map[presence:1]"},
		{"a fall alarm", "radar", `{"occupancy":true,"fall_status":"fall_alarm"}`, false, "zigbee2mqtt/radar", "map[fall_event:1 motion:1]"},
		{"a fall that was kept", "radar", `{"presence":true,"fall_down_status":"fall"}`, true, "zigbee2mqtt/radar", "map[presence:1]"},
		{"a radar over the bed", "radar", `{"status":"on_the_bed"}`, false, "zigbee2mqtt/radar", "map[bed_presence:1 fall_event:0 presence:1]"},
		{"a radar over the floor", "radar", `{"status":"falling"}`, false, "zigbee2mqtt/radar", "map[fall_event:1 presence:1]"},
		{"the button after the press", "remote", `{"action":"double_left"}`, false, "zigbee2mqtt/remote", "map[button:2]"},
		{"a scene's number is no press", "remote", `{"action":"scene_2","battery":80}`, false, "zigbee2mqtt/remote", "map[device_battery:80]"},
		{"an emergency as a field", "key", `{"emergency":true}`, false, "zigbee2mqtt/key", "map[sos_button:1]"},
		{"a button that was let go", "key", `{"sos":false,"battery":80}`, false, "zigbee2mqtt/key", "map[device_battery:80 sos_button:0]"},
		{"last seen is not when it was measured", "th", `{"temperature":21,"last_seen":1700000000000}`, false, "zigbee2mqtt/th", "map[room_temperature:21]"},
	} {
		reports := decode(t, z, "zigbee2mqtt/#", tc.rest, "zigbee2mqtt/"+tc.rest, tc.payload, tc.retained)
		if got := fmt.Sprint(values(reports)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		for _, r := range reports {
			if r.Device != tc.device || r.Samples[0].At != 0 {
				t.Errorf("%s: device %q at %d", tc.name, r.Device, r.Samples[0].At)
			}
		}
	}
	if _, err := z.Decode(codec.Message{Topic: "zigbee2mqtt/x", Rest: "x", Payload: []byte("nonsense")}); err == nil {
		t.Error("nonsense is taken")
	}
}

func TestOpenMQTTGateway(t *testing.T) {
	o := codec.OpenMQTTGateway{}
	for _, tc := range []struct{ name, payload, want string }{
		{"jin", `{"weight":140,"unit":"jin","weighing_mode":"person"}`, "map[body_weight:70]"},
		{"a thing on the scale", `{"weight":7,"unit":"kg","weighing_mode":"object"}`, "map[]"},
		{"still swinging", `{"weight":70,"stabilized":false}`, "map[]"},
		{"sentinels", `{"tempc":127.99,"batt":127.5,"volt":65.535,"hum":50}`, "map[room_humidity:50]"},
		{"Fahrenheit alone", `{"tempf":68}`, "map[room_temperature:20]"},
		{"a pot", `{"type":"PLANT","tempc":12,"hum":90,"batt":50}`, "map[device_battery:50]"},
		{"encrypted", `{"encr":2,"cipher":"00","rssi":-50}`, "map[]"},
		{"text for numbers", `{"tempc":"19.2","hum":"52.6"}`, "map[room_humidity:52.6 room_temperature:19.2]"},
	} {
		reports := decode(t, o, "+/+/BTtoMQTT/#", "AABBCCDDEEFF", "home/gw/BTtoMQTT/AABBCCDDEEFF", tc.payload, false)
		if got := fmt.Sprint(values(reports)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		for _, r := range reports {
			if r.Device != "aabbccddeeff" {
				t.Errorf("%s: device %q", tc.name, r.Device)
			}
		}
	}
	for topic, payload := range map[string]string{
		"home/gw/LWT": "", "home/gw/version": "1.8.1", "home/gw/SYStoMQTT": `{"rssi":-60}`, "home/gw/BTtoMQTT": `{"interval":5000}`, "home/gw/BTtoMQTT/AABBCCDDEEFF": "",
	} {
		if r := decode(t, o, "home/#", "", topic, payload, false); len(r) != 0 {
			t.Errorf("%s is the gateway's own affair: %+v", topic, r)
		}
	}
	if r := decode(t, o, "home/#", "floor/gw/BTtoMQTT/AABBCCDDEEFF", "home/floor/gw/BTtoMQTT/AABBCCDDEEFF", `{"lux":"253"}`, false); len(r) != 1 || r[0].Device != "aabbccddeeff" {
		t.Errorf("a binding of the whole base: %+v", r)
	}
	if r := decode(t, o, "+/+/LWT", "", "home/gw/LWT", "offline", true); len(r) != 1 || r[0].Device != "home/gw" {
		t.Errorf("the gateway's will: %+v", r)
	}
}

func TestTasmota(t *testing.T) {
	ta := codec.Tasmota{}
	for _, tc := range []struct{ name, topic, payload, want string }{
		{"Fahrenheit", "tele/t1/SENSOR", `{"AM2301":{"Temperature":68,"Humidity":40},"TempUnit":"F"}`, "t1[room_humidity:40 room_temperature:20]"},
		{"two of a kind", "tele/t1/SENSOR", `{"DS18B20-1":{"Id":"0","Temperature":20},"DS18B20-2":{"Id":"1","Temperature":21},"TempUnit":"C"}`, "t1[room_temperature:20] t1/DS18B20-2[room_temperature:21]"},
		{"a failed sensor", "tele/t1/SENSOR", `{"AM2301":{"Temperature":null,"Humidity":null}}`, ""},
		{"an answer on demand", "stat/t1/STATUS8", `{"StatusSNS":{"Time":"2026-11-23T12:00:00","BH1750":{"Illuminance":300}}}`, "t1[illuminance:300]"},
		{"energy", "tele/plug/SENSOR", `{"ENERGY":{"Total":1.5,"Power":2000,"Voltage":230,"Current":8.7,"ApparentPower":2001}}`, "plug[current:8.7 energy:1.5 power:2000 voltage:230]"},
		{"signal of the WLAN", "tele/t1/STATE", `{"Wifi":{"RSSI":100,"Signal":-48}}`, "t1[signal_rssi:-48]"},
		{"a power command", "stat/t1/POWER", "ON", ""},
		{"the second stays the second when the first fails", "tele/t1/SENSOR", `{"DS18B20-1":{"Id":"0","Temperature":null},"DS18B20-2":{"Id":"1","Temperature":21}}`, "t1/DS18B20-2[room_temperature:21]"},
		{"the prefix behind", "house/t1/tele/SENSOR", `{"DHT11":{"Temperature":20}}`, "house/t1[room_temperature:20]"},
		{"everything on demand", "stat/t1/STATUS0", `{"Status":{"Module":1},"StatusSNS":{"BH1750":{"Illuminance":300}}}`, "t1[illuminance:300]"},
		{"a detached button", "stat/t1/RESULT", `{"Button1":{"Action":"SINGLE"}}`, "t1[button:1]"},
		{"the second of them", "stat/t1/RESULT", `{"Button2":{"Action":"HOLD"}}`, "t1/Button2[button:4]"},
		{"a detached switch", "stat/t1/RESULT", `{"Switch1":{"Action":"ON"}}`, "t1[switch:1]"},
		{"an answer to a command", "stat/t1/RESULT", `{"POWER":"ON"}`, ""},
		{"a kept copy that is cleared", "tele/t1/LWT", "", ""},
		{"a personal alarm", "tele/zb/SENSOR", `{"ZbReceived":{"0x1":{"Device":"0x1","Name":"pendant","Personal":1,"BatteryPercentage":70}}}`, "zb/pendant[device_battery:70 sos_button:1]"},
		{"a panic button", "tele/zb/SENSOR", `{"ZbReceived":{"0x2":{"Panic":1}}}`, "zb/0x2[sos_button:1]"},
		{"a door sensor's own chip", "tele/zb/SENSOR", `{"ZbReceived":{"0x3":{"Contact":1,"Temperature":28}}}`, "zb/0x3[device_temperature:28 door_contact:1]"},
		{"a beacon that is gone", "tele/b/SENSOR", `{"IBEACON_DEAABC788BC1":{"RSSI":-0}}`, "b/deaabc788bc1[presence:0]"},
		{"motion by Bluetooth", "tele/t1/SENSOR", `{"MJYD2S-1a2b3c":{"PIR":1,"Illuminance":7}}`, "t1/MJYD2S-1a2b3c[illuminance:7 motion:1]"},
		{"a longer topic", "tele/house/t1/SENSOR", `{"DHT11":{"Temperature":20}}`, "house/t1[room_temperature:20]"},
		{"pressure in inches", "tele/t1/SENSOR", `{"BME280":{"Pressure":30},"PressureUnit":"inHg"}`, "t1[room_pressure:1015.917]"},
	} {
		var got []string
		for _, r := range decode(t, ta, "tele/+/#", "", tc.topic, tc.payload, false) {
			got = append(got, r.Device+strings.TrimPrefix(fmt.Sprint(values([]codec.Report{r})), "map"))
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, s, tc.want)
		}
	}
	r := decode(t, ta, "tele/+/#", "", "tele/t1/SENSOR", `{"Time":"2026-11-23T20:00:00+08:00","DHT11":{"Temperature":20}}`, false)
	if r[0].Samples[0].At != ts {
		t.Errorf("a time with a zone counts: %d", r[0].Samples[0].At)
	}
}

// A message that is longer than any of a device takes no memory.
func TestHubsRefuseLongPayloads(t *testing.T) {
	long := []byte(`{"a":"` + strings.Repeat("x", 1<<18) + `"}`)
	for topic, c := range map[string]codec.Codec{
		"zigbee2mqtt/x": codec.Zigbee2MQTT{}, "home/gw/BTtoMQTT/AABBCCDDEEFF": codec.OpenMQTTGateway{}, "tele/t1/SENSOR": codec.Tasmota{},
	} {
		if _, err := c.Decode(codec.Message{Topic: topic, Rest: "x", Payload: long}); err == nil {
			t.Errorf("%s: taken", c.Name())
		}
	}
}

func fuzzHub(f *testing.F, c codec.Codec, topic, rest string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s), rest)
	}
	f.Fuzz(func(t *testing.T, payload []byte, rest string) {
		for _, retained := range []bool{false, true} {
			reports, err := c.Decode(codec.Message{Topic: topic + rest, Rest: rest, Payload: payload, Retained: retained, Received: ts})
			if err != nil {
				return
			}
			for _, r := range reports {
				for _, s := range r.Samples {
					for _, v := range s.Values {
						if math.IsNaN(v.Number) || math.IsInf(v.Number, 0) || v.Metric == 0 {
							t.Fatalf("%+v", v)
						}
						if retained && v.Metric.Info().Kind == vitals.Event {
							t.Fatalf("a retained copy tells of an event: %s", v.Metric)
						}
					}
				}
			}
		}
	})
}

func FuzzZigbee2MQTT(f *testing.F) {
	fuzzHub(f, codec.Zigbee2MQTT{}, "zigbee2mqtt/", "x", `{"action":"sos","contact":false,"temperature":21}`, "online", "true")
}

func FuzzOpenMQTTGateway(f *testing.F) {
	fuzzHub(f, codec.OpenMQTTGateway{}, "home/gw/BTtoMQTT/", "AABBCCDDEEFF", `{"weight":70,"servicedata":"22","servicedatauuid":"181d"}`)
}

func FuzzTasmota(f *testing.F) {
	fuzzHub(f, codec.Tasmota{}, "tele/t1/", "SENSOR", `{"ZbReceived":{"x":{"Power":2,"Group":1}}}`, `{"IBEACON":{"STATE":"ON"}}`)
}
