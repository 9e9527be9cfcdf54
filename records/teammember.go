package records

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// JoinTeam puts a contact into a team. Who is in it stays in it.
func (p *People) JoinTeam(ctx context.Context, team, contact string) error {
	err := p.inTeam(ctx, team, func(ctx context.Context, tx bun.Tx) error {
		if _, err := findContact(ctx, tx, contact); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&teamMemberRow{Team: team, Contact: contact}).On("CONFLICT (team, contact) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("put contact %q into team %q: %w", contact, team, err)
	}
	return nil
}

// LeaveTeam takes a contact out of a team, and off its roster; ErrNotFound when it
// is not in it.
func (p *People) LeaveTeam(ctx context.Context, team, contact string) error {
	err := p.inTeam(ctx, team, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().Model((*teamMemberRow)(nil)).Where("team = ?", team).Where("contact = ?", contact).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			if err == nil {
				err = store.NotFound("contact", contact)
			}
			return err
		}
		return p.offRoster(ctx, tx, team)
	})
	if err != nil {
		return fmt.Errorf("take contact %q out of team %q: %w", contact, team, err)
	}
	return nil
}

// inTeam changes something about a team; ErrNotFound when there is none.
func (p *People) inTeam(ctx context.Context, team string, change func(context.Context, bun.Tx) error) error {
	return p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := exists(ctx, tx, "teams", team)
		if err == nil && !known {
			err = store.NotFound("team", team)
		}
		if err != nil {
			return err
		}
		return change(ctx, tx)
	})
}

// offRoster takes off a team's roster who is not in the team any more.
func (p *People) offRoster(ctx context.Context, tx bun.Tx, team string) error {
	const gone = "team = ? AND contact NOT IN (SELECT contact FROM team_members WHERE team = ?)"
	if _, err := tx.NewDelete().Model((*shiftRow)(nil)).Where(gone, team, team).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewUpdate().Model((*overrideRow)(nil)).Set("removed_at = ?", p.moment().UnixMilli()).
		Where(gone, team, team).Where("removed_at IS NULL").Exec(ctx)
	return err
}
