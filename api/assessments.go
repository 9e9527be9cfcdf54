package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/store"
)

func (a *API) assessmentOperations(api huma.API, get, post, put describe) {
	const one = "/residents/{id}/assessments/{assessment}"
	huma.Register(api, get("list-forms", "/forms", "Forms by which residents are assessed", "assessments"), a.listForms)
	huma.Register(api, get("read-form", "/forms/{id}", "A form with its items, its scoring, and what of it is not verified", "assessments"), a.readForm)
	huma.Register(api, get("list-assessments", "/residents/{id}/assessments", "A resident's assessments, the newest first, each with its change since the one before", "assessments"), a.listAssessments)
	huma.Register(api, post("record-assessment", "/residents/{id}/assessments", "Keep a form that was filled in about a resident", "assessments"), a.recordAssessment)
	huma.Register(api, get("read-assessment", one, "Read an assessment", "assessments"), a.readAssessment)
	huma.Register(api, put("correct-assessment", one, "Correct an assessment as a whole, and say why; what it said before is kept", "assessments"), a.correctAssessment)
	huma.Register(api, get("assessment-versions", one+"/versions", "All versions of an assessment, the newest first", "assessments"), a.assessmentVersions)
	huma.Register(api, get("assessment-changes", one+"/changes", "What has changed since an earlier assessment, item by item", "assessments"), a.assessmentChanges)
	huma.Register(api, get("due-assessments", "/assessments/due", "What residents are to be assessed by now: what has been due for longest first, then what was never done", "assessments"), a.dueAssessments)
}

// mayReadAssessments asks the one check for seeing the resident's assessments, which
// are of the health file.
func (a *API) mayReadAssessments(ctx context.Context, resident string) error {
	_, err := a.resident(ctx, records.File, resident)
	return err
}

// AssessmentAnswers are answers by the ids of the items.
type AssessmentAnswers struct{ text json.RawMessage }

// UnmarshalJSON implements [json.Unmarshaler].
func (s *AssessmentAnswers) UnmarshalJSON(text []byte) error {
	s.text = bytes.Clone(text)
	return nil
}

// MarshalJSON implements [json.Marshaler].
func (s AssessmentAnswers) MarshalJSON() ([]byte, error) { return s.text, nil }

// Schema implements [huma.SchemaProvider].
func (AssessmentAnswers) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Description: "By the ids of the form's items: a number, or of a choice its value; an array of values where several can be chosen; or text",
		AdditionalProperties: &huma.Schema{}, Examples: []any{map[string]any{"eating": 3, "washing": 1, "dressing": 0, "toileting": 5, "mobility": 0}},
	}
}

// AssessmentSheet is a form as somebody filled it in.
type AssessmentSheet struct {
	Answers  AssessmentAnswers `json:"answers"`
	Bands    string            `json:"bands,omitempty" doc:"A band set of the form; the one that holds when absent"`
	Mode     string            `json:"mode" enum:"self,proxy,observed" doc:"The resident answered, somebody who knows them did, or the assessor saw it"`
	Day      string            `json:"day,omitempty" format:"date" doc:"When the resident was assessed, on the resident's clock; today when absent"`
	Assessor string            `json:"assessor,omitempty" maxLength:"200" doc:"Who assessed, by name; the user who asks when absent, or at a correction who it was before"`
	NextDue  *string           `json:"next_due,omitempty" doc:"When it is due again: a date, or empty for never; as the form says when absent" example:"2027-11-24"`
	Note     string            `json:"note,omitempty" maxLength:"2000"`
}

// sheet reads what was said of an assessment.
func (s *AssessmentSheet) sheet(today records.Date) (assessments.Sheet, error) {
	out := assessments.Sheet{Set: s.Bands, Mode: forms.Mode(s.Mode), Assessor: s.Assessor, Note: s.Note, Day: today}
	var err error
	if out.Answers, err = forms.ParseAnswers(s.Answers.text); err != nil {
		var wrong forms.Complaints
		if !errors.As(err, &wrong) {
			return out, err
		}
		location := "body.answers"
		if wrong[0].Item != "" {
			location += "." + wrong[0].Item
		}
		return out, invalid(location, nil, wrong[0].Message)
	}
	if s.Day != "" {
		if out.Day, err = records.ParseDate(s.Day); err != nil {
			return out, invalid("body.day", s.Day, err.Error())
		}
	}
	if s.NextDue != nil {
		due, err := records.ParseDate(*s.NextDue)
		if err != nil {
			return out, invalid("body.next_due", *s.NextDue, err.Error())
		}
		out.NextDue = &due
	}
	return out, nil
}

// Assessment is a form as it was filled in about a resident.
type Assessment struct {
	ID           string            `json:"id"`
	Resident     string            `json:"resident"`
	Form         string            `json:"form" example:"self_care"`
	FormVersion  int               `json:"form_version"`
	Day          string            `json:"day" format:"date"`
	Answers      AssessmentAnswers `json:"answers"`
	Total        *int              `json:"total,omitempty" doc:"Absent for a form without one"`
	Band         *AssessmentBand   `json:"band,omitempty"`
	Mode         string            `json:"mode" enum:"self,proxy,observed"`
	AssessorUser string            `json:"assessor_user,omitempty" doc:"The user who assessed"`
	Assessor     string            `json:"assessor,omitempty" doc:"Who assessed, by name, where it was not a user"`
	NextDue      string            `json:"next_due,omitempty" format:"date"`
	Note         string            `json:"note,omitempty"`
	Withdrawn    bool              `json:"withdrawn,omitempty" doc:"It does not count: it was of somebody else, or never was"`
	Version      int               `json:"version" doc:"From 1"`
	Reason       string            `json:"reason,omitempty" doc:"Why there is this version"`
	CreatedAt    time.Time         `json:"created_at"`
	CreatedBy    string            `json:"created_by,omitempty" doc:"A user"`
	ChangedAt    time.Time         `json:"changed_at"`
	ChangedBy    string            `json:"changed_by,omitempty" doc:"A user"`
	Change       *AssessmentChange `json:"change,omitempty" doc:"Since the one before by the same form; in lists"`
}

// AssessmentBand is what a total means.
type AssessmentBand struct {
	Set      string `json:"set" doc:"The band set"`
	ID       string `json:"id" example:"moderate"`
	Text     *Text  `json:"text,omitempty" doc:"Absent when this version of the form is not known any more"`
	Verified bool   `json:"verified" doc:"The set's limits were compared with their source"`
	Then     string `json:"then,omitempty" doc:"A form that is to follow"`
}

// AssessmentChange is how a total has changed since an earlier assessment.
type AssessmentChange struct {
	Since string `json:"since" doc:"The earlier assessment"`
	Day   string `json:"day" format:"date"`
	By    int    `json:"by" doc:"By how much the total has grown" example:"-2"`
	Turn  string `json:"turn" enum:"better,worse,same"`
}

// AssessmentChanges is what has changed since an earlier assessment.
type AssessmentChanges struct {
	Since string       `json:"since" doc:"The earlier assessment"`
	Day   string       `json:"day" format:"date"`
	By    *int         `json:"by,omitempty" doc:"By how much the total has grown; absent for a form without one"`
	Turn  string       `json:"turn" enum:"better,worse,same"`
	Items []ItemChange `json:"items" nullable:"false"`
}

// ItemChange is what has changed of an item.
type ItemChange struct {
	Item   string `json:"item"`
	Before any    `json:"before,omitempty" doc:"Absent where it was not answered"`
	After  any    `json:"after,omitempty"`
	Points int    `json:"points,omitempty" doc:"By how much its part of the total has grown"`
	Turn   string `json:"turn" enum:"better,worse,same,changed"`
}

// DueAssessment is an assessment that a resident is to have now.
type DueAssessment struct {
	Resident string `json:"resident"`
	Form     string `json:"form"`
	Title    *Text  `json:"title,omitempty"`
	Since    string `json:"since,omitempty" format:"date" doc:"Absent for what was never done, and is to be done at the resident's age"`
	Last     string `json:"last,omitempty" doc:"The assessment that it is to follow"`
}

func (a *API) showAssessment(one assessments.Assessment) (Assessment, error) {
	answers, err := json.Marshal(one.Answers)
	shown := Assessment{
		ID: one.ID, Resident: one.Resident, Form: one.Form, FormVersion: one.FormVersion, Day: one.Day.String(), Answers: AssessmentAnswers{answers}, Mode: string(one.Mode),
		AssessorUser: one.AssessorUser, Assessor: one.Assessor, NextDue: one.NextDue.String(), Note: one.Note, Withdrawn: one.Withdrawn,
		Version: one.Version, Reason: one.Reason, CreatedAt: one.CreatedAt, CreatedBy: one.CreatedBy, ChangedAt: one.ChangedAt, ChangedBy: one.ChangedBy,
	}
	if one.Scored {
		shown.Total = &one.Total
		shown.Band = &AssessmentBand{Set: one.Set, ID: one.Band}
		if set, band := a.assessments.BandOf(one); band != nil {
			shown.Band.Text, shown.Band.Verified, shown.Band.Then = someText(band.Text), set.IsVerified(), band.Then
		}
	}
	return shown, err
}

type assessmentsInput struct {
	ResidentPath
	Form      string `query:"form" doc:"Only those by this form"`
	Withdrawn bool   `query:"withdrawn" doc:"Those, too, that do not count"`
}

type assessmentsOutput struct{ Body []Assessment }

func (a *API) listAssessments(ctx context.Context, in *assessmentsInput) (*assessmentsOutput, error) {
	if err := a.mayReadAssessments(ctx, in.ID); err != nil {
		return nil, err
	}
	list, err := a.assessments.List(ctx, assessments.Query{Resident: in.ID, Form: in.Form, Withdrawn: in.Withdrawn})
	if err != nil {
		return nil, a.failed(ctx, "list the assessments", err)
	}
	counting := make([]assessments.Assessment, 0, len(list))
	for _, one := range list {
		if !one.Withdrawn {
			counting = append(counting, one)
		}
	}
	out := &assessmentsOutput{Body: []Assessment{}}
	for _, one := range list {
		shown, err := a.showAssessment(one)
		if err != nil {
			return nil, a.failed(ctx, "list the assessments", err)
		}
		if before, ok := assessments.Before(counting, one); ok {
			if c, ok := a.assessments.Compare(before, one); ok && c.Scored {
				shown.Change = &AssessmentChange{Since: before.ID, Day: before.Day.String(), By: c.By, Turn: string(c.Turn)}
			}
		}
		out.Body = append(out.Body, shown)
	}
	return out, nil
}

type recordAssessmentInput struct {
	ResidentPath
	Body struct {
		Form string `json:"form" example:"self_care"`
		AssessmentSheet
	}
}

type assessmentOutput struct{ Body Assessment }

func (a *API) assessmentAnswer(ctx context.Context, one assessments.Assessment) (*assessmentOutput, error) {
	shown, err := a.showAssessment(one)
	if err != nil {
		return nil, a.failed(ctx, "show the assessment", err)
	}
	return &assessmentOutput{Body: shown}, nil
}

func (a *API) recordAssessment(ctx context.Context, in *recordAssessmentInput) (*assessmentOutput, error) {
	user, err := a.mayKeep(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	resident, err := a.residentStore.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the resident", err)
	}
	sheet, err := in.Body.sheet(records.DateOf(a.now().In(resident.Zone())))
	if err != nil {
		return nil, err
	}
	one, err := a.assessments.Record(ctx, in.ID, in.Body.Form, sheet, user.ID)
	if err != nil {
		return nil, a.failed(ctx, "keep the assessment", err)
	}
	return a.assessmentAnswer(ctx, one)
}

// AssessmentPath names an assessment in an operation's path.
type AssessmentPath struct {
	ResidentPath
	Assessment string `path:"assessment" doc:"Assessment id"`
}

func (a *API) readAssessment(ctx context.Context, in *AssessmentPath) (*assessmentOutput, error) {
	if err := a.mayReadAssessments(ctx, in.ID); err != nil {
		return nil, err
	}
	one, err := a.assessments.Get(ctx, in.ID, in.Assessment)
	if err != nil {
		return nil, a.failed(ctx, "read the assessment", err)
	}
	return a.assessmentAnswer(ctx, one)
}

type correctAssessmentInput struct {
	AssessmentPath
	Body struct {
		AssessmentSheet
		Reason    string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why it changes"`
		From      *int   `json:"from,omitempty" minimum:"1" doc:"The version that this was made from: refused when there is another by now"`
		Withdrawn bool   `json:"withdrawn,omitempty" doc:"Take it back as a whole: it is kept and does not count"`
	}
}

func (a *API) correctAssessment(ctx context.Context, in *correctAssessmentInput) (*assessmentOutput, error) {
	user, err := a.mayKeep(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	before, err := a.assessments.Get(ctx, in.ID, in.Assessment)
	if err != nil {
		return nil, a.failed(ctx, "read the assessment", err)
	}
	sheet, err := in.Body.sheet(before.Day)
	if err != nil {
		return nil, err
	}
	one, err := a.assessments.Correct(ctx, in.ID, in.Assessment, sheet, assessments.Correction{By: user.ID, Reason: in.Body.Reason, From: in.Body.From, Withdrawn: in.Body.Withdrawn})
	if err != nil {
		return nil, a.failed(ctx, "correct the assessment", err)
	}
	return a.assessmentAnswer(ctx, one)
}

func (a *API) assessmentVersions(ctx context.Context, in *AssessmentPath) (*assessmentsOutput, error) {
	if err := a.mayReadAssessments(ctx, in.ID); err != nil {
		return nil, err
	}
	versions, err := a.assessments.Versions(ctx, in.ID, in.Assessment)
	if err != nil {
		return nil, a.failed(ctx, "read the versions of the assessment", err)
	}
	out := &assessmentsOutput{Body: []Assessment{}}
	for _, v := range versions {
		shown, err := a.showAssessment(v)
		if err != nil {
			return nil, a.failed(ctx, "read the versions of the assessment", err)
		}
		out.Body = append(out.Body, shown)
	}
	return out, nil
}

type changesInput struct {
	AssessmentPath
	Since string `query:"since" doc:"An earlier assessment by the same form; the one before when absent"`
}

type changesOutput struct{ Body AssessmentChanges }

func (a *API) assessmentChanges(ctx context.Context, in *changesInput) (*changesOutput, error) {
	if err := a.mayReadAssessments(ctx, in.ID); err != nil {
		return nil, err
	}
	after, err := a.assessments.Get(ctx, in.ID, in.Assessment)
	if err != nil {
		return nil, a.failed(ctx, "read the assessment", err)
	}
	before, err := a.earlier(ctx, after, in.Since)
	if err != nil {
		return nil, a.failed(ctx, "read the earlier assessment", err)
	}
	c, ok := a.assessments.Compare(before, after)
	if !ok {
		return nil, invalid("query.since", before.ID, "the two are not of the same version of a form")
	}
	out := &changesOutput{Body: AssessmentChanges{Since: before.ID, Day: before.Day.String(), Turn: string(c.Turn), Items: []ItemChange{}}}
	if c.Scored {
		out.Body.By = &c.By
	}
	for _, item := range c.Items {
		line := ItemChange{Item: item.Item.ID, Points: item.Points, Turn: string(item.Turn)}
		if item.Before != nil {
			line.Before = *item.Before
		}
		if item.After != nil {
			line.After = *item.After
		}
		out.Body.Items = append(out.Body.Items, line)
	}
	return out, nil
}

// earlier is the assessment with an id, or the one before another.
func (a *API) earlier(ctx context.Context, than assessments.Assessment, id string) (assessments.Assessment, error) {
	if id != "" {
		return a.assessments.Get(ctx, than.Resident, id)
	}
	list, err := a.assessments.List(ctx, assessments.Query{Resident: than.Resident, Form: than.Form})
	if err != nil {
		return than, err
	}
	before, ok := assessments.Before(list, than)
	if !ok {
		return than, &store.Fault{Kind: store.ErrNotFound, Code: "assessment.no_earlier", Entity: "assessment", ID: than.ID, Detail: "is the first by its form"}
	}
	return before, nil
}

type dueInput struct {
	Team string `query:"team" doc:"Only residents whom this team looks after"`
}

type dueOutput struct{ Body []DueAssessment }

func (a *API) dueAssessments(ctx context.Context, in *dueInput) (*dueOutput, error) {
	all, err := a.residentStore.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, a.failed(ctx, "list residents", err)
	}
	if in.Team != "" {
		if all, err = a.residentsOfTeam(ctx, all, in.Team); err != nil {
			return nil, err
		}
	}
	mine, err := visible(ctx, a, records.File, all, residentID)
	if err != nil {
		return nil, err
	}
	due, err := a.assessments.Due(ctx, mine...)
	if err != nil {
		return nil, a.failed(ctx, "look which assessments are due", err)
	}
	out := &dueOutput{Body: []DueAssessment{}}
	for _, d := range due {
		line := DueAssessment{Resident: d.Resident, Form: d.FormID, Since: d.Since.String()}
		if d.Form != nil {
			line.Title = someText(d.Form.Title)
		}
		if d.Last != nil {
			line.Last = d.Last.ID
		}
		out.Body = append(out.Body, line)
	}
	return out, nil
}

// residentsOfTeam are those of some residents whom a team looks after. Teams are
// for those who may arrange them.
func (a *API) residentsOfTeam(ctx context.Context, all []records.Resident, id string) (of []records.Resident, err error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	team, err := a.people.Team(ctx, id)
	if err != nil {
		return nil, a.failed(ctx, "read the team", err)
	}
	in := map[string]bool{}
	for _, r := range team.Residents {
		in[r] = true
	}
	for _, r := range all {
		if in[r.ID] {
			of = append(of, r)
		}
	}
	return of, nil
}
