package api

import (
	"context"
	"math"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/likeness"
)

// Duplicate is a resident who may be the same person.
type Duplicate struct {
	Resident  string            `json:"resident"`
	Name      string            `json:"name"`
	BirthDate string            `json:"birth_date,omitempty" format:"date"`
	Sex       string            `json:"sex"`
	Home      string            `json:"home,omitempty"`
	Likely    bool              `json:"likely" doc:"More than perhaps"`
	Bits      float64           `json:"bits" doc:"How much speaks for it: the binary logarithm of how much more often this is so of one person than of two"`
	Reasons   []likeness.Reason `json:"reasons" nullable:"false" doc:"What speaks for it and against" example:"[\"birth\",\"name_sound\"]"`
}

func showDuplicate(c duplicates.Candidate) Duplicate {
	return Duplicate{
		Resident: c.Resident, Name: c.Person.Name, BirthDate: c.Person.Birth.String(), Sex: string(c.Person.Sex), Home: c.Person.Home,
		Likely: c.Likely(), Bits: math.Round(c.Bits*10) / 10, Reasons: c.Reasons,
	}
}

// likelyDuplicates is the answer to who is to be created and may be there already.
type likelyDuplicates struct {
	*huma.ErrorModel
	// Candidates are those whom the asker may see, Hidden how many there are besides.
	Candidates []Duplicate `json:"candidates" nullable:"false"`
	Hidden     int         `json:"hidden,omitempty"`
}

// checkDuplicates refuses to create somebody who may be there already, unless the
// request names all those whom they are not. Of those whom the asker may not see they
// learn only that there is somebody: an administrator is to look.
func (a *API) checkDuplicates(ctx context.Context, p likeness.Person, not []string) error {
	found, err := a.duplicates.Find(ctx, p, not...)
	if err != nil {
		return a.failed(ctx, "look for likely duplicates", err)
	}
	if len(found) == 0 {
		return nil
	}
	mine, err := visible(ctx, a, records.Status, found, func(c duplicates.Candidate) string { return c.Resident })
	if err != nil {
		return err
	}
	answer := &likelyDuplicates{
		ErrorModel: &huma.ErrorModel{
			Type: "urn:anxin:error:resident.likely_duplicate", Title: http.StatusText(http.StatusConflict), Status: http.StatusConflict,
			Detail: "there may be a file of this person already: look at the candidates, and name those whom they are not in not_duplicate_of",
		},
		Candidates: []Duplicate{}, Hidden: len(found) - len(mine),
	}
	if answer.Hidden > 0 {
		answer.Detail = "there may be a file of this person already, which you may not see: ask an administrator"
	}
	for _, c := range mine {
		answer.Candidates = append(answer.Candidates, showDuplicate(c))
	}
	return answer
}

type duplicatesInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// DuplicatePair are two residents who may be one person.
type DuplicatePair struct {
	One   Duplicate `json:"one"`
	Other Duplicate `json:"other"`
}

type duplicatesOutput struct{ Body []DuplicatePair }

func (a *API) listDuplicates(ctx context.Context, in *duplicatesInput) (*duplicatesOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	pairs, err := a.duplicates.Pairs(ctx, in.Limit)
	if err != nil {
		return nil, a.failed(ctx, "look for likely duplicates", err)
	}
	out := &duplicatesOutput{Body: []DuplicatePair{}}
	for _, p := range pairs {
		// Who lists them sees them: that is written down.
		both, err := visible(ctx, a, records.Status, []string{p.One.Resident, p.Other.Resident}, func(id string) string { return id })
		if err != nil {
			return nil, err
		}
		if len(both) == 2 {
			out.Body = append(out.Body, DuplicatePair{showDuplicate(p.One), showDuplicate(p.Other)})
		}
	}
	return out, nil
}

type distinctInput struct {
	Body struct {
		One    string `json:"one"`
		Other  string `json:"other"`
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (a *API) sayDistinct(ctx context.Context, in *distinctInput) (*struct{}, error) {
	user, err := a.mayMerge(ctx, in.Body.One, in.Body.Other)
	if err != nil {
		return nil, err
	}
	if err := a.duplicates.SayDistinct(ctx, in.Body.One, []string{in.Body.Other}, records.Change{By: user.ID, Reason: in.Body.Reason}); err != nil {
		return nil, a.failed(ctx, "say that they are two persons", err)
	}
	return nil, nil
}

// mayMerge asks the one check for making two files one, and returns who asks.
func (a *API) mayMerge(ctx context.Context, one, other string) (records.User, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayMerge(ctx, user, one, other); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}
