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

// ErrBehind says that the store has lost what it had kept: it came back empty,
// or was restored from a backup. Append refuses with it until Cursor was asked
// where to go on from.
var ErrBehind = errors.New("timeline: store has fallen behind")

// Store keeps readings over time. Both stores give the same answers; the suite
// in timelinetest shows it.
//
// A reading is known by its resident, metric, device and time to the
// millisecond, and is kept once. Given again with the same number and marks it
// changes nothing. When it is given again with others, which of the two is kept
// is the store's own: SQL keeps the first, InfluxDB the later one, and both of
// them when their marks differ. Ingest lets no such reading through.
type Store interface {
	// Append writes the reports' readings and that the journal was read up to
	// cursor. It may be called again with what it already has. Numbers that are
	// not finite are left out.
	Append(ctx context.Context, reports []vitals.Report, cursor uint64) error
	// Cursor is the highest cursor that Append was given and has kept, 0 when
	// there is none. It is never ahead of the readings.
	Cursor(ctx context.Context) (uint64, error)

	// Range returns readings ordered by time, then device.
	Range(ctx context.Context, q Query) iter.Seq2[vitals.Reading, error]
	// Aggregate returns one point for each window of every that holds readings
	// fit for it (see [vitals.Marks.Unfit]), ordered by time. Windows are aligned
	// to the Unix epoch; a point's time is its window's start. First and last of
	// readings of one time go by the device's id. The query's Limit is not used.
	Aggregate(ctx context.Context, q Query, every time.Duration, fn Fn) ([]Point, error)
	// Summaries returns count, sum, min and max of the same windows in one pass: for
	// who needs several of them.
	Summaries(ctx context.Context, q Query, every time.Duration) ([]Summary, error)
	// Latest returns each metric's newest reading of each resident, ordered by
	// resident, then metric; for all residents when none is named. Readings older
	// than since are left out. Of several devices at one time it is the one
	// with the last id.
	Latest(ctx context.Context, since time.Time, residents ...string) ([]vitals.Reading, error)
	// Has reports which of the readings are already kept, in their order. Only
	// device, metric and time are compared, for any resident.
	Has(ctx context.Context, readings []vitals.Reading) ([]bool, error)

	// Move gives readings of one resident to another, who wore the device: see
	// [Move]. It reads back that they are all there before it takes them away, and
	// done again after a crash at any moment it goes on from there.
	Move(ctx context.Context, m Move) (Moved, error)
	// Movable is what Move would move now. It changes nothing.
	Movable(ctx context.Context, m Move) (Moved, error)

	// Hours are the hours of a resident of which only roll-ups are left, ordered by
	// device, then time: of each from the first reading of the device to its last,
	// whatever they are of.
	Hours(ctx context.Context, resident string) ([]Hour, error)

	// DeleteResident erases every reading and roll-up of a resident, and reads
	// back that none is left.
	DeleteResident(ctx context.Context, resident string) error
	// Retain forgets raw readings from before the given time, rounded down to the
	// hour, after keeping hourly roll-ups of those that are fit for aggregates
	// (count, sum, min, max, first, last). Aggregate answers from the roll-ups
	// where the raw readings are gone and every is a multiple of an hour; a
	// roll-up counts when its hour begins within the query's From and To.
	// Readings that arrive later for such an hour are added to it; only one that
	// is in a roll-up already, and is given again, counts twice.
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
