package assessments

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/store"
)

// Codes of the faults that are not simply "assessment.not_found",
// "assessment.invalid" and "form.not_found".
const (
	// CodeChanged: somebody has corrected it since it was read.
	CodeChanged = "assessment.changed"
	// CodeFormGone: this program does not know the version of its form.
	CodeFormGone = "assessment.form_gone"
)

// Sheet is a form as somebody filled it in.
type Sheet struct {
	Answers forms.Answers
	// Set is the band set; "" for the one that holds for the form.
	Set string
	// Assessor is the name of who assessed, as it was written; "" when it was the user
	// who keeps it.
	Assessor string
	Mode     forms.Mode
	// Day is when the resident was assessed, on the resident's clock.
	Day records.Date
	// NextDue is when it is due again: nil for as the form says, and the zero date for
	// never.
	NextDue *records.Date
	Note    string
}

// Assessment is a sheet as it is kept, in one version.
type Assessment struct {
	ID, Resident string
	Form         string
	FormVersion  int
	forms.Result
	Mode forms.Mode
	// AssessorUser is the user who assessed, or Assessor the name of somebody else; one
	// of the two is empty.
	AssessorUser, Assessor string
	Day                    records.Date
	NextDue                records.Date // zero for never
	Note                   string
	// Withdrawn says that it does not count: it was of somebody else, or never was.
	Withdrawn bool

	// Version counts from 1.
	Version   int
	Reason    string // why there is this version; "" for the first
	CreatedAt time.Time
	CreatedBy string // a user; "" for the command line
	ChangedAt time.Time
	ChangedBy string
}

// Correction is who corrects an assessment, and why.
type Correction struct {
	By     string // a user
	Reason string
	// From is the version that it was made from; nil for whichever there is. When
	// somebody has made another in between, the correction is refused.
	From *int
	// Withdrawn takes the assessment back as a whole, false lets it count again.
	Withdrawn bool
}

const (
	// longestNote is in characters, for reasons too, longestName for names.
	longestNote, longestName = 2000, 200
	// rarest is the longest until something is due again, in years.
	rarest = 10
)

// fill puts the sheet into the assessment, which knows its form, as of today where
// the resident is, and returns all that is wrong with it.
func (a *Assessment) fill(s Sheet, f *forms.Form, resident records.Resident, today records.Date, by string) error {
	var wrong []store.Field
	field := func(path, message string, with ...any) {
		wrong = append(wrong, store.Field{Path: path, Message: fmt.Sprintf(message, with...)})
	}
	result, err := f.Score(s.Answers, s.Set)
	var complaints forms.Complaints
	if errors.As(err, &complaints) {
		for _, c := range complaints {
			path := "answers." + c.Item
			if c.Item == "" {
				path = "bands"
			}
			field(path, "%s", c.Message)
		}
	} else if err != nil {
		return err
	}
	if !f.Allows(s.Mode) {
		field("mode", "%q is not a way to fill in this form", s.Mode)
	}
	switch {
	case s.Day.IsZero():
		field("day", "is empty: say when the resident was assessed")
	case s.Day.Compare(today) > 0:
		field("day", "is in the future")
	case s.Day.Compare(resident.BirthDate) < 0:
		field("day", "is before the resident was born")
	}
	due := months(s.Day, f.Every)
	if s.NextDue != nil {
		due = *s.NextDue
		if !due.IsZero() && (due.Compare(s.Day) <= 0 || due.Compare(months(s.Day, 12*rarest)) > 0) {
			field("next_due", "is to be after the day of the assessment, and within %d years of it", rarest)
		}
	}
	assessor, note := strings.TrimSpace(s.Assessor), strings.TrimSpace(s.Note)
	checkText(field, "assessor", assessor, longestName)
	checkText(field, "note", note, longestNote)
	if assessor == "" && by == "" {
		field("assessor", "is empty: say who assessed")
	}
	if len(wrong) > 0 {
		return store.Invalid("assessment", a.ID, wrong)
	}
	a.Result, a.Mode, a.Day, a.NextDue, a.Assessor, a.Note = result, s.Mode, s.Day, due, assessor, note
	if a.AssessorUser = by; assessor != "" {
		a.AssessorUser = ""
	}
	return nil
}

// months is the day so many months later; never for none.
func months(day records.Date, n int) records.Date {
	if n == 0 || day.IsZero() {
		return records.Date{}
	}
	return records.DateOf(time.Date(day.Year, day.Month+time.Month(n), day.Day, 0, 0, 0, 0, time.UTC))
}

func checkText(field func(path, message string, with ...any), path, text string, most int) {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }):
		field(path, "holds characters that are not text")
	case utf8.RuneCountInString(text) > most:
		field(path, "is longer than %d characters", most)
	}
}

// says reports whether two versions say the same.
func (a *Assessment) says(b *Assessment) bool {
	if len(a.Answers) != len(b.Answers) {
		return false
	}
	for id, answer := range a.Answers {
		if other, ok := b.Answers[id]; !ok || !answer.Equal(other) {
			return false
		}
	}
	return a.Set == b.Set && a.Band == b.Band && a.Total == b.Total && a.Mode == b.Mode && a.AssessorUser == b.AssessorUser && a.Assessor == b.Assessor &&
		a.Day == b.Day && a.NextDue == b.NextDue && a.Note == b.Note && a.Withdrawn == b.Withdrawn
}
