package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
)

// Advice is what a panel advises.
type Advice struct {
	ID           string         `json:"id"`
	Consultation string         `json:"consultation"`
	Panel        string         `json:"panel"`
	Text         string         `json:"text" doc:"For the staff"`
	Plain        panels.Text    `json:"plain" doc:"For the resident and the family, in plain words"`
	ReviewBy     string         `json:"review_by" format:"date" doc:"By when it was to be looked at again"`
	Evidence     string         `json:"evidence_sha256"`
	Opinions     []string       `json:"opinion_seals" nullable:"false" doc:"The seals of the opinions that it is made of"`
	SignedBy     string         `json:"signed_by" doc:"The chair"`
	SignedAt     time.Time      `json:"signed_at"`
	Seal         string         `json:"seal" doc:"SHA-256 of what was signed; it is in the audit, too"`
	Supersedes   string         `json:"supersedes,omitempty" doc:"The advice whose place it takes"`
	SupersededBy string         `json:"superseded_by,omitempty" doc:"The later advice; absent while this one holds"`
	ReviewAt     *time.Time     `json:"review_at,omitempty" doc:"When it is to be looked at again; absent once it was"`
	ReviewedAt   *time.Time     `json:"reviewed_at,omitempty"`
	ReviewedBy   string         `json:"reviewed_by,omitempty"`
	ReviewNote   string         `json:"review_note,omitempty"`
	Proposals    []AdviceChange `json:"proposals" nullable:"false"`
	Altered      bool           `json:"altered,omitempty" doc:"In a list: what is kept is not what was signed, so that of it only the consultation is shown"`
}

// AdviceChange is a change that is advised, and what became of it.
type AdviceChange struct {
	N         int           `json:"n"`
	Change    panels.Change `json:"change"`
	Before    string        `json:"before,omitempty" doc:"How it was when the evidence was frozen; absent for nothing of the resident's own"`
	After     string        `json:"after,omitempty" doc:"How it is to be"`
	Words     Text          `json:"words" doc:"The change in words"`
	State     string        `json:"state" enum:"open,accepted,applied,declined" doc:"accepted: it is made as soon as that can be"`
	Now       *string       `json:"now,omitempty" doc:"How it is now, while it is open; empty for nothing of the resident's own, but for a usual limit that is another by now"`
	Moved     bool          `json:"moved,omitempty" doc:"That is another than the experts saw: say now when you accept it"`
	DecidedAt *time.Time    `json:"decided_at,omitempty"`
	DecidedBy string        `json:"decided_by,omitempty"`
	Reason    string        `json:"reason,omitempty"`
	AppliedAt *time.Time    `json:"applied_at,omitempty"`
	Made      string        `json:"made,omitempty" doc:"What came of it" example:"care version 3"`
	Problem   string        `json:"problem,omitempty" doc:"Why it is open again"`
}

func (a *API) showAdvice(ctx context.Context, user records.User, one panels.Advice) (Advice, error) {
	g := &one.Guidance
	shown := Advice{
		ID: one.ID, Consultation: one.Consultation, Panel: one.Panel, Text: g.Text, Plain: g.Plain, ReviewBy: g.ReviewBy.String(), Evidence: one.Evidence, Opinions: one.Opinions,
		SignedBy: one.SignedBy, SignedAt: one.SignedAt, Seal: one.Seal, Supersedes: one.Supersedes, SupersededBy: one.SupersededBy, ReviewAt: when(one.ReviewAt),
		ReviewedAt: when(one.ReviewedAt), ReviewedBy: one.ReviewedBy, ReviewNote: one.ReviewNote, Proposals: []AdviceChange{},
	}
	if len(one.Proposals) == 0 {
		return shown, nil
	}
	points := make([]panels.Point, len(one.Proposals))
	for i := range one.Proposals {
		points[i].Change = &one.Proposals[i].Change
	}
	_, usuals, err := a.panels.Bases(ctx, user.ID, one.Consultation, points)
	if err != nil {
		return shown, err
	}
	for i, p := range one.Proposals {
		change, err := a.showProposal(ctx, one, p, usuals[i])
		if err != nil {
			return shown, err
		}
		shown.Proposals = append(shown.Proposals, change)
	}
	return shown, nil
}

func (a *API) showProposal(ctx context.Context, of panels.Advice, p panels.Proposal, usual string) (AdviceChange, error) {
	shown := AdviceChange{
		N: p.N, Change: p.Change, Before: p.Before, After: p.Change.After(), Words: Text(p.Change.Words(p.Before, usual)), State: string(p.State),
		DecidedAt: when(p.DecidedAt), DecidedBy: p.DecidedBy, Reason: p.Reason, AppliedAt: when(p.AppliedAt), Made: p.Made, Problem: p.Problem,
	}
	if p.State != panels.Proposed || of.SupersededBy != "" {
		return shown, nil
	}
	stand, err := a.panels.Standing(ctx, p)
	shown.Now, shown.Moved = &stand.Now, stand.Moved
	return shown, err
}

type adviceOutput struct{ Body Advice }

type advicesOutput struct{ Body []Advice }

func (a *API) answerAdvice(ctx context.Context, user records.User, one panels.Advice) (*adviceOutput, error) {
	shown, err := a.showAdvice(ctx, user, one)
	if err != nil {
		return nil, a.failed(ctx, "show the advice", err)
	}
	return &adviceOutput{Body: shown}, nil
}

func (a *API) residentAdvice(ctx context.Context, in *ResidentPath) (*advicesOutput, error) {
	if _, err := a.resident(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	all, altered, err := a.panels.AdviceFor(ctx, user.ID, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read what was advised", err)
	}
	out := &advicesOutput{Body: []Advice{}}
	for _, one := range all {
		shown, err := a.showAdvice(ctx, user, one)
		if panels.WasAltered(err) { // what the experts went by
			altered = append(altered, one.Consultation)
			continue
		}
		if err != nil {
			return nil, a.failed(ctx, "show the advice", err)
		}
		out.Body = append(out.Body, shown)
	}
	for _, id := range altered {
		out.Body = append(out.Body, Advice{Consultation: id, Opinions: []string{}, Proposals: []AdviceChange{}, Altered: true})
	}
	return out, nil
}

func (a *API) readAdvice(ctx context.Context, in *ConsultationPath) (*adviceOutput, error) {
	if _, err := a.consultation(ctx, records.File, in.ID); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	one, err := a.panels.AdviceOf(ctx, user.ID, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the advice", err)
	}
	return a.answerAdvice(ctx, user, one)
}

type publishAdviceInput struct {
	ConsultationPath
	Body struct {
		Text     string          `json:"text" minLength:"1" maxLength:"10000" doc:"For the staff"`
		Plain    panels.Text     `json:"plain" doc:"For the resident and the family, in plain words; one of the languages may be missing"`
		ReviewBy string          `json:"review_by" format:"date" doc:"By when it is looked at again, on the resident's clock"`
		Changes  []panels.Change `json:"changes,omitempty" maxItems:"20" nullable:"false" doc:"What it proposes"`
		Seen     []string        `json:"opinion_seals,omitempty" maxItems:"20" nullable:"false" doc:"The seals of the opinions that you have read: refused when another has come in since"`
	}
}

// publishAdvice answers with what was signed, and nothing of the resident: its chair has
// no access any more.
func (a *API) publishAdvice(ctx context.Context, in *publishAdviceInput) (*publishedOutput, error) {
	user, _ := UserOf(ctx)
	by, err := records.ParseDate(in.Body.ReviewBy)
	if err != nil {
		return nil, invalid("body.review_by", in.Body.ReviewBy, err.Error())
	}
	one, err := a.panels.Advise(ctx, user, in.ID, panels.Guidance{Text: in.Body.Text, Plain: in.Body.Plain, ReviewBy: by, Changes: in.Body.Changes, Seen: in.Body.Seen})
	if err != nil {
		return nil, a.failed(ctx, "publish the advice", err)
	}
	return &publishedOutput{Published{ID: one.ID, SignedAt: one.SignedAt, Seal: one.Seal}}, nil
}

// Published is that advice is.
type Published struct {
	ID       string    `json:"id"`
	SignedAt time.Time `json:"signed_at"`
	Seal     string    `json:"seal" doc:"SHA-256 of what was signed; it is in the audit, too"`
}

type publishedOutput struct{ Body Published }

type reviewAdviceInput struct {
	ConsultationPath
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"2000" doc:"What was found"`
		Next string `json:"next,omitempty" format:"date" doc:"By when it is to be looked at next; absent for never"`
	}
}

func (a *API) reviewAdvice(ctx context.Context, in *reviewAdviceInput) (*adviceOutput, error) {
	user, err := a.keeper(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	next, err := records.ParseDate(in.Body.Next)
	if err != nil {
		return nil, invalid("body.next", in.Body.Next, err.Error())
	}
	one, err := a.panels.Review(ctx, in.ID, user.ID, in.Body.Note, next)
	if err != nil {
		return nil, a.failed(ctx, "say that the advice was looked at", err)
	}
	return a.answerAdvice(ctx, user, one)
}

// ChangePath names a change that is advised.
type ChangePath struct {
	ConsultationPath
	N int `path:"n" minimum:"1" doc:"Which of the advice's proposals"`
}

type acceptChangeInput struct {
	ChangePath
	Body struct {
		Reason string  `json:"reason" minLength:"1" maxLength:"1900"`
		Now    *string `json:"now,omitempty" maxLength:"1000" doc:"How it is now, as you have seen it: needed where that is another than the experts saw"`
	}
}

func (a *API) acceptChange(ctx context.Context, in *acceptChangeInput) (*adviceOutput, error) {
	return a.decideChange(ctx, in.ChangePath, func(user records.User) error {
		_, err := a.panels.Accept(ctx, in.ID, in.N, user.ID, in.Body.Reason, in.Body.Now)
		return err
	})
}

type declineChangeInput struct {
	ChangePath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1900"`
	}
}

func (a *API) declineChange(ctx context.Context, in *declineChangeInput) (*adviceOutput, error) {
	return a.decideChange(ctx, in.ChangePath, func(user records.User) error {
		_, err := a.panels.Refuse(ctx, in.ID, in.N, user.ID, in.Body.Reason)
		return err
	})
}

// decider is who asks about a change, and may decide on it: who keeps the file, and of
// what the rules go by the staff among them.
func (a *API) decider(ctx context.Context, of ChangePath) (records.User, error) {
	user, err := a.keeper(ctx, of.ID)
	if err != nil {
		return user, err
	}
	p, err := a.panels.Proposal(ctx, user.ID, of.ID, of.N)
	if err == nil && p.Change.Kind.OfRules() {
		err = unnamed(of.ID, a.access.MayArrange(ctx, user))
	}
	if err != nil {
		return user, a.failed(ctx, "decide on the change", err)
	}
	return user, nil
}

func (a *API) decideChange(ctx context.Context, of ChangePath, decide func(records.User) error) (*adviceOutput, error) {
	user, err := a.decider(ctx, of)
	if err != nil {
		return nil, err
	}
	if err := decide(user); err != nil {
		return nil, a.failed(ctx, "decide on the change", err)
	}
	one, err := a.panels.AdviceOf(ctx, user.ID, of.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the advice", err)
	}
	return a.answerAdvice(ctx, user, one)
}

// ChangeEffect is what came after a change.
type ChangeEffect struct {
	N int `json:"n" doc:"Which of the advice's proposals"`
	panels.Effect
}

type effectOutput struct{ Body []ChangeEffect }

func (a *API) readEffect(ctx context.Context, in *ConsultationPath) (*effectOutput, error) {
	if _, err := a.consultation(ctx, records.File|records.Vitals|records.Alerts, in.ID); err != nil {
		return nil, err
	}
	user, _ := UserOf(ctx)
	one, err := a.panels.AdviceOf(ctx, user.ID, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the advice", err)
	}
	effects, err := a.panels.Effects(ctx, user.ID, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "look what came after the changes", err)
	}
	out := &effectOutput{Body: []ChangeEffect{}}
	for _, p := range one.Proposals {
		if e, ok := effects[p.N]; ok {
			out.Body = append(out.Body, ChangeEffect{N: p.N, Effect: e})
		}
	}
	return out, nil
}
