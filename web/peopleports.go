package web

import (
	"context"
	"time"
)

// Refusal is an error that tells the user why something cannot be done: a key of
// the locales is its code after "refusal.".
type Refusal struct{ Code string }

func (r Refusal) Error() string { return "refused: " + r.Code }

// The refusals.
var (
	// RefusedAddress: the address of a channel is none.
	RefusedAddress = Refusal{"address"}
	// RefusedHost: the address leads to a host that is not allowed.
	RefusedHost = Refusal{"host"}
	// RefusedSecret: the address of a webhook has no secret that will do.
	RefusedSecret = Refusal{"secret"}
	// RefusedService: nobody is told over this chat service.
	RefusedService = Refusal{"service"}
	// RefusedNotSetUp: the operator has not set this kind of channel up.
	RefusedNotSetUp = Refusal{"not_set_up"}
	// RefusedSameChannel: the person has this channel already.
	RefusedSameChannel = Refusal{"same_channel"}
	// RefusedHeld: somebody else has the resident.
	RefusedHeld = Refusal{"held"}
	// RefusedOver: the offer does not hold any more.
	RefusedOver = Refusal{"over"}
	// RefusedNotYours: it was offered to another, or another has the resident.
	RefusedNotYours = Refusal{"not_yours"}
	// RefusedUntil: the time is past, or too far ahead.
	RefusedUntil = Refusal{"until"}
	// RefusedHours: a shift or an override has no such hours.
	RefusedHours = Refusal{"hours"}
	// RefusedDrill: a drill is under way.
	RefusedDrill = Refusal{"drill"}
	// RefusedTest: there were too many tests in an hour.
	RefusedTest = Refusal{"test"}
	// RefusedStranger: the person is not in the care team.
	RefusedStranger = Refusal{"stranger"}
	// RefusedConsent: a consent lacks what shows it.
	RefusedConsent = Refusal{"consent"}
	// RefusedPhone: what was typed is no telephone number.
	RefusedPhone = Refusal{"phone"}
	// RefusedReview: access in an emergency was reviewed already, or is the reviewer's own.
	RefusedReview = Refusal{"review"}
)

// RefusedAddressOf says what an address of a kind looks like.
func RefusedAddressOf(kind ChannelKind) Refusal { return Refusal{"address_" + string(kind)} }

// People knows who is told, who looks after whom, and who is on duty. Its methods
// answer ErrNotFound for what the user may not see or change, and a [Refusal]
// where something cannot be done as it is said.
type People interface {
	// Circle is who is around a resident.
	Circle(ctx context.Context, user User, resident string) (Circle, error)
	// TakeDuty says that the user has the resident until a time, OfferDuty offers it
	// to a contact, and ReturnDuty gives it back.
	TakeDuty(ctx context.Context, user User, resident string, until time.Time) error
	OfferDuty(ctx context.Context, user User, resident, contact string, until time.Time) error
	ReturnDuty(ctx context.Context, user User, resident string) error
	AcceptDuty(ctx context.Context, user User, resident, offer string) error
	DeclineDuty(ctx context.Context, user User, resident, offer string) error
	// SetMember puts a contact into a care team, or changes what it is there.
	SetMember(ctx context.Context, user User, resident string, m Member) error
	RemoveMember(ctx context.Context, user User, resident, contact string) error
	// SetPhones keeps at which numbers a resident is called.
	SetPhones(ctx context.Context, user User, resident string, p Phones) error

	// Contacts lists all people who can be told.
	Contacts(ctx context.Context, user User) ([]Person, error)
	// AddContact adds one and returns the id.
	AddContact(ctx context.Context, user User, name, language string) (string, error)
	// Contact returns one; [MyContact] is the user's own.
	Contact(ctx context.Context, user User, id string) (ContactFile, error)
	// ChangeContact keeps all of it but its channels and residents. Who is no contact
	// yet becomes one by changing their own.
	ChangeContact(ctx context.Context, user User, c ContactFile) error
	AddChannel(ctx context.Context, user User, contact string, c Channel) error
	// ChangeChannel keeps all but the kind and the address; first puts it first.
	ChangeChannel(ctx context.Context, user User, contact string, c Channel, first bool) error
	RemoveChannel(ctx context.Context, user User, contact, channel string) error
	// ForgetEnded forgets a channel that ended, once its person has read it.
	ForgetEnded(ctx context.Context, user User, contact, channel string) error
	// RenewPush keeps a browser's new subscription in place of an old one, which is
	// all the proof that it needs.
	RenewPush(ctx context.Context, old, fresh string) error
	// SetWishes keeps what a contact wants to hear of a resident.
	SetWishes(ctx context.Context, user User, contact, resident string, w Wishes) error

	// Teams lists the teams, with who is on duty now.
	Teams(ctx context.Context, user User) ([]Team, error)
	// Roster is who of a team is on duty from one moment to another.
	Roster(ctx context.Context, user User, team string, from, to time.Time) (Roster, error)
	// JoinTeam puts a contact into a team; LeaveTeam takes it out, and off the roster.
	JoinTeam(ctx context.Context, user User, team, contact string) error
	LeaveTeam(ctx context.Context, user User, team, contact string) error
	AddShifts(ctx context.Context, user User, team string, shifts []Shift) error
	RemoveShift(ctx context.Context, user User, team, shift string) error
	AddOverride(ctx context.Context, user User, team string, o Override) error
	RemoveOverride(ctx context.Context, user User, team, override string) error
}

// MyContact is the id by which a user's own contact is asked for.
const MyContact = "me"

// Person is a contact.
type Person struct{ ID, Name string }

// Circle is who is around a resident now.
type Circle struct {
	// Mine is the contact that the user is; "" for none. MayHold is set when it can
	// have the resident, MayArrange when the user may change who is told.
	Mine                string
	MayHold, MayArrange bool
	// Members are the care team, in the order in which they are told.
	Members []Member
	// Team is who looks after the resident; without an id, nobody.
	Team       Person
	OnDuty     []Person
	Supervisor Person
	// Holder has the resident until a time, without an id nobody has; and it is
	// offered to others.
	Holder Duty
	Offers []Duty
	// Candidates are who can have the resident.
	Candidates []Person
	// Phones are at which numbers the resident is called, for those who look after them;
	// MayPhone is set when the user may change them.
	Phones   Phones
	MayPhone bool
}

// Phones are the telephone numbers of a resident; "" for none.
type Phones struct {
	// Own is the resident's, Home that of the home.
	Own, Home string
	// ForNeighbours is set when neighbours who are called may be told the home's.
	ForNeighbours bool
	// NoHome is set where no home is known, which has no number then; HomeOfOthers where
	// others live there, of whom it is not the user's to say.
	NoHome, HomeOfOthers bool
}

// Duty is "I have her until 20:00", or the offer of it.
type Duty struct {
	ID string
	Person
	Until time.Time
	// OfferedByMe is set when the user offered it.
	OfferedByMe bool
}

// Member is a contact in a care team.
type Member struct {
	Person
	Relation Relation
	// Place is where it comes, from 1; 0 for the end.
	Place int
	Wishes
	// Reached are the kinds of its channels, the first one first.
	Reached []ChannelKind
	// Phone is a number to call, for staff; often "".
	Phone string
	// Withheld: by the consents they may not be told of alerts, or their user is
	// Disabled.
	Withheld, Disabled bool
}

// Relation is what a contact is to a resident.
type Relation string

// Wishes are how somebody wants to be told of a resident.
type Wishes struct {
	// From is the mildest severity that they want to hear of.
	From Severity
	// Delay and Repeat are for what is not critical: so much later than others, and
	// so often again; 0 for as all.
	Delay, Repeat time.Duration
	// Weekly is set for who wishes to be told on Monday morning what the week was like.
	// It is kept by SetWishes alone: nobody else wishes it for them.
	Weekly bool
}

// ContactFile is a person who can be told.
type ContactFile struct {
	Person
	Language string // a BCP 47 tag
	Zone     *time.Location
	// Quiet are the quiet hours, and Usual is set when nothing was said of them.
	Quiet    []Hours
	Usual    bool
	Channels []Channel
	// Ended are channels that were taken out because they will never work again: of
	// each what it was called, and when and why it failed last.
	Ended []Channel
	// Residents are those in whose care teams they are.
	Residents []CaredFor
}

// Hours are a part of every day: "22:00" to "07:00".
type Hours struct{ From, To string }

// ChannelKind is a way to reach somebody.
type ChannelKind string

// Channel is where a contact is reached.
type Channel struct {
	ID      string
	Kind    ChannelKind
	Address string // without secrets where it is shown
	// Browser is by what a browser knows its own channel: see [Browser].
	Browser string
	Label   string
	Trusted bool
	// From is the mildest severity that it is used for, Loud the mildest that makes a
	// sound.
	From, Loud Severity
	// WorkedAt and FailedAt are when something last got through, and did not; zero
	// when never. Fault is why, in English, "" since it worked again.
	WorkedAt, FailedAt time.Time
	Fault              string
}

// CaredFor is a resident in whose care team somebody is. The name is "" for a
// neighbour, who is not told it here.
type CaredFor struct {
	Resident, Name string
	Relation       Relation
	Wishes
}

// Team is staff, and who of it is on duty.
type Team struct {
	ID, Name string
	OnDuty   []Person
	// Until is when that changes, Gap is set when nobody is on duty at some time of the
	// next week.
	Until time.Time
	Gap   bool
	Zone  *time.Location
}

// Roster is who of a team is on duty when.
type Roster struct {
	Team    Person
	Zone    *time.Location
	Members []Person
	// Shifts are of every week, Monday first.
	Shifts    []Shift
	Overrides []Override
	// Stretches are in order and without holes.
	Stretches []Stretch
}

// Shift is when somebody is on duty in every week.
type Shift struct {
	ID string
	Person
	Weekday time.Weekday
	Hours
}

// Override stands in place of all weekly shifts.
type Override struct {
	ID string
	Person
	From, To time.Time
	Reason   string
}

// Stretch is a time in which the same people are on duty; none in a gap.
type Stretch struct {
	From, To time.Time
	OnDuty   []Person
	Override bool
}
