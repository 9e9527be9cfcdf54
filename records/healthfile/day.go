package healthfile

import (
	"time"

	"github.com/anxin-care/anxin/records"
)

// Day is when something was, as exactly as anybody knows: "1998-05-12", "1998-05",
// "1998"; "" when nobody does.
type Day string

// layouts are those of a day, a month and a year.
var layouts = map[int]string{10: time.DateOnly, 7: "2006-01", 4: "2006"}

// earliest is before anybody who lives was born.
const earliest = 1880

func (d Day) valid() bool {
	t, err := time.Parse(layouts[len(d)], string(d))
	return err == nil && d != "" && t.Year() >= earliest
}

// first is the first day that it may be, the zero one when nothing is known.
func (d Day) first() records.Date {
	if !d.valid() {
		return records.Date{}
	}
	t, _ := time.Parse(layouts[len(d)], string(d))
	return records.DateOf(t)
}

// last is the last day that it may be.
func (d Day) last() records.Date {
	if !d.valid() {
		return records.Date{}
	}
	t, _ := time.Parse(layouts[len(d)], string(d))
	switch len(d) {
	case 4:
		t = t.AddDate(1, 0, -1)
	case 7:
		t = t.AddDate(0, 1, -1)
	}
	return records.DateOf(t)
}

// Exact is the day, when it is known to the day.
func (d Day) Exact() (records.Date, bool) {
	if len(d) != len(time.DateOnly) || !d.valid() {
		return records.Date{}, false
	}
	return d.first(), true
}
