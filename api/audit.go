package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// AuditEntry is one line of the audit.
type AuditEntry struct {
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor,omitempty" doc:"A user; absent for Anxin itself and the command line"`
	Via      string    `json:"via" enum:"api,page,stream,link,mqtt,command,service"`
	Action   string    `json:"action"`
	Resident string    `json:"resident,omitempty"`
	Scope    string    `json:"scope,omitempty" doc:"The kinds of data"`
	What     string    `json:"what,omitempty" doc:"The operation, without values"`
	Ground   string    `json:"ground,omitempty" doc:"Why it was allowed"`
	Refused  bool      `json:"refused"`
	Reason   string    `json:"reason,omitempty" doc:"What the actor said"`
	Address  string    `json:"address,omitempty"`
	Hash     string    `json:"sha256" doc:"Over all of this and the hash of the entry before"`
}

// AuditPage says which page of the audit.
type AuditPage struct {
	Before int64 `query:"before" minimum:"0" doc:"The seq of the last entry of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type auditOutput struct{ Body []AuditEntry }

func (a *API) auditOf(ctx context.Context, q audit.Query) (*auditOutput, error) {
	list, err := a.audit.List(ctx, q)
	if err != nil {
		return nil, a.failed(ctx, "read the audit", err)
	}
	out := &auditOutput{Body: []AuditEntry{}}
	for _, e := range list {
		out.Body = append(out.Body, AuditEntry{
			Seq: e.Seq, At: e.At, Actor: e.Actor, Via: string(e.Via), Action: string(e.Action), Resident: e.Resident, Scope: e.Scope,
			What: e.What, Ground: e.Ground, Refused: e.Refused, Reason: e.Reason, Address: e.Address, Hash: e.Hash,
		})
	}
	return out, nil
}

type residentAuditInput struct {
	ResidentPath
	AuditPage
}

func (a *API) residentAudit(ctx context.Context, in *residentAuditInput) (*auditOutput, error) {
	if err := a.mayOverlook(ctx, in.ID); err != nil {
		return nil, err
	}
	return a.auditOf(ctx, audit.Query{Resident: in.ID, Before: in.Before, Limit: in.Limit})
}

type auditInput struct {
	AuditPage
	Actor  string `query:"actor" doc:"Only what this user did"`
	Action string `query:"action" doc:"Only this" example:"break_glass"`
}

func (a *API) readAudit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	return a.auditOf(ctx, audit.Query{Actor: in.Actor, Action: audit.Action(in.Action), Before: in.Before, Limit: in.Limit})
}

// Emergency is access of somebody who has none, for an hour.
type Emergency struct {
	ID         string     `json:"id"`
	Resident   string     `json:"resident"`
	User       string     `json:"user"`
	Reason     string     `json:"reason"`
	Since      time.Time  `json:"since"`
	Until      time.Time  `json:"until"`
	ToldAt     *time.Time `json:"told_at,omitempty" doc:"When those around the resident were told"`
	ReviewedAt *time.Time `json:"reviewed_at,omitempty"`
	ReviewedBy string     `json:"reviewed_by,omitempty"`
	Verdict    string     `json:"verdict,omitempty" enum:"justified,not_justified"`
	Note       string     `json:"note,omitempty"`
}

func showEmergency(e records.Emergency) Emergency {
	return Emergency{
		ID: e.ID, Resident: e.Resident, User: e.User, Reason: e.Reason, Since: e.Since, Until: e.Until, ToldAt: when(e.ToldAt),
		ReviewedAt: when(e.ReviewedAt), ReviewedBy: e.ReviewedBy, Verdict: string(e.Verdict), Note: e.Note,
	}
}

type breakGlassInput struct {
	ResidentPath
	Body struct {
		Reason string `json:"reason" minLength:"10" maxLength:"2000" doc:"What has happened"`
	}
}

type emergencyOutput struct{ Body Emergency }

func (a *API) breakGlass(ctx context.Context, in *breakGlassInput) (*emergencyOutput, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayBreakGlass(ctx, user, in.ID); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	}
	e, err := a.consents.BreakGlass(ctx, in.ID, user.ID, in.Body.Reason)
	if err != nil {
		return nil, a.failed(ctx, "break the glass", err)
	}
	return &emergencyOutput{showEmergency(e)}, nil
}

type emergenciesInput struct {
	Open  bool `query:"open" doc:"Only those that wait for their review"`
	Limit int  `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type emergenciesOutput struct{ Body []Emergency }

func (a *API) listEmergencies(ctx context.Context, in *emergenciesInput) (*emergenciesOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	list, err := a.consents.Emergencies(ctx, records.EmergencyQuery{Open: in.Open, Limit: in.Limit})
	if err != nil {
		return nil, a.failed(ctx, "list access in emergencies", err)
	}
	out := &emergenciesOutput{Body: []Emergency{}}
	for _, e := range list {
		out.Body = append(out.Body, showEmergency(e))
	}
	return out, nil
}

type reviewEmergencyInput struct {
	ID   string `path:"id" doc:"Emergency id"`
	Body struct {
		Verdict string `json:"verdict" enum:"justified,not_justified"`
		Note    string `json:"note,omitempty" maxLength:"2000"`
	}
}

func (a *API) reviewEmergency(ctx context.Context, in *reviewEmergencyInput) (*emergencyOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	e, err := a.consents.Review(ctx, in.ID, user.ID, records.Verdict(in.Body.Verdict), in.Body.Note)
	if err != nil {
		return nil, a.failed(ctx, "review", err)
	}
	return &emergencyOutput{showEmergency(e)}, nil
}
