package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
)

// Opinion is what an expert has signed.
type Opinion struct {
	Expert     string      `json:"expert" doc:"A user"`
	Speciality string      `json:"speciality"`
	Version    int         `json:"version"`
	Evidence   string      `json:"evidence_sha256" doc:"What it goes by"`
	Unseen     bool        `json:"unseen,omitempty" doc:"When it was signed, no other could be seen"`
	SignedAt   time.Time   `json:"signed_at"`
	Seal       string      `json:"seal" doc:"SHA-256 of what was signed; it is in the audit, too"`
	View       panels.View `json:"view"`
}

func showOpinion(o panels.Opinion) Opinion {
	return Opinion{Expert: o.Expert, Speciality: o.Speciality, Version: o.Version, Evidence: o.Evidence, Unseen: o.Unseen, SignedAt: o.SignedAt, Seal: o.Seal, View: o.View}
}

// OpinionPoint is one thing on which the experts spoke, and how they stand on it.
type OpinionPoint struct {
	Change *panels.Change `json:"change,omitempty" doc:"A change that one of them at least would make; absent for the answers"`
	Sides  []panels.Side  `json:"sides" nullable:"false" doc:"Most experts first"`
	Agreed bool           `json:"agreed,omitempty"`
	Words  Text           `json:"words"`
}

// Opinions are what the experts said.
type Opinions struct {
	Opinions []Opinion      `json:"opinions" nullable:"false"`
	Points   []OpinionPoint `json:"points" nullable:"false" doc:"The opinions beside each other, once all of them can be seen"`
}

type opinionsOutput struct{ Body Opinions }

type opinionOutput struct{ Body Opinion }

func (a *API) listOpinions(ctx context.Context, in *ConsultationPath) (*opinionsOutput, error) {
	user, asked, err := a.asked(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var list []panels.Opinion
	whole := true
	if asked {
		mine, err := a.panels.Case(ctx, user, in.ID)
		if err != nil {
			return nil, a.failed(ctx, "open the case", err)
		}
		whole = mine.Whole
		list, err = a.panels.Opinions(ctx, user, in.ID)
		if err != nil {
			return nil, a.failed(ctx, "read the opinions", err)
		}
	} else {
		if _, err := a.consultation(ctx, records.File, in.ID); err != nil {
			return nil, err
		}
		if list, err = a.panels.OpinionsFor(ctx, user.ID, in.ID); err != nil {
			return nil, a.failed(ctx, "read the opinions", err)
		}
	}
	out := &opinionsOutput{Body: Opinions{Opinions: []Opinion{}, Points: []OpinionPoint{}}}
	for _, o := range list {
		out.Body.Opinions = append(out.Body.Opinions, showOpinion(o))
	}
	if !whole {
		return out, nil
	}
	points := panels.Points(list)
	befores, usuals, err := a.panels.Bases(ctx, user.ID, in.ID, points)
	if err != nil {
		return nil, a.failed(ctx, "put the opinions beside each other", err)
	}
	for i, p := range points {
		out.Body.Points = append(out.Body.Points, OpinionPoint{Change: p.Change, Sides: p.Sides, Agreed: p.Agreed(), Words: Text(p.Words(befores[i], usuals[i]))})
	}
	return out, nil
}

type signOpinionInput struct {
	ConsultationPath
	Body panels.View
}

func (a *API) signOpinion(ctx context.Context, in *signOpinionInput) (*opinionOutput, error) {
	user, _ := UserOf(ctx)
	o, err := a.panels.Speak(ctx, user, in.ID, in.Body)
	if err != nil {
		return nil, a.failed(ctx, "sign the opinion", err)
	}
	return &opinionOutput{Body: showOpinion(o)}, nil
}
