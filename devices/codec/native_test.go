package codec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/vitals"
)

const ts = int64(1_795_435_200_000)

func native(payload string) ([]codec.Report, error) {
	return codec.Native{}.Decode(codec.Message{Topic: "anxin/v1/devices/band-1/readings", Payload: []byte(payload), Received: ts})
}

func TestNative(t *testing.T) {
	type values map[vitals.Metric]float64
	for _, tc := range []struct {
		name, payload string
		at            []int64
		want          []values
		passed        int
	}{
		{"the contract's example", `{"ts": 1795435200000, "heart_rate": 72, "spo2": 97, "units": {"body_temperature": "[degF]"}, "body_temperature": 98.6}`,
			[]int64{ts}, []values{{vitals.HeartRate: 72, vitals.SpO2: 97, vitals.BodyTemperature: 37}}, 0},
		{"units after the value", `{"body_temperature": 100.4, "units": {"body_temperature": "[degF]"}}`, []int64{0}, []values{{vitals.BodyTemperature: 38.00000000000001}}, 0},
		{"RFC 3339", `{"ts":"2026-11-23T20:00:00+08:00","heart_rate":72}`, []int64{ts}, []values{{vitals.HeartRate: 72}}, 0},
		{"RFC 3339 with a space, in lower case", `{"ts":"2026-11-23 12:00:00z","heart_rate":72}`, []int64{ts}, []values{{vitals.HeartRate: 72}}, 0},
		{"an empty time", `{"ts":"","heart_rate":72}`, []int64{0}, []values{{vitals.HeartRate: 72}}, 1},
		{"nanoseconds", `{"ts":1795435200000000000,"heart_rate":72}`, []int64{0}, []values{{vitals.HeartRate: 72}}, 1},
		{"the last of three, in another unit", `{"body_weight":1,"body_weight":2,"body_weight":140,"units":{"body_weight":"jin"}}`, []int64{0}, []values{{vitals.BodyWeight: 70}}, 0},
		{"milliseconds as text", `{"ts":"1795435200000","heart_rate":72}`, []int64{ts}, []values{{vitals.HeartRate: 72}}, 0},
		{"seconds", `{"ts":1795435200,"heart_rate":72}`, []int64{ts}, []values{{vitals.HeartRate: 72}}, 0},
		{"a clock of 1970", `{"ts":5000,"heart_rate":72}`, []int64{5000}, []values{{vitals.HeartRate: 72}}, 0},
		{"no time", `{"heart_rate":72}`, []int64{0}, []values{{vitals.HeartRate: 72}}, 0},
		{"null time", `{"ts":null,"heart_rate":72}`, []int64{0}, []values{{vitals.HeartRate: 72}}, 0},
		{"a time without a zone is none", `{"ts":"2026-11-23T20:00:00","heart_rate":72}`, []int64{0}, []values{{vitals.HeartRate: 72}}, 1},
		{"an array", `[{"ts":1795435200000,"heart_rate":72},{"ts":1795435260000,"heart_rate":73}]`,
			[]int64{ts, ts + 60_000}, []values{{vitals.HeartRate: 72}, {vitals.HeartRate: 73}}, 0},
		{"a bad element spoils nothing", `[{"heart_rate":72},5,{"heart_rate":"?"},[{"heart_rate":1}]]`, []int64{0}, []values{{vitals.HeartRate: 72}}, 3},
		{"numbers as text", `{"heart_rate":"72","body_temperature":" 36.6 "}`, []int64{0}, []values{{vitals.HeartRate: 72, vitals.BodyTemperature: 36.6}}, 0},
		{"words and booleans", `{"door_contact":"open","smoke":false,"fall_event":true,"motion":1}`, []int64{0},
			[]values{{vitals.DoorContact: 1, vitals.Smoke: 0, vitals.FallEvent: 1, vitals.Motion: 1}}, 0},
		{"nothing usable in a field", `{"heart_rate":null,"spo2":"","body_weight":"NaN","bp_mean":true,"pain_score":{},"inr":[1],"hart_rate":72,"body_temperature":36.6}`,
			[]int64{0}, []values{{vitals.BodyTemperature: 36.6}}, 7},
		{"a wrong unit", `{"heart_rate":72,"body_weight":70,"units":{"body_weight":"mmHg"}}`, []int64{0}, []values{{vitals.HeartRate: 72}}, 1},
		{"a key twice: the last counts", `{"heart_rate":72,"heart_rate":73}`, []int64{0}, []values{{vitals.HeartRate: 73}}, 0},
		{"escapes", "{\"heart\\u005frate\":72,\"spo2\":\"\\u0039\\u0037\"}", []int64{0}, []values{{vitals.HeartRate: 72, vitals.SpO2: 97}}, 0},
		{"a meter's limit", `{"glucose_random":"HI"}`, []int64{0}, []values{{vitals.GlucoseRandom: 33.3}}, 0},
		{"a blood pressure is one sample", `{"bp_systolic":16,"bp_diastolic":10.5,"units":{"bp_systolic":"kPa","bp_diastolic":"kPa"}}`, []int64{0},
			[]values{{vitals.BPSystolic: 16 * 7.500637554192107, vitals.BPDiastolic: 10.5 * 7.500637554192107}}, 0},
	} {
		reports, err := native(tc.payload)
		if err != nil || len(reports) != 1 {
			t.Errorf("%s: %d reports, %v", tc.name, len(reports), err)
			continue
		}
		r := reports[0]
		if r.Device != "band-1" || len(r.Samples) != len(tc.want) || len(r.Passed) != tc.passed {
			t.Errorf("%s: device %q, %d samples, passed %q; want %d samples, %d passed", tc.name, r.Device, len(r.Samples), r.Passed, len(tc.want), tc.passed)
			continue
		}
		for i, s := range r.Samples {
			got := values{}
			for _, v := range s.Values {
				got[v.Metric] = v.Number
			}
			for m, want := range tc.want[i] {
				if math.Abs(got[m]-want) > 1e-9 {
					t.Errorf("%s: %s is %v, want %v", tc.name, m, got[m], want)
				}
			}
			if len(got) != len(tc.want[i]) || s.At != tc.at[i] {
				t.Errorf("%s: %v at %d, want %v at %d", tc.name, got, s.At, tc.want[i], tc.at[i])
			}
		}
	}
}

func TestNativeRefuses(t *testing.T) {
	for _, payload := range []string{
		"", " ", "null", "72", `"heart_rate"`, "[]", "{}", "[[]]", "nonsense", `{"heart_rate":NaN}`, `{"heart_rate":Infinity}`,
		`{"heart_rate":72`, `{"heart_rate":72}}`, `{"heart_rate":72} {}`, `{heart_rate:72}`, `{"heart_rate":072}`, `{"heart_rate":+72}`, `{"heart_rate":.5}`,
		`{"heart_rate":5.}`, `{"heart_rate":1e}`, `{"heart_rate":1e999}`, `{"heart_rate":72,}`, "{\"heart_rate\":\"7\n2\"}", `{"heart_rate":"\x"}`,
		`{"hart_rate":72}`, `{"heart_rate":null}`, `{"ts":1795435200000}`, `{"heart_rate":"abc"}`,
		strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000), "\x00", "\xff\xfe", `[{"heart_rate":72},`,
	} {
		if reports, err := native(payload); err == nil {
			t.Errorf("%.60q is taken as %+v", payload, reports)
		}
	}
	_, err := native(`{"heart_rate": 72, "spo2": x}`)
	var syntax *codec.SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset != 27 {
		t.Errorf("the error says where: %v", err)
	}
}

func TestNativeArrayOfStoredReadings(t *testing.T) {
	var b strings.Builder
	const many = 200_000
	for i := range many {
		fmt.Fprintf(&b, `,{"ts":%d,"heart_rate":%d}`, ts+int64(i), i%100+50)
	}
	reports, err := native("[" + b.String()[1:] + "]")
	if err != nil || len(reports[0].Samples) != many {
		t.Fatalf("%v", err)
	}
	for i, s := range reports[0].Samples {
		if s.At != ts+int64(i) || s.Values[0].Number != float64(i%100+50) {
			t.Fatalf("sample %d: %+v", i, s)
		}
	}
}

func TestPassedIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, `,"x%d":1`, i)
	}
	reports, err := native(`{"heart_rate":72` + b.String() + "}")
	if err != nil || len(reports[0].Passed) != 33 || !strings.Contains(reports[0].Passed[32], "9968 more") {
		t.Errorf("%v, %d passed", err, len(reports[0].Passed))
	}
}

// What is told of a message is no longer than a person reads, however long the
// sender's words are.
func TestPassedIsShort(t *testing.T) {
	long := strings.Repeat("é", 1<<16)
	reports, err := native(`{"spo2":97,"heart_rate":72,"body_weight":"` + long + `","` + long + `":1,"units":{"heart_rate":"` + long + `","` + long + `":"kg"},"ts":"` + long + `"}`)
	if err != nil || len(reports[0].Passed) != 4 {
		t.Fatalf("%v, %+v", err, reports)
	}
	for _, reason := range reports[0].Passed {
		if len(reason) > 400 || !utf8.ValidString(reason) {
			t.Errorf("%d bytes: %q", len(reason), reason)
		}
	}
}

// What encoding/json refuses we refuse, and what both read is the same.
func FuzzNative(f *testing.F) {
	for _, s := range []string{`{"ts":1,"heart_rate":72}`, `[{"spo2":"97"},{}]`, `{"heart_rate":-0.5e-3,"units":{"heart_rate":"Hz"}}`, "{\"\\ud83d\\ude00\":1,\"spo2\":95}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		reports, err := native(string(payload))
		if err != nil {
			return
		}
		var whole any
		if jsonErr := json.Unmarshal(payload, &whole); jsonErr != nil {
			t.Fatalf("taken, though it is no JSON: %v", jsonErr)
		}
		for _, r := range reports {
			for _, s := range r.Samples {
				for _, v := range s.Values {
					if math.IsNaN(v.Number) || math.IsInf(v.Number, 0) || v.Metric == 0 {
						t.Fatalf("value %+v", v)
					}
				}
			}
		}
		if object, ok := whole.(map[string]any); ok && object["units"] == nil && len(reports[0].Samples) == 1 {
			for _, v := range reports[0].Samples[0].Values {
				if n, ok := object[v.Metric.String()].(float64); ok && n != v.Number {
					t.Fatalf("%s is %v, encoding/json reads %v", v.Metric, v.Number, n)
				}
			}
		}
	})
}

func TestStatus(t *testing.T) {
	status := func(payload string) ([]codec.Report, error) {
		return codec.Status{}.Decode(codec.Message{Topic: "anxin/v1/devices/band-1/status", Payload: []byte(payload), Retained: true})
	}
	for payload, want := range map[string]map[vitals.Metric]float64{
		"online": {vitals.Online: 1}, "OFFLINE": {vitals.Online: 0}, ` "offline" `: {vitals.Online: 0}, "true": {vitals.Online: 1},
		`{"battery": 80, "rssi": -61, "firmware": "1.2"}`: {vitals.DeviceBattery: 80, vitals.SignalRSSI: -61},
		`{"state":"online","battery":"55"}`:               {vitals.Online: 1, vitals.DeviceBattery: 55},
		`{"online":false,"other":[1,2]}`:                  {vitals.Online: 0},
	} {
		reports, err := status(payload)
		if err != nil {
			t.Errorf("%s: %v", payload, err)
			continue
		}
		got := map[vitals.Metric]float64{}
		for _, v := range reports[0].Samples[0].Values {
			got[v.Metric] = v.Number
		}
		if !reflect.DeepEqual(got, want) || strings.Contains(payload, "firmware") != (reports[0].Firmware == "1.2") {
			t.Errorf("%s: %v, firmware %q", payload, got, reports[0].Firmware)
		}
	}
	for _, payload := range []string{"", "maybe", "{}", "[]", `{"battery":"full"}`, `{"battery":80`} {
		if reports, err := status(payload); err == nil {
			t.Errorf("%q is taken as %+v", payload, reports)
		}
	}
}

func FuzzStatus(f *testing.F) {
	f.Add([]byte(`{"battery":80}`))
	f.Fuzz(func(_ *testing.T, payload []byte) {
		_, _ = codec.Status{}.Decode(codec.Message{Topic: "anxin/v1/devices/x/status", Payload: payload})
	})
}

func BenchmarkNative(b *testing.B) {
	payload := []byte(`{"ts":1795435200000,"heart_rate":72,"spo2":97,"respiratory_rate":16,"body_temperature":36.6,"step_count":12}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (codec.Native{}).Decode(codec.Message{Topic: "anxin/v1/devices/band-1/readings", Payload: payload}); err != nil {
			b.Fatal(err)
		}
	}
}
