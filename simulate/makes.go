package simulate

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// player plays one device: it remembers what the device said last.
type player struct {
	device *Device
	person *Person
	seed   uint64
	last   string
	said   time.Time
}

func newPlayer(d *Device, p *Person) *player {
	return &player{device: d, person: p, seed: stream(p.Seed, d.ID)}
}

// messages are what the device publishes at the time.
func (p *player) messages(t time.Time) []Message { return p.messagesOf(p.person.At(t), t) }

// messagesOf are those of a person whose state at the time is known.
func (p *player) messagesOf(s State, t time.Time) []Message {
	if s.Silent {
		return nil
	}
	switch p.device.Make {
	case Bracelet, Cuff, Thermometer:
		interval := min(t.Sub(p.said), cadence[p.device.Make])
		p.said = t
		return []Message{p.native([]map[string]any{p.reading(s, t, interval)})}
	case GlucosePatch:
		return []Message{p.senmlJSON(s, t)}
	case AirMonitor:
		return []Message{p.senmlCBOR(s, t)}
	case Hygrometer, Scale:
		return []Message{p.bluetooth(s, t)}
	case Plug:
		return p.tasmota(s, t)
	case Hub:
		return nil
	}
	return p.zigbee(s, t)
}

func round(n float64, decimals int) float64 {
	scale := math.Pow(10, float64(decimals))
	return math.Round(n*scale) / scale
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of plain values
	}
	return b
}

// battery falls from full to empty in a month.
func (p *player) battery(t time.Time) int {
	life := 30 * 24 * time.Hour
	offset := time.Duration(chance(p.seed, time.Time{}, time.Hour) * float64(life))
	left := 1 - float64((t.Sub(time.Unix(0, 0))+offset)%life)/float64(life)
	return int(20 + left*80)
}

func (p *player) topic(last string) string { return "anxin/v1/devices/" + p.device.ID + "/" + last }

// reading is an object of Anxin's own format. Steps are those of the interval.
func (p *player) reading(s State, t time.Time, interval time.Duration) map[string]any {
	r := map[string]any{"ts": t.UnixMilli()}
	switch p.device.Make {
	case Bracelet:
		r["heart_rate"], r["spo2"], r["respiratory_rate"] = math.Round(s.HeartRate), math.Round(s.SpO2), math.Round(s.RespiratoryRate)
		r["step_count"] = p.person.Steps(t, interval)
		if s.Fallen {
			r["fall_event"] = true
		}
		if t.Unix()/60%10 == 0 {
			r["device_battery"] = p.battery(t)
		}
	case Cuff:
		r["bp_systolic"], r["bp_diastolic"], r["heart_rate"] = math.Round(s.Systolic), math.Round(s.Diastolic), math.Round(s.HeartRate)
	case Thermometer:
		r["body_temperature"] = round(s.Temperature*1.8+32, 1)
		r["units"] = map[string]string{"body_temperature": "[degF]"}
	}
	return r
}

// native sends stored readings in one array, and one alone as an object.
func (p *player) native(readings []map[string]any) Message {
	if len(readings) == 1 {
		return Message{Topic: p.topic("readings"), Payload: encode(readings[0])}
	}
	return Message{Topic: p.topic("readings"), Payload: encode(readings)}
}

func (p *player) senmlJSON(s State, t time.Time) Message {
	return Message{Topic: p.topic("senml"), Payload: encode([]map[string]any{
		{"bn": "urn:dev:ow:" + p.device.ID + ":", "bt": t.Unix(), "n": "glucose_cgm", "u": "mmol/L", "v": round(s.Glucose, 1)},
		{"n": "battery", "u": "%", "v": p.battery(t)},
	})}
}

// senmlCBOR is the same with the labels of RFC 8428, section 6.
func (p *player) senmlCBOR(s State, t time.Time) Message {
	payload, err := cbor.Marshal([]map[int]any{
		{-2: "urn:dev:ow:" + p.device.ID + ":", -3: t.Unix(), 0: "co2", 1: "ppm", 2: math.Round(p.air(s, t))},
		{0: "temperature", 1: "Cel", 2: round(p.warmth(t), 1)},
	})
	if err != nil {
		panic(err) // plain values
	}
	return Message{Topic: p.topic("senml"), Payload: payload}
}

// warmth of the room, in Cel; air is its CO2, in parts per million.
func (p *player) warmth(t time.Time) float64 {
	return 21.5 + 1.5*noise(p.seed, t, 6*time.Hour) + 0.4*noise(p.seed+1, t, 25*time.Minute)
}

func (p *player) air(s State, t time.Time) float64 {
	co2 := 640 + 160*noise(p.seed+2, t, 90*time.Minute)
	if s.Room != Outside {
		co2 += 180
	}
	return co2
}

// zigbee is what zigbee2mqtt publishes: all that it knows of the device,
// whenever something changes.
func (p *player) zigbee(s State, t time.Time) []Message {
	v := map[string]any{"battery": p.battery(t), "linkquality": 60 + int(60*chance(p.seed, t, time.Minute)), "voltage": 2900 + p.battery(t)}
	here := s.Room == p.device.Room
	change, again := "", 50*time.Minute
	switch p.device.Make {
	case Motion:
		moving := here && !s.Asleep && !s.Fallen && s.Activity > 0.05
		v["occupancy"], v["illuminance"] = moving, int(120+80*noise(p.seed, t, time.Hour))
		change = fmt.Sprint(moving)
	case Contact:
		// Open for a moment when somebody comes or goes.
		open := s.Room == Outside && p.last != "" && !strings.HasSuffix(p.last, "out")
		v["contact"] = !open
		change = fmt.Sprint(open, map[bool]string{true: " out", false: " in"}[s.Room == Outside])
	case SmokeAlarm:
		v["smoke"], v["tamper"] = false, false
	case LeakSensor:
		v["water_leak"] = false
	case SOSButton:
		v["action"] = nil
		if s.Pressed {
			v["action"] = "emergency"
		}
		change = fmt.Sprint(s.Pressed)
	case BedSensor:
		turning := s.InBed && chance(p.seed, t, 30*time.Second) < 0.08
		v["vibration"], v["device_temperature"] = turning, 24
		change = fmt.Sprint(turning)
	}
	if change == p.last && t.Sub(p.said) < again {
		return nil
	}
	p.last, p.said = change, t
	return []Message{{Topic: p.device.External, Payload: encode(v)}}
}

// bluetooth is what OpenMQTTGateway publishes of an advertisement it heard.
func (p *player) bluetooth(s State, t time.Time) Message {
	v := map[string]any{"id": spelled(p.device.External), "rssi": -60 - int(20*chance(p.seed, t, time.Minute))}
	if p.device.Make == Scale {
		v["brand"], v["model"], v["model_id"], v["type"] = "Xiaomi", "Mi Smart Scale", "XMTZC01HM/XMTZC04HM", "SCALE"
		v["weighing_mode"], v["unit"], v["weight"] = "person", "jin", round(s.Weight*2, 1)
	} else {
		warmth := p.warmth(t)
		v["brand"], v["model"], v["model_id"], v["type"] = "Xiaomi", "Mi Jia round", "LYWSDCGQ", "THB"
		v["tempc"], v["tempf"], v["hum"], v["batt"] = round(warmth, 1), round(warmth*1.8+32, 1), round(48+8*noise(p.seed+3, t, 3*time.Hour), 1), p.battery(t)
	}
	return Message{Topic: "home/" + p.device.Behind + "/BTtoMQTT/" + strings.ToUpper(p.device.External), Payload: encode(v)}
}

// spelled is a Bluetooth address with its colons.
func spelled(address string) string {
	var parts []string
	for i := 0; i+2 <= len(address); i += 2 {
		parts = append(parts, strings.ToUpper(address[i:i+2]))
	}
	return strings.Join(parts, ":")
}

// tasmota is a plug with the kettle on it.
func (p *player) tasmota(s State, t time.Time) []Message {
	power := 0.0
	if s.Room == Kitchen && chance(p.seed, t, 4*time.Minute) < 0.3 {
		power = 1850 + 40*noise(p.seed, t, time.Minute)
	}
	total := float64(t.Unix()-1_700_000_000) / 86400 * 0.4
	return []Message{{Topic: "tele/" + p.device.ID + "/SENSOR", Payload: encode(map[string]any{
		"Time": t.UTC().Format("2006-01-02T15:04:05"),
		"ENERGY": map[string]any{
			"TotalStartTime": "2026-01-01T00:00:00", "Total": round(total, 3), "Power": math.Round(power),
			"ApparentPower": math.Round(power * 1.02), "Voltage": 228 + int(4*noise(p.seed, t, time.Minute)), "Current": round(power/229, 3),
		},
	})}}
}
