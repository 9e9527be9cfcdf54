package records_test

import (
	"encoding/json"
	"testing"

	"github.com/anxin-care/anxin/records"
)

func TestDates(t *testing.T) {
	for _, c := range []struct {
		text string
		want records.Date
		ok   bool
	}{
		{"1941-03-05", records.Date{Year: 1941, Month: 3, Day: 5}, true},
		{"1940-02-29", records.Date{Year: 1940, Month: 2, Day: 29}, true},
		{"", records.Date{}, true},
		{"1941-02-29", records.Date{}, false},
		{"1941-3-5", records.Date{}, false},
		{"1941-03-05T00:00:00Z", records.Date{}, false},
		{"05/03/1941", records.Date{}, false},
		{"lunar new year", records.Date{}, false},
	} {
		got, err := records.ParseDate(c.text)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%q is %v, %v", c.text, got, err)
			continue
		}
		if c.ok && got.String() != c.text {
			t.Errorf("%q is written %q", c.text, got)
		}
	}
	type person struct {
		Birth records.Date `json:"birth"`
	}
	var p person
	if err := json.Unmarshal([]byte(`{"birth": "1941-03-05"}`), &p); err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(p); err != nil || string(text) != `{"birth":"1941-03-05"}` {
		t.Errorf("%s, %v", text, err)
	}
	if err := json.Unmarshal([]byte(`{"birth": "1941-13-05"}`), &p); err == nil {
		t.Error("read a 13th month")
	}
}

func TestAge(t *testing.T) {
	date := func(s string) records.Date {
		d, err := records.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		born, on string
		want     int
	}{
		{"1941-03-05", "2026-03-04", 84},
		{"1941-03-05", "2026-03-05", 85},
		{"1941-03-05", "2026-11-23", 85},
		{"1940-02-29", "2026-02-28", 85},
		{"1940-02-29", "2026-03-01", 86},
		{"1940-02-29", "2024-02-29", 84},
	} {
		if got := date(c.born).Age(date(c.on)); got != c.want {
			t.Errorf("born %s, on %s: %d, want %d", c.born, c.on, got, c.want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("1941-03-05")
	f.Add("0000-01-01")
	f.Add("9999-12-31")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := records.ParseDate(text); err == nil && d.String() != text {
			t.Errorf("%q is written %q", text, d)
		}
	})
}
