package assessments

import (
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/store"
)

type assessmentRow struct {
	bun.BaseModel `bun:"table:assessments,alias:a"`
	row
}

type versionRow struct {
	bun.BaseModel `bun:"table:assessment_versions,alias:v"`
	row
}

// row is what both tables hold.
type row struct {
	ID           string     `bun:"id,pk"`
	Resident     string     `bun:"resident"`
	Form         string     `bun:"form"`
	FormVersion  int        `bun:"form_version"`
	Answers      string     `bun:"answers"`
	Total        *int       `bun:"total"`
	BandSet      string     `bun:"band_set"`
	Band         string     `bun:"band"`
	AssessorUser string     `bun:"assessor_user"`
	Assessor     string     `bun:"assessor"`
	Mode         forms.Mode `bun:"mode"`
	Day          string     `bun:"day"`
	NextDue      string     `bun:"next_due,nullzero"`
	Note         string     `bun:"note"`
	Withdrawn    bool       `bun:"withdrawn"`
	Version      int        `bun:"version"`
	Reason       string     `bun:"reason"`
	CreatedAt    int64      `bun:"created_at"`
	CreatedBy    string     `bun:"created_by"`
	ChangedAt    int64      `bun:"changed_at"`
	ChangedBy    string     `bun:"changed_by"`
}

func rowOf(a Assessment) (row, error) {
	answers, err := json.Marshal(a.Answers)
	r := row{
		ID: a.ID, Resident: a.Resident, Form: a.Form, FormVersion: a.FormVersion, Answers: string(answers), BandSet: a.Set, Band: a.Band,
		AssessorUser: a.AssessorUser, Assessor: a.Assessor, Mode: a.Mode, Day: a.Day.String(), NextDue: a.NextDue.String(), Note: a.Note, Withdrawn: a.Withdrawn,
		Version: a.Version, Reason: a.Reason, CreatedAt: store.Millis(a.CreatedAt), CreatedBy: a.CreatedBy, ChangedAt: store.Millis(a.ChangedAt), ChangedBy: a.ChangedBy,
	}
	if a.Scored {
		r.Total = &a.Total
	}
	return r, err
}

func (r *row) assessment() (Assessment, error) {
	a := Assessment{
		ID: r.ID, Resident: r.Resident, Form: r.Form, FormVersion: r.FormVersion, Result: forms.Result{Set: r.BandSet, Band: r.Band},
		AssessorUser: r.AssessorUser, Assessor: r.Assessor, Mode: r.Mode, Note: r.Note, Withdrawn: r.Withdrawn,
		Version: r.Version, Reason: r.Reason, CreatedAt: store.Time(r.CreatedAt), CreatedBy: r.CreatedBy, ChangedAt: store.Time(r.ChangedAt), ChangedBy: r.ChangedBy,
	}
	if r.Total != nil {
		a.Scored, a.Total = true, *r.Total
	}
	err := json.Unmarshal([]byte(r.Answers), &a.Answers)
	if err == nil {
		if a.Day, err = records.ParseDate(r.Day); err == nil {
			a.NextDue, err = records.ParseDate(r.NextDue)
		}
	}
	if err != nil {
		return a, fmt.Errorf("read version %d of assessment %s: %w", r.Version, r.ID, err)
	}
	return a, nil
}
