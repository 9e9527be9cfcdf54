package service_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/internal/mosquittotest"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// pressed lets somebody press the button, and returns what another program hears
// of it over MQTT.
func pressed(t *testing.T, device, program paho.Client) string {
	t.Helper()
	heard := make(chan string, 1)
	on := func(_ paho.Client, m paho.Message) {
		select {
		case heard <- m.Topic() + " " + string(m.Payload()):
		default:
		}
	}
	sub := program.Subscribe("anxin/v1/residents/+/alerts", 1, on)
	if !sub.WaitTimeout(time.Minute) || sub.Error() != nil {
		t.Fatalf("subscribe: %v", sub.Error())
	}
	press := device.Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":"pressed"}`)
	if !press.WaitTimeout(time.Minute) || press.Error() != nil {
		t.Fatalf("publish: %v", press.Error())
	}
	select {
	case text := <-heard:
		return text
	case <-time.After(time.Minute):
		t.Fatal("nothing was heard of the alert")
		return ""
	}
}

func checkAnnounced(t *testing.T, text string) {
	t.Helper()
	topic, payload, _ := strings.Cut(text, " ")
	var said struct {
		Resident, Rule, Severity, Status, Cause string
	}
	if err := json.Unmarshal([]byte(payload), &said); err != nil {
		t.Fatal(err)
	}
	if topic != "anxin/v1/residents/r-0/alerts" || said.Resident != "r-0" || said.Rule != "sos" || said.Severity != "critical" || said.Status != "firing" || said.Cause != "began" {
		t.Errorf("heard %s", text)
	}
	if strings.Contains(payload, `"name"`) {
		t.Errorf("it names somebody: %s", payload)
	}
}

func TestProgramsHearOfAlertsFromTheBuiltInBroker(t *testing.T) {
	var passwords []string
	var forVitals string
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		passwords = wearers(t, s, 1)
		u, err := s.Users.ByLogin(t.Context(), "test")
		if err == nil {
			forVitals, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Bound: records.Bound{Bounded: true, Scope: records.Vitals}}, "")
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	checkAnnounced(t, pressed(t, p.connect("d-0", passwords[0]), p.connect("API", p.token)))

	const topic = "anxin/v1/residents/r-0/alerts"
	for token, want := range map[string]bool{p.token: true, forVitals: false} {
		sub := p.connect("API", token).Subscribe(topic, 1, nil)
		if !sub.WaitTimeout(time.Minute) {
			t.Fatal("no answer to a subscription")
		}
		if granted := sub.(*paho.SubscribeToken).Result()[topic]; (granted < 0x80) != want {
			t.Errorf("granted %d, want it granted: %v", granted, want)
		}
	}

	for what, login := range map[string][2]string{"a wrong token": {"API", "anxin_wrong"}, "a device's password": {"API", passwords[0]}} {
		o := paho.NewClientOptions().AddBroker("tcp://" + p.cfg.MQTTAddr).SetUsername(login[0]).SetPassword(login[1]).SetClientID(what)
		if token := paho.NewClient(o).Connect(); token.WaitTimeout(time.Minute) && token.Error() == nil {
			t.Errorf("%s is let in", what)
		}
	}
	// Nor may a program say anything, or hear what devices are told.
	program := p.connect("API", p.token)
	for _, filter := range []string{"anxin/v1/devices/d-0/commands", "anxin/v1/residents/#", "#", "anxin/v1/residents/+/+/alerts"} {
		sub := program.Subscribe(filter, 1, nil)
		granted, ok := byte(0), false
		if sub.WaitTimeout(time.Minute) {
			granted, ok = sub.(*paho.SubscribeToken).Result()[filter]
		}
		if ok && granted < 0x80 {
			t.Errorf("a program may hear %s", filter)
		}
	}
}

func TestProgramsHearOfAlertsFromAnExternalBroker(t *testing.T) {
	broker := mosquittotest.New(t)
	cfg := testConfig(t)
	cfg.MQTTURL = "mqtt://" + broker.Addr
	p := newProcess(t, cfg, func(s *service.Service) { wearers(t, s, 1) })
	p.start()
	// A broker keeps messages for a subscriber only once it knows of it.
	p.waitFor("the service to be ready", func() error {
		_, err := p.get("/readyz")
		return err
	})
	client := func(id string) paho.Client {
		c := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + broker.Addr).SetClientID(id))
		if token := c.Connect(); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatal(fmt.Errorf("connect %s: %w", id, token.Error()))
		}
		t.Cleanup(func() { c.Disconnect(0) })
		return c
	}
	checkAnnounced(t, pressed(t, client("band"), client("program")))
}
