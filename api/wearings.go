package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
)

func (a *API) wearingOperations(api huma.API, get, ask describe) {
	huma.Register(api, get("list-wearings", "/devices/{id}/wearings", "Who wore a device from when to when, and what of it was corrected", "devices"), a.listWearings)
	huma.Register(api, ask("foresee-wearing", "/devices/{id}/wearings/foresee", "What correcting who wore a device would move; nothing is changed", "devices"), a.foreseeWearing)
	huma.Register(api, ask("correct-wearing", "/devices/{id}/wearings/corrections", "Correct who wore a device for a time that has passed: readings move, alerts are judged again", "devices"), a.correctWearing)
}

// DeviceWearing is who wore a device, and when.
type DeviceWearing struct {
	Resident string     `json:"resident"`
	From     time.Time  `json:"from"`
	To       *time.Time `json:"to,omitempty" doc:"Absent while it is worn"`
}

// WearingCorrection is what was corrected about who wore a device.
type WearingCorrection struct {
	Number   int64                `json:"number" doc:"In the order in which they were made"`
	Resident string               `json:"resident,omitempty" doc:"Who wore it; absent for nobody"`
	Was      string               `json:"was,omitempty" doc:"Who was said to have worn it; absent for nobody"`
	From     time.Time            `json:"from"`
	To       time.Time            `json:"to" doc:"Until when; when this was said, where it goes on"`
	GoesOn   bool                 `json:"goes_on,omitempty"`
	Before   []DeviceWearing      `json:"before" nullable:"false" doc:"All wearings of the device as they were"`
	After    []DeviceWearing      `json:"after" nullable:"false" doc:"All wearings as they are by this"`
	MadeAt   time.Time            `json:"made_at"`
	MadeBy   string               `json:"made_by,omitempty" doc:"A user; absent for the command line"`
	Why      string               `json:"why,omitempty"`
	Step     string               `json:"step" enum:"noted,moved,judged,done" doc:"How far it is carried out"`
	Outcome  alerts.Reattribution `json:"outcome" doc:"What came of it, or would: readings that move, alerts that were not theirs, what the rules find at the right one"`
}

func showWearings(all []devices.Wearing) []DeviceWearing {
	shown := make([]DeviceWearing, len(all))
	for i, w := range all {
		shown[i] = DeviceWearing{Resident: w.Resident, From: w.From.UTC(), To: when(w.To)}
	}
	return shown
}

func showCorrection(c devices.Correction) (WearingCorrection, error) {
	shown := WearingCorrection{
		Number: c.Number, Resident: c.Resident, Was: c.Was, From: c.From, To: c.To, GoesOn: c.GoesOn, Before: showWearings(c.Before), After: showWearings(c.After),
		MadeAt: c.MadeAt, MadeBy: c.MadeBy, Why: c.Why, Step: string(c.Step),
	}
	err := json.Unmarshal(c.Outcome, &shown.Outcome)
	if shown.Outcome.Readings == nil {
		shown.Outcome.Readings = map[string]int{}
	}
	return shown, err
}

// DeviceWearings are who wore a device, and what was corrected.
type DeviceWearings struct {
	Wearings    []DeviceWearing     `json:"wearings" nullable:"false" doc:"As they are known now, oldest first"`
	Corrections []WearingCorrection `json:"corrections" nullable:"false" doc:"Oldest first"`
}

type wearingsOutput struct{ Body DeviceWearings }

// listWearings shows what is about residents whose file whoever asks may see.
func (a *API) listWearings(ctx context.Context, in *deviceInput) (*wearingsOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	all, err := a.registry.Wearings(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "list who wore the device", err)
	}
	if all, err = visible(ctx, a, records.File, all, func(w devices.Wearing) string { return w.Resident }); err != nil {
		return nil, err
	}
	corrections, err := a.registry.Corrections(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "list what was corrected", err)
	}
	out := &wearingsOutput{Body: DeviceWearings{Wearings: showWearings(all), Corrections: []WearingCorrection{}}}
	for _, c := range corrections {
		may, err := a.seesAll(ctx, records.File, c.Was, c.Resident)
		if err != nil {
			return nil, a.failed(ctx, "check the access", err)
		}
		if !may {
			continue
		}
		shown, err := showCorrection(c)
		if err != nil {
			return nil, a.failed(ctx, "read what came of a correction", err)
		}
		out.Body.Corrections = append(out.Body.Corrections, shown)
	}
	return out, nil
}

// seesAll asks the one check about several residents; "" is nobody, of whom there is
// nothing to see.
func (a *API) seesAll(ctx context.Context, scope records.Scope, residents ...string) (bool, error) {
	for _, resident := range residents {
		if resident == "" {
			continue
		}
		if may, err := a.sees(ctx, scope, resident); err != nil || !may {
			return false, err
		}
	}
	return true, nil
}

type correctInput struct {
	ID   string `path:"id" doc:"Device id"`
	Body struct {
		Resident string     `json:"resident,omitempty" doc:"Who wore it; absent for nobody, as it lay in a drawer"`
		From     time.Time  `json:"from"`
		To       *time.Time `json:"to,omitempty" doc:"Until when; absent when it goes on"`
		Was      *string    `json:"was,omitempty" doc:"Who was said to have worn it when you looked, empty for nobody; when that is another by now, nothing is corrected"`
		Why      string     `json:"why,omitempty" maxLength:"500" doc:"How you know; needed to correct"`
	}
}

func (in *correctInput) said(by string) devices.Worn {
	said := devices.Worn{Device: in.ID, Resident: in.Body.Resident, From: in.Body.From, Was: in.Body.Was, Why: in.Body.Why, By: by}
	if in.Body.To != nil {
		said.To = *in.Body.To
	}
	return said
}

type correctionOutput struct{ Body WearingCorrection }

// foreseen is the correction that a request would make, once whoever asks may make it:
// staff who keep the files of both residents.
func (a *API) foreseen(ctx context.Context, in *correctInput) (devices.Correction, records.User, error) {
	user, _ := UserOf(ctx)
	if err := a.mayOversee(ctx); err != nil {
		return devices.Correction{}, user, err
	}
	if in.Body.Resident != "" {
		if _, err := a.mayKeep(ctx, in.Body.Resident); err != nil {
			return devices.Correction{}, user, err
		}
	}
	c, err := a.registry.Foresee(ctx, in.said(user.ID))
	if err != nil {
		return c, user, a.failed(ctx, "foresee the correction", err)
	}
	if c.Was != "" {
		if _, err := a.mayKeep(ctx, c.Was); err != nil {
			return c, user, err
		}
	}
	return c, user, nil
}

func (a *API) foreseeWearing(ctx context.Context, in *correctInput) (*correctionOutput, error) {
	c, _, err := a.foreseen(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &correctionOutput{}
	if out.Body, err = showCorrection(c); err != nil {
		return nil, a.failed(ctx, "show the correction", err)
	}
	end := c.To
	if c.GoesOn {
		end = time.Time{}
	}
	if out.Body.Outcome, err = a.alerts.Foresee(ctx, a.timeline, &c, end); err != nil {
		return nil, a.failed(ctx, "foresee what moves", err)
	}
	return out, nil
}

func (a *API) correctWearing(ctx context.Context, in *correctInput) (*correctionOutput, error) {
	seen, user, err := a.foreseen(ctx, in)
	if err != nil {
		return nil, err
	}
	// Whose readings they are may have changed since: only what was looked at is allowed.
	said := in.said(user.ID)
	said.Was = &seen.Was
	c, err := a.registry.Correct(ctx, said)
	if err != nil {
		return nil, a.failed(ctx, "correct who wore the device", err)
	}
	out := &correctionOutput{}
	if out.Body, err = showCorrection(c); err != nil {
		return nil, a.failed(ctx, "show the correction", err)
	}
	return out, nil
}
