package engine

import (
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Event is something that a resident's engine hears of. At is when, in Unix
// milliseconds: for readings when they were received. An event that is older
// than one before it counts as of the same moment as that.
type Event struct {
	At int64
	// Seq is the entry of the journal that it came with, 0 for one that did not.
	// An event of an entry that was heard before changes nothing.
	Seq uint64
	// Input numbers the events that did not come with an entry of the journal, 0
	// for one that has no number. It is heard once, too.
	Input uint64
	// What is one of [Readings], [Profile], [Claim], [Release], [Resolve], [Disown], [Snooze], [Adopt],
	// [Raise], [Lower], [Tick], [Deaf] and [Dark] for a resident; [Equipment], [Heard],
	// and all but [Readings], [Profile] and [Dark], for a home or the service.
	What any
}

// Readings are what a device said in one message.
type Readings struct {
	Device string
	// Class is what kind of device it is, as the rules' caps name them; Zone is
	// where it is fixed, "bathroom", "bedroom", "entrance"; "" when not known.
	Class, Zone string
	Samples     []vitals.Sample
}

// Profile is what is known of a resident beside the readings. A new one takes
// the place of the one before.
type Profile struct {
	Zone       *time.Location
	Birth      time.Time // zero when not known
	Conditions []string
	// Limits are the resident's own thresholds by name.
	Limits map[string]float64
	// Scale2 is set by the recorded decision of a clinician.
	Scale2 bool
	// Planned is how often a metric is to be measured.
	Planned map[vitals.Metric]rules.Span
	// Situations and when each ends, in Unix milliseconds.
	Situations map[rules.Situation]int64
	// Unwatched: the resident is not to be watched over. What is open is withdrawn, and
	// readings and what is raised are not looked at.
	Unwatched bool
}

// Claim says that somebody has an alert, until a time.
type Claim struct {
	Alert, By string
	Until     int64
}

// Release ends a claim of somebody's before its time: By may not see to the alert any
// more. A claim by another is left alone.
type Release struct {
	Alert, By string
}

// Resolve closes an alert by a person's verdict.
type Resolve struct {
	Alert, By, Reason string
	Verdict           Verdict
}

// Verdict is what a person found an alert to have been.
type Verdict string

// The verdicts.
const (
	TrueAlarm  Verdict = "true"
	FalseAlarm Verdict = "false_alarm"
	TestAlarm  Verdict = "test"
	// NotTheirs: it began by readings of somebody else, which was found out later. Nobody
	// gives it but who corrects whose the readings are, see [Disown].
	NotTheirs Verdict = "not_theirs"
)

// Snooze keeps an alert that is not critical quiet until a time.
type Snooze struct {
	Alert, By string
	Until     int64
}

// Tick is that time has passed.
type Tick struct{}
