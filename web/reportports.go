package web

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/reports"
)

// Reports says what days and weeks of residents were like. Who may see nothing of it is
// told that there is none: [ErrNotFound]. What else they may not see is not in it.
type Reports interface {
	// Report is about so many days up to and with that of a moment.
	Report(ctx context.Context, user User, resident string, last time.Time, days int) (reports.Report, error)
	Week(ctx context.Context, user User, resident string, week reports.Week) (reports.Facts, error)
}
