package service

import (
	"context"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/web"
)

// Document implements [web.Panels].
func (p panelPages) Document(ctx context.Context, user web.User, id string, n int) (web.PanelDocument, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return web.PanelDocument{}, err
	}
	d, content, err := p.document(ctx, who, id, n)
	if err != nil {
		return web.PanelDocument{}, panelFault(err)
	}
	return web.PanelDocument{Type: d.Type, Content: content}, nil
}

// document is one that was put to a question: for experts who are asked, or for who may
// see all that the evidence is made of, and documents.
func (p panelPages) document(ctx context.Context, who records.User, id string, n int) (panels.Document, []byte, error) {
	asked, err := p.s.Panels.Asked(ctx, who, id)
	if err != nil {
		return panels.Document{}, nil, err
	}
	if asked {
		return p.s.Panels.Document(ctx, who, id, n)
	}
	c, err := p.s.Panels.Consultation(ctx, id)
	if err == nil {
		err = p.s.access.MaySee(ctx, who, evidenceScope|records.Documents, c.Resident)
	}
	if err != nil {
		return panels.Document{}, nil, err
	}
	return p.s.Panels.DocumentFor(ctx, who.ID, id, n)
}
