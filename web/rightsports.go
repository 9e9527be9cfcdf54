package web

import (
	"context"
	"time"
)

// The refusals.
var (
	// RefusedWears: who wears a device is not erased.
	RefusedWears = Refusal{"erase_wears"}
	// RefusedCritical: nor is one of whom a critical alert is open.
	RefusedCritical = Refusal{"erase_critical"}
	// RefusedMoving: nor is one of whom readings are on their way to somebody else.
	RefusedMoving = Refusal{"erase_moving"}
	// RefusedID: the id that was typed is another.
	RefusedID = Refusal{"erase_id"}
	// RefusedWhy: no reason was given, or one with a name in it.
	RefusedWhy = Refusal{"erase_reason"}
	// RefusedAsked: they are being erased already.
	RefusedAsked = Refusal{"erase_asked"}
)

// Rights carries out what residents may ask of who keeps their data. What a user may
// not do is ErrNotFound.
type Rights interface {
	// MayCopy and MayErase say which buttons to show.
	MayCopy(ctx context.Context, user User, resident string) (bool, error)
	MayErase(ctx context.Context, user User, resident string) (bool, error)
	// Disclosures are to whom data of a resident went, the newest first.
	Disclosures(ctx context.Context, user User, resident string) ([]Disclosure, error)
	Erase(ctx context.Context, user User, resident, reason string) error
	// Erasures are all residents who were erased, the newest first.
	Erasures(ctx context.Context, user User) ([]Erasure, error)
	Processing(ctx context.Context, user User) (Processing, error)
}

// Disclosure is that data of a resident went to somebody.
type Disclosure struct {
	At     time.Time
	Kind   string // copy, message, emergency
	Who    string // the name
	Over   ChannelKind
	Scopes []string
	Reason string
}

// Erasure is one of all that was kept of a resident.
type Erasure struct {
	ID, Resident string
	AskedBy      string // the name; "" for the command line
	AskedAt      time.Time
	Reason       string
	Problem      string
	DoneAt       time.Time // zero while it is not proven
	Hash         string
	Places       []ErasedPlace
}

// ErasedPlace is how much there was somewhere, and is; -1 when that is not known.
type ErasedPlace struct {
	Store, What   string
	Before, After int64
	Kept          bool
}

// Processing is the record of processing.
type Processing struct {
	Residents  int
	Activities []Activity
	Recipients []Recipient
	Kept       []Keeping
	Measures   []string
	Missing    []string
}

// Activity is something that is done with data.
type Activity struct {
	Name      string
	Purpose   bool // it is one of the purposes that are agreed to
	Data      []string
	Sensitive bool
	Basis     string
	Consents  int
	Version   string // of the text that is agreed to
}

// Recipient is somebody outside who is given data.
type Recipient struct {
	Kind, Host string
	Channel    bool // it is a kind of channel
	Detail     bool
}

// Keeping is how long something is kept.
type Keeping struct {
	What, Where string
	For         time.Duration // 0 for until it is erased
}
