package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// assessmentPages shows the pages what residents were assessed by forms.
type assessmentPages struct{ s *Service }

// sees asks the one check for seeing a resident's health file: the pages do not tell
// others whether there is one.
func (p assessmentPages) sees(ctx context.Context, user web.User, resident string) error {
	who, err := p.who(ctx, user)
	if err == nil && p.s.access.MaySee(ctx, who, records.File, resident) != nil {
		return web.ErrNotFound
	}
	return err
}

// keeps asks it for changing that.
func (p assessmentPages) keeps(ctx context.Context, user web.User, resident string) error {
	who, err := p.who(ctx, user)
	if err == nil && p.s.access.MayKeep(ctx, who, resident) != nil {
		return web.ErrNotFound
	}
	return err
}

func (p assessmentPages) who(ctx context.Context, user web.User) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, fmt.Errorf("read who asks: %w", err)
	}
	return who, nil
}

// Keeps implements [web.Assessments].
func (p assessmentPages) Keeps(ctx context.Context, user web.User, resident string) bool {
	who, err := p.who(ctx, user)
	return err == nil && p.s.access.Keeps(ctx, who, resident)
}

// Forms implements [web.Assessments].
func (p assessmentPages) Forms() []*forms.Form { return p.s.Assessments.Forms().Forms() }

// BandSet implements [web.Assessments].
func (p assessmentPages) BandSet(f *forms.Form) string { return p.s.Assessments.Forms().Set(f) }

// List implements [web.Assessments].
func (p assessmentPages) List(ctx context.Context, user web.User, resident string) ([]web.Assessment, error) {
	if err := p.sees(ctx, user, resident); err != nil {
		return nil, err
	}
	list, err := p.s.Assessments.List(ctx, assessments.Query{Resident: resident})
	if err != nil {
		return nil, err
	}
	return p.show(ctx, list)
}

// Versions implements [web.Assessments].
func (p assessmentPages) Versions(ctx context.Context, user web.User, resident, id string) ([]web.Assessment, error) {
	if err := p.sees(ctx, user, resident); err != nil {
		return nil, err
	}
	list, err := p.s.Assessments.Versions(ctx, resident, id)
	if err != nil {
		return nil, assessmentFault(err)
	}
	return p.show(ctx, list)
}

// show shows assessments with the names of the users in them.
func (p assessmentPages) show(ctx context.Context, list []assessments.Assessment) ([]web.Assessment, error) {
	known := map[string]web.User{"": {}}
	name := func(id string) (web.User, error) {
		if u, ok := known[id]; ok {
			return u, nil
		}
		called, err := faces{p.s}.NameOf(ctx, id)
		if err != nil {
			return web.User{}, err
		}
		known[id] = web.User{ID: id, Name: called}
		return known[id], nil
	}
	shown := make([]web.Assessment, len(list))
	for i, a := range list {
		f, _ := p.s.Assessments.Forms().Version(a.Form, a.FormVersion)
		shown[i] = web.Assessment{
			ID: a.ID, Resident: a.Resident, Form: f, FormID: a.Form, Result: a.Result, Mode: a.Mode, Assessor: a.Assessor, Day: a.Day.String(), NextDue: a.NextDue.String(),
			Note: a.Note, Withdrawn: a.Withdrawn, Version: a.Version, Reason: a.Reason, ChangedAt: a.ChangedAt,
		}
		var err error
		if shown[i].By, err = name(a.AssessorUser); err == nil {
			shown[i].ChangedBy, err = name(a.ChangedBy)
		}
		if err != nil {
			return nil, fmt.Errorf("read who assessed: %w", err)
		}
	}
	return shown, nil
}

// Due implements [web.Assessments].
func (p assessmentPages) Due(ctx context.Context, user web.User, ids ...string) ([]web.DueAssessment, error) {
	who, err := p.who(ctx, user)
	if err != nil {
		return nil, err
	}
	var all []records.Resident
	if len(ids) == 0 {
		if all, err = p.s.Residents.List(ctx, records.ResidentQuery{}); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		r, err := p.s.Residents.Get(ctx, id)
		if err != nil {
			return nil, assessmentFault(err)
		}
		all = append(all, r)
	}
	mine := map[string]records.Resident{}
	var asked []records.Resident
	for _, r := range all {
		may, err := p.s.access.Sees(ctx, who, records.File, r.ID)
		if err != nil {
			return nil, err
		}
		if may {
			mine[r.ID] = r
			asked = append(asked, r)
		}
	}
	due, err := p.s.Assessments.Due(ctx, asked...)
	if err != nil {
		return nil, err
	}
	var shown []web.DueAssessment
	for _, d := range due {
		if d.Form != nil { // what Anxin does not know any more cannot be filled in
			shown = append(shown, web.DueAssessment{
				Resident: pageResident(mine[d.Resident], "", nil), Form: d.Form, Since: d.Since.String(), Keeps: p.s.access.Keeps(ctx, who, d.Resident),
			})
		}
	}
	return shown, nil
}

// Record implements [web.Assessments].
func (p assessmentPages) Record(ctx context.Context, user web.User, resident, form string, s web.Sheet) (string, error) {
	if err := p.keeps(ctx, user, resident); err != nil {
		return "", err
	}
	sheet, err := readSheet(s)
	if err != nil {
		return "", err
	}
	a, err := p.s.Assessments.Record(ctx, resident, form, sheet, user.ID)
	return a.ID, assessmentFault(err)
}

// Correct implements [web.Assessments].
func (p assessmentPages) Correct(ctx context.Context, user web.User, resident, id string, version int, s web.Sheet, reason string, withdrawn bool) error {
	if err := p.keeps(ctx, user, resident); err != nil {
		return err
	}
	sheet, err := readSheet(s)
	if err != nil {
		return err
	}
	_, err = p.s.Assessments.Correct(ctx, resident, id, sheet, assessments.Correction{By: user.ID, Reason: reason, From: &version, Withdrawn: withdrawn})
	return assessmentFault(err)
}

func readSheet(s web.Sheet) (assessments.Sheet, error) {
	out := assessments.Sheet{Answers: s.Answers, Mode: s.Mode, Assessor: s.Assessor, Note: s.Note}
	var err error
	if out.Day, err = records.ParseDate(s.Day); err != nil {
		return out, web.RefusedDay
	}
	if s.NextDue != "" {
		due, err := records.ParseDate(s.NextDue)
		if err != nil {
			return out, web.RefusedNextDue
		}
		out.NextDue = &due
	}
	return out, nil
}

// sheetRefusals are what the pages say to a wrong part of a sheet. Answers they
// have looked at themselves.
var sheetRefusals = map[string]web.Refusal{
	"day": web.RefusedDay, "next_due": web.RefusedNextDue, "mode": web.RefusedMode, "reason": web.RefusedReason,
}

// assessmentFault is an error of the book as the pages know it.
func assessmentFault(err error) error {
	fault, ok := errors.AsType[*store.Fault](err)
	switch {
	case !ok:
		return err
	case errors.Is(err, store.ErrNotFound):
		return web.ErrNotFound
	case fault.Code == assessments.CodeChanged:
		return web.RefusedChanged
	}
	for _, field := range fault.Fields {
		if refused, ok := sheetRefusals[field.Path]; ok {
			return fmt.Errorf("%w: %w", refused, err)
		}
	}
	return err
}
