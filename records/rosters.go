package records

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

const (
	// mostShifts bounds a roster: three shifts a day for a large team.
	mostShifts = 1000
	// longestOverride keeps what was set for a holiday from standing for ever.
	longestOverride = 92 * 24 * time.Hour
)

// Roster is the roster of a team, with the overrides that touch the time from
// one moment to another; ErrNotFound when there is no such team.
func (p *People) Roster(ctx context.Context, team string, from, to time.Time) (Roster, error) {
	roster, err := rosterOf(ctx, p.db, team, from, to)
	if err != nil {
		return Roster{}, fmt.Errorf("read the roster: %w", about("team", team, err))
	}
	return roster, nil
}

func rosterOf(ctx context.Context, db bun.IDB, team string, from, to time.Time) (Roster, error) {
	teams, err := readTeams(ctx, db, []string{team})
	if err != nil {
		return Roster{}, err
	}
	if len(teams) == 0 {
		return Roster{}, store.NotFound("team", team)
	}
	rosters, err := readRosters(ctx, db, teams, from, to)
	return rosters[team], err
}

// SetShifts keeps the weekly roster of a team: these in place of all there were.
// A shift that has an id keeps it.
func (p *People) SetShifts(ctx context.Context, team string, shifts []Shift) error {
	return p.ChangeShifts(ctx, team, func([]Shift) []Shift { return slices.Clone(shifts) })
}

// ChangeShifts changes the weekly roster of a team as it is at that moment.
func (p *People) ChangeShifts(ctx context.Context, team string, change func([]Shift) []Shift) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		before, err := rosterOf(ctx, tx, team, p.now(), p.now())
		if err != nil {
			return err
		}
		members, err := p.membersOfTeam(ctx, tx, team)
		if err != nil {
			return err
		}
		rows, err := shiftRows(team, change(before.Shifts), members)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*shiftRow)(nil)).Where("team = ?", team).Exec(ctx); err != nil || len(rows) == 0 {
			return err
		}
		_, err = tx.NewInsert().Model(&rows).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("set the roster: %w", about("team", team, err))
	}
	return nil
}

// shiftRows are the rows of a roster, checked.
func shiftRows(team string, shifts []Shift, members []string) ([]shiftRow, error) {
	var wrong []store.Field
	if len(shifts) > mostShifts {
		wrong = append(wrong, store.Field{Path: "shifts", Message: fmt.Sprintf("are more than %d", mostShifts)})
	}
	rows := make([]shiftRow, len(shifts))
	for i, s := range shifts {
		wrong = append(wrong, s.check(fmt.Sprintf("shifts[%d]", i), members)...)
		if !validID(s.ID) {
			s.ID = ulid.Make().String()
		}
		rows[i] = shiftRow{
			ID: s.ID, Team: team, Contact: s.Contact, Weekday: s.Weekday, From: s.From, To: s.To, Since: s.Since.String(), Until: s.Until.String(),
		}
	}
	return rows, store.Invalid("roster", team, wrong)
}

func (p *People) membersOfTeam(ctx context.Context, tx bun.Tx, team string) ([]string, error) {
	if known, err := exists(ctx, tx, "teams", team); err != nil {
		return nil, err
	} else if !known {
		return nil, store.NotFound("team", team)
	}
	members, err := readTeamMembers(ctx, tx, []string{team})
	return members[team], err
}

func (s *Shift) check(path string, members []string) []store.Field {
	wrong := checkOnTeam(path, s.Contact, members)
	if s.Weekday < time.Sunday || s.Weekday > time.Saturday {
		wrong = append(wrong, store.Field{Path: path + ".weekday", Message: "is not a day of the week"})
	}
	// A whole day is written as one that ends when it begins, on the next day.
	if h := s.Hours; h.From != h.To || h.From < 0 || h.From >= minutesOfDay {
		wrong = append(wrong, h.check(path)...)
	}
	for _, day := range []Date{s.Since, s.Until} {
		if !day.IsZero() && !day.valid() {
			wrong = append(wrong, store.Field{Path: path, Message: day.String() + " is not in the calendar"})
		}
	}
	if !s.Since.IsZero() && !s.Until.IsZero() && s.Until.Compare(s.Since) < 0 {
		wrong = append(wrong, store.Field{Path: path + ".until", Message: "is before since"})
	}
	return wrong
}

func checkOnTeam(path, contact string, members []string) []store.Field {
	if !slices.Contains(members, contact) {
		return []store.Field{{Path: strings.TrimPrefix(path+".contact", "."), Message: fmt.Sprintf("%q is not in the team", contact)}}
	}
	return nil
}

// AddOverride puts somebody on duty in place of the weekly roster for a while.
// Others who are on duty meanwhile have overrides of their own.
func (p *People) AddOverride(ctx context.Context, team string, o Override) (Override, error) {
	o.ID, o.Reason = ulid.Make().String(), strings.TrimSpace(o.Reason)
	wrong := checkLength("reason", o.Reason, maxReason)
	switch {
	case !o.From.Before(o.To):
		wrong = append(wrong, store.Field{Path: "to", Message: "is not after from"})
	case o.To.Sub(o.From) > longestOverride:
		wrong = append(wrong, store.Field{Path: "to", Message: "is more than 92 days after from"})
	case !o.To.After(p.now()):
		wrong = append(wrong, store.Field{Path: "to", Message: "is in the past"})
	}
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		members, err := p.membersOfTeam(ctx, tx, team)
		if err != nil {
			return err
		}
		if err := store.Invalid("override", team, append(wrong, checkOnTeam("", o.Contact, members)...)); err != nil {
			return err
		}
		row := overrideRow{
			ID: o.ID, Team: team, Contact: o.Contact, From: o.From.UnixMilli(), To: o.To.UnixMilli(), SetBy: o.SetBy, Reason: o.Reason,
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		o = row.override()
		return err
	})
	if err != nil {
		return Override{}, fmt.Errorf("set who is on duty: %w", about("team", team, err))
	}
	return o, nil
}

// RemoveOverride goes back to the weekly roster.
func (p *People) RemoveOverride(ctx context.Context, team, id string) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewUpdate().Model((*overrideRow)(nil)).Set("removed_at = ?", p.moment().UnixMilli()).
			Where("id = ?", id).Where("team = ?", team).Where("removed_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err == nil && n == 0 {
			return store.NotFound("override", id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove %w", about("override", id, err))
	}
	return nil
}
