package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
)

// A clock is where the home is, unless the request says otherwise.
func TestResidentsTimeZone(t *testing.T) {
	w := newWorld(t)
	admin := w.tokens[records.Administrator]
	if resp, body := w.request("POST", "/api/v1/homes", `{"id":"h-1","name":"5-2","time_zone":"Asia/Urumqi"}`, admin); resp.StatusCode != http.StatusCreated {
		t.Fatalf("home: %s %s", resp.Status, body)
	}
	for body, want := range map[string]string{
		`{"name":"Wu","home":"h-1"}`:                              "Asia/Urumqi",
		`{"name":"Han","home":"h-1","time_zone":"Asia/Shanghai"}`: "Asia/Shanghai",
		`{"name":"Lin"}`:                                          "Asia/Shanghai",
	} {
		resp, answer := w.request("POST", "/api/v1/residents", body, admin)
		var r api.Resident
		if err := json.Unmarshal([]byte(answer), &r); err != nil || resp.StatusCode != http.StatusCreated || r.TimeZone != want {
			t.Errorf("%s: %s %s, want %s", body, resp.Status, answer, want)
		}
	}
}
