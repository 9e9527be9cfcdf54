package records

import (
	"fmt"
	"regexp"
	"strconv"
)

var clockPattern = regexp.MustCompile(`^([01][0-9]|2[0-4]):([0-5][0-9])$`)

// ParseClock reads "22:00" as minutes since midnight; "24:00" is the end of the
// day.
func ParseClock(text string) (int, error) {
	parts := clockPattern.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is not a time of the day such as 22:00", text)
	}
	hour, _ := strconv.Atoi(parts[1])
	minute, _ := strconv.Atoi(parts[2])
	if hour == 24 && minute > 0 {
		return 0, fmt.Errorf("%q is after the end of the day", text)
	}
	return hour*60 + minute, nil
}

// ParseHours reads two times of the day.
func ParseHours(from, to string) (h Hours, err error) {
	if h.From, err = ParseClock(from); err != nil {
		return h, err
	}
	h.To, err = ParseClock(to)
	return h, err
}

// Clocks are what [ParseHours] reads.
func (h Hours) Clocks() (from, to string) { return clock(h.From), clock(h.To) }

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
