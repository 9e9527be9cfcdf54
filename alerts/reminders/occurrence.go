package reminders

import (
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

// Occurrence is one time at which a reminder is due, and what became of it.
type Occurrence struct {
	// ID is the same whoever plans it, and however often.
	ID, Reminder, Resident string
	// Day is the resident's, N which of its times.
	Day  records.Date
	N    int
	Due  time.Time
	Zone *time.Location // whose clock counts on that day
	// PlannedAt is since when it was known: what was to be told before was not.
	PlannedAt time.Time

	Status Status
	// Asked counts the asks of its course that are behind, Told those of them that
	// were handed to a speaker or to a delivery.
	Asked, Told int
	// Escalated says that somebody else was told that it is late or missed.
	Escalated bool
	// DoneAt is when it was done, by the clock of what noticed it; HeardAt is when we
	// heard of that, or of its being skipped.
	DoneAt, HeardAt time.Time
	OnTime          bool
	// By is the user who said so, Device what noticed it.
	By, Device string
	// Reason is why it was skipped; "refused" when the answer was no, "untold" while
	// nobody could be told.
	Reason string
	// Seen are the readings so far, where it takes several.
	Seen []Seen
}

// Seen is a reading that is a part of the evidence.
type Seen struct {
	Metric vitals.Metric `json:"metric"`
	At     time.Time     `json:"at"`
}

// Status is where an occurrence is in its life.
type Status string

// The statuses.
const (
	Due     Status = "due" // or to come
	Told    Status = "told"
	Done    Status = "done"
	Skipped Status = "skipped"
	Missed  Status = "missed"
)

// Settled reports that nobody waits for it any more.
func (o *Occurrence) Settled() bool { return o.Status == Done || o.Status == Skipped }

// Untold reports that nobody could be told of it, though somebody should have been.
func (o *Occurrence) Untold() bool {
	return o.Told == 0 && (o.Open() && o.Reason == untold || o.Status == Missed && o.Reason != refused)
}

// Open reports that it is neither done nor given up.
func (o *Occurrence) Open() bool { return o.Status == Due || o.Status == Told }
