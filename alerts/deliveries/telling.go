package deliveries

import (
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// About is what kind of thing a delivery is about.
type About string

// What deliveries are about. The subject of news is an alert too.
const (
	OfAlert      About = "alert"
	OfNews       About = "news"
	OfOccurrence About = "occurrence"
	OfTest       About = "test"
	// OfAccess is that somebody had access in an emergency; the subject is its id.
	OfAccess About = "access"
	// OfWeek is what a resident's week was like: see [Weeks].
	OfWeek About = "week"
	// OfQuestion is a question to a panel of experts; the subject is its id: see
	// [Questions].
	OfQuestion About = "question"
	OfDigest   About = "digest"
)

// Says is what is said about it.
type Says string

// What is said. Somebody who is not told of the alert itself is not told the
// news of it either.
const (
	Call    Says = "call"   // somebody is needed
	Unheard Says = "gap"    // to the service's staff: somebody is needed, and nobody else can be told
	Remind  Says = "remind" // to whoever has it: it is still open
	Taken   Says = "taken"  // news: somebody has it, until when
	Over    Says = "over"   // news: it is closed
	Plain   Says = "plain"  // what the telling's own words say: occurrences, tests
	Many    Says = "many"   // a digest
	// Of questions to experts: one waits for the contact, it waits still, the advice is
	// the contact's to publish, and there is advice about the resident.
	Asked      Says = "asked"
	AskedStill Says = "asked_still"
	ToAdvise   Says = "to_advise"
	Advised    Says = "advised"
)

// Relation is what the contact is to the resident. It decides what the contact is
// told, and whether a warning may wake them.
type Relation string

// The relations.
const (
	Family    Relation = "family"
	Neighbour Relation = "neighbour"
	Caregiver Relation = "caregiver"
	Doctor    Relation = "doctor"
	Resident  Relation = "resident" // themselves, over the speaker in their home
	Staff     Relation = "staff"    // on duty, the team, its supervisor, administrators
)

// works reports whether they are told at night because it is their work.
func (r Relation) works() bool { return r == Caregiver || r == Staff }

// Telling is somebody to be told of something.
type Telling struct {
	About   About
	Subject string // the id of the alert, the occurrence, the test
	// Step numbers the tellings of a subject, from 1: a contact is told once at each.
	// It grows with each round of a policy's step too; of news it may be the number of
	// the alert's transition.
	Step int
	Says Says
	Who
	Severity rules.Severity
	// Over, when there are any, are the only kinds of channels to use.
	Over []Kind
	// Channel, when it is set, is the only one to use: of a test.
	Channel string
	// Holder had the alert when it was decided to tell this, until HeldUntil; "" for
	// nobody. Once another has it, or the same person anew, a call for help or a
	// reminder is not sent any more.
	Holder    string
	HeldUntil time.Time
	// Emergency asks for the emergency number to be called, Late says that this comes
	// later than it should, for the service did not run.
	Emergency, Late bool
	// Again is when somebody called again, if that is what is new; zero otherwise.
	// Unanswered is set when help was asked for before, and nobody has answered.
	Again      time.Time
	Unanswered bool
	// Until is when it is too late to say it; zero for never.
	Until time.Time
	// Words are what is said, where it is not made from an alert.
	Words *Words
}

// Words are what is said in both languages. Plainly is for a channel that is not
// trusted with health detail: it names nobody.
type Words struct {
	Subject rules.Text `json:"subject"`
	Text    rules.Text `json:"text"`
	Plainly rules.Text `json:"plainly"`
	// Done is what somebody taps who says that it is done; empty where there is
	// nothing to do.
	Done rules.Text `json:"done,omitzero"`
	// Help is what somebody taps who says that help is needed; empty where that is not
	// asked.
	Help rules.Text `json:"help,omitzero"`
	// Language is for contacts who have said none.
	Language string `json:"language,omitempty"`
	// Ask are the answers that a speaker listens for.
	Ask []string `json:"ask,omitempty"`
}
