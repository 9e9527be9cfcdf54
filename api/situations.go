package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/records"
)

// Situation is what a resident is in for a while. Some rules are paused
// meanwhile.
type Situation struct {
	Resident string     `json:"resident"`
	Kind     string     `json:"kind" enum:"away,hospital,visitors"`
	Since    time.Time  `json:"since"`
	Until    time.Time  `json:"until" doc:"When it ends by itself"`
	Note     string     `json:"note,omitempty"`
	SetBy    string     `json:"set_by,omitempty" doc:"A user; absent for the command line"`
	SetAt    time.Time  `json:"set_at"`
	EndedAt  *time.Time `json:"ended_at,omitempty" doc:"When somebody ended it before that, or said something else of it"`
	EndedBy  string     `json:"ended_by,omitempty"`
}

func showSituations(list []records.Situation) []Situation {
	out := []Situation{}
	for _, s := range list {
		out = append(out, Situation{
			Resident: s.Resident, Kind: string(s.Kind), Since: s.Since, Until: s.Until, Note: s.Note,
			SetBy: s.SetBy, SetAt: s.SetAt, EndedAt: when(s.EndedAt), EndedBy: s.EndedBy,
		})
	}
	return out
}

type situationsOutput struct{ Body []Situation }

func (a *API) listSituations(ctx context.Context, _ *struct{}) (*situationsOutput, error) {
	underWay, err := a.care.Situations(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list situations", err)
	}
	mine, err := visible(ctx, a, records.Status, underWay, func(s records.Situation) string { return s.Resident })
	if err != nil {
		return nil, err
	}
	return &situationsOutput{Body: showSituations(mine)}, nil
}

func (a *API) residentSituations(ctx context.Context, in *ResidentPath) (*situationsOutput, error) {
	return a.situationsOf(ctx, in.ID, func() ([]records.Situation, error) { return a.care.Situations(ctx, in.ID) })
}

func (a *API) situationHistory(ctx context.Context, in *ResidentPath) (*situationsOutput, error) {
	return a.situationsOf(ctx, in.ID, func() ([]records.Situation, error) { return a.care.SituationHistory(ctx, in.ID) })
}

func (a *API) situationsOf(ctx context.Context, resident string, list func() ([]records.Situation, error)) (*situationsOutput, error) {
	if _, err := a.resident(ctx, records.Status, resident); err != nil {
		return nil, err
	}
	found, err := list()
	if err != nil {
		return nil, a.failed(ctx, "list the resident's situations", err)
	}
	return &situationsOutput{Body: showSituations(found)}, nil
}

// SituationPath names a situation in an operation's path.
type SituationPath struct {
	ResidentPath
	Kind string `path:"kind" enum:"away,hospital,visitors"`
}

type setSituationInput struct {
	SituationPath
	Body struct {
		Until time.Time `json:"until" doc:"When it ends by itself; at most 90 days ahead"`
		Note  string    `json:"note,omitempty" maxLength:"2000"`
	}
}

type situationOutput struct{ Body Situation }

func (a *API) setSituation(ctx context.Context, in *setSituationInput) (*situationOutput, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	set, err := a.care.SetSituation(ctx, records.Situation{
		Resident: in.ID, Kind: records.SituationKind(in.Kind), Until: in.Body.Until, Note: in.Body.Note, SetBy: user.ID,
	})
	if err != nil {
		return nil, a.failed(ctx, "set the situation", err)
	}
	return &situationOutput{Body: showSituations([]records.Situation{set})[0]}, nil
}

func (a *API) endSituation(ctx context.Context, in *SituationPath) (*struct{}, error) {
	user, err := a.mayLookAfter(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.care.EndSituation(ctx, in.ID, records.SituationKind(in.Kind), user.ID); err != nil {
		return nil, a.failed(ctx, "end the situation", err)
	}
	return nil, nil
}
