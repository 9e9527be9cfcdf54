package service_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
)

// Two files are made one and two again while their devices speak and the service is
// killed in between: no reading and no alert is lost, or is of the wrong person.
func TestMergedUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the service three times")
	}
	var passwords []string
	p := newProcess(t, testConfig(t), func(s *service.Service) { passwords = wearers(t, s, 3) })
	p.start()
	sent := [3]int{}
	send := func(device int, readings string) {
		t.Helper()
		p.waitFor("the broker", func() error {
			client := p.connect(fmt.Sprint("d-", device), passwords[device])
			defer client.Disconnect(100)
			token := client.Publish(fmt.Sprintf("anxin/v1/devices/d-%d/readings", device), 1, false, readings)
			if !token.WaitTimeout(time.Minute) {
				return fmt.Errorf("no answer")
			}
			return token.Error()
		})
	}
	measure := func(n int) {
		t.Helper()
		for device := range 3 {
			for range n {
				sent[device]++
				send(device, fmt.Sprintf(`{"ts":%d,"heart_rate":%d}`, time.Now().Add(-time.Hour).UnixMilli()+int64(sent[device]*1000+device*100), 60+device))
			}
		}
	}
	has := func(resident string, want int) {
		t.Helper()
		p.waitFor(fmt.Sprintf("%d readings of %s", want, resident), func() error {
			if got := len(p.readings(resident, "heart_rate")); got != want {
				return fmt.Errorf("%d readings", got)
			}
			return nil
		})
	}
	alerts := func(resident, status string, want int) {
		t.Helper()
		p.waitFor(fmt.Sprintf("%d alerts of %s", want, resident), func() error {
			var list []struct{ Resident string }
			body, err := p.get("/api/v1/residents/" + resident + "/alerts?status=" + status)
			if err == nil {
				err = json.Unmarshal(body, &list)
			}
			if err == nil && (len(list) != want || want > 0 && list[0].Resident != resident) {
				err = fmt.Errorf("%s", body)
			}
			return err
		})
	}
	measure(3)
	send(1, `{"sos_button":"pressed"}`)
	alerts("r-1", "open", 1)

	var preview struct{ Tag string }
	body, err := p.get("/api/v1/residents/r-0/merge?other=r-1")
	if err == nil {
		err = json.Unmarshal(body, &preview)
	}
	if err != nil {
		t.Fatal(err)
	}
	var merge struct{ ID string }
	body, err = p.request("POST", "/api/v1/residents/r-0/merge", `{"other":"r-1","reason":"one person","tag":"`+preview.Tag+`"}`)
	if err == nil {
		err = json.Unmarshal(body, &merge)
	}
	if err != nil {
		t.Fatalf("%v %s", err, body)
	}
	p.kill() // perhaps before the readings have followed
	p.start()
	has("r-0", sent[0]+sent[1])
	alerts("r-0", "open", 1)
	measure(2)
	has("r-0", sent[0]+sent[1])
	has("r-2", sent[2])
	if body, err := p.get("/api/v1/residents/r-1/latest"); err != nil || !strings.Contains(string(body), "heart_rate") {
		t.Errorf("by the other's id: %s, %v", body, err)
	}
	p.page("/residents/r-1/identity", "Merged with R on ", "Make it two files again", `action="/residents/r-0/merges/`)
	p.page("/residents/r-1/file", "Merged with R on ")
	if body, err := p.request("PATCH", "/api/v1/residents/r-2/identity", `{"name":"Somebody else"}`); err != nil || !strings.Contains(string(body), "Somebody else") {
		t.Fatalf("%v %s", err, body)
	}
	p.page("/duplicates", "No two files look like one person")
	send(1, `{"sos_button":"long"}`) // hers still
	alerts("r-0", "open", 1)

	if _, err := p.request("POST", "/api/v1/residents/r-0/merges/"+merge.ID+"/undo", `{"reason":"two persons"}`); err != nil {
		t.Fatal(err)
	}
	p.kill()
	p.start()
	has("r-0", sent[0])
	has("r-1", sent[1])
	alerts("r-0", "open", 0)
	alerts("r-1", "open", 1)
	measure(1)
	has("r-0", sent[0])
	has("r-1", sent[1])
	has("r-2", sent[2])
}
