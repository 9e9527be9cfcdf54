package api

import (
	"context"

	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/store"
)

// FormSummary is a form by which residents are assessed, in short.
type FormSummary struct {
	ID          string   `json:"id" example:"self_care"`
	Version     int      `json:"version"`
	Title       Text     `json:"title"`
	Standard    string   `json:"standard,omitempty" doc:"The norm or publication that it follows"`
	Verified    bool     `json:"verified" doc:"Its items and values were compared with the source"`
	EveryMonths int      `json:"every_months,omitempty" doc:"After how many months it is due again; absent where the norm does not say"`
	FromAge     int      `json:"from_age,omitempty" doc:"The age from which on it is meant for everybody"`
	Modes       []string `json:"modes" nullable:"false" doc:"How it may be filled in: self, proxy, observed"`
	Scored      bool     `json:"scored" doc:"It has a total"`
}

// Form is a form with all that is asked.
type Form struct {
	FormSummary
	Hint    *Text        `json:"hint,omitempty" doc:"How the assessor goes about it"`
	Source  string       `json:"source" doc:"Where its words and numbers are from"`
	Items   []FormItem   `json:"items" nullable:"false"`
	Scoring *FormScoring `json:"scoring,omitempty"`
}

// FormItem is one thing that is asked or measured.
type FormItem struct {
	ID       string       `json:"id" example:"eating"`
	Heading  *Text        `json:"heading,omitempty" doc:"Begins a part of the form"`
	Text     Text         `json:"text"`
	Kind     string       `json:"kind" enum:"choice,several,number,text,computed"`
	Optional bool         `json:"optional,omitempty"`
	Choices  []FormChoice `json:"choices,omitempty"`
	Unit     string       `json:"unit,omitempty" doc:"UCUM"`
	Min      *float64     `json:"min,omitempty" doc:"Below is not plausible"`
	Max      *float64     `json:"max,omitempty" doc:"Above is not plausible"`
	Decimals int          `json:"decimals,omitempty"`
	Over     string       `json:"over,omitempty" doc:"An item that this number must be greater than"`
	Of       []string     `json:"of,omitempty" doc:"Items that it is computed of"`
	LOINC    string       `json:"loinc,omitempty"`
	Verified bool         `json:"verified"`
}

// FormChoice is something that can be chosen.
type FormChoice struct {
	Value int  `json:"value"`
	Text  Text `json:"text"`
}

// FormScoring is how answers become a total and a band.
type FormScoring struct {
	Sum       []string      `json:"sum" nullable:"false" doc:"Items that are added up"`
	Reversed  []string      `json:"reversed,omitempty" doc:"Those whose points run against their values"`
	Least     int           `json:"least"`
	Most      int           `json:"most"`
	Better    string        `json:"better" enum:"low,high" doc:"Which end of the total is the good one"`
	LOINC     string        `json:"loinc,omitempty" doc:"Of the total"`
	BandLOINC string        `json:"band_loinc,omitempty"`
	Bands     string        `json:"bands" doc:"The band set that holds"`
	BandSets  []FormBandSet `json:"band_sets" nullable:"false"`
}

// FormBandSet puts totals into bands.
type FormBandSet struct {
	ID       string     `json:"id"`
	Title    Text       `json:"title"`
	Source   string     `json:"source"`
	Verified bool       `json:"verified"`
	By       string     `json:"by,omitempty" doc:"An item on whose answer the limits depend"`
	Bands    []FormBand `json:"bands" nullable:"false" doc:"The best first"`
}

// FormBand is what totals mean.
type FormBand struct {
	ID   string `json:"id"`
	Text Text   `json:"text"`
	From int    `json:"from"`
	To   int    `json:"to" doc:"Included"`
	When []int  `json:"when,omitempty" doc:"Answers to the set's item for which it holds"`
	Then string `json:"then,omitempty" doc:"A form that is to follow"`
}

func (a *API) showFormSummary(f *forms.Form) FormSummary {
	shown := FormSummary{
		ID: f.ID, Version: f.Version, Title: Text(f.Title), Standard: f.Standard, Verified: f.IsVerified(), EveryMonths: f.Every, FromAge: f.FromAge,
		Modes: []string{}, Scored: f.Scoring != nil,
	}
	for _, m := range forms.Modes() {
		if f.Allows(m) {
			shown.Modes = append(shown.Modes, string(m))
		}
	}
	return shown
}

func (a *API) showForm(f *forms.Form) Form {
	shown := Form{FormSummary: a.showFormSummary(f), Hint: someText(f.Hint), Source: f.Source}
	for i := range f.Items {
		item := &f.Items[i]
		line := FormItem{
			ID: item.ID, Heading: someText(item.Heading), Text: Text(item.Text), Kind: string(item.Kind), Optional: item.Optional,
			Unit: item.Unit, Min: item.Min, Max: item.Max, Decimals: item.Decimals, Over: item.Over, Of: item.Of, LOINC: item.LOINC, Verified: f.Knows(item),
		}
		for _, c := range item.Choices {
			line.Choices = append(line.Choices, FormChoice{Value: c.Value, Text: Text(c.Text)})
		}
		shown.Items = append(shown.Items, line)
	}
	if s := f.Scoring; s != nil {
		least, most := f.Range()
		shown.Scoring = &FormScoring{
			Sum: s.Sum, Reversed: s.Reversed, Least: least, Most: most, Better: string(s.Better), LOINC: s.LOINC, BandLOINC: s.BandLOINC, Bands: a.assessments.Forms().Set(f),
		}
		for i := range s.Sets {
			set := &s.Sets[i]
			line := FormBandSet{ID: set.ID, Title: Text(set.Title), Source: set.Source, Verified: set.IsVerified(), By: set.By}
			for _, b := range set.Bands {
				line.Bands = append(line.Bands, FormBand{ID: b.ID, Text: Text(b.Text), From: b.From, To: b.To, When: b.When, Then: b.Then})
			}
			shown.Scoring.BandSets = append(shown.Scoring.BandSets, line)
		}
	}
	return shown
}

func someText(t forms.Text) *Text {
	if t == (forms.Text{}) {
		return nil
	}
	shown := Text(t)
	return &shown
}

type formsOutput struct{ Body []FormSummary }

func (a *API) listForms(context.Context, *struct{}) (*formsOutput, error) {
	out := &formsOutput{Body: []FormSummary{}}
	for _, f := range a.assessments.Forms().Forms() {
		out.Body = append(out.Body, a.showFormSummary(f))
	}
	return out, nil
}

type formInput struct {
	ID      string `path:"id" doc:"Form id" example:"self_care"`
	Version int    `query:"version" minimum:"1" doc:"The newest when absent"`
}

type formOutput struct{ Body Form }

func (a *API) readForm(ctx context.Context, in *formInput) (*formOutput, error) {
	f, ok := a.assessments.Forms().Form(in.ID)
	if in.Version != 0 {
		f, ok = a.assessments.Forms().Version(in.ID, in.Version)
	}
	if !ok {
		return nil, a.failed(ctx, "read the form", store.NotFound("form", in.ID))
	}
	return &formOutput{Body: a.showForm(f)}, nil
}
