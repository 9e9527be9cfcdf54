package api

import (
	"context"

	"github.com/anxin-care/anxin/records"
)

// Team is staff with a roster, and the residents that they look after.
type Team struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Supervisor string   `json:"supervisor,omitempty" doc:"A contact"`
	TimeZone   string   `json:"time_zone" doc:"In which its shifts are meant" example:"Asia/Shanghai"`
	Members    []string `json:"members" nullable:"false" doc:"Contacts"`
	Residents  []string `json:"residents" nullable:"false"`
}

func showTeam(t records.TeamFile) Team {
	return Team{
		ID: t.ID, Name: t.Name, Supervisor: t.Supervisor, TimeZone: t.TimeZone,
		Members: append([]string{}, t.Members...), Residents: append([]string{}, t.Residents...),
	}
}

// TeamPath names the team in an operation's path.
type TeamPath struct {
	ID string `path:"id" doc:"Team id"`
}

// TeamBody is what is said of a team.
type TeamBody struct {
	Name       string   `json:"name" minLength:"1" maxLength:"200"`
	Supervisor string   `json:"supervisor,omitempty" doc:"A contact"`
	TimeZone   string   `json:"time_zone,omitempty" default:"Asia/Shanghai" example:"Asia/Shanghai"`
	Members    []string `json:"members,omitempty" nullable:"false" doc:"Contacts; who is none any more is off the roster"`
	Residents  []string `json:"residents,omitempty" nullable:"false" doc:"One of another team comes over"`
}

func (b *TeamBody) file(id string) records.TeamFile {
	return records.TeamFile{
		Team:    records.Team{ID: id, Name: b.Name, Supervisor: b.Supervisor, TimeZone: b.TimeZone},
		Members: b.Members, Residents: b.Residents,
	}
}

type teamOutput struct{ Body Team }

type teamsOutput struct{ Body []Team }

func (a *API) listTeams(ctx context.Context, _ *struct{}) (*teamsOutput, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	list, err := a.people.Teams(ctx)
	if err != nil {
		return nil, a.failed(ctx, "list teams", err)
	}
	out := &teamsOutput{Body: []Team{}}
	for _, t := range list {
		out.Body = append(out.Body, showTeam(t))
	}
	return out, nil
}

type newTeamInput struct {
	Body struct {
		ID string `json:"id,omitempty" doc:"Yours to choose, or Anxin's: letters, digits and hyphens"`
		TeamBody
	}
}

func (a *API) addTeam(ctx context.Context, in *newTeamInput) (*teamOutput, error) {
	if err := a.mayManage(ctx); err != nil { // whoever is in a team sees its residents
		return nil, err
	}
	t, err := a.people.AddTeam(ctx, in.Body.file(in.Body.ID))
	if err != nil {
		return nil, a.failed(ctx, "add the team", err)
	}
	return &teamOutput{Body: showTeam(t)}, nil
}

func (a *API) readTeam(ctx context.Context, in *TeamPath) (*teamOutput, error) {
	if _, err := a.mayArrange(ctx); err != nil {
		return nil, err
	}
	t, err := a.people.Team(ctx, in.ID)
	if err != nil {
		return nil, a.failed(ctx, "read the team", err)
	}
	return &teamOutput{Body: showTeam(t)}, nil
}

type changeTeamInput struct {
	TeamPath
	Body TeamBody
}

func (a *API) changeTeam(ctx context.Context, in *changeTeamInput) (*teamOutput, error) {
	if err := a.mayManage(ctx); err != nil { // whoever is in a team sees its residents
		return nil, err
	}
	t, err := a.people.ChangeTeam(ctx, in.Body.file(in.ID))
	if err != nil {
		return nil, a.failed(ctx, "change the team", err)
	}
	return &teamOutput{Body: showTeam(t)}, nil
}

func (a *API) removeTeam(ctx context.Context, in *TeamPath) (*struct{}, error) {
	if err := a.mayManage(ctx); err != nil { // whoever is in a team sees its residents
		return nil, err
	}
	if err := a.people.RemoveTeam(ctx, in.ID); err != nil {
		return nil, a.failed(ctx, "remove the team", err)
	}
	return nil, nil
}
