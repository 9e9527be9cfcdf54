package healthfile

import (
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// State is whether what an entry says holds.
type State string

// The states.
const (
	Current State = "current"
	// Ended is what held once.
	Ended State = "ended"
	// EnteredInError is what never did: it is in the history alone.
	EnteredInError State = "entered_in_error"
)

// Entry is what a file says of one thing, as it is or as it was in one version.
type Entry struct {
	ID       string
	Resident string
	Kind     Kind
	State    State
	// EndedOn is when it stopped to hold; "" while it holds, and where nobody knows.
	EndedOn Day
	Body    Body
	// Version counts from 1, FileVersion those of the file.
	Version, FileVersion int
	ChangedAt            time.Time
	// ChangedBy is a user; "" for the command line.
	ChangedBy string
	Reason    string
	// Reminder is the one that a medicine feeds, as it is now; "" for none.
	Reminder string
}

// File is all that is said of a resident at one time, without what was entered in
// error.
type File struct {
	Resident string
	// Version grows by one with every change of an entry; 0 while there is none.
	Version int
	// ChangedAt is when the newest of these was; zero while there is none.
	ChangedAt time.Time
	// Entries are by kind, in the order of [Kinds], the newest first.
	Entries []Entry
}

// Of are the entries of a kind that hold, or that held too.
func (f *File) Of(k Kind, ended bool) []Entry {
	var of []Entry
	for _, e := range f.Entries {
		if e.Kind == k && (ended || e.State == Current) {
			of = append(of, e)
		}
	}
	return of
}

// Codes of the faults that are not simply "entry.not_found" and "entry.invalid".
const (
	// CodeChanged: somebody has changed it since it was read.
	CodeChanged = "entry.changed"
	// CodeOne: there is one of the kind already.
	CodeOne = "entry.exists"
	// CodeOver: it has ended, or was entered in error.
	CodeOver = "entry.over"
	// CodeFull: there is no room for more.
	CodeFull = "entry.too_many"
)

func notFound(id string) error { return store.NotFound("entry", id) }

// settle puts a body in the form in which it is kept, and checks it.
func settle(id string, b Body, now time.Time, by records.Change) error {
	f := faults{today: records.DateOf(now.UTC().Add(14 * time.Hour))}
	b.settle(&f)
	for i := range f.list {
		f.list[i].Path = "body." + f.list[i].Path
	}
	f.trimmed("reason", &by.Reason, mostReason, true)
	return store.Invalid("entry", id, f.list)
}
