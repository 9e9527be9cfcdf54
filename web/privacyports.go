package web

import (
	"context"
	"time"
)

// Privacy knows who may see what of a resident, by whose leave, and who has looked.
// What a user may not do is ErrNotFound.
type Privacy interface {
	// May says which of its pages the user may open about a resident.
	May(ctx context.Context, user User, resident string) (consents, looks bool, err error)
	// Consents are those of a resident, with the texts in a language.
	Consents(ctx context.Context, user User, resident, language string) (ConsentFile, error)
	GiveConsent(ctx context.Context, user User, resident string, c Consent) error
	WithdrawConsent(ctx context.Context, user User, resident, consent, words string) error
	// Looks are who saw or changed what, the newest first, before an entry or from the
	// newest on, when that is 0.
	Looks(ctx context.Context, user User, resident string, before int64) ([]Look, error)
	// Whom are the residents of a home, by its name, for who may have access in an
	// emergency.
	Whom(ctx context.Context, user User, home string) ([]Person, error)
	BreakGlass(ctx context.Context, user User, resident, reason string) error
	Emergencies(ctx context.Context, user User) ([]Emergency, error)
	ReviewEmergency(ctx context.Context, user User, id string, justified bool, note string) error
}

// ConsentFile is what was agreed to about a resident.
type ConsentFile struct {
	// List has the newest first.
	List []Consent
	// Texts are what is agreed to, by the purpose, in the user's language.
	Texts map[string]string
	// Contacts are those of the care team, to whom data can be shown.
	Contacts []Person
	// Self says that the user is the resident, who signs in to agree.
	Self bool
}

// Consent is one of them.
type Consent struct {
	ID      string
	Purpose string
	// Contact is to whom data is shown, and Scopes which kinds, for sharing.
	Contact  Person
	Scopes   []string
	GivenBy  string
	Guardian bool
	Manner   string // signed_in, paper, spoken
	Proof    string
	Witness  string
	Language string // of the text that was agreed to
	Version  string // of it
	GivenAt  time.Time
	From     time.Time
	// Until is zero for one that holds until it is withdrawn.
	Until       time.Time
	WithdrawnAt time.Time
	Withdrawal  string
	Holds       bool
}

// Look is that somebody saw or changed something of a resident, or was refused.
type Look struct {
	Seq     int64
	At      time.Time
	Who     string // the name
	Via     string
	Action  string
	Scopes  []string
	Ground  string // "team", "consent", "emergency", …
	Refused bool
	Reason  string
}

// Emergency is access of somebody of the service who has none, for an hour.
type Emergency struct {
	ID             string
	Resident, User Person
	Reason         string
	Since          time.Time
	Zone           *time.Location // the resident's
	Told           bool
	Reviewed       bool
	Justified      bool
	Reviewer, Note string
	Mine           bool // of the user's own: somebody else reviews it
}
