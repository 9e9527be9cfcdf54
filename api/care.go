package api

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// Care is what the rules go by of a resident beside the readings.
type Care struct {
	Conditions []string           `json:"conditions,omitempty" nullable:"false" doc:"By the names that the rules know" example:"[\"copd\"]"`
	Limits     map[string]float64 `json:"limits,omitempty" doc:"Thresholds of the resident's own by name; they come before those of conditions, and these before the default ones" example:"{\"spo2.low\":90}"`
	Scale2     *Decision          `json:"scale_2,omitempty" doc:"That oxygen saturation is scored on scale 2 of NEWS2, for a target of 88 to 92 %; absent while nobody has decided so"`
	Planned    map[string]string  `json:"planned,omitempty" doc:"How often a metric is to be measured, by its name: a number and m, h or d" example:"{\"bp_systolic\":\"12h\"}"`
}

// Decision is who decided something, and when.
type Decision struct {
	By string `json:"decided_by" doc:"The clinician" example:"Dr Wu"`
	On string `json:"decided_on" format:"date" example:"2026-11-20"`
}

// CareVersion is what was said of a resident's care at one time.
type CareVersion struct {
	Care
	Version   int        `json:"version" doc:"From 1; 0 while nothing was said yet"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
	ChangedBy string     `json:"changed_by,omitempty" doc:"A user; absent for the command line"`
	Reason    string     `json:"reason,omitempty"`
}

func showCare(v records.CareVersion) CareVersion {
	out := CareVersion{
		Care:    Care{Conditions: v.Conditions, Limits: v.Limits},
		Version: v.Version, ChangedAt: when(v.ChangedAt), ChangedBy: v.ChangedBy, Reason: v.Reason,
	}
	if v.Scale2.Made() {
		out.Scale2 = &Decision{By: v.Scale2.By, On: v.Scale2.On.String()}
	}
	for metric, every := range v.Planned {
		if out.Planned == nil {
			out.Planned = map[string]string{}
		}
		out.Planned[metric] = rules.Span(every).String()
	}
	return out
}

// read is the care that a request says.
func (c Care) read() (records.Care, error) {
	out := records.Care{Conditions: c.Conditions, Limits: c.Limits}
	if c.Scale2 != nil {
		on, err := records.ParseDate(c.Scale2.On)
		if err != nil {
			return out, invalid("body.scale_2.decided_on", c.Scale2.On, err.Error())
		}
		out.Scale2 = records.Decision{By: c.Scale2.By, On: on}
	}
	for _, metric := range slices.Sorted(maps.Keys(c.Planned)) {
		every, err := rules.ParseSpan(c.Planned[metric])
		if err != nil {
			return out, invalid("body.planned."+metric, c.Planned[metric], err.Error())
		}
		if out.Planned == nil {
			out.Planned = map[string]time.Duration{}
		}
		out.Planned[metric] = time.Duration(every)
	}
	return out, nil
}

type careOutput struct{ Body CareVersion }

func (a *API) readCare(ctx context.Context, in *ResidentPath) (*careOutput, error) {
	if _, err := a.resident(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	v, err := a.care.Care(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the care", err)
	}
	return &careOutput{Body: showCare(v)}, nil
}

type changeCareInput struct {
	ResidentPath
	Body struct {
		Care
		Reason  string `json:"reason,omitempty" maxLength:"2000" doc:"Why it changes"`
		Version *int   `json:"version,omitempty" doc:"The version that this was made from: refused when there is another by now"`
	}
}

func (a *API) changeCare(ctx context.Context, in *changeCareInput) (*careOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	care, err := in.Body.Care.read()
	if err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	v, err := a.care.SetCare(ctx, in.ID, care, records.Change{By: user.ID, Reason: in.Body.Reason, From: in.Body.Version})
	if err != nil {
		return nil, a.failed(ctx, "change the care", err)
	}
	return &careOutput{Body: showCare(v)}, nil
}

type careHistoryOutput struct{ Body []CareVersion }

func (a *API) careHistory(ctx context.Context, in *ResidentPath) (*careHistoryOutput, error) {
	if _, err := a.resident(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	versions, err := a.care.CareHistory(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the history of the care", err)
	}
	out := &careHistoryOutput{Body: []CareVersion{}}
	for _, v := range versions {
		out.Body = append(out.Body, showCare(v))
	}
	return out, nil
}
