package web

import (
	"context"
	"io"
	"time"
)

// Files shows health files, and keeps what is said in them. Who may not see a file
// is told that there is none: [ErrNotFound]. What is said wrong is a [FileFault]; what
// somebody else has changed meanwhile is [ErrChanged].
type Files interface {
	// File is a resident's file with at most so many entries of each kind, those that
	// hold, the newest first.
	File(ctx context.Context, user User, resident string, most int) (File, error)
	// Section is one kind of its entries: those that hold and then those that ended,
	// at most so many after some.
	Section(ctx context.Context, user User, resident, kind string, after, most int) (FileSection, error)
	// Versions are all versions of an entry, the newest first.
	Versions(ctx context.Context, user User, resident, kind, id string) ([]FileEntry, error)
	// Keep adds an entry, or changes the one with the id.
	Keep(ctx context.Context, user User, resident, kind, id string, said FileSaying) error
	// End says that an entry holds no more, since a day; Withdraw that it never did.
	End(ctx context.Context, user User, resident, kind, id, on string, said FileSaying) error
	Withdraw(ctx context.Context, user User, resident, kind, id string, said FileSaying) error
	// Upload takes a document in, and SetPhoto the photo of the resident; what is said
	// of a photo does not count.
	Upload(ctx context.Context, user User, resident string, said FileSaying, content io.Reader) error
	SetPhoto(ctx context.Context, user User, resident string, picture io.Reader) error
	RemovePhoto(ctx context.Context, user User, resident string) error
	// Accept has the rules go by what the file proposes.
	Accept(ctx context.Context, user User, resident, condition string) error
	// Diagnoses are those to choose from.
	Diagnoses() []Diagnosis
}

// File is what is known of a resident beside what is measured.
type File struct {
	// Version grows with every change; 0 while nothing is said.
	Version   int
	ChangedAt time.Time
	// Born is a day, "1941-03-05", "" when not known; Age is in years. Sex is female,
	// male, other or unknown.
	Born string
	Age  int
	Sex  string
	// Conditions and Limits are what the rules go by, by the rules' names.
	Conditions []string
	Limits     []FileLimit
	// Proposals are what the rules could go by, by the user's leave where Keeps is set.
	Proposals []FileProposal
	Keeps     bool
	Sections  []FileSection
	Wearings  []Wearing
}

// FileProposal is what the rules could go by from now on, or no more where it is Over.
type FileProposal struct {
	// Condition is the rules' name, Entry what speaks for it, with a field of its kind.
	Condition string
	Entry     FileEntry
	Over      bool
}

// FileLimit is a threshold of a resident's own.
type FileLimit struct{ Name, Value string }

// Wearing is when a device was worn: zero times are open.
type Wearing struct {
	Device, Name string
	From, To     time.Time
}

// FileSection is one kind of entries of a file.
type FileSection struct {
	Kind string
	// Single is set where a file has one of the kind.
	Single bool
	// Keeps is set for who may change it.
	Keeps   bool
	Fields  []FileField
	Entries []FileEntry
	// More is how many others there are after these, Ended how many have ended.
	More, Ended int
}

// FileField is one that people fill in.
type FileField struct {
	Name string
	// Type is line, text, day, number, whole, yes, choice or choices.
	Type    string
	Choices []string
	Needed  bool
	Longest int // characters
}

// FileEntry is what a file says of one thing.
type FileEntry struct {
	ID, Kind string
	// State is current, ended or entered_in_error.
	State, EndedOn string
	// Values are what is said, by the names of fields.
	Values map[string][]string
	// Called is what its code of ICD-10 is called; without words where it has none.
	Called Text
	// Paper is what a document holds, of so many bytes; "" where there is none.
	Paper     string
	Size      int64
	Version   int
	ChangedAt time.Time
	// ChangedBy is a name, "" for the command line.
	ChangedBy, Reason string
}

// FileSaying is what somebody says in a file, and why.
type FileSaying struct {
	Values map[string][]string
	Reason string
	// Version is the one that it was made from, 0 for none.
	Version int
}

// FileFault is what is wrong with it, by the names of fields, in English, for
// programs; what is wrong with an uploaded file by "file". Pages say what is wanted.
type FileFault map[string]string

// Error implements error.
func (FileFault) Error() string { return "what is said in the file is not right" }

// Diagnosis is one of ICD-10.
type Diagnosis struct {
	Code   string
	Called Text
}
