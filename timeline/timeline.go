package timeline

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// ErrUnavailable says that the store could not be reached or was too slow; the
// same call may go through later.
var ErrUnavailable = errors.New("timeline: store unavailable")

// Store keeps readings over time. Both stores give the same answers; the suite
// in timelinetest shows it.
type Store interface {
	// Append writes the reports' readings and that the journal was read up to
	// cursor. It may be called again with what it already has: a resident's,
	// device's and metric's reading of one millisecond is kept once.
	Append(ctx context.Context, reports []vitals.Report, cursor uint64) error
	// Cursor is the highest cursor that Append was given and has kept.
	Cursor(ctx context.Context) (uint64, error)

	// Range returns readings ordered by time, then device.
	Range(ctx context.Context, q Query) iter.Seq2[vitals.Reading, error]
	// Aggregate returns one point for each window of q.Every that holds readings
	// fit for it (see [vitals.Marks.Unfit]), ordered by time. Windows are aligned
	// to the Unix epoch; a point's time is its window's start.
	Aggregate(ctx context.Context, q Query, every time.Duration, fn Fn) ([]Point, error)
	// Latest returns each metric's newest reading of each resident, for all
	// residents when none is named. Readings older than since are left out.
	Latest(ctx context.Context, since time.Time, residents ...string) ([]vitals.Reading, error)
	// Has reports which of the readings are already kept, in their order. Only
	// device, metric and time are compared, for any resident.
	Has(ctx context.Context, readings []vitals.Reading) ([]bool, error)

	// DeleteResident erases every reading and roll-up of a resident, and reads
	// back that none is left.
	DeleteResident(ctx context.Context, resident string) error
	// Retain forgets raw readings from before the given time, after keeping
	// their hourly roll-ups (mean, min, max, count). Aggregate answers from the
	// roll-ups where the raw readings are gone and every is a multiple of an hour.
	Retain(ctx context.Context, before time.Time) error

	Close() error
}

// Query says which readings: one resident's, one metric's, From <= At < To.
type Query struct {
	Resident string
	Metric   vitals.Metric
	Device   string // "" for all devices
	From, To time.Time
	// Limit bounds Range's answer to the first so many; 0 for all.
	Limit int
	// Newest makes Range answer the newest Limit readings, still ordered by time.
	Newest bool
}

// Fn is an aggregate function.
type Fn string

// The aggregate functions, with the names that InfluxDB gives them.
const (
	Mean  Fn = "mean"
	Min   Fn = "min"
	Max   Fn = "max"
	Sum   Fn = "sum"
	Count Fn = "count"
	First Fn = "first"
	Last  Fn = "last"
)

// Point is the aggregate of one window.
type Point struct {
	At     time.Time
	Number float64
}
