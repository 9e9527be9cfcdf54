package records

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// TeamFile is a team with who is in it.
type TeamFile struct {
	Team
	// Members are contacts, Residents whom they look after: ids, sorted.
	Members, Residents []string
}

// settle puts the team in the form in which it is kept, and finds all that is
// wrong with it.
func (t *TeamFile) settle() error {
	t.Name = strings.TrimSpace(t.Name)
	var wrong []store.Field
	if !validID(t.ID) {
		wrong = append(wrong, store.Field{Path: "id", Message: "must be 1 to 64 letters, digits or hyphens"})
	}
	wrong = append(wrong, checkName(t.Name)...)
	wrong = append(wrong, checkZone(t.TimeZone)...)
	t.Members = slices.Compact(slices.Sorted(slices.Values(t.Members)))
	t.Residents = slices.Compact(slices.Sorted(slices.Values(t.Residents)))
	return store.Invalid("team", t.ID, wrong)
}

// AddTeam adds a team and returns it as it is kept: with an id when it had none.
func (p *People) AddTeam(ctx context.Context, t TeamFile) (TeamFile, error) {
	if t.ID == "" {
		t.ID = ulid.Make().String()
	}
	err := p.keepTeam(ctx, "add", &t, func(ctx context.Context, tx bun.Tx, row *teamRow) error {
		_, err := tx.NewInsert().Model(row).Exec(ctx)
		if store.IsDuplicate(err) {
			return &store.Fault{Kind: ErrConflict, Code: CodeTeamExists, Entity: "team", ID: t.ID, Detail: "exists already"}
		}
		return err
	})
	return t, err
}

// ChangeTeam keeps a team as it is from now on, with all its members and
// residents. A resident of another team comes over; who is no member any more
// is off the roster, and has none of the residents any more.
func (p *People) ChangeTeam(ctx context.Context, t TeamFile) (TeamFile, error) {
	err := p.keepTeam(ctx, "change", &t, func(ctx context.Context, tx bun.Tx, row *teamRow) error {
		result, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err == nil && n == 0 {
			return store.NotFound("team", t.ID)
		}
		return err
	})
	return t, err
}

func (p *People) keepTeam(ctx context.Context, what string, t *TeamFile, keep func(ctx context.Context, tx bun.Tx, row *teamRow) error) error {
	if err := t.settle(); err != nil {
		return fmt.Errorf("%s %w", what, err)
	}
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := p.known(ctx, tx, t); err != nil {
			return err
		}
		row := teamRow{ID: t.ID, Name: t.Name, Supervisor: t.Supervisor, TimeZone: t.TimeZone}
		if err := keep(ctx, tx, &row); err != nil {
			return err
		}
		return p.keepTeamOf(ctx, tx, t)
	})
	if err != nil {
		return fmt.Errorf("%s %w", what, about("team", t.ID, err))
	}
	return nil
}

// known checks that all who are named are there.
func (p *People) known(ctx context.Context, tx bun.Tx, t *TeamFile) error {
	var wrong []store.Field
	contacts := slices.Clone(t.Members)
	if t.Supervisor != "" {
		contacts = append(contacts, t.Supervisor)
	}
	for _, list := range []struct {
		path, table string
		ids         []string
	}{{"members", "contacts", contacts}, {"residents", "residents", t.Residents}} {
		if len(list.ids) == 0 {
			continue
		}
		var there []string
		query := tx.NewSelect().Table(list.table).Column("id").Where("id IN (?)", bun.In(list.ids))
		if list.table == "contacts" {
			query.Where("removed_at IS NULL")
		}
		if err := query.Scan(ctx, &there); err != nil {
			return err
		}
		for _, id := range list.ids {
			if !slices.Contains(there, id) {
				wrong = append(wrong, store.Field{Path: list.path, Message: fmt.Sprintf("%q is not there", id)})
			}
		}
	}
	return store.Invalid("team", t.ID, wrong)
}

func (p *People) keepTeamOf(ctx context.Context, tx bun.Tx, t *TeamFile) error {
	if _, err := tx.NewDelete().Model((*teamMemberRow)(nil)).Where("team = ?", t.ID).Exec(ctx); err != nil {
		return err
	}
	if len(t.Members) > 0 {
		rows := make([]teamMemberRow, len(t.Members))
		for i, contact := range t.Members {
			rows[i] = teamMemberRow{Team: t.ID, Contact: contact}
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
	}
	if err := p.offRoster(ctx, tx, t.ID); err != nil {
		return err
	}
	if err := keepTeamResidents(ctx, tx, t); err != nil {
		return err
	}
	return endStrangers(ctx, tx, "", p.moment())
}

func keepTeamResidents(ctx context.Context, tx bun.Tx, t *TeamFile) error {
	del := tx.NewDelete().Model((*teamResidentRow)(nil)).Where("team = ?", t.ID)
	if len(t.Residents) > 0 {
		del.WhereOr("resident IN (?)", bun.In(t.Residents))
	}
	if _, err := del.Exec(ctx); err != nil || len(t.Residents) == 0 {
		return err
	}
	rows := make([]teamResidentRow, len(t.Residents))
	for i, resident := range t.Residents {
		rows[i] = teamResidentRow{Resident: resident, Team: t.ID}
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// RemoveTeam takes a team away, with its roster. Its residents are nobody's then.
func (p *People) RemoveTeam(ctx context.Context, id string) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, table := range []string{"team_members", "team_residents", "shifts", "shift_overrides"} {
			if _, err := tx.NewDelete().Table(table).Where("team = ?", id).Exec(ctx); err != nil {
				return err
			}
		}
		result, err := tx.NewDelete().Table("teams").Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err == nil && n == 0 {
			err = store.NotFound("team", id)
		}
		if err != nil {
			return err
		}
		return endStrangers(ctx, tx, "", p.moment())
	})
	if err != nil {
		return fmt.Errorf("remove %w", about("team", id, err))
	}
	return nil
}

// Team returns a team; ErrNotFound when there is none.
func (p *People) Team(ctx context.Context, id string) (TeamFile, error) {
	list, err := p.teams(ctx, func(q *bun.SelectQuery) { q.Where("id = ?", id) })
	if err == nil && len(list) == 0 {
		err = store.NotFound("team", id)
	}
	if err != nil {
		return TeamFile{}, fmt.Errorf("read %w", about("team", id, err))
	}
	return list[0], nil
}

// Teams lists all teams, ordered by name.
func (p *People) Teams(ctx context.Context) ([]TeamFile, error) {
	list, err := p.teams(ctx, func(*bun.SelectQuery) {})
	if err != nil {
		return nil, fmt.Errorf("list teams: %w", err)
	}
	return list, nil
}

func (p *People) teams(ctx context.Context, which func(*bun.SelectQuery)) ([]TeamFile, error) {
	var rows []teamRow
	query := p.db.NewSelect().Model(&rows).Order("name", "id")
	which(query)
	if err := query.Scan(ctx); err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	members, err := readTeamMembers(ctx, p.db, ids)
	if err != nil {
		return nil, err
	}
	var of []teamResidentRow
	if err := p.db.NewSelect().Model(&of).Where("team IN (?)", bun.In(ids)).Order("resident").Scan(ctx); err != nil {
		return nil, err
	}
	residents := map[string][]string{}
	for _, row := range of {
		residents[row.Team] = append(residents[row.Team], row.Resident)
	}
	list := make([]TeamFile, len(rows))
	for i := range rows {
		list[i] = TeamFile{Team: rows[i].team(), Members: members[rows[i].ID], Residents: residents[rows[i].ID]}
	}
	return list, nil
}
