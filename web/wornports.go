package web

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Wearings knows who wore a device from when to when, and corrects it. What a user may
// not see or do is [ErrNotFound]; what cannot be corrected so is a [WornFault].
type Wearings interface {
	Worn(ctx context.Context, user User, device string) (WornDevice, error)
	// Foresee is what a correction would move. Nothing is changed.
	Foresee(ctx context.Context, user User, said WornSaid) (WornCorrection, error)
	Correct(ctx context.Context, user User, said WornSaid) error
}

// WornFault is why what was said about who wore a device is not taken: several, so,
// changed, fixed, from, to or why.
type WornFault string

// Error implements error.
func (f WornFault) Error() string { return "who wore a device is not corrected: " + string(f) }

// WornDevice is a device with who wore it.
type WornDevice struct {
	ID, Name string
	// Zone is the clock that times are read by: that of who wears it.
	Zone        *time.Location
	Spells      []WornSpell      // oldest first
	Corrections []WornCorrection // newest first
	// People are those of whom the user may say that they wore it.
	People []Person
}

// WornSpell is who wore it, and when; zero times are open.
type WornSpell struct {
	Who      Person
	From, To time.Time
}

// WornSaid is what a user says: nobody wore it where Resident is "", and it goes on
// where To is zero.
type WornSaid struct {
	Device, Resident string
	From, To         time.Time
	// Was is who was said to have worn it when the user looked; nil when they did not.
	Was *string
	Why string
}

// WornCorrection is what was corrected, or would be.
type WornCorrection struct {
	// Was and Is are who wore it; nobody has no ID.
	Was, Is  Person
	From, To time.Time
	GoesOn   bool
	// Readings are how many move of each metric; Hours are hourly summaries that move,
	// and Mixed those that stay, as part of them is from outside of the time.
	Readings     map[vitals.Metric]int
	Hours, Mixed int
	// NotTheirs are alerts that began by those readings, Found what the rules find at who
	// wore it.
	NotTheirs []WornAlert
	Found     []WornAlert

	// Of one that was made:
	At   time.Time
	By   string // a name, "" for the command line
	Why  string
	Done bool
}

// WornAlert is an alert, or what would have been one, which has no ID.
type WornAlert struct {
	ID    string
	Name  Text
	Began time.Time
}
