package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// Asking implements [web.Panels].
func (p panelPages) Asking(ctx context.Context, user web.User, resident string) (web.Asking, error) {
	who, err := p.sees(ctx, user, records.File, resident)
	if err != nil {
		return web.Asking{}, err
	}
	if !p.s.access.Keeps(ctx, who, resident) {
		return web.Asking{}, web.ErrNotFound
	}
	shown := web.Asking{MayConsent: p.s.access.Consents(ctx, who, resident)}
	consents, err := p.s.Consents.Of(ctx, resident)
	if err != nil {
		return shown, fmt.Errorf("read the consents: %w", err)
	}
	for _, c := range consents {
		shown.Consent = shown.Consent || c.Purpose == records.Panel && c.Holds(time.Now())
	}
	if shown.Documents, err = p.documents(ctx, who, resident); err != nil {
		return shown, err
	}
	all, err := p.s.Panels.Panels(ctx, "")
	if err != nil {
		return shown, panelFault(err)
	}
	for _, one := range all {
		if one.Active {
			shown.Panels = append(shown.Panels, one)
		}
	}
	advised, _, err := p.s.Panels.AdviceFor(ctx, who.ID, resident)
	if err != nil {
		return shown, panelFault(err)
	}
	for _, a := range advised {
		if a.SupersededBy == "" {
			shown.Reviews = append(shown.Reviews, a)
		}
	}
	return shown, nil
}

// documents are those of the file that can be put to a question, for who may see them.
func (p panelPages) documents(ctx context.Context, who records.User, resident string) (put []web.FileDocument, err error) {
	if may, err := p.s.access.Sees(ctx, who, records.Documents, resident); err != nil || !may {
		return nil, err
	}
	if err := p.s.access.MaySee(ctx, who, records.Documents, resident); err != nil {
		return nil, panelFault(err)
	}
	entries, err := p.s.File.Kind(ctx, resident, healthfile.ADocument)
	if err != nil {
		return nil, fmt.Errorf("list the documents: %w", err)
	}
	for _, e := range entries {
		if d := e.Body.(*healthfile.Document); e.State != healthfile.EnteredInError {
			put = append(put, web.FileDocument{ID: e.ID, Title: d.Title, Sort: string(d.Sort), On: string(d.On)})
		}
	}
	return put, nil
}

// Ask implements [web.Panels].
func (p panelPages) Ask(ctx context.Context, user web.User, resident string, q panels.Question) (string, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return "", err
	}
	if err := p.s.access.MayKeep(ctx, who, resident); err != nil {
		return "", panelFault(err)
	}
	if len(q.Documents) > 0 {
		if err := p.s.access.MaySee(ctx, who, records.Documents, resident); err != nil {
			return "", panelFault(err)
		}
	}
	q.Resident, q.By, q.Rule = resident, who.ID, ""
	c, err := p.s.Panels.Ask(ctx, q)
	return c.ID, panelFault(err)
}

// Withdraw implements [web.Panels].
func (p panelPages) Withdraw(ctx context.Context, user web.User, id, reason string) error {
	who, err := p.keeps(ctx, user, id)
	if err != nil {
		return err
	}
	_, err = p.s.Panels.Withdraw(ctx, id, who.ID, reason)
	return panelFault(err)
}

// Speak implements [web.Panels].
func (p panelPages) Speak(ctx context.Context, user web.User, id string, v panels.View) error {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return err
	}
	_, err = p.s.Panels.Speak(ctx, who, id, v)
	return panelFault(err)
}

// DeclineToAnswer implements [web.Panels].
func (p panelPages) DeclineToAnswer(ctx context.Context, user web.User, id, reason string) error {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return err
	}
	return panelFault(p.s.Panels.Decline(ctx, who, id, reason))
}

// Advise implements [web.Panels].
func (p panelPages) Advise(ctx context.Context, user web.User, id string, a web.Advising) error {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return err
	}
	by, err := records.ParseDate(a.ReviewBy)
	if err != nil {
		return web.PanelFault{"review_by"}
	}
	_, err = p.s.Panels.Advise(ctx, who, id, panels.Guidance{Text: a.Text, Plain: a.Plain, ReviewBy: by, Changes: a.Changes, Seen: a.Seen})
	return panelFault(err)
}

// AcceptChange implements [web.Panels].
func (p panelPages) AcceptChange(ctx context.Context, user web.User, id string, n int, reason string, now *string) error {
	who, err := p.decides(ctx, user, id, n)
	if err != nil {
		return err
	}
	_, err = p.s.Panels.Accept(ctx, id, n, who.ID, reason, now)
	return panelFault(err)
}

// DeclineChange implements [web.Panels].
func (p panelPages) DeclineChange(ctx context.Context, user web.User, id string, n int, reason string) error {
	who, err := p.decides(ctx, user, id, n)
	if err != nil {
		return err
	}
	_, err = p.s.Panels.Refuse(ctx, id, n, who.ID, reason)
	return panelFault(err)
}

// Review implements [web.Panels].
func (p panelPages) Review(ctx context.Context, user web.User, id, note, next string) error {
	who, err := p.keeps(ctx, user, id)
	if err != nil {
		return err
	}
	day, err := records.ParseDate(next)
	if err != nil {
		return web.PanelFault{"next"}
	}
	_, err = p.s.Panels.Review(ctx, id, who.ID, note, day)
	return panelFault(err)
}

// Published implements [web.Advices]: in the words for who reads it.
func (p panelPages) Published(ctx context.Context, user web.User, resident string, from, to time.Time) ([]web.Advice, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return nil, err
	}
	if may, err := p.s.access.Sees(ctx, who, records.File, resident); err != nil || !may {
		return nil, err
	}
	all, altered, err := p.s.Panels.AdviceFor(ctx, who.ID, resident)
	if err != nil {
		return nil, panelFault(err)
	}
	if len(altered) > 0 { // when it was signed is not known either
		return nil, fmt.Errorf("%w: the advice on consultations %v", web.RefusedAltered, altered)
	}
	var shown []web.Advice
	for _, a := range all {
		if a.SignedAt.Before(from) || !a.SignedAt.Before(to) {
			continue
		}
		panel, err := p.s.Panels.Panel(ctx, a.Panel)
		if err != nil {
			return nil, panelFault(err)
		}
		one := web.Advice{At: a.SignedAt, By: panel.Name, Text: web.Text{EN: a.Guidance.Plain.In("en"), ZH: a.Guidance.Plain.In("zh")}}
		if user.Staff {
			one.Text = web.Text{EN: a.Guidance.Text, ZH: a.Guidance.Text}
		}
		shown = append(shown, one)
	}
	return shown, nil
}

// panelRefusals are what the pages say to faults of panels.
var panelRefusals = map[string]error{
	panels.CodeNoConsent: web.RefusedNoConsent, panels.CodePanelIdle: web.RefusedPanelIdle, panels.CodeEnded: web.RefusedEnded, panels.CodeNotYourTurn: web.RefusedTurn,
	panels.CodeWaiting: web.RefusedWaiting, panels.CodeAltered: web.RefusedAltered, panels.CodeDecided: web.RefusedDecided, panels.CodeMoved: web.RefusedMoved,
	panels.CodeOver: web.RefusedSuperseded, panels.CodeDocumentGone: web.RefusedDocumentGone, healthfile.CodeLost: web.RefusedAltered, panels.CodePanelExists: web.RefusedPanelID, panels.CodePanelChanged: web.ErrChanged, panels.CodeNotYours: web.ErrNotFound,
}

// panelFault is an error of the book, or of the access check, as the pages know it: they
// do not tell who may not see anything whether there is something.
func panelFault(err error) error {
	fault, ok := errors.AsType[*store.Fault](err)
	if !ok {
		return err
	}
	if fault.Code == panels.CodeUnread { // what was written stays, beside the new opinion
		return web.PanelFault{"opinions"}
	}
	if refused, ok := panelRefusals[fault.Code]; ok {
		return fmt.Errorf("%w: %w", refused, err)
	}
	switch {
	case errors.Is(err, store.ErrForbidden), errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case len(fault.Fields) > 0:
		var fields web.PanelFault
		for _, f := range fault.Fields {
			fields = append(fields, f.Path)
		}
		return fields
	}
	return err
}
