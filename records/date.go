package records

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, without a time or a zone, as a birth date is.
// The zero Date is an unknown one.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads "1941-03-05"; "" is the zero Date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date such as 1941-03-05", s)
	}
	return DateOf(t), nil
}

// DateOf is the day of t in t's zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// IsZero reports whether the date is unknown.
func (d Date) IsZero() bool { return d == Date{} }

// String is the date as "1941-03-05", "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Compare orders dates by time: -1 when d comes before e, 1 when after.
func (d Date) Compare(e Date) int { return d.midnight().Compare(e.midnight()) }

// next is the day after.
func (d Date) next() Date { return DateOf(d.midnight().AddDate(0, 0, 1)) }

// valid reports whether the calendar has this day.
func (d Date) valid() bool { return DateOf(d.midnight()) == d }

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Age is how many birthdays somebody born on d has had by the given day. One
// who was born on 29 February has it on 1 March in other years.
func (d Date) Age(on Date) int {
	years := on.Year - d.Year
	if on.Month < d.Month || on.Month == d.Month && on.Day < d.Day {
		years--
	}
	return years
}

// MarshalText writes what [Date.String] gives.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDate] reads.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}
