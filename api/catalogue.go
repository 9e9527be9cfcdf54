package api

import (
	"context"

	"github.com/anxin-care/anxin/vitals"
)

// Metric is a row of the catalogue of metrics.
type Metric struct {
	Name       string            `json:"name" example:"heart_rate"`
	Display    map[string]string `json:"display" doc:"Name for people, by language"`
	Unit       string            `json:"unit" doc:"Canonical UCUM unit" example:"/min"`
	Units      []string          `json:"units,omitempty" doc:"Other units that are accepted"`
	Kind       string            `json:"kind" enum:"level,counter,event,state"`
	Subject    string            `json:"subject" enum:"resident,home,device"`
	Codings    []Coding          `json:"codings"`
	Profile    string            `json:"fhir_profile,omitempty"`
	Min        *float64          `json:"min,omitempty" doc:"Below is an artefact"`
	Max        *float64          `json:"max,omitempty" doc:"Above is an artefact"`
	Resolution float64           `json:"resolution,omitempty"`
	Words      []string          `json:"words,omitempty" doc:"Words of the values 0, 1, 2, …"`
}

// Coding is a code of a code system.
type Coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

type metricsOutput struct{ Body []Metric }

func (a *API) listMetrics(context.Context, *struct{}) (*metricsOutput, error) {
	out := &metricsOutput{}
	for _, m := range vitals.Metrics() {
		i := m.Info()
		row := Metric{
			Name: i.Name, Unit: i.Unit, Kind: i.Kind.String(), Subject: i.Subject.String(), Profile: i.Profile,
			Resolution: i.Resolution, Words: i.Words,
			Display: map[string]string{"en": i.Display("en"), "zh-CN": i.Display("zh-CN")},
		}
		if i.Bounded {
			row.Min, row.Max = &i.Min, &i.Max
		}
		for _, u := range i.Units {
			if u.Name != i.Unit {
				row.Units = append(row.Units, u.Name)
			}
		}
		for _, c := range i.Codings {
			row.Codings = append(row.Codings, Coding(c))
		}
		out.Body = append(out.Body, row)
	}
	return out, nil
}
