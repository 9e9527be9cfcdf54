package rights

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Codes of the faults.
const (
	// CodeWears: the resident wears devices, whose readings would go on coming.
	CodeWears = "erasure.wears"
	// CodeCritical: a critical alert about the resident is open: somebody may be lying
	// on the floor.
	CodeCritical = "erasure.critical"
	// CodeMoving: readings are on their way between the resident and somebody else,
	// because files were made one or two, or who wore a device was corrected.
	CodeMoving = "erasure.moving"
	// CodeMerged: the resident's file went into another's, and is erased with that one.
	CodeMerged = "erasure.merged"
	// CodeAsked: it was asked for already.
	CodeAsked = "erasure.asked"
	// CodeReason: there is none, or it holds a name.
	CodeReason = "erasure.reason"
)

// Unknown is the number of what could not be counted, as in a store that did not
// answer.
const Unknown = -1

// Place is somewhere where something of the resident was.
type Place struct {
	// Store is which part of the service it is: "records", "timeline", "journal", "papers".
	Store string `json:"store"`
	// What it is, such as the name of the table.
	What string `json:"what"`
	// Before is how much there was when it was asked for, or [Unknown]; After how much
	// is left, read back.
	Before int64 `json:"before"`
	After  int64 `json:"after"`
	// Kept is why it stays; "" for what goes.
	Kept string `json:"kept,omitempty"`
}

// Erasure is one of a resident's data.
type Erasure struct {
	ID       string
	Resident string
	AskedBy  string // a user; "" for the command line
	AskedAt  time.Time
	Reason   string
	Places   []Place
	// Tries is how often it was tried, and Problem why it is not done yet.
	Tries   int
	Problem string
	DoneAt  time.Time // zero while it is not done
	// Hash is the proof's, "" while it is not done. The audit has it too.
	Hash string

	sources []Source
}

// Done reports whether nothing is left but what is kept.
func (e Erasure) Done() bool { return !e.DoneAt.IsZero() }

// Source is what a device is called in messages.
type Source struct {
	Codec, Name string
}

// Proof is what the hash is over, as JSON.
func (e Erasure) Proof() []byte {
	text, err := json.Marshal(struct {
		ID       string    `json:"id"`
		Resident string    `json:"resident"`
		AskedBy  string    `json:"asked_by"`
		AskedAt  time.Time `json:"asked_at"`
		Reason   string    `json:"reason"`
		DoneAt   time.Time `json:"done_at"`
		Places   []Place   `json:"places"`
	}{e.ID, e.Resident, e.AskedBy, e.AskedAt, e.Reason, e.DoneAt, e.Places})
	if err != nil {
		panic(err) // texts, numbers and times: there is nothing to fail
	}
	return text
}

// Sum is the hash of the proof, hexadecimal.
func (e Erasure) Sum() string {
	sum := sha256.Sum256(e.Proof())
	return hex.EncodeToString(sum[:])
}

type row struct {
	bun.BaseModel `bun:"table:erasures"`

	ID       string   `bun:"id,pk"`
	Resident string   `bun:"resident"`
	AskedBy  string   `bun:"asked_by"`
	AskedAt  int64    `bun:"asked_at"`
	Reason   string   `bun:"reason"`
	Sources  []Source `bun:"sources,type:text"`
	Places   []Place  `bun:"places,type:text"`
	Tries    int      `bun:"tries"`
	Problem  string   `bun:"problem"`
	DoneAt   int64    `bun:"done_at,nullzero"`
	Hash     string   `bun:"hash"`
}

func (r row) erasure() Erasure {
	return Erasure{
		ID: r.ID, Resident: r.Resident, AskedBy: r.AskedBy, AskedAt: store.Time(r.AskedAt), Reason: r.Reason, Places: r.Places,
		Tries: r.Tries, Problem: r.Problem, DoneAt: store.Time(r.DoneAt), Hash: r.Hash, sources: r.Sources,
	}
}

func rowOf(e Erasure) row {
	if e.sources == nil {
		e.sources = []Source{}
	}
	return row{
		ID: e.ID, Resident: e.Resident, AskedBy: e.AskedBy, AskedAt: store.Millis(e.AskedAt), Reason: e.Reason, Sources: e.sources, Places: e.Places,
		Tries: e.Tries, Problem: e.Problem, DoneAt: store.Millis(e.DoneAt), Hash: e.Hash,
	}
}
