package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
)

// panelOperations are questions to experts, and what they advise.
func (a *API) panelOperations(api huma.API, get, post, put, ask describe) {
	const one = "/consultations/{id}"
	huma.Register(api, get("list-panels", "/panels", "Panels of experts: to whom a question can be put", "panels"), a.listPanels)
	huma.Register(api, post("add-panel", "/panels", "Make a panel", "panels"), a.addPanel)
	huma.Register(api, get("read-panel", "/panels/{id}", "A panel with its members", "panels"), a.readPanel)
	huma.Register(api, put("change-panel", "/panels/{id}", "Change a panel: who is left out has no access from now on", "panels"), a.changePanel)
	huma.Register(api, get("panel-versions", "/panels/{id}/versions", "All versions of a panel, newest first", "panels"), a.panelVersions)
	huma.Register(api, get("panel-figures", "/panels/{id}/figures", "How long questions take, by month", "panels"), a.panelFigures)
	huma.Register(api, get("resident-consultations", "/residents/{id}/consultations", "What was asked of experts about a resident, newest first", "panels"), a.residentConsultations)
	huma.Register(api, post("ask-panel", "/residents/{id}/consultations", "Put a question to a panel: how the resident is now is frozen with it; it needs their consent for the purpose panel", "panels"), a.askPanel)
	huma.Register(api, get("resident-advice", "/residents/{id}/advice", "What experts have advised for a resident, newest first; of what was altered only that, last", "panels"), a.residentAdvice)
	huma.Register(api, get("list-consultations", "/consultations", "The board: the cases in which you are asked, and the questions about those whose file you see", "panels"), a.listConsultations)
	huma.Register(api, get("read-consultation", one, "A question; to an expert without who it is about", "panels"), a.readConsultation)
	huma.Register(api, describeEvidence(get("read-evidence", one+"/evidence", "What the experts go by, byte for byte as it was frozen: its SHA-256 is the ETag", "panels")), a.readEvidence)
	huma.Register(api, describePaper(get("read-evidence-document", one+"/documents/{n}", "A document that was put to the question, while you may see the evidence: the evidence numbers them", "panels")), a.readEvidenceDocument)
	huma.Register(api, get("list-opinions", one+"/opinions", "The opinions that you may see: your own; the chair all once they are in; others once the advice is published", "panels"), a.listOpinions)
	huma.Register(api, post("sign-opinion", one+"/opinions", "Sign an opinion; until all are in another takes its place, and both stay", "panels"), a.signOpinion)
	huma.Register(api, ask("decline-consultation", one+"/decline", "Decline to answer, and say why", "panels"), a.declineConsultation)
	huma.Register(api, ask("withdraw-consultation", one+"/withdraw", "Take a question back", "panels"), a.withdrawConsultation)
	huma.Register(api, get("read-advice", one+"/advice", "What was advised on a question", "panels"), a.readAdvice)
	huma.Register(api, post("publish-advice", one+"/advice", "Publish the panel's advice, as its chair", "panels"), a.publishAdvice)
	huma.Register(api, ask("review-advice", one+"/review", "Say that the advice was looked at again and stays", "panels"), a.reviewAdvice)
	huma.Register(api, ask("accept-change", one+"/proposals/{n}/accept", "Accept a change that is advised: it is made at once; a limit, a condition or how often something is measured is for staff", "panels"), a.acceptChange)
	huma.Register(api, ask("decline-change", one+"/proposals/{n}/decline", "Decline a change that is advised, as who may accept it", "panels"), a.declineChange)
	huma.Register(api, get("read-effect", one+"/effect", "How alerts and vitals were in the 14 days before and after each change that was made", "panels"), a.readEffect)
}

// Panel is a group of experts.
type Panel struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Active    bool          `json:"active" doc:"It takes questions"`
	Members   []PanelMember `json:"members,omitempty" doc:"In the order in which they speak in turn; absent for who is neither of the staff nor of the panel"`
	Openers   []PanelOpener `json:"openers,omitempty"`
	Version   int           `json:"version"`
	ChangedAt time.Time     `json:"changed_at"`
	ChangedBy string        `json:"changed_by,omitempty" doc:"A user; absent for the command line"`
	Reason    string        `json:"reason,omitempty"`
}

// PanelMember is an expert of a panel.
type PanelMember struct {
	User       string `json:"user"`
	Speciality string `json:"speciality" minLength:"1" maxLength:"200" example:"Cardiology"`
	Chair      bool   `json:"chair,omitempty" doc:"Publishes the advice; one of the members does"`
}

// PanelOpener is a rule that puts a question by itself.
type PanelOpener struct {
	Rule   string `json:"rule" minLength:"1" maxLength:"64" example:"bp_high_session"`
	Alerts int    `json:"alerts" minimum:"1" maximum:"100" doc:"So many alerts about one resident"`
	Days   int    `json:"days" minimum:"1" maximum:"90" doc:"Within so many days"`
}

// PanelFields are what is said of a panel.
type PanelFields struct {
	Name    string        `json:"name" minLength:"1" maxLength:"200"`
	Active  bool          `json:"active,omitempty"`
	Members []PanelMember `json:"members" minItems:"1" maxItems:"20" nullable:"false"`
	Openers []PanelOpener `json:"openers,omitempty" maxItems:"50" nullable:"false" doc:"Which rules put a question by themselves"`
	Reason  string        `json:"reason,omitempty" maxLength:"2000"`
}

func (f *PanelFields) panel(id string) panels.Panel {
	p := panels.Panel{ID: id, Name: f.Name, Active: f.Active}
	for _, m := range f.Members {
		p.Members = append(p.Members, panels.Member(m))
	}
	for _, o := range f.Openers {
		p.Openers = append(p.Openers, panels.Opener(o))
	}
	return p
}

func showPanel(p panels.Panel) Panel {
	shown := Panel{ID: p.ID, Name: p.Name, Active: p.Active, Version: p.Version, ChangedAt: p.ChangedAt, ChangedBy: p.ChangedBy, Reason: p.Reason}
	for _, m := range p.Members {
		shown.Members = append(shown.Members, PanelMember(m))
	}
	for _, o := range p.Openers {
		shown.Openers = append(shown.Openers, PanelOpener(o))
	}
	return shown
}

type panelsOutput struct{ Body []Panel }

type panelOutput struct{ Body Panel }

// PanelPath names a panel in an operation's path.
type PanelPath struct {
	ID string `path:"id" doc:"Panel id"`
}

func (a *API) listPanels(ctx context.Context, _ *struct{}) (*panelsOutput, error) {
	user, _ := UserOf(ctx)
	all, err := a.panels.Panels(ctx, "")
	if err != nil {
		return nil, a.failed(ctx, "list panels", err)
	}
	staff := a.access.MayOversee(ctx, user) == nil
	out := &panelsOutput{Body: []Panel{}}
	for _, p := range all {
		switch {
		case staff || p.Has(user.ID):
			out.Body = append(out.Body, showPanel(p))
		case p.Active && user.Role == records.Family:
			// To whom a question can be put, and no more.
			out.Body = append(out.Body, Panel{ID: p.ID, Name: p.Name, Active: true, Version: p.Version, ChangedAt: p.ChangedAt})
		}
	}
	return out, nil
}

// panel is a panel that the request may see: one of the staff's, or of its members.
func (a *API) panel(ctx context.Context, id string) (panels.Panel, error) {
	user, _ := UserOf(ctx)
	p, err := a.panels.Panel(ctx, id)
	if err == nil && p.Has(user.ID) {
		return p, nil
	}
	if err := a.mayOversee(ctx); err != nil {
		return p, err
	}
	if err != nil {
		return p, a.failed(ctx, "read the panel", err)
	}
	return p, nil
}

func (a *API) readPanel(ctx context.Context, in *PanelPath) (*panelOutput, error) {
	p, err := a.panel(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &panelOutput{Body: showPanel(p)}, nil
}

type newPanelInput struct {
	Body struct {
		ID string `json:"id,omitempty" maxLength:"64" doc:"Yours to choose, or Anxin's: letters, digits and hyphens"`
		PanelFields
	}
}

func (a *API) addPanel(ctx context.Context, in *newPanelInput) (*panelOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	p, err := a.panels.AddPanel(ctx, in.Body.panel(in.Body.ID), records.Change{By: user.ID, Reason: in.Body.Reason})
	if err != nil {
		return nil, a.failed(ctx, "add the panel", err)
	}
	return &panelOutput{Body: showPanel(p)}, nil
}

type changePanelInput struct {
	PanelPath
	Body struct {
		PanelFields
		From *int `json:"from,omitempty" minimum:"1" doc:"The version that this was made from: refused when there is another by now"`
	}
}

func (a *API) changePanel(ctx context.Context, in *changePanelInput) (*panelOutput, error) {
	if err := a.mayManage(ctx); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	p, err := a.panels.ChangePanel(ctx, in.Body.panel(in.ID), records.Change{By: user.ID, Reason: in.Body.Reason, From: in.Body.From})
	if err != nil {
		return nil, a.failed(ctx, "change the panel", err)
	}
	return &panelOutput{Body: showPanel(p)}, nil
}

func (a *API) panelVersions(ctx context.Context, in *PanelPath) (*panelsOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	all, err := a.panels.PanelVersions(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the versions of the panel", err)
	}
	out := &panelsOutput{Body: []Panel{}}
	for _, p := range all {
		out.Body = append(out.Body, showPanel(p))
	}
	return out, nil
}

// PanelFigures are how a panel does.
type PanelFigures struct {
	Waiting   int          `json:"waiting" doc:"Questions of which an opinion or the advice is awaited now"`
	Disagreed int          `json:"disagreed" doc:"Those of them whose opinions are in and differ"`
	Overdue   int          `json:"overdue" doc:"Those of them that are late"`
	Months    []PanelMonth `json:"months" nullable:"false" doc:"By when questions were put, newest first"`
}

// PanelMonth is how the questions of a month went.
type PanelMonth struct {
	Month        string `json:"month" example:"2026-11"`
	Opened       int    `json:"opened"`
	Advised      int    `json:"advised"`
	Expired      int    `json:"expired"`
	Withdrawn    int    `json:"withdrawn"`
	Disagreed    int    `json:"disagreed"`
	FirstOpinion *Took  `json:"first_opinion,omitempty" doc:"Until the first opinion"`
	ToAdvice     *Took  `json:"to_advice,omitempty" doc:"Until the advice"`
}

// Took is how long something took.
type Took struct {
	N      int     `json:"n"`
	Median float64 `json:"median_seconds"`
	P90    float64 `json:"p90_seconds"`
}

func showTook(t panels.Took) *Took {
	if t.N == 0 {
		return nil
	}
	return &Took{N: t.N, Median: t.Median.Seconds(), P90: t.P90.Seconds()}
}

type figuresOutput struct{ Body PanelFigures }

func (a *API) panelFigures(ctx context.Context, in *PanelPath) (*figuresOutput, error) {
	if _, err := a.panel(ctx, in.ID); err != nil {
		return nil, err
	}
	f, err := a.panels.Figures(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "count the consultations", err)
	}
	out := &figuresOutput{Body: PanelFigures{Waiting: f.Waiting, Disagreed: f.Disagreed, Overdue: f.Overdue, Months: []PanelMonth{}}}
	for _, m := range f.Months {
		out.Body.Months = append(out.Body.Months, PanelMonth{
			Month: m.Month, Opened: m.Opened, Advised: m.Advised, Expired: m.Expired, Withdrawn: m.Dropped, Disagreed: m.Disagreed,
			FirstOpinion: showTook(m.FirstOpinion), ToAdvice: showTook(m.ToAdvice),
		})
	}
	return out, nil
}
