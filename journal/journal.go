package journal

import (
	"context"
	"errors"
	"time"
)

// ErrFull says that the disk is full. Nothing of the group was kept, so none of
// it may be acknowledged; the same group can be tried again.
var ErrFull = errors.New("journal: disk full")

// ErrClosed says that the log was closed.
var ErrClosed = errors.New("journal: closed")

// ErrAhead says that a reader is further than the log: it remembers entries
// that this log never had, as after an old copy of the log was put back.
var ErrAhead = errors.New("journal: reader is ahead of the log")

// Entry is one record of the log. Seq counts from 1 without gaps.
type Entry struct {
	Seq  uint64
	Body []byte
}

// Why a message is on the shelf.
type Reason string

const (
	// Quarantined: no codec could read it.
	Quarantined Reason = "quarantined"
	// Held: its device is not known, or is nobody's.
	Held Reason = "held"
)

// Shelved is a message on the shelf, as it arrived.
type Shelved struct {
	ID       uint64 // given by the journal
	Reason   Reason
	Codec    string // "" when no binding matched the topic
	Device   string // as the format names it; of what is quarantined, whom its topic names
	Topic    string
	Payload  []byte
	Retained bool
	Received int64  // Unix milliseconds
	Error    string // why it could not be read; "" when held
}

// Counts is where every received message is. At all times
// Received = Stored + Duplicate + Quarantined + Held.
type Counts struct {
	Received    int64 `json:"received"`    // messages taken up, ever
	Stored      int64 `json:"stored"`      // in the log, ever
	Duplicate   int64 `json:"duplicate"`   // held nothing new, ever
	Quarantined int64 `json:"quarantined"` // on the shelf, or dropped or expired from it, as undecodable
	Held        int64 `json:"held"`        // on the shelf, or expired from it, as nobody's

	Readings          int64 `json:"readings"`           // readings in the log, ever
	DuplicateReadings int64 `json:"duplicate_readings"` // readings passed over as known, ever
	Expired           int64 `json:"expired"`            // of Held and Quarantined: gone because the shelf was full or they grew too old
}

// Group is what is committed together.
type Group struct {
	Bodies  [][]byte  // to the log, in order
	Shelve  []Shelved // to the shelf
	Take    []uint64  // ids to take off the shelf, because they are in Bodies now or were duplicates
	Changes Counts    // added to the counts; negative for what moved
}

// Summary is one device's messages on the shelf.
type Summary struct {
	Codec, Device string
	Messages      int
	First, Last   int64 // received, Unix milliseconds
	Example       Shelved
}

// Log is the journal as its users see it. [Open] gives the embedded one.
type Log interface {
	// Append commits a group durably and returns the Seq of its first body, 0 for
	// a group without one. When it returns nil the group is on disk. After
	// [ErrFull], and any other error, nothing of the group was kept. Nothing in
	// g is held on to. Ids in Take that are not on the shelf are passed over.
	Append(ctx context.Context, g Group) (first uint64, err error)
	// Read returns up to max entries after the given Seq, in order; none at the
	// end. Large entries come fewer at a time. Where entries were trimmed it goes
	// on with the oldest that is left. After a Seq that the log never gave it
	// returns [ErrAhead]. The bodies are shared: they must not be changed.
	Read(ctx context.Context, after uint64, max int) ([]Entry, error)
	// Wait returns when the log holds an entry after the given Seq, or ctx ends.
	Wait(ctx context.Context, after uint64) error
	// Last is the Seq of the newest entry, 0 when there never was one.
	Last() uint64
	// Passed tells that the named reader needs nothing up to seq any more. It is
	// how the journal knows what it may trim; where to go on is the reader's to
	// remember, beside its effects.
	Passed(ctx context.Context, reader string, seq uint64) error
	// Trim forgets entries that every reader has passed and that were appended
	// before the given time; it returns how many. While no reader is known,
	// nothing is trimmed.
	Trim(ctx context.Context, before time.Time) (int, error)
	// Counts returns the counts as of the last commit.
	Counts() Counts

	// Shelf lists messages of a reason, oldest first, after the given id.
	// An empty device means all, of the codec or, when that is empty too, of every
	// one. Large messages come fewer at a time; none at the end.
	Shelf(ctx context.Context, reason Reason, codec, device string, after uint64, max int) ([]Shelved, error)
	// Summaries lists the devices that have messages held, newest first. An
	// example of more than 64 KB comes without its payload.
	Summaries(ctx context.Context, max int) ([]Summary, error)

	Close() error
}
