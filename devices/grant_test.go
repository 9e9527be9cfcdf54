package devices_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store/storetest"
)

func TestSignIn(t *testing.T) {
	eachWorld(t, func(w *world) {
		first, second := w.add(devices.Device{ID: "band-1"}), w.add(devices.Device{ID: "band-2"})
		w.add(devices.Device{ID: "quiet", Codec: "theengs", External: "a4c138"})
		if len(first) != 32 || strings.Trim(first, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			w.Errorf("the secret %q is not 32 digits of base32", first)
		}
		if got, err := w.registry.Authenticate("band-1", first); err != nil || got.Device() != "band-1" {
			w.Errorf("%v, %v", got, err)
		}
		renewed, err := w.registry.RotateCredential(w.Context(), "band-2")
		w.must(err)
		if _, err := w.registry.Authenticate("band-2", renewed); err != nil {
			w.Errorf("the new secret: %v", err)
		}
		for _, c := range []struct{ login, password string }{
			{"band-1", second}, {"band-1", ""}, {"band-1", first + "x"}, {"band-1", strings.ToUpper(first)},
			{"band-2", second}, {"ghost", first}, {"", ""}, {"quiet", ""}, {"BAND-1", first},
		} {
			if grant, err := w.registry.Authenticate(c.login, c.password); !errors.Is(err, devices.ErrRefused) || grant.MayPublish("x") {
				w.Errorf("%q with %q: %v, %v", c.login, c.password, grant, err)
			}
		}
		var kept int
		w.must(w.db.NewRaw("SELECT count(*) FROM credentials WHERE hash LIKE ? OR salt LIKE ?", "%"+first+"%", "%"+first+"%").Scan(w.Context(), &kept))
		if kept != 0 {
			w.Error("the secret itself is kept")
		}
	})
}

func TestGrants(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	grant := func(d devices.Device) devices.Grant {
		g, err := w.registry.Authenticate(d.ID, w.add(d))
		w.must(err)
		return g
	}
	band := grant(devices.Device{ID: "band-1"})
	hub := grant(devices.Device{ID: "hub-1", HomeID: "h-1", Gateway: true, Filters: []string{"zigbee2mqtt/#", "home/+/BTtoMQTT/#", "tele/plug"}})
	open := grant(devices.Device{ID: "hub-2", HomeID: "h-1", Gateway: true, Filters: []string{"#"}})
	var nobody devices.Grant
	for _, c := range []struct {
		who   string
		grant devices.Grant
		topic string
		want  bool
	}{
		{"band", band, "anxin/v1/devices/band-1/readings", true},
		{"band", band, "anxin/v1/devices/band-1/replies/7", true},
		{"band", band, "anxin/v1/devices/band-1/", false},
		{"band", band, "anxin/v1/devices/band-1", false},
		{"band", band, "anxin/v1/devices/band-10/readings", false},
		{"band", band, "anxin/v1/devices/band-2/readings", false},
		{"band", band, "anxin/v1/residents/r-1/alerts", false},
		{"band", band, "zigbee2mqtt/door", false},
		{"band", band, "", false},
		{"hub", hub, "anxin/v1/devices/hub-1/status", true},
		{"hub", hub, "anxin/v1/devices/band-1/readings", false},
		{"hub", hub, "zigbee2mqtt", true},
		{"hub", hub, "zigbee2mqtt/front door/availability", true},
		{"hub", hub, "zigbee2mqtt2/door", false},
		{"hub", hub, "home/gw/BTtoMQTT/A4C138000001", true},
		{"hub", hub, "home/gw/x/BTtoMQTT/A4C138000001", false},
		{"hub", hub, "tele/plug", true},
		{"hub", hub, "tele/plug/STATE", false},
		{"open hub", open, "anything/at/all", true},
		{"open hub", open, "$SYS/broker", false},
		{"nobody", nobody, "anxin/v1/devices//readings", false},
		{"nobody", nobody, "", false},
	} {
		if got := c.grant.MayPublish(c.topic); got != c.want {
			t.Errorf("%s may publish %q: %t", c.who, c.topic, got)
		}
	}
	for _, c := range []struct {
		grant  devices.Grant
		filter string
		want   bool
	}{
		{band, "anxin/v1/devices/band-1/commands", true},
		{band, "anxin/v1/devices/band-1/#", false},
		{band, "anxin/v1/devices/+/commands", false},
		{band, "anxin/v1/devices/band-2/commands", false},
		{band, "#", false},
		{hub, "zigbee2mqtt/#", false},
		{hub, "anxin/v1/devices/hub-1/commands", true},
		{nobody, "commands", false},
		{nobody, "", false},
	} {
		if got := c.grant.MaySubscribe(c.filter); got != c.want {
			t.Errorf("%s may subscribe to %q: %t", c.grant.Device(), c.filter, got)
		}
	}
}

// The matcher agrees with one that reads like the standard.
func TestFiltersMatchAsMQTTSays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := []string{"a", "b", "", "$a", "ab"}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	levels := func(from []string) []string {
		path := make([]string, 1+random.IntN(4))
		for i := range path {
			path[i] = pick(from)
		}
		return path
	}
	matched := 0
	for range 50_000 {
		topic, filter := levels(words), levels(append(words, "+", "+"))
		if random.IntN(3) == 0 {
			filter[len(filter)-1] = "#"
		}
		got, want := devices.Matches(strings.Join(filter, "/"), strings.Join(topic, "/")), naiveMatch(filter, topic)
		if got != want {
			t.Fatalf("%q matches %q: %t", filter, topic, got)
		}
		if got {
			matched++
		}
	}
	if matched < 1000 {
		t.Errorf("only %d of the pairs match: the test says little", matched)
	}
}

func naiveMatch(filter, topic []string) bool {
	if strings.HasPrefix(topic[0], "$") && (filter[0] == "+" || filter[0] == "#") {
		return false
	}
	for i, want := range filter {
		if want == "#" {
			return true // of the parent level, too
		}
		if i >= len(topic) || want != "+" && want != topic[i] {
			return false
		}
	}
	return len(filter) == len(topic)
}
