package records

import (
	"context"

	"github.com/uptrace/bun"
)

// Team is staff with a roster, and the residents that they look after.
type Team struct {
	ID string
	// Name is not a person's: "Night watch, house 5".
	Name string
	// Supervisor is a contact; "" for none.
	Supervisor string
	// TimeZone is the one in which its shifts are meant, "Asia/Shanghai".
	TimeZone string
}

type teamRow struct {
	bun.BaseModel `bun:"table:teams"`

	ID         string `bun:"id,pk"`
	Name       string `bun:"name"`
	Supervisor string `bun:"supervisor,nullzero"`
	TimeZone   string `bun:"time_zone"`
}

func (row *teamRow) team() Team {
	return Team{ID: row.ID, Name: row.Name, Supervisor: row.Supervisor, TimeZone: row.TimeZone}
}

type teamMemberRow struct {
	bun.BaseModel `bun:"table:team_members"`

	Team    string `bun:"team,pk"`
	Contact string `bun:"contact,pk"`
}

type teamResidentRow struct {
	bun.BaseModel `bun:"table:team_residents"`

	Resident string `bun:"resident,pk"`
	Team     string `bun:"team"`
}

// readTeams reads the teams that are named, by their ids.
func readTeams(ctx context.Context, db bun.IDB, ids []string) (map[string]Team, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []teamRow
	if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	teams := make(map[string]Team, len(rows))
	for i := range rows {
		teams[rows[i].ID] = rows[i].team()
	}
	return teams, nil
}

// readTeamMembers reads who is in the teams that are named: contacts by team.
func readTeamMembers(ctx context.Context, db bun.IDB, teams []string) (map[string][]string, error) {
	if len(teams) == 0 {
		return nil, nil
	}
	var rows []teamMemberRow
	if err := db.NewSelect().Model(&rows).Where("team IN (?)", bun.In(teams)).Order("team", "contact").Scan(ctx); err != nil {
		return nil, err
	}
	members := map[string][]string{}
	for _, row := range rows {
		members[row.Team] = append(members[row.Team], row.Contact)
	}
	return members, nil
}
