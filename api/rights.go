package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records/rights"
)

// Rights carries out what residents may ask of who keeps their data.
type Rights interface {
	// Export writes a zip of the kinds of a resident's data.
	Export(ctx context.Context, w io.Writer, resident string, kinds []string) error
	Erase(ctx context.Context, resident, by, reason string) (rights.Erasure, error)
	Erasure(ctx context.Context, id string) (rights.Erasure, error)
	Erasures(ctx context.Context) ([]rights.Erasure, error)
	// Disclosures are to whom data of a resident went, the newest first.
	Disclosures(ctx context.Context, resident string, limit int) ([]rights.Disclosure, error)
	// Processing is what is done with data here, as it is set up.
	Processing(ctx context.Context) (rights.Processing, error)
}

// rightsOperations are copies, disclosures, erasure and the record of processing.
func (a *API) rightsOperations(api huma.API, get, post describe) {
	export := get("export-resident", "/residents/{id}/export", "A copy of all that is kept of the resident: a zip of JSON, CSV and documents", "rights")
	export.Responses = map[string]*huma.Response{"200": {Description: "The zip. Without manifest.json in it, it is not whole.", Content: map[string]*huma.MediaType{"application/zip": {}}}}
	huma.Register(api, export, a.exportResident)
	huma.Register(api, get("list-disclosures", "/residents/{id}/disclosures", "To whom data of the resident went: copies, messages with health detail, access in emergencies", "rights"), a.listDisclosures)
	erase := post("erase-resident", "/residents/{id}/erasure", "Have all that is kept of the resident erased, with a proof; it cannot be undone", "rights")
	erase.DefaultStatus = http.StatusAccepted
	huma.Register(api, erase, a.eraseResident)
	huma.Register(api, get("list-erasures", "/erasures", "Residents who were erased, and whether it is proven, newest first", "rights"), a.listErasures)
	huma.Register(api, get("read-erasure", "/erasures/{id}", "How far an erasure is, and its proof", "rights"), a.readErasure)
	huma.Register(api, get("read-processing", "/processing", "The record of processing: which data, what for, on which ground, who gets it, how long it is kept", "rights"), a.readProcessing)
}

func (a *API) exportResident(ctx context.Context, in *ResidentPath) (*huma.StreamResponse, error) {
	user, _ := UserOf(ctx)
	scope, err := a.access.MayExport(ctx, user, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	if _, err := a.residentStore.Get(ctx, in.ID); err != nil {
		return nil, a.failed(ctx, "read the resident", err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/zip")
		ctx.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.zip"`, in.ID, a.now().UTC().Format(time.DateOnly)))
		ctx.SetHeader("Cache-Control", "no-store")
		ctx.SetHeader("X-Content-Type-Options", "nosniff")
		ctx.SetStatus(http.StatusOK)
		if err := a.rights.Export(ctx.Context(), ctx.BodyWriter(), in.ID, scope.Names()); err != nil && ctx.Context().Err() == nil {
			// It is cut off: there is no manifest, and no zip can be read of it.
			a.log.ErrorContext(ctx.Context(), "a copy of a resident's data was not finished", "resident", in.ID, "error", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// Disclosure is that data of a resident went to somebody.
type Disclosure struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind" enum:"copy,message,emergency"`
	User   string    `json:"user,omitempty"`
	To     string    `json:"contact,omitempty"`
	Over   string    `json:"channel,omitempty" doc:"The kind of channel" example:"email"`
	About  string    `json:"about,omitempty" doc:"Of a message: alert, news, occurrence"`
	Scopes []string  `json:"scopes,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

type disclosuresInput struct {
	ResidentPath
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

type disclosuresOutput struct{ Body []Disclosure }

func (a *API) listDisclosures(ctx context.Context, in *disclosuresInput) (*disclosuresOutput, error) {
	if err := a.mayOverlook(ctx, in.ID); err != nil {
		return nil, err
	}
	list, err := a.rights.Disclosures(ctx, in.ID, in.Limit)
	if err != nil {
		return nil, a.failed(ctx, "list disclosures", err)
	}
	out := &disclosuresOutput{Body: []Disclosure{}}
	for _, d := range list {
		out.Body = append(out.Body, Disclosure(d))
	}
	return out, nil
}

// Erasure is one of all that was kept of a resident.
type Erasure struct {
	ID       string         `json:"id"`
	Resident string         `json:"resident"`
	AskedBy  string         `json:"asked_by,omitempty" doc:"A user; absent for the command line"`
	AskedAt  time.Time      `json:"asked_at"`
	Reason   string         `json:"reason"`
	Done     bool           `json:"done" doc:"It was read back that nothing is left but what is kept"`
	DoneAt   *time.Time     `json:"done_at,omitempty"`
	Tries    int            `json:"tries"`
	Problem  string         `json:"problem,omitempty" doc:"Why it is not done yet; it is tried again every ten seconds"`
	Places   []rights.Place `json:"places" doc:"How much there was, and is; -1 for what could not be counted"`
	Hash     string         `json:"sha256,omitempty" doc:"Of the proof; the audit has it too"`
}

func showErasure(e rights.Erasure) Erasure {
	return Erasure{
		ID: e.ID, Resident: e.Resident, AskedBy: e.AskedBy, AskedAt: e.AskedAt, Reason: e.Reason, Done: e.Done(), DoneAt: when(e.DoneAt),
		Tries: e.Tries, Problem: e.Problem, Places: e.Places, Hash: e.Hash,
	}
}

type eraseInput struct {
	ResidentPath
	Body struct {
		Confirm string `json:"confirm" doc:"The resident's id again"`
		Reason  string `json:"reason" minLength:"1" maxLength:"2000" doc:"Who asked for it, and why; without a name, for it is kept"`
	}
}

type erasureOutput struct{ Body Erasure }

func (a *API) eraseResident(ctx context.Context, in *eraseInput) (*erasureOutput, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayErase(ctx, user, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	if in.Body.Confirm != in.ID {
		return nil, invalid("body.confirm", in.Body.Confirm, "is not the id of the resident")
	}
	e, err := a.rights.Erase(ctx, in.ID, user.ID, in.Body.Reason)
	if err != nil {
		return nil, a.failed(ctx, "erase the resident", err)
	}
	return &erasureOutput{showErasure(e)}, nil
}

type erasuresOutput struct{ Body []Erasure }

func (a *API) listErasures(ctx context.Context, _ *struct{}) (*erasuresOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	list, err := a.rights.Erasures(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list erasures", err)
	}
	out := &erasuresOutput{Body: []Erasure{}}
	for _, e := range list {
		out.Body = append(out.Body, showErasure(e))
	}
	return out, nil
}

type erasurePath struct {
	ID string `path:"id" doc:"Erasure id"`
}

func (a *API) readErasure(ctx context.Context, in *erasurePath) (*erasureOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	e, err := a.rights.Erasure(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the erasure", err)
	}
	return &erasureOutput{showErasure(e)}, nil
}

type processingOutput struct{ Body rights.Processing }

func (a *API) readProcessing(ctx context.Context, _ *struct{}) (*processingOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	p, err := a.rights.Processing(ctx)
	if err != nil {
		return nil, a.failed(ctx, "read the record of processing", err)
	}
	return &processingOutput{p}, nil
}
