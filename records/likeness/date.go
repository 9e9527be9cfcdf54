package likeness

import (
	"fmt"
	"time"

	"github.com/anxin-care/anxin/records"
)

// births is how two birth dates stand to each other.
type births int

const (
	notSaid births = iota
	sameDay
	turnedDay // day and month in each other's place
	digitOff  // one digit is another, or two neighbours are swapped
	lunarDay  // as far apart as the day of the lunar calendar and that of the other
	otherDay
	otherAge // many years apart: father and son
)

// Where the day of the lunar calendar was written down as if it were of the other one,
// it is 18 to 50 days too early: the lunar year begins between 20 January and 21
// February, a lunar month has 29 or 30 days, and a leap month may have come before.
const (
	lunarFrom = 18
	lunarTo   = 50
	// manyYears is how far apart no slip of a pen puts two years.
	manyYears = 12
)

func compareBirths(one, two records.Date) births {
	if one.IsZero() || two.IsZero() {
		return notSaid
	}
	a, b := written(one), written(two)
	days := int(midnight(two).Sub(midnight(one)) / (24 * time.Hour))
	if days < 0 {
		days = -days
	}
	switch {
	case a == b:
		return sameDay
	case a[:4] == b[:4] && a[4:6] == b[6:] && a[6:] == b[4:6]:
		return turnedDay
	case distance(a, b) == 1:
		return digitOff
	case days >= lunarFrom && days <= lunarTo:
		return lunarDay
	case days > manyYears*365:
		return otherAge
	}
	return otherDay
}

// written is a date in eight digits.
func written(d records.Date) string { return fmt.Sprintf("%04d%02d%02d", d.Year, d.Month, d.Day) }

func midnight(d records.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}
