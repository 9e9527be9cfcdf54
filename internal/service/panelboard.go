package service

import (
	"context"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/web"
)

// Sits implements [web.Panels].
func (p panelPages) Sits(ctx context.Context, user web.User) (bool, error) {
	return p.s.Panels.Sits(ctx, user.ID)
}

// Cases implements [web.Panels].
func (p panelPages) Cases(ctx context.Context, user web.User) (web.CaseBoard, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return web.CaseBoard{}, err
	}
	var shown web.CaseBoard
	if shown.Cases, err = p.s.Panels.Cases(ctx, who); err != nil {
		return shown, panelFault(err)
	}
	shown.Board = p.s.Panels.BoardOf(shown.Cases)
	mine := who.ID
	if p.s.access.MayManage(ctx, who) == nil {
		mine = "" // whoever answers for the service sees how all do
	}
	all, err := p.s.Panels.Panels(ctx, mine)
	if err != nil {
		return shown, panelFault(err)
	}
	for _, one := range all {
		figures, err := p.s.Panels.Figures(ctx, one.ID)
		if err != nil {
			return shown, panelFault(err)
		}
		shown.Panels = append(shown.Panels, web.PanelFigures{Name: one.Name, Figures: figures})
	}
	return shown, nil
}

// manages lets an administrator in.
func (p panelPages) manages(ctx context.Context, user web.User) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err == nil {
		err = panelFault(p.s.access.MayManage(ctx, who))
	}
	return who, err
}

// All implements [web.Panels].
func (p panelPages) All(ctx context.Context, user web.User) ([]panels.Panel, error) {
	if _, err := p.manages(ctx, user); err != nil {
		return nil, err
	}
	all, err := p.s.Panels.Panels(ctx, "")
	return all, panelFault(err)
}

// Panel implements [web.Panels].
func (p panelPages) Panel(ctx context.Context, user web.User, id string) (web.PanelFile, error) {
	if _, err := p.manages(ctx, user); err != nil {
		return web.PanelFile{}, err
	}
	shown := web.PanelFile{Names: map[string]string{}}
	var err error
	if shown.Panel, err = p.s.Panels.Panel(ctx, id); err != nil {
		return shown, panelFault(err)
	}
	if shown.Versions, err = p.s.Panels.PanelVersions(ctx, id); err != nil {
		return shown, panelFault(err)
	}
	if shown.Figures, err = p.s.Panels.Figures(ctx, id); err != nil {
		return shown, panelFault(err)
	}
	names := knownNames{faces: faces{p.s}}
	for _, v := range shown.Versions {
		if shown.Names[v.ChangedBy], err = names.of(ctx, v.ChangedBy); err != nil {
			return shown, err
		}
	}
	return shown, nil
}

// Choices implements [web.Panels].
func (p panelPages) Choices(ctx context.Context, user web.User) (web.PanelChoices, error) {
	if _, err := p.manages(ctx, user); err != nil {
		return web.PanelChoices{}, err
	}
	var shown web.PanelChoices
	all, err := p.s.Users.List(ctx)
	if err != nil {
		return shown, err
	}
	for _, u := range all {
		if u.Role != records.Family && u.DisabledAt.IsZero() {
			shown.Experts = append(shown.Experts, web.Expert{ID: u.ID, Name: u.Name, Only: u.Role == records.Expert})
		}
	}
	for _, program := range p.s.rules.Current().Set.Programs() {
		shown.Rules = append(shown.Rules, web.PanelRule{ID: program.ID, Name: web.Text(program.Name)})
	}
	return shown, nil
}

// KeepPanel implements [web.Panels].
func (p panelPages) KeepPanel(ctx context.Context, user web.User, panel panels.Panel, from int) (string, error) {
	who, err := p.manages(ctx, user)
	if err != nil {
		return "", err
	}
	by := records.Change{By: who.ID, Reason: panel.Reason}
	if panel.ID == "" {
		panel, err = p.s.Panels.AddPanel(ctx, panel, by)
	} else {
		by.From = &from
		panel, err = p.s.Panels.ChangePanel(ctx, panel, by)
	}
	return panel.ID, panelFault(err)
}
