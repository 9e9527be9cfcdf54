package service_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// A speaker at home says what is due, and its "yes" is that it was done; a dose
// that is taken out of the box early is the next one.
func TestRemindersAreSaidAndAnswered(t *testing.T) {
	t.Parallel()
	var speaker, box string
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		if _, err := s.Registry.AddHome(t.Context(), devices.Home{ID: "h1", Name: "5-2", TimeZone: "Asia/Shanghai"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Residents.Create(t.Context(), records.Resident{ID: "li", Name: "Li Hua", HomeID: "h1", TimeZone: "Asia/Shanghai", Language: "zh-CN"}); err != nil {
			t.Fatal(err)
		}
		_, passwords, err := s.Registry.Enrol(t.Context(), []devices.Enrolment{
			{Device: devices.Device{ID: "speaker-1", Kind: "home speaker", HomeID: "h1"}}, {Device: devices.Device{ID: "box-1", Kind: "pillbox", HomeID: "h1"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		speaker, box = passwords[0], passwords[1]
	})
	p.start()
	said := make(chan string, 10)
	at := p.connect("speaker-1", speaker)
	sub := at.Subscribe("anxin/v1/devices/speaker-1/commands", 1, func(_ paho.Client, m paho.Message) { said <- string(m.Payload()) })
	if !sub.WaitTimeout(time.Minute) || sub.Error() != nil {
		t.Fatal(sub.Error())
	}
	remind := func(what string, due time.Time) {
		t.Helper()
		body := fmt.Sprintf(`{"kind":"medication","what":%q,"schedule":"once %s"}`, what, due.In(shanghai(t)).Format("2006-01-02 15:04"))
		if err := p.post("/api/v1/residents/li/reminders", body); err != nil {
			t.Fatal(err)
		}
	}
	became := func(what, want string) {
		t.Helper()
		p.waitFor(what+" to be "+want, func() error {
			var found []string
			for _, day := range []time.Time{time.Now(), time.Now().Add(time.Hour)} {
				body, err := p.get("/api/v1/residents/li/occurrences?day=" + day.In(shanghai(t)).Format(time.DateOnly))
				if err != nil {
					return err
				}
				var list []struct{ What, Status, Device string }
				if err := json.Unmarshal(body, &list); err != nil {
					return err
				}
				for _, o := range list {
					if found = append(found, o.What+" "+o.Status+" "+o.Device); o.What == what && o.Status+" "+o.Device == want {
						return nil
					}
				}
			}
			return fmt.Errorf("there is %q", found)
		})
	}
	publish := func(c paho.Client, topic, payload string) {
		t.Helper()
		if sent := c.Publish(topic, 1, false, payload); !sent.WaitTimeout(time.Minute) || sent.Error() != nil {
			t.Fatal(sent.Error())
		}
	}

	remind("Aspirin", time.Now().Add(30*time.Minute))
	publish(p.connect("box-1", box), "anxin/v1/devices/box-1/readings", `{"medication_dispensed":"taken"}`)
	became("Aspirin", "done box-1")

	remind("Metformin", time.Now().Add(time.Minute)) // which is due when the minute is over
	select {
	case text := <-said:
		var c struct{ ID, Say, Language, Until string }
		if err := json.Unmarshal([]byte(text), &c); err != nil || !strings.Contains(c.Say, "Metformin") || c.Until == "" || !strings.HasSuffix(c.ID, "-1") || c.Language != "zh-CN" || strings.Contains(text, "Li") {
			t.Fatalf("the speaker was told %s (%v)", text, err)
		}
		publish(at, "anxin/v1/devices/speaker-1/replies", `{"id":"no such thing","answer":"yes"}`)
		publish(at, "anxin/v1/devices/speaker-1/replies", fmt.Sprintf(`{"id":%q,"answer":"yes"}`, c.ID))
	case <-time.After(2 * time.Minute):
		t.Fatal("the speaker was told nothing")
	}
	became("Metformin", "done speaker-1")
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
