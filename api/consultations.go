package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
)

// Consultation is a question to a panel. An expert sees it without who it is about,
// who asks, and why it ended.
type Consultation struct {
	ID         string     `json:"id"`
	Resident   string     `json:"resident,omitempty"`
	Panel      string     `json:"panel"`
	PanelName  string     `json:"panel_name"`
	Question   string     `json:"question"`
	Urgency    string     `json:"urgency" enum:"routine,soon,urgent"`
	Mode       string     `json:"mode" enum:"blind,in_turn"`
	Status     string     `json:"status" enum:"open,answered,advised,withdrawn,expired" doc:"answered: all opinions that were awaited are in, and the advice is awaited"`
	Evidence   string     `json:"evidence_sha256" doc:"What the experts go by"`
	Reviews    string     `json:"reviews,omitempty" doc:"The advice that it looks at again"`
	OpenedAt   time.Time  `json:"opened_at"`
	OpenedBy   string     `json:"opened_by,omitempty" doc:"A user; absent when a rule did"`
	Rule       string     `json:"rule,omitempty" doc:"The rule that put it"`
	DueAt      time.Time  `json:"due_at"`
	Overdue    bool       `json:"overdue,omitempty"`
	ExpiresAt  time.Time  `json:"expires_at" doc:"When it ends if nobody has answered"`
	Seats      []Seat     `json:"experts" nullable:"false" doc:"Who was asked"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	AdvisedAt  *time.Time `json:"advised_at,omitempty"`
	Disagreed  bool       `json:"disagreed,omitempty" doc:"The opinions were not of one mind; once they are in"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	EndedBy    string     `json:"ended_by,omitempty"`
	EndedFor   string     `json:"ended_reason,omitempty"`
	Mine       *MyCase    `json:"mine,omitempty" doc:"Where you are asked in it now"`
}

// Seat is an expert who was asked.
type Seat struct {
	User       string     `json:"user"`
	Speciality string     `json:"speciality"`
	State      string     `json:"state" enum:"asked,answered,declined"`
	Reason     string     `json:"reason,omitempty" doc:"Why it was declined; to those who ask"`
	At         *time.Time `json:"at,omitempty"`
	Unreached  bool       `json:"unreached,omitempty" doc:"They have no way over which they could be told that it waits; said of one question, to those who ask"`
}

// MyCase is what an expert is in a consultation.
type MyCase struct {
	State  string `json:"state,omitempty" enum:"asked,answered" doc:"Absent for a chair who was not asked"`
	Chair  bool   `json:"chair,omitempty"`
	MyTurn bool   `json:"my_turn,omitempty" doc:"Your opinion can be given now"`
	// Others says that others' opinions can be read.
	Others bool `json:"others,omitempty" doc:"You may see opinions of others"`
}

func (a *API) showConsultation(c panels.Consultation, panel string) Consultation {
	shown := Consultation{
		ID: c.ID, Resident: c.Resident, Panel: c.Panel, PanelName: panel, Question: c.Question, Urgency: string(c.Urgency), Mode: string(c.Mode), Status: string(c.Status),
		Evidence: c.Evidence, Reviews: c.Reviews, OpenedAt: c.OpenedAt, OpenedBy: c.OpenedBy, Rule: c.Rule, DueAt: c.DueAt, Overdue: c.Overdue(a.now()), ExpiresAt: c.ExpiresAt,
		AnsweredAt: when(c.AnsweredAt), AdvisedAt: when(c.AdvisedAt), Disagreed: c.Disagreed, EndedAt: when(c.EndedAt), EndedBy: c.EndedBy, EndedFor: c.EndedFor, Seats: []Seat{},
	}
	for _, s := range c.Seats {
		shown.Seats = append(shown.Seats, Seat{User: s.User, Speciality: s.Speciality, State: string(s.State), Reason: s.Reason, At: when(s.At)})
	}
	return shown
}

func (a *API) showCase(c panels.Case) Consultation {
	shown := a.showConsultation(c.Consultation, c.PanelName)
	shown.Mine = showMine(c)
	for i := range shown.Seats {
		shown.Seats[i].Reason = ""
	}
	return shown
}

func showMine(c panels.Case) *MyCase {
	return &MyCase{State: string(c.Mine.State), Chair: c.Chair, MyTurn: c.MyTurn, Others: c.Sees}
}

// showConsultations are those of whoever may see the files.
func (a *API) showConsultations(ctx context.Context, all []panels.Consultation) ([]Consultation, error) {
	names := map[string]string{}
	shown := []Consultation{}
	for _, c := range all {
		if _, known := names[c.Panel]; !known {
			p, err := a.panels.Panel(ctx, c.Panel)
			if err != nil {
				return nil, err
			}
			names[c.Panel] = p.Name
		}
		shown = append(shown, a.showConsultation(c, names[c.Panel]))
	}
	return shown, nil
}

// ConsultationPath names a question in an operation's path.
type ConsultationPath struct {
	ID string `path:"id" doc:"Consultation id"`
}

type consultationOutput struct{ Body Consultation }

type consultationsOutput struct{ Body []Consultation }

// consultation is a question of which the request may see a kind of the resident's
// data. Who may not is told no more than that.
func (a *API) consultation(ctx context.Context, scope records.Scope, id string) (panels.Consultation, error) {
	c, err := a.panels.Consultation(ctx, id)
	if err == nil {
		err = unnamed(id, a.maySee(ctx, scope, c.Resident))
	}
	if err != nil {
		return c, a.failed(ctx, "read the consultation", err)
	}
	return c, nil
}

// unnamed is a refusal about a question that does not say whom it is about: an expert
// whose part is over may have asked.
func unnamed(id string, err error) error {
	if !errors.Is(err, store.ErrForbidden) {
		return err
	}
	return &store.Fault{Kind: store.ErrForbidden, Code: records.CodeForbidden, Entity: "consultation", ID: id, Detail: "not allowed to this user"}
}

// keeper is who asks about a question, and may change the resident's file.
func (a *API) keeper(ctx context.Context, id string) (records.User, error) {
	user, _ := UserOf(ctx)
	c, err := a.panels.Consultation(ctx, id)
	if err == nil {
		err = unnamed(id, a.access.MayKeep(ctx, user, c.Resident))
	}
	if err != nil {
		return user, a.failed(ctx, "read the consultation", err)
	}
	return user, nil
}

// asked reports whether who asks is an expert in a consultation now.
func (a *API) asked(ctx context.Context, id string) (records.User, bool, error) {
	user, _ := UserOf(ctx)
	is, err := a.panels.Asked(ctx, user, id)
	if err != nil {
		return user, false, a.failed(ctx, "read the consultation", err)
	}
	return user, is, nil
}

func (a *API) residentConsultations(ctx context.Context, in *ResidentPath) (*consultationsOutput, error) {
	if _, err := a.resident(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	all, err := a.panels.List(ctx, panels.Query{Resident: in.ID})
	if err != nil {
		return nil, a.failed(ctx, "list the consultations", err)
	}
	shown, err := a.showConsultations(ctx, all)
	if err != nil {
		return nil, a.failed(ctx, "list the consultations", err)
	}
	return &consultationsOutput{Body: shown}, nil
}

type askPanelInput struct {
	ResidentPath
	Body struct {
		Panel    string    `json:"panel" minLength:"1" maxLength:"64"`
		Question string    `json:"question" minLength:"1" maxLength:"10000" doc:"In words that do not name the resident: the experts are not to know who it is"`
		Urgency  string    `json:"urgency,omitempty" enum:"routine,soon,urgent" default:"routine" doc:"Due within 7 days, 48 hours or 12 hours where no other time is said"`
		Mode     string    `json:"mode,omitempty" enum:"blind,in_turn" default:"blind"`
		Due      time.Time `json:"due,omitempty" doc:"An hour to 60 days from now"`
		Reviews  string    `json:"reviews,omitempty" maxLength:"64" doc:"The advice that is looked at again: what is advised now takes its place"`
		// Documents need the consent and the right to see documents, too.
		Documents []string `json:"documents,omitempty" maxItems:"10" nullable:"false" doc:"Documents of the file that the experts may open: what is in them is shown as it is, names and all"`
	}
}

func (a *API) askPanel(ctx context.Context, in *askPanelInput) (*consultationOutput, error) {
	user, err := a.mayKeep(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if len(in.Body.Documents) > 0 {
		if err := a.maySee(ctx, records.Documents, in.ID); err != nil {
			return nil, a.failed(ctx, "check the access", err)
		}
	}
	c, err := a.panels.Ask(ctx, panels.Question{
		Resident: in.ID, Panel: in.Body.Panel, Text: in.Body.Question, Urgency: panels.Urgency(in.Body.Urgency), Mode: panels.Mode(in.Body.Mode),
		Due: in.Body.Due, Reviews: in.Body.Reviews, Documents: in.Body.Documents, By: user.ID,
	})
	if err != nil {
		return nil, a.failed(ctx, "put the question", err)
	}
	return a.answerConsultation(ctx, c)
}

func (a *API) answerConsultation(ctx context.Context, c panels.Consultation) (*consultationOutput, error) {
	shown, err := a.showConsultations(ctx, []panels.Consultation{c})
	if err != nil {
		return nil, a.failed(ctx, "show the consultation", err)
	}
	unreached, err := a.panels.Unreached(ctx, c.ID)
	if err != nil {
		return nil, a.failed(ctx, "show the consultation", err)
	}
	for i := range shown[0].Seats {
		shown[0].Seats[i].Unreached = slices.Contains(unreached, shown[0].Seats[i].User)
	}
	return &consultationOutput{Body: shown[0]}, nil
}

// Board is what waits for whom.
type Board struct {
	Waiting       int            `json:"waiting" doc:"Your cases of which an opinion or the advice is awaited"`
	Mine          int            `json:"mine" doc:"Those of them that wait for you"`
	Disagreed     int            `json:"disagreed" doc:"Those that you chair whose opinions are in and differ"`
	Overdue       int            `json:"overdue" doc:"Those that are late"`
	Cases         []Consultation `json:"cases" nullable:"false" doc:"In which you are asked now, the soonest due first"`
	Consultations []Consultation `json:"consultations" nullable:"false" doc:"Under way about those whose file you may see, the newest first"`
}

type boardOutput struct{ Body Board }

func (a *API) listConsultations(ctx context.Context, _ *struct{}) (*boardOutput, error) {
	user, _ := UserOf(ctx)
	cases, err := a.panels.Cases(ctx, user)
	if err != nil {
		return nil, a.failed(ctx, "list your cases", err)
	}
	f := a.panels.BoardOf(cases)
	out := &boardOutput{Body: Board{Waiting: f.Waiting, Mine: f.Mine, Disagreed: f.Disagreed, Overdue: f.Overdue, Cases: []Consultation{}}}
	for _, c := range cases {
		out.Body.Cases = append(out.Body.Cases, a.showCase(c))
	}
	all, err := a.panels.List(ctx, panels.Query{UnderWay: true})
	if err != nil {
		return nil, a.failed(ctx, "list the consultations", err)
	}
	theirs, err := visible(ctx, a, records.File, all, func(c panels.Consultation) string { return c.Resident })
	if err != nil {
		return nil, err
	}
	if out.Body.Consultations, err = a.showConsultations(ctx, theirs); err != nil {
		return nil, a.failed(ctx, "list the consultations", err)
	}
	return out, nil
}

func (a *API) readConsultation(ctx context.Context, in *ConsultationPath) (*consultationOutput, error) {
	user, asked, err := a.asked(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !asked {
		c, err := a.consultation(ctx, records.File, in.ID)
		if err != nil {
			return nil, err
		}
		return a.answerConsultation(ctx, c)
	}
	mine, err := a.panels.Case(ctx, user, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "open the case", err)
	}
	shown := a.showCase(mine)
	// Whoever looks after the resident, too, sees who it is.
	c, err := a.panels.Consultation(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the consultation", err)
	}
	if sees, err := a.sees(ctx, records.File, c.Resident); err != nil {
		return nil, a.failed(ctx, "check the access", err)
	} else if sees {
		shown = a.showConsultation(c, mine.PanelName)
		shown.Mine = showMine(mine)
	}
	return &consultationOutput{Body: shown}, nil
}

// describeEvidence says by hand what an operation answers that writes its bytes itself.
func describeEvidence(op huma.Operation) huma.Operation {
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The evidence", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/ExpertEvidence"}}},
	}}
	return op
}

func (a *API) readEvidence(ctx context.Context, in *ConsultationPath) (*huma.StreamResponse, error) {
	user, asked, err := a.asked(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	read := func() ([]byte, error) { return a.panels.Evidence(ctx, user, in.ID) }
	if !asked {
		if _, err := a.consultation(ctx, records.File|records.Vitals|records.Alerts, in.ID); err != nil {
			return nil, err
		}
		read = func() ([]byte, error) { return a.panels.EvidenceFor(ctx, user.ID, in.ID) }
	}
	body, err := read()
	if err != nil {
		return nil, a.failed(ctx, "read the evidence", err)
	}
	c, err := a.panels.Consultation(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the consultation", err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetHeader("ETag", `"`+c.Evidence+`"`)
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(body)
	}}, nil
}

// DocumentPath names a document that was put to a question.
type DocumentPath struct {
	ConsultationPath
	N int `path:"n" minimum:"1" doc:"Which of the evidence's documents"`
}

func (a *API) readEvidenceDocument(ctx context.Context, in *DocumentPath) (*huma.StreamResponse, error) {
	user, asked, err := a.asked(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var d panels.Document
	var content []byte
	if asked {
		d, content, err = a.panels.Document(ctx, user, in.ID, in.N)
	} else {
		if _, err := a.consultation(ctx, records.File|records.Vitals|records.Alerts|records.Documents, in.ID); err != nil {
			return nil, err
		}
		d, content, err = a.panels.DocumentFor(ctx, user.ID, in.ID, in.N)
	}
	if err != nil {
		return nil, a.failed(ctx, "read the document", err)
	}
	// Its number is all that it is called: its title may name somebody.
	name := mime.FormatMediaType("attachment", map[string]string{"filename": fmt.Sprintf("document-%d%s", d.N, endings[d.Type])})
	return a.paper(io.NopCloser(bytes.NewReader(content)), int64(len(content)), d.Type, name), nil
}

type reasonInput struct {
	ConsultationPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000"`
	}
}

func (a *API) declineConsultation(ctx context.Context, in *reasonInput) (*struct{}, error) {
	user, _ := UserOf(ctx)
	if err := a.panels.Decline(ctx, user, in.ID, in.Body.Reason); err != nil {
		return nil, a.failed(ctx, "decline", err)
	}
	return nil, nil
}

func (a *API) withdrawConsultation(ctx context.Context, in *reasonInput) (*consultationOutput, error) {
	user, err := a.keeper(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c, err := a.panels.Withdraw(ctx, in.ID, user.ID, in.Body.Reason)
	if err != nil {
		return nil, a.failed(ctx, "take the question back", err)
	}
	return a.answerConsultation(ctx, c)
}
