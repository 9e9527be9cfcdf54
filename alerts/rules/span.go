package rules

import (
	"fmt"
	"strconv"
	"time"
)

// Span is a length of time, written as one number and one unit: "90s", "45m",
// "26h", "14d". A day is 24 hours.
type Span time.Duration

var spanUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}

const longestSpan = 400 * 24 * time.Hour

// ParseSpan reads what [Span.String] writes.
func ParseSpan(text string) (Span, error) {
	if len(text) < 2 {
		return 0, fmt.Errorf("%q is no length of time: want a number and s, m, h or d, such as 45m", text)
	}
	unit, ok := spanUnits[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
	if !ok || err != nil {
		return 0, fmt.Errorf("%q is no length of time: want a number and s, m, h or d, such as 45m", text)
	}
	if n > uint64(longestSpan/unit) {
		return 0, fmt.Errorf("%q is too long: the longest is 400d", text)
	}
	return Span(time.Duration(n) * unit), nil
}

// String writes the span in the largest unit that divides it.
func (s Span) String() string {
	d := time.Duration(s)
	for _, u := range []byte{'d', 'h', 'm'} {
		if unit := spanUnits[u]; d != 0 && d%unit == 0 {
			return strconv.FormatInt(int64(d/unit), 10) + string(u)
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

// MarshalText implements [encoding.TextMarshaler].
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Span) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSpan(string(text))
	return err
}

// Milliseconds is the span in the unit of all times of the engine.
func (s Span) Milliseconds() int64 { return time.Duration(s).Milliseconds() }
