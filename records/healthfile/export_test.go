package healthfile

import (
	"time"

	"github.com/anxin-care/anxin/records"
)

// Settle is what is wrong with a body, and with the reason that it is given.
func Settle(b Body, now time.Time, reason string) error {
	return settle("", b, now, records.Change{Reason: reason})
}
