package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

var (
	// ErrNotFound says that there is no such resident or alert, or none that the
	// user may see: the pages do not tell which.
	ErrNotFound = errors.New("not found")
	// ErrWrongPassword says that login and password do not belong together.
	ErrWrongPassword = errors.New("wrong login or password")
	// ErrResolved says that nothing more can be done about an alert: somebody closed
	// it, or it ended by itself.
	ErrResolved = errors.New("the alert is resolved")
	// ErrCritical says that an alert is too grave to be snoozed.
	ErrCritical = errors.New("what is critical cannot be snoozed")
	// ErrNotYours says that somebody else has the alert, or nobody.
	ErrNotYours = errors.New("the alert is not claimed by the user")
	// ErrNotNow says that something is due at another time than now, so that it is not
	// done by what is done now.
	ErrNotNow = errors.New("it is due at another time")
	// ErrChanged says that somebody else has changed what was to be changed.
	ErrChanged = errors.New("somebody has changed it meanwhile")
	// ErrStarting says that nothing can be done about alerts in the first moment
	// after a start.
	ErrStarting = errors.New("the service is starting")
)

// Waits is an error that passes when one waits.
type Waits interface {
	error
	RetryAfter() time.Duration
}

// User is who is signed in.
type User struct {
	ID, Name string
	// Language is a BCP 47 tag, "" when the user has none set.
	Language string
	// Staff is set for who may change who is told and who is on duty.
	Staff bool
	// Manages is set for who answers for the service itself.
	Manages bool
	// Expert is set for who answers questions put to panels, and sees nothing else.
	Expert bool
}

// Accounts signs people in and out.
type Accounts interface {
	// SignIn checks login and password and returns the cookies to set; ErrWrongPassword
	// when they do not belong together, a [Waits] when too many sign-ins failed.
	SignIn(r *http.Request, login, password string) ([]*http.Cookie, error)
	// SignOut ends the request's session and returns the cookie that removes it.
	SignOut(r *http.Request) (*http.Cookie, error)
	// UserOf tells who signed the request in.
	UserOf(ctx context.Context) (User, bool)
}

// Resident is whom a card on the board is about.
type Resident struct {
	ID, Name string
	// Home is the home's name, "5-2"; Room the room in it, often "".
	Home, Room string
	// Zone is the resident's time zone.
	Zone *time.Location
	// Situations are what the resident is in now.
	Situations []Situation
	// Photo is set where there is one that the user may see; not in lists.
	Photo bool
	// Shows says which kinds of data the user may see, beside how the resident is.
	Shows Shows
	// Hidden is the worst open alert of those that the user may not see, 0 without one.
	Hidden Severity
}

// Shows are kinds of a resident's data.
type Shows struct{ Vitals, Alerts, File, Documents bool }

// Situation is what a resident is in for a while; some rules are paused
// meanwhile.
type Situation struct {
	Kind  SituationKind
	Until time.Time
}

// SituationKind is what a resident can be in for a while.
type SituationKind string

// The kinds of situations.
const (
	AwayFromHome SituationKind = "away"
	InHospital   SituationKind = "hospital"
	WithVisitors SituationKind = "visitors"
)

// Residents knows who is watched over, and who may see whom.
type Residents interface {
	// List returns the residents whom the user may see, in any order.
	List(ctx context.Context, user User) ([]Resident, error)
	// Resident returns one; ErrNotFound when there is none whom the user may see.
	Resident(ctx context.Context, user User, id string) (Resident, error)
}

// Readings knows the newest reading of each metric of a resident.
type Readings interface {
	Latest(resident string) []vitals.Reading
}

// Devices knows how the devices are.
type Devices interface {
	// DevicesOf returns, for each of the residents, the devices that they wear and
	// those fixed in their home, in a stable order.
	DevicesOf(ctx context.Context, residents ...string) (map[string][]Device, error)
}

// Device is a thing that publishes, and how it is.
type Device struct {
	ID, Name, Kind, Model string
	// Worn is set when the resident wears it; else it is fixed in the home.
	Worn bool
	// Every is the longest that it is silent when all is well, 0 for one that is
	// used by hand: nothing is expected of it.
	Every time.Duration
	// LastSeen is when something of it was last received; zero when never.
	LastSeen time.Time
	// Online is what its status says, nil when it never said.
	Online *bool
	// Battery is its charge in %, nil when it never said.
	Battery *float64
	// BatteryLow is set when it says so itself.
	BatteryLow bool
	// ClockOff is how far its clock was off lately; positive when behind.
	ClockOff time.Duration
	// Problem is what was last wrong with its messages, in English; often "".
	Problem string
}

// Severity is how grave an alert is; 0 is none.
type Severity int

// The severities, mildest first.
const (
	Info Severity = iota + 1
	Warning
	Critical
)

func (s Severity) String() string { return [...]string{"", "info", "warning", "critical"}[s] }

// Text is in both languages of the pages.
type Text struct{ EN, ZH string }

// Alerts knows what is wrong, and takes in what people do about it. A method that
// is given a user tells of, and acts on, only what is about residents whom that
// user may see.
type Alerts interface {
	// Open returns those that are not resolved, worst first and then oldest: all that
	// are about residents, and of those about devices and homes as many as a page can
	// bear. It says how many more there are of these.
	Open(ctx context.Context, user User) (open []Alert, more int, err error)
	// OpenOf returns those that concern a resident.
	OpenOf(ctx context.Context, user User, resident string) ([]Alert, error)
	// Count counts those that are not resolved and stand on their own.
	Count(ctx context.Context, user User) (Alarms, error)
	// Resolved returns those that were resolved since a time, newest first; those of
	// some residents where it names any.
	Resolved(ctx context.Context, user User, since time.Time, residents ...string) ([]Alert, error)
	// Alert returns one with all that is kept about it; ErrNotFound when there is none.
	Alert(ctx context.Context, user User, id string) (AlertFile, error)
	// Claim gives it to the user until a time.
	Claim(ctx context.Context, user User, id string, until time.Time) error
	// Resolve closes it by the user's verdict.
	Resolve(ctx context.Context, user User, id string, verdict Verdict, reason string) error
	// ResolveGone closes one whose rule is gone, and all others of that rule that the
	// user may close.
	ResolveGone(ctx context.Context, user User, id string, verdict Verdict, reason string) error
	// Snooze keeps it quiet until a time.
	Snooze(ctx context.Context, user User, id string, until time.Time) error
	// Arrive notes that the user, who has it, is there; [ErrNotYours] when they have it
	// not.
	Arrive(ctx context.Context, user User, id string) error
	// Comment adds what the user has to say about it.
	Comment(ctx context.Context, user User, id, text string) error
}

// Alert is a rule that fired for a resident.
type Alert struct {
	ID string
	// Resident is whom it concerns, "" where that is not one resident.
	Resident string
	// Place says which device or home it is about, where it is about one, and Zone
	// is the time zone there.
	Place string
	Zone  *time.Location
	// Name is the rule's, Message what it tells, with the resident's name in it.
	Name, Message Text
	// Why says in plain words what the rule saw.
	Why      Text
	Severity Severity
	// Technical is set for a trouble of devices or of a home, which is for those who
	// look after devices.
	Technical bool
	// Since is when the rule began to hold, BeganAt when it was believed.
	Since, BeganAt time.Time
	// ResolvedAt is zero while it is open.
	ResolvedAt time.Time
	// Holder has claimed it, until HeldUntil; without an id while nobody has.
	Holder    User
	HeldUntil time.Time
	// SnoozedUntil is zero when it is not snoozed.
	SnoozedUntil time.Time
	// Repeats are how many times somebody has called again while it was open,
	// RepeatedAt when the last time was.
	Repeats    int
	RepeatedAt time.Time
	// Verdict is "" while it is open, and when it ended by itself.
	Verdict Verdict
	// Gone is set for one that is open and whose rule was taken away or switched
	// off: nothing but a person ends it.
	Gone bool
	// Parts are alerts of the same cause, which are shown under it.
	Parts []Alert
}

// Verdict is what a person found an alert to have been.
type Verdict string

// The verdicts.
const (
	TrueAlarm  Verdict = "true"
	FalseAlarm Verdict = "false_alarm"
	TestAlarm  Verdict = "test"
	// NotTheirs: it began by readings that were found to be somebody else's.
	NotTheirs Verdict = "not_theirs"
)

// AlertFile is all that is kept about an alert.
type AlertFile struct {
	Alert
	// Whole is the alert that this one is a part of, "" for one that is none.
	Whole string
	// Alike are how many other open alerts of its rule the user may close with it,
	// where that is gone.
	Alike int
	// Unreached are the residents of whom nobody can be told, where the alert is about
	// that, each with the gravest severity that it is so for; by name.
	Unreached []Unreached
	// Source is the guideline that the rule comes from, in English.
	Source string
	// Steps are what has happened to it, oldest first.
	Steps    []Step
	Comments []Comment
	// Telling is who was told, and who is told next.
	Telling Telling
	// Scene is when Arrived was there; zero when nobody said so.
	Scene   time.Time
	Arrived User
	// Seen are the readings that the rule saw at the newest step.
	Seen []vitals.Reading
	// Score is NEWS2, for a rule about it.
	Score *Score
	// Series are the readings around it, as they were kept with it; Bounds are the
	// thresholds that it is about.
	Series []Series
	Bounds []Bound
}

// Unreached is a resident of whose alerts of a severity nobody can be told for sure.
type Unreached struct {
	ID, Name string
	Severity Severity
}

// Step is one of an alert's life.
type Step struct {
	At       time.Time
	Kind     StepKind
	Severity Severity
	By       User // without an id where nobody did it
	// Until is when a claim or a snooze ends.
	Until   time.Time
	Verdict Verdict
	Reason  string
	// Seen are the readings of a call again; What is another thing that was not done,
	// and Due when it was to be.
	Seen []vitals.Reading
	What string
	Due  time.Time
}

// StepKind is what happened to an alert.
type StepKind string

// The kinds of steps.
const (
	Began        StepKind = "began"
	Worsened     StepKind = "worsened"
	Repeated     StepKind = "repeated" // somebody called again
	WasClaimed   StepKind = "claimed"
	ClaimExpired StepKind = "claim_expired"
	ClaimLost    StepKind = "claim_lost" // whoever had it may not see it any more
	WasSnoozed   StepKind = "snoozed"
	SnoozeEnded  StepKind = "snooze_ended"
	Cleared      StepKind = "cleared"   // by itself
	Withdrawn    StepKind = "withdrawn" // what it was about is not there any more
	Grouped      StepKind = "grouped"   // it became a part of another
	Ungrouped    StepKind = "ungrouped" // it stands on its own again
	WasResolved  StepKind = "resolved"
)

// Comment is what somebody had to say about an alert.
type Comment struct {
	At   time.Time
	By   User
	Text string
}

// Score is a NEWS2 with what it was made of.
type Score struct {
	Total int
	// Scale is which of its two scales of oxygen saturation was used.
	Scale   int
	Version string
	// Risk is "low", "low_medium", "medium" or "high".
	Risk  string
	Parts []ScorePart
}

// ScorePart is what one measurement adds to a score.
type ScorePart struct {
	Metric vitals.Metric
	Points int
}

// Series are the readings of a metric around an alert, oldest first.
type Series struct {
	Metric vitals.Metric
	Points []Point
}

// Point is a value at a time; a marked one is doubtful.
type Point struct {
	At     time.Time
	Value  float64
	Marked bool
}

// Bound is a threshold that was passed: its metric, ">=" or the like, and the
// value.
type Bound struct {
	Metric vitals.Metric
	// Fn is "avg", "min" or "max" of the metric over Span, where it is not its newest
	// value that is compared; "" where it is.
	Fn    string
	Span  time.Duration
	Op    string
	Value float64
}

// Reminders knows what residents are to do. Like [Alerts] it tells of, and acts on,
// only what is about residents whom the user may see.
type Reminders interface {
	// Today returns what is due today, by the clock of each, for some residents, by
	// when it is due.
	Today(ctx context.Context, user User, residents ...string) ([]Occurrence, error)
	// Adherence returns how each reminder of a resident went in the last weeks, the
	// newest first.
	Adherence(ctx context.Context, user User, resident string) ([]AdherenceWeek, error)
	// Finish notes that something is done now; ErrNotNow when it is due at another time.
	Finish(ctx context.Context, user User, resident, occurrence string) error
	// Skip notes that something is not to be done, and why.
	Skip(ctx context.Context, user User, resident, occurrence, reason string) error
}

// Occurrence is one time at which something is due.
type Occurrence struct {
	ID, Resident string
	// What is to be done, in the words that it was kept in; Detail what belongs to it: the dose, or with a meal.
	What, Detail string
	Due          time.Time
	Status       ReminderStatus
	// Told is how often it was told to the resident, or to who helps; Untold is set
	// while nobody could be told.
	Told   int
	Untold bool
	// Critical is set for a medicine that does harm when it is late.
	Critical bool
	// Settles is set as long as somebody can say what became of it, Now when that it
	// is done can be said now.
	Settles, Now bool
	DoneAt       time.Time
	OnTime       bool
	Reason       string // why it was skipped
}

// ReminderStatus is where an occurrence is in its life.
type ReminderStatus string

// The statuses.
const (
	ReminderDue     ReminderStatus = "due"
	ReminderTold    ReminderStatus = "told"
	ReminderDone    ReminderStatus = "done"
	ReminderSkipped ReminderStatus = "skipped"
	ReminderMissed  ReminderStatus = "missed"
)

// AdherenceWeek is how a reminder went in a week.
type AdherenceWeek struct {
	Reminder, What string
	Monday         string // "2026-11-23"
	// Due is how often it was due so far, of which Skipped were skipped and Done done.
	Due, Skipped, Done int
}

// Judging knows how far the judging of alerts is behind, and what of Anxin itself
// does not work.
type Judging interface {
	// Behind is how old what was judged last is, 0 when all that has come is judged.
	Behind() time.Duration
	// Stopped are the parts of Anxin that do not move.
	Stopped() []Part
}

// Part is a part of Anxin that must move.
type Part string

// The parts.
const (
	BrokerPart     Part = "broker"
	JournalPart    Part = "journal"
	EnginePart     Part = "engine"
	EscalationPart Part = "escalation"
	DeliveriesPart Part = "deliveries"
	// SomebodyPart stands still while of an open alert nobody can be told. It is mended
	// by people: nothing of Anxin is broken.
	SomebodyPart Part = "somebody"
)
