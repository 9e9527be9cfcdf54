package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// Reminders reach people: the resident's own telephone, who helps with it, who is to
// get more of a medicine, and a speaker that two people share. A tap closes one; a
// kill in between repeats nothing.
func TestRemindersReachPeople(t *testing.T) {
	t.Parallel()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	cfg.PublicURL = "http://" + cfg.HTTPAddr
	var meter, watch, speaker, mute string
	p := newProcess(t, cfg, func(s *service.Service) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, h := range []string{"h1", "h2"} {
			_, err := s.Registry.AddHome(t.Context(), devices.Home{ID: h, Name: h, TimeZone: "Asia/Shanghai"})
			must(err)
		}
		for _, r := range []records.Resident{
			{ID: "li", Name: "Li Hua", HomeID: "h1", Language: "en"}, {ID: "zhao", Name: "Zhao Min", HomeID: "h1", Language: "en"},
			{ID: "wang", Name: "Wang Fang", Called: "王奶奶", HomeID: "h2", Language: "zh-CN"}, {ID: "wu", Name: "Wu Jun", HomeID: "h2", Language: "zh-CN"},
		} {
			_, err := s.Residents.Create(t.Context(), r)
			must(err)
		}
		for id, name := range map[string]string{"phone": "Li Hua", "daughter": "Hong", "stranger": "Nobody"} {
			_, err := s.People.AddContact(t.Context(), records.Contact{ID: id, Name: name, TimeZone: "UTC", Quiet: []records.Hours{}})
			must(err)
			_, err = s.People.AddChannel(t.Context(), records.Channel{
				Contact: id, Kind: records.Webhook, Address: hooks.URL + "/" + id + "#secret=0123456789abcdef0123456789abcdef", Trusted: true, From: records.Info, LoudFrom: records.Warning,
			})
			must(err)
		}
		for resident, contact := range map[string]string{"li": "phone", "zhao": "daughter"} {
			as := map[string]records.Relation{"phone": records.AsResident, "daughter": records.AsFamily}[contact]
			must(s.People.SetMember(t.Context(), records.Membership{Resident: resident, Contact: contact, Relation: as, Wishes: records.Wishes{From: records.Critical}}))
		}
		_, passwords, err := s.Registry.Enrol(t.Context(), []devices.Enrolment{
			{Device: devices.Device{ID: "meter"}, Resident: "li", From: devices.FirstReading()}, {Device: devices.Device{ID: "watch"}, Resident: "wang", From: devices.FirstReading()},
			{Device: devices.Device{ID: "speaker-1", Kind: "home speaker", HomeID: "h2"}},
			{Device: devices.Device{ID: "speaker-0", Kind: "home speaker", HomeID: "h1"}},
		})
		must(err)
		meter, watch, speaker, mute = passwords[0], passwords[1], passwords[2], passwords[3]
	})
	p.start()
	remind := func(resident, body string) string {
		t.Helper()
		answer, err := p.request(http.MethodPost, "/api/v1/residents/"+resident+"/reminders", body)
		if err != nil {
			t.Fatal(err)
		}
		var made struct{ ID string }
		if err := json.Unmarshal(answer, &made); err != nil {
			t.Fatal(err)
		}
		return made.ID
	}
	told := func(who string, n int) called {
		t.Helper()
		p.waitFor(fmt.Sprintf("message %d to %s", n, who), func() error {
			if got := len(hooks.to(who)); got < n {
				return fmt.Errorf("%d messages", got)
			}
			return nil
		})
		return hooks.to(who)[n-1]
	}
	low := func(device, password string) {
		t.Helper()
		at := time.Now().Add(-15*time.Minute + 2*time.Second).UTC().Format(time.RFC3339Nano)
		sent := p.connect(device, password).Publish("anxin/v1/devices/"+device+"/readings", 1, false, fmt.Sprintf(`{"ts":%q,"glucose_random":3.2}`, at))
		if !sent.WaitTimeout(time.Minute) || sent.Error() != nil {
			t.Fatal(sent.Error())
		}
	}
	// The speaker of the one home is off.
	if sent := p.connect("speaker-0", mute).Publish("anxin/v1/devices/speaker-0/status", 1, true, "offline"); !sent.WaitTimeout(time.Minute) || sent.Error() != nil {
		t.Fatal(sent.Error())
	}
	p.waitFor("the speaker to be off", func() error {
		body, err := p.get("/api/v1/devices/speaker-0")
		if err == nil && !strings.Contains(string(body), `"online":false`) {
			err = fmt.Errorf("it is %s", body)
		}
		return err
	})
	said := make(chan string, 10)
	sub := p.connect("speaker-1", speaker).Subscribe("anxin/v1/devices/speaker-1/commands", 1, func(_ paho.Client, m paho.Message) { said <- string(m.Payload()) })
	if !sub.WaitTimeout(time.Minute) || sub.Error() != nil {
		t.Fatal(sub.Error())
	}

	next := time.Now().Add(time.Minute).In(shanghai(t)).Format("2006-01-02 15:04")
	for _, what := range []string{"Aspirin", "Iron"} {
		remind("li", fmt.Sprintf(`{"kind":"medication","what":%q,"schedule":"once %s"}`, what, next))
	}
	remind("zhao", fmt.Sprintf(`{"kind":"medication","what":"Statin","schedule":"once %s","helper":"daughter"}`, next))
	stocked := remind("zhao", `{"kind":"medication","what":"Metformin","schedule":"daily at 03:00","stock":{"left":60,"per_dose":1,"refill_at":10,"refill":"Hong"}}`)
	if _, err := p.request(http.MethodPost, "/api/v1/residents/li/reminders", `{"kind":"drinking","what":"Water","schedule":"daily at 10:00","helper":"stranger"}`); err == nil {
		t.Error("a stranger may help")
	}
	if _, err := p.request(http.MethodPost, "/api/v1/residents/zhao/reminders", `{"kind":"medication","what":"Zinc","schedule":"daily at 03:00","stock":{"left":1,"per_dose":1,"refill_at":10,"refill":"stranger"}}`); err == nil {
		t.Error("a stranger may get more of a medicine")
	}
	if _, err := p.request(http.MethodPut, "/api/v1/residents/zhao/reminders/"+stocked+"/stock", `{"left":5}`); err != nil {
		t.Fatal(err)
	}
	if m := told("daughter", 1); m.text != "Metformin for Zhao Min is running out: 5 left. Please get more." || m.links["done"] != "" {
		t.Errorf("the daughter was told %+v", m)
	}

	remind("li", `{"kind":"recheck","what":"Measure glucose again"}`)
	remind("wang", `{"kind":"recheck","what":"复测血糖"}`)
	low("meter", meter)
	low("watch", watch)
	if m := told("phone", 1); !strings.Contains(m.text, "Measure glucose again") || strings.Contains(m.text, "Li Hua") {
		t.Errorf("the resident was told %+v", m)
	}
	select {
	case text := <-said:
		var c struct{ ID, Say string }
		if err := json.Unmarshal([]byte(text), &c); err != nil || !strings.HasPrefix(c.Say, "王奶奶，") || !strings.Contains(c.Say, "复测血糖") || strings.Contains(text, "Wang") {
			t.Errorf("the shared speaker was told %s (%v)", text, err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the shared speaker was told nothing")
	}

	two := told("phone", 2) // both medicines in one message
	if !strings.Contains(two.text, "Aspirin") || !strings.Contains(two.text, "Iron") || two.links["done"] == "" {
		t.Errorf("the resident was told %+v", two)
	}
	if m := told("daughter", 2); !strings.Contains(m.text, "Zhao Min, ") || !strings.Contains(m.text, "Statin") {
		t.Errorf("the daughter was told %+v", m)
	}
	p.kill()
	p.start()
	p.waitFor("the tap to be taken", func() error {
		resp, err := http.Post(two.links["done"], "application/x-www-form-urlencoded", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "Noted") {
			return fmt.Errorf("%s: %s", resp.Status, body)
		}
		return nil
	})
	day := time.Now().In(shanghai(t)).Format(time.DateOnly)
	var list []struct{ What, Status, By string }
	p.waitFor("both medicines to be taken", func() error {
		p.ask(t, "/api/v1/residents/li/occurrences?day="+day, &list)
		done := 0
		for _, o := range list {
			if (o.What == "Aspirin" || o.What == "Iron") && o.Status == "done" && o.By == "contact:phone" {
				done++
			}
		}
		if done != 2 {
			return fmt.Errorf("there is %+v", list)
		}
		return nil
	})
	// What comes after the kill comes after all that it might have repeated.
	if _, err := p.request(http.MethodPut, "/api/v1/residents/zhao/reminders/"+stocked+"/stock", `{"left":50}`); err != nil {
		t.Fatal(err)
	}
	if _, err := p.request(http.MethodPut, "/api/v1/residents/zhao/reminders/"+stocked+"/stock", `{"left":4}`); err != nil {
		t.Fatal(err)
	}
	told("daughter", 3)
	if n, m, strangers := len(hooks.to("phone")), len(hooks.to("daughter")), len(hooks.to("stranger")); n != 2 || m != 3 || strangers != 0 {
		t.Error(errors.New("told more than once, or a stranger"), n, m, strangers)
	}
}
