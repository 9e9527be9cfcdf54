package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Action is what was done, or would have been.
type Action string

// The actions.
const (
	Read    Action = "read"
	Change  Action = "change"
	Export  Action = "export"
	Erase   Action = "erase"
	Tell    Action = "tell"    // said to a contact over a channel
	Consent Action = "consent" // given or withdrawn
	Break   Action = "break_glass"
	Review  Action = "review" // of a broken glass
	Sign    Action = "sign"   // what experts go by and say, with the hash of it
	SignIn  Action = "sign_in"
	SignOut Action = "sign_out"
	// Account is what is done about a user: made, changed, disabled, a password, a
	// token, an invitation.
	Account Action = "account"
)

// Via is the way on which it was done.
type Via string

// The ways.
const (
	API     Via = "api"
	Page    Via = "page"
	Stream  Via = "stream" // of live events
	Link    Via = "link"   // one tap, without a sign-in
	MQTT    Via = "mqtt"
	Command Via = "command" // the command line, on the database itself
	Service Via = "service" // Anxin, by itself
)

// Entry is one line of the audit.
type Entry struct {
	// Seq counts from 1, without a gap. Append gives it, and At.
	Seq int64
	At  time.Time // to the millisecond
	// Actor is a user's id; "" for Anxin itself and for the command line. Of a sign-in
	// that was refused it is the user whose login was tried, "" when it is nobody's.
	Actor  string
	Via    Via
	Action Action
	// Resident is whose data; "" when it is nobody's.
	Resident string
	// Scope is the kind of data, "vitals".
	Scope string
	// What is the operation, without values: "GET /api/v1/residents/{id}/latest".
	What string
	// Ground is why it was allowed, "team", "consent 01J…"; "" when it was refused.
	Ground  string
	Refused bool
	// Reason is what the actor said about it.
	Reason string
	// Address is where on the network it came from.
	Address string
	// Hash is over all of this and the hash before it, hexadecimal.
	Hash string
}

type row struct {
	bun.BaseModel `bun:"table:audit"`

	Seq      int64  `bun:"seq,pk"`
	At       int64  `bun:"at"`
	Actor    string `bun:"actor"`
	Via      Via    `bun:"via"`
	Action   Action `bun:"action"`
	Resident string `bun:"resident"`
	Scope    string `bun:"scope"`
	What     string `bun:"what"`
	Ground   string `bun:"ground"`
	Refused  bool   `bun:"refused"`
	Reason   string `bun:"reason"`
	Address  string `bun:"address"`
	Hash     string `bun:"hash"`
}

func rowOf(e Entry, seq int64, now time.Time) row {
	return row{
		Seq: seq, At: store.Millis(now), Actor: e.Actor, Via: e.Via, Action: e.Action, Resident: e.Resident, Scope: e.Scope,
		What: e.What, Ground: e.Ground, Refused: e.Refused, Reason: e.Reason, Address: e.Address,
	}
}

func (r row) entry() Entry {
	return Entry{
		Seq: r.Seq, At: store.Time(r.At), Actor: r.Actor, Via: r.Via, Action: r.Action, Resident: r.Resident, Scope: r.Scope,
		What: r.What, Ground: r.Ground, Refused: r.Refused, Reason: r.Reason, Address: r.Address, Hash: r.Hash,
	}
}

// chained is the hash of the row after the one whose hash is before. The fields
// are an array of JSON, so that none can flow into the next.
func (r row) chained(before string) string {
	text, err := json.Marshal([]any{
		before, r.Seq, r.At, r.Actor, r.Via, r.Action, r.Resident, r.Scope, r.What, r.Ground, r.Refused, r.Reason, r.Address,
	})
	if err != nil {
		panic(err) // strings, numbers and a boolean: there is nothing to fail
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
