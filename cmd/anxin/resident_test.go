package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records"
)

// A resident's time zone is the one said, else the home's, else the default.
func TestTimeZoneOfANewResident(t *testing.T) {
	data := folder(t)
	command := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if err := run(t.Context(), append(args, "--data-dir", data.Dir), &out, &errs); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, errs.String())
		}
		return strings.TrimSpace(out.String())
	}
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"nothing said", nil, "Asia/Shanghai"},
		{"a new home", []string{"--home", "h-1"}, "Asia/Shanghai"},
		{"a zone and a new home", []string{"--home", "h-2", "--time-zone", "Asia/Urumqi"}, "Asia/Urumqi"},
		{"that home again", []string{"--home", "h-2"}, "Asia/Urumqi"},
		{"another zone than the home's", []string{"--home", "h-2", "--time-zone", "Asia/Tokyo"}, "Asia/Tokyo"},
	} {
		id := command(append([]string{"resident", "add", "Resident of " + tc.name}, tc.args...)...)
		s, err := (&stores{DataDir: data.Dir, DatabaseURL: data.URL}).open(&env{ctx: t.Context()})
		if err != nil {
			t.Fatal(err)
		}
		residents, err := s.Residents.List(t.Context(), records.ResidentQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range residents {
			if r.ID == id && r.TimeZone != tc.want {
				t.Errorf("%s: %s, want %s", tc.name, r.TimeZone, tc.want)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
