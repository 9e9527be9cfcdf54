package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

// What a correction moves is seen before it is made; it is made by staff who look after
// both, and keeps both versions.
func TestWearingsAreCorrected(t *testing.T) {
	w := newWorld(t)
	w.ask(records.Administrator, "POST", "/residents", `{"id":"wang","name":"Wang Fang"}`, http.StatusCreated, nil)
	w.ask(records.Administrator, "POST", "/teams", `{"id":"north","name":"North","time_zone":"Asia/Shanghai","residents":["li","wang"]}`, http.StatusCreated, nil)
	begin := time.Date(2020, 1, 3, 8, 0, 0, 0, time.UTC)
	for i := range 3 {
		at := begin.Add(time.Duration(i) * time.Hour).UnixMilli()
		err := w.timeline.Append(t.Context(), []vitals.Report{{Device: "band-1", Residents: []string{"li"}, Received: at,
			Samples: []vitals.Sample{{At: at, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 70}}}}}}, uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
	}
	const path = "/devices/band-1/wearings"
	said := `{"resident":"wang","from":"2020-01-03T09:00:00Z","to":"2020-01-05T00:00:00Z","why":"mixed up in the laundry"}`
	var seen api.WearingCorrection
	w.ask(records.Administrator, "POST", path+"/foresee", said, http.StatusOK, &seen)
	if seen.Was != "li" || seen.Outcome.Readings["heart_rate"] != 2 || len(seen.Before) != 1 || len(seen.After) != 3 {
		t.Errorf("foreseen: %+v", seen)
	}
	for _, who := range []records.Role{records.Family, records.Caregiver} { // the caregiver is of no team of theirs
		w.ask(who, "POST", path+"/corrections", said, http.StatusForbidden, nil)
	}
	for body, want := range map[string]string{
		strings.Replace(said, `"why":"mixed up in the laundry"`, `"why":""`, 1):                  "why",
		strings.Replace(said, `"from":"2020-01-03`, `"from":"2030-01-03`, 1):                     "future",
		strings.Replace(said, `{"resident":"wang"`, `{"resident":"li"`, 1):                       "known already",
		strings.Replace(said, `"resident":"wang"`, `"was":"somebody else","resident":"wang"`, 1): "look again",
	} {
		resp, answer := w.request("POST", "/api/v1"+path+"/corrections", body, w.tokens[records.Administrator])
		if resp.StatusCode < 400 || resp.StatusCode >= 500 || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s, want %q", body, resp.StatusCode, answer, want)
		}
	}
	var made api.WearingCorrection
	w.ask(records.Administrator, "POST", path+"/corrections", strings.Replace(said, `{`, `{"was":"li",`, 1), http.StatusOK, &made)
	if made.Number != 1 || made.Step != "noted" || made.MadeBy == "" {
		t.Errorf("made: %+v", made)
	}
	var all api.DeviceWearings
	w.ask(records.Administrator, "GET", path, "", http.StatusOK, &all)
	if len(all.Wearings) != 3 || all.Wearings[1].Resident != "wang" || len(all.Corrections) != 1 || len(all.Corrections[0].Before) != 1 || all.Corrections[0].Why == "" {
		t.Errorf("wearings: %+v", all)
	}
	var file api.HealthFile
	w.ask(records.Administrator, "GET", "/residents/wang/file", "", http.StatusOK, &file)
	if len(file.Devices) != 1 || file.Devices[0].Device != "band-1" || file.Devices[0].To == nil {
		t.Errorf("the file of who wore it: %+v", file.Devices)
	}
	w.ask(records.Administrator, "GET", "/residents/li/file", "", http.StatusOK, &file)
	if len(file.Devices) != 2 {
		t.Errorf("the file of who did not: %+v", file.Devices)
	}
	w.ask(records.Caregiver, "GET", path, "", http.StatusOK, &all)
	if len(all.Wearings) != 0 || len(all.Corrections) != 0 {
		t.Errorf("who looks after neither sees %+v", all)
	}
}
