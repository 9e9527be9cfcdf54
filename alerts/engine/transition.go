package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"

	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Status is where an alert is in its life.
type Status string

// The statuses. A rule that has begun to hold and is not confirmed is pending;
// it becomes an alert when it fires, which says since when it was pending.
const (
	Firing   Status = "firing"
	Claimed  Status = "claimed"
	Resolved Status = "resolved"
)

// Cause is why an alert changed.
type Cause string

// The causes.
const (
	Began        Cause = "began"         // its rule holds
	Worsened     Cause = "worsened"      // a graver level of its rule holds
	Repeated     Cause = "repeated"      // somebody called again, fell again, or another of its kind was raised while it was open
	Cleared      Cause = "cleared"       // its clear condition held, or who raised it lowered it
	WasClaimed   Cause = "claimed"       // somebody has it
	WasSnoozed   Cause = "snoozed"       // somebody keeps it quiet
	WasResolved  Cause = "resolved"      // somebody closed it, with a verdict
	ClaimExpired Cause = "claim_expired" // whoever had it did not come back, or, where it says who, may not see it any more
	SnoozeEnded  Cause = "snooze_ended"
	Grouped      Cause = "grouped"   // it is a part of another now, which has the same cause
	Ungrouped    Cause = "ungrouped" // it stands on its own again
	Withdrawn    Cause = "withdrawn" // what it was about is not watched any more
)

// Transition is one step of an alert's life.
type Transition struct {
	// Alert is its id, the same for the same events, and N which of its
	// transitions this is, from 1.
	Alert string
	N     int
	// Resident is whom it is about; or else Home, or Device, which is in that Home
	// when it is in one.
	Resident, Home, Device string

	Rule    string
	Version int
	// At is when it came about, Since when the rule began to hold, in Unix
	// milliseconds.
	At, Since int64
	Status    Status
	Severity  rules.Severity
	Cause     Cause
	// Holder has claimed the alert, until HeldUntil; "" while nobody has. Snoozed is
	// until when it is snoozed, 0 when it is not.
	Holder             string
	HeldUntil, Snoozed int64
	// PartOf is the alert that it is a part of; "" for one that stands on its own.
	PartOf string
	// By, Until, Verdict and Reason are of a person's step.
	By      string
	Until   int64
	Verdict Verdict
	Reason  string
	// Evidence is what the rule saw.
	Evidence Evidence
}

// Evidence is what a rule saw when an alert changed.
type Evidence struct {
	// Readings are the newest of the metrics that the rule is about.
	Readings []Used
	// Shown are the values that the message names.
	Shown map[string]float64
	// Bounds are the limits of the rule, with what was compared with them.
	Bounds []Compared
	// Devices are those of a home, for a rule about it.
	Devices []HeardOf
	// Score is NEWS2, for a rule about it.
	Score *news2.Score
	// Incidents are why it was raised, for a rule that is, oldest first.
	Incidents []Incident
}

// Compared is a limit of a rule as it was for the resident then.
type Compared struct {
	rules.Comparison
	Actual, Limit float64
}

// HeardOf is when a device was last heard, in Unix milliseconds; 0 for never.
type HeardOf struct {
	Device string
	At     int64
}

// Used is a reading that a rule saw.
type Used struct {
	Metric       vitals.Metric
	Number       float64
	Marks        vitals.Marks
	At, Received int64
	Device       string
	Zone         string // where that is fixed
}

// crockford is ULID's alphabet.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// alertID makes an id of what an alert is, in the form of a ULID: its time is
// that of the firing, its rest a hash. The same alert has the same id after any
// replay: one that an entry of the journal brought about goes by that entry and
// the sample in it, which was measured at a time, for how far time had passed
// before it was heard may be another then.
func (r *run) alertID(p *rules.Program, since, measured int64) string {
	at := r.state.now
	what := fmt.Appendf(nil, "%s\x00%s\x00%d\x00%d", r.state.subject(), p.ID, since, at)
	if r.seq != 0 {
		what = fmt.Appendf(nil, "%s\x00%s\x00entry %d\x00%d", r.state.subject(), p.ID, r.seq, measured)
		at = r.came
	}
	sum := sha256.Sum256(what)
	var id [17]byte // 130 bits are 26 characters; the first two bits are 0
	var when [8]byte
	binary.BigEndian.PutUint64(when[:], uint64(at)<<16)
	copy(id[1:], when[:6])
	copy(id[7:], sum[:10])
	return shifted(id)
}

// shifted encodes the last 128 bits as 26 characters.
func shifted(id [17]byte) string {
	// Base 32 takes five bits at a time from the left: move all by two bits, so
	// that the 128 stand at the right end of 130.
	var b [17]byte
	for i := 1; i < 17; i++ {
		b[i-1] |= id[i] >> 2
		b[i] |= id[i] << 6
	}
	return crockford.EncodeToString(b[:])[:26]
}
