package codec_test

import (
	"strings"
	"testing"

	"github.com/anxin-care/anxin/devices/codec"
)

func TestRoute(t *testing.T) {
	router, err := codec.NewRouter(codec.All(), []codec.Binding{{Filter: "homes/+/zigbee2mqtt/#", Codec: "zigbee2mqtt"}, {Filter: "tele/zb/#", Codec: "zigbee2mqtt"}})
	if err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]string{
		"anxin/v1/devices/band-1/readings": "native anxin/v1/devices/+/readings ",
		"anxin/v1/devices/band-1/status":   "status anxin/v1/devices/+/status ",
		"anxin/v1/devices/band-1/senml":    "senml anxin/v1/devices/+/senml ",
		"zigbee2mqtt/hall/door":            "zigbee2mqtt zigbee2mqtt/# hall/door",
		"zigbee2mqtt":                      "zigbee2mqtt zigbee2mqtt/# ",
		"homes/5-2/zigbee2mqtt/door":       "zigbee2mqtt homes/+/zigbee2mqtt/# door",
		"home/gw/BTtoMQTT/AABB":            "openmqttgateway +/+/BTtoMQTT/# AABB",
		"home/gw/LWT":                      "openmqttgateway +/+/LWT ",
		"tele/t1/LWT":                      "tasmota tele/+/# LWT",
		"tele/zb/x":                        "zigbee2mqtt tele/zb/# x",
		"anxin/v1/devices//readings":       "", "anxin/v1/devices/band-1": "", "anxin/v1/devices/band-1/commands": "",
		"nothing/of/ours": "", "$SYS/x/LWT": "", "": "",
	} {
		c, filter, rest, ok := router.Route(topic)
		got := ""
		if ok {
			got = c.Name() + " " + filter + " " + rest
		}
		if got != want {
			t.Errorf("%s: %q, want %q", topic, got, want)
		}
	}
	for _, b := range []codec.Binding{{"a/#/b", "native"}, {"a+/b", "native"}, {"", "native"}, {"a/#", "zigbee"}} {
		if _, err := codec.NewRouter(codec.All(), []codec.Binding{b}); err == nil || b.Codec == "zigbee" && !strings.Contains(err.Error(), "zigbee2mqtt") {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

// naive matches as the specification is written, level by level.
func naive(filter, topic []string) bool {
	switch {
	case len(filter) == 1 && filter[0] == "#":
		return true
	case len(filter) == 0 || len(topic) == 0:
		return len(filter) == len(topic)
	case filter[0] != "+" && filter[0] != topic[0]:
		return false
	case len(topic) == 1 && len(filter) == 2 && filter[1] == "#":
		return true
	}
	return naive(filter[1:], topic[1:])
}

func FuzzRoute(f *testing.F) {
	for _, s := range [][2]string{{"a/+/#", "a/b/c"}, {"a/#", "a"}, {"+/+", "/"}, {"#", "a"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, filter, topic string) {
		if strings.HasPrefix(topic, "$") || topic == "" || strings.HasPrefix(filter, "anxin/") {
			return
		}
		router, err := codec.NewRouter([]codec.Codec{only{codec.Tasmota{}, filter}}, nil)
		if err != nil {
			return
		}
		_, _, _, got := router.Route(topic)
		if want := naive(strings.Split(filter, "/"), strings.Split(topic, "/")); got != want {
			t.Errorf("%q matches %q: %v, want %v", filter, topic, got, want)
		}
	})
}

// only is a codec with one filter of a test's choice.
type only struct {
	codec.Tasmota
	filter string
}

func (o only) Filters() []string { return []string{o.filter} }

func BenchmarkRoute(b *testing.B) {
	router, err := codec.NewRouter(codec.All(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		router.Route("anxin/v1/devices/band-1/readings")
	}
}
