package records

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Purpose is what a consent is for. Each is asked for by itself (PIPL article 29,
// GDPR article 7).
type Purpose string

// The purposes.
const (
	// Monitoring is to be watched over at all. Withdrawn, Anxin judges nothing of
	// the resident any more and shows it to nobody but them and administrators.
	Monitoring Purpose = "monitoring"
	// Sharing is to show somebody some kinds of data.
	Sharing Purpose = "sharing"
	// Panel is to put questions to panels of experts.
	Panel Purpose = "panel"
	// Research is to use data for research, Abroad to send it to another country.
	// Anxin does neither by itself: it keeps the answer for those who would.
	Research Purpose = "research"
	Abroad   Purpose = "abroad"
)

// Purposes lists them.
func Purposes() []Purpose { return []Purpose{Monitoring, Sharing, Panel, Research, Abroad} }

// Capacity is as what somebody gave a consent.
type Capacity string

// The capacities.
const (
	ByResident Capacity = "resident"
	ByGuardian Capacity = "guardian"
)

// Manner is how a consent was given.
type Manner string

// The manners.
const (
	SignedIn Manner = "signed_in" // on our pages, by who gave it
	OnPaper  Manner = "paper"
	Spoken   Manner = "spoken"
)

// Consent is what was agreed to, by whom, for what and for how long.
type Consent struct {
	ID, Resident string
	Purpose      Purpose
	// Contact is to whom data is shown, and Scope which kinds; for [Sharing] only.
	Contact string
	Scope   Scope
	// GivenBy is the name of who gave it, and Capacity as what.
	GivenBy  string
	Capacity Capacity
	// Proof says what shows the guardian's right, or where the paper is kept. A
	// guardian's consent and one on paper need it; one that was spoken needs a Witness.
	Proof, Witness string
	Manner         Manner
	// TextVersion, TextHash and Language say which text was agreed to: see [ConsentText].
	TextVersion, TextHash, Language string
	GivenAt                         time.Time
	// From and Until bound it; Until is zero for one that holds until it is withdrawn.
	From, Until time.Time
	// RecordedBy is the user who entered it; "" for the command line.
	RecordedBy string
	// WithdrawnAt is zero while it was not withdrawn. Withdrawal says who did, in what
	// words.
	WithdrawnAt             time.Time
	WithdrawnBy, Withdrawal string
}

// Holds reports whether the consent holds at a moment.
func (c Consent) Holds(at time.Time) bool {
	return !at.Before(c.From) && (c.Until.IsZero() || at.Before(c.Until)) && (c.WithdrawnAt.IsZero() || at.Before(c.WithdrawnAt))
}

type consentRow struct {
	bun.BaseModel `bun:"table:consents"`

	ID          string   `bun:"id,pk"`
	Resident    string   `bun:"resident"`
	Purpose     Purpose  `bun:"purpose"`
	Contact     string   `bun:"contact,nullzero"`
	Scope       Scope    `bun:"scopes"`
	GivenBy     string   `bun:"given_by"`
	Capacity    Capacity `bun:"capacity"`
	Proof       string   `bun:"proof"`
	Witness     string   `bun:"witness"`
	Manner      Manner   `bun:"manner"`
	TextVersion string   `bun:"text_version"`
	TextHash    string   `bun:"text_hash"`
	Language    string   `bun:"language"`
	GivenAt     int64    `bun:"given_at"`
	FromAt      int64    `bun:"from_at"`
	UntilAt     int64    `bun:"until_at,nullzero"`
	RecordedBy  string   `bun:"recorded_by"`
	WithdrawnAt int64    `bun:"withdrawn_at,nullzero"`
	WithdrawnBy string   `bun:"withdrawn_by"`
	Withdrawal  string   `bun:"withdrawal"`
}

func (row *consentRow) consent() Consent {
	return Consent{
		ID: row.ID, Resident: row.Resident, Purpose: row.Purpose, Contact: row.Contact, Scope: row.Scope, GivenBy: row.GivenBy,
		Capacity: row.Capacity, Proof: row.Proof, Witness: row.Witness, Manner: row.Manner, TextVersion: row.TextVersion,
		TextHash: row.TextHash, Language: row.Language, GivenAt: store.Time(row.GivenAt), From: store.Time(row.FromAt),
		Until: store.Time(row.UntilAt), RecordedBy: row.RecordedBy, WithdrawnAt: store.Time(row.WithdrawnAt),
		WithdrawnBy: row.WithdrawnBy, Withdrawal: row.Withdrawal,
	}
}

func consentRowOf(c Consent) consentRow {
	return consentRow{
		ID: c.ID, Resident: c.Resident, Purpose: c.Purpose, Contact: c.Contact, Scope: c.Scope, GivenBy: c.GivenBy,
		Capacity: c.Capacity, Proof: c.Proof, Witness: c.Witness, Manner: c.Manner, TextVersion: c.TextVersion,
		TextHash: c.TextHash, Language: c.Language, GivenAt: store.Millis(c.GivenAt), FromAt: store.Millis(c.From),
		UntilAt: store.Millis(c.Until), RecordedBy: c.RecordedBy,
	}
}

// settle puts a consent in the form in which it is kept, and finds all that is
// wrong with it.
func (c *Consent) settle() error {
	var wrong []store.Field
	bad := func(path, message string) { wrong = append(wrong, store.Field{Path: path, Message: message}) }
	c.GivenBy, c.Proof, c.Witness = strings.TrimSpace(c.GivenBy), strings.TrimSpace(c.Proof), strings.TrimSpace(c.Witness)
	if !slices.Contains(Purposes(), c.Purpose) {
		bad("purpose", fmt.Sprintf("%q is not monitoring, sharing, panel, research or abroad", c.Purpose))
	}
	switch sharing := c.Purpose == Sharing; {
	case sharing && c.Contact == "":
		bad("contact", "is missing: to whom is it to be shown?")
	case sharing && c.Scope == 0:
		bad("scopes", "are missing: what is to be shown?")
	case !sharing && (c.Contact != "" || c.Scope != 0):
		bad("contact", "and scopes are for the purpose of sharing only")
	}
	if c.GivenBy == "" {
		bad("given_by", "is empty")
	}
	if c.Capacity != ByResident && c.Capacity != ByGuardian {
		bad("capacity", fmt.Sprintf("%q is not resident or guardian", c.Capacity))
	}
	switch c.Manner {
	case SignedIn, OnPaper, Spoken:
	default:
		bad("manner", fmt.Sprintf("%q is not signed_in, paper or spoken", c.Manner))
	}
	if c.Proof == "" && (c.Capacity == ByGuardian || c.Manner == OnPaper) {
		bad("proof", "is missing: what shows the guardian's right, or where is the paper?")
	}
	if c.Witness == "" && c.Manner == Spoken {
		bad("witness", "is missing: who heard it?")
	}
	if !c.Until.IsZero() && !c.Until.After(c.From) {
		bad("until", "is not after from")
	}
	for path, text := range map[string]string{"given_by": c.GivenBy, "proof": c.Proof, "witness": c.Witness} {
		wrong = append(wrong, checkText(path, text)...)
	}
	slices.SortFunc(wrong, func(a, b store.Field) int { return strings.Compare(a.Path, b.Path) })
	return store.Invalid("consent", "", wrong)
}
