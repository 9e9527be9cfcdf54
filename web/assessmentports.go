package web

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

// The refusals of assessments.
var (
	// RefusedDay: an assessment has no day, or one to come.
	RefusedDay = Refusal{"day"}
	// RefusedNextDue: it is due again before it was, or too far ahead.
	RefusedNextDue = Refusal{"next_due"}
	// RefusedMode: the form is not filled in that way.
	RefusedMode = Refusal{"mode"}
	// RefusedReason: a correction does not say why.
	RefusedReason = Refusal{"reason"}
	// RefusedChanged: somebody has corrected it meanwhile.
	RefusedChanged = Refusal{"changed"}
)

// Assessments knows what residents were assessed by forms. Like [Alerts] it tells
// of, and acts on, only what is about residents whom the user may see; its methods
// answer ErrNotFound otherwise, and a [Refusal] where a sheet cannot be kept.
type Assessments interface {
	// Forms are the newest versions of all forms, in the order in which they are
	// offered.
	Forms() []*forms.Form
	// BandSet is the band set of a form that holds, "" for one without.
	BandSet(f *forms.Form) string
	// Keeps reports whether the user may fill in forms about a resident, and correct
	// them.
	Keeps(ctx context.Context, user User, resident string) bool
	// List returns the assessments of a resident that count, the newest first.
	List(ctx context.Context, user User, resident string) ([]Assessment, error)
	// Due is what residents are to be assessed by now; all whom the user may see where
	// it names none.
	Due(ctx context.Context, user User, residents ...string) ([]DueAssessment, error)
	// Versions returns an assessment with all its versions, the newest first.
	Versions(ctx context.Context, user User, resident, id string) ([]Assessment, error)
	// Record keeps a form that was filled in and returns the assessment's id.
	Record(ctx context.Context, user User, resident, form string, s Sheet) (id string, err error)
	// Correct puts a sheet in the place of a version of an assessment.
	Correct(ctx context.Context, user User, resident, id string, version int, s Sheet, reason string, withdrawn bool) error
}

// Sheet is a form as somebody filled it in.
type Sheet struct {
	Answers forms.Answers
	Mode    forms.Mode
	// Day is when the resident was assessed, "2026-11-24", NextDue when it is due
	// again: "" for as the form says.
	Day, NextDue string
	// Assessor is who assessed, by name; "" when it was the user.
	Assessor, Note string
}

// Assessment is a form as it was filled in about a resident, in one version.
type Assessment struct {
	ID, Resident string
	// Form is the version of the form, nil for one that Anxin does not know any more;
	// FormID is its id in either case.
	Form   *forms.Form
	FormID string
	forms.Result
	Mode forms.Mode
	// By is the user who assessed, or Assessor a name.
	By           User
	Assessor     string
	Day, NextDue string // "2026-11-24"; NextDue is "" for never
	Note         string
	Withdrawn    bool
	Version      int
	// Reason is why there is this version, ChangedBy whose it is.
	Reason    string
	ChangedAt time.Time
	ChangedBy User
}

// DueAssessment is a form that is to be filled in about a resident now.
type DueAssessment struct {
	Resident Resident
	Form     *forms.Form
	// Since is when it became due, "2026-11-24"; "" for what was never done, and is to
	// be done at the resident's age.
	Since string
	// Keeps is set where the user may fill it in.
	Keeps bool
}
