package web

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Identities knows who residents are, who may be one person with two files, and which
// files were made one. What a user may not see or do is ErrNotFound; what is said
// wrong is a [Refusal]; what somebody else has changed meanwhile is [ErrChanged].
type Identities interface {
	Identity(ctx context.Context, user User, resident string) (IdentityFile, error)
	Correct(ctx context.Context, user User, resident string, is Identity, reason string, from int) error
	// New makes a resident, unless there may be a file of theirs already: then it answers
	// with who that may be, and makes none. Not are those who were looked at.
	New(ctx context.Context, user User, is Identity, not []string) (id string, perhaps Alike, err error)
	// Homes are those to choose from.
	Homes(ctx context.Context, user User) ([]Place, error)
	// Duplicates are two by two who may be one person.
	Duplicates(ctx context.Context, user User) ([][2]Likeness, error)
	SayDistinct(ctx context.Context, user User, one, other string) error
	Preview(ctx context.Context, user User, survivor, other string) (MergePreview, error)
	Merge(ctx context.Context, user User, survivor, other string, said MergeSaying) error
	Undo(ctx context.Context, user User, resident, merge, reason string) error
	// Merged are the merges that a resident's file was in, the newest first.
	Merged(ctx context.Context, user User, resident string) ([]Merged, error)
}

// Identity is who somebody is, and where they live.
type Identity struct {
	Name, Born, Sex          string // born on a day, "1941-03-05"; "" when not known
	Home, Room, Called       string // the home's id
	HomeName                 string
	TimeZone, Language       string
	Phone, IDNumber, Address string // as far as they are known
}

// Place is a home by its id.
type Place struct{ ID, Name string }

// IdentityFile is who a resident is, with all that was said before, the newest first.
type IdentityFile struct {
	Identity
	Version  int
	Versions []IdentityVersion
	Merges   []Merged
	// Homes are those to choose from; none where somebody else says where they live.
	Homes []Place
	// Keeps says that the user may correct it, Merges that they may undo a merge.
	Keeps, MayMerge bool
}

// IdentityVersion is what was said at one time.
type IdentityVersion struct {
	Identity
	N      int
	At     time.Time
	By     string // a name
	Reason string
}

// Merged is that two files were made one: the other's went into the survivor's.
type Merged struct {
	ID                string
	Survivor, Other   Person
	Reason, By        string
	At, UndoneAt      time.Time
	UndoneBy, Undoing string
	Moving            bool // readings are on their way
	MayUndo           bool
}

// Likeness is a resident as they are compared.
type Likeness struct {
	ID string
	Identity
	// Reasons are what speaks for one person and against it, by codes.
	Reasons []string
	Likely  bool
}

// Alike are who may be the person: those whom the user may see, and how many more
// there are.
type Alike struct {
	People []Likeness
	Hidden int
}

// MergePreview is what a merge would do.
type MergePreview struct {
	Survivor, Other Likeness
	Tag             string
	// Fields are those in which they differ, by name.
	Fields []MergeField
	// Care and OtherCare are what the rules go by; Differs when it is to be chosen.
	Care, OtherCare MergeCare
	Differs         bool
	// People are around the other alone, Widened around the survivor, and would see more.
	People, Widened []MergePerson
	Rows            []MergeRows
	Obstacles       []MergeObstacle
}

// MergeField is what two files say of one thing.
type MergeField struct{ Name, Survivor, Other string }

// MergeCare is what the rules go by of a resident, by the rules' names.
type MergeCare struct {
	Conditions []string
	Limits     []FileLimit
	Planned    []MergePlan
}

// MergePlan is how often a metric is to be measured.
type MergePlan struct {
	Metric vitals.Metric
	Every  time.Duration
}

// MergePerson is somebody around a resident, with what they see, by kinds of data.
type MergePerson struct {
	Person
	Relation             string
	Survivor, Other, New []string
}

// MergeRows is how many of something would come.
type MergeRows struct {
	What string
	N    int
}

// MergeObstacle is to be settled first.
type MergeObstacle struct{ Code, About string }

// MergeSaying is what is decided about a merge.
type MergeSaying struct {
	Reason, Tag, Care string
	FromOther         []string
	Along, Behind     []string
	Widen             []string
}

// The refusals about who somebody is.
var (
	// RefusedIdentity: the name is empty, or a date, home, zone or language is none.
	RefusedIdentity = Refusal{"identity"}
	// RefusedMerge: something is undecided, or has to be settled first.
	RefusedMerge = Refusal{"merge"}
	// RefusedMergeReason: nobody said how it is known.
	RefusedMergeReason = Refusal{"merge_reason"}
	// RefusedUndo: the survivor's file went into another's, or readings are on their way.
	RefusedUndo = Refusal{"undo"}
)
