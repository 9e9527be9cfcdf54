package records

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// standing is what somebody is to a resident: what they may see and do, and why.
type standing struct {
	scope  Scope
	rights []right
	// ground is why, as the audit has it: "team", "consent 01J…".
	ground string
}

func (s standing) has(what right) bool {
	for _, r := range s.rights {
		if r == what {
			return s.scope.Has(what.scope())
		}
	}
	return false
}

// ties are what a user is to residents: to some, or to all.
type ties struct {
	user User
	// member is as what the user is in care teams, by resident.
	member map[string]Relation
	// shares are what consents let the user see, by resident.
	shares map[string]share
	// emergencies are the user's that last, by resident.
	emergencies map[string]string
	// mine are the residents whom a team of the user's looks after, others those whom
	// only other teams do.
	mine, others map[string]bool
	// unwatched are the residents who withdrew the consent to be watched over.
	unwatched map[string]bool
}

// The grounds.
func groundOf(what, id string) string { return what + " " + id }

// standing is closed: what no case gives is not had.
func (r *ties) standing(resident string) standing {
	if r.user.ID == "" {
		return standing{}
	}
	if r.user.Role == Administrator {
		return standing{Everything, []right{lookAfter, keep, consent, overlook, export}, "administrator"}
	}
	relation := r.member[resident]
	if relation == AsResident {
		return standing{Everything, []right{lookAfter, consent, overlook, export, called}, "resident"}
	}
	if r.unwatched[resident] {
		return standing{}
	}
	s := r.byRelation(resident, relation)
	if id, lasts := r.emergencies[resident]; lasts && !s.scope.Has(Everything) {
		s = standing{Everything, append(s.rights, lookAfter), groundOf("emergency", id)}
	}
	return s
}

// byRelation is what the service's teams, the care team and consents give.
func (r *ties) byRelation(resident string, relation Relation) standing {
	if r.user.Role == Caregiver && !r.others[resident] {
		ground := "service" // nobody's team looks after the resident: all of the staff do
		if r.mine[resident] {
			ground = "team"
		}
		return standing{Everything, []right{lookAfter, keep, consent}, ground}
	}
	var s standing
	switch relation {
	case AsManager:
		s = standing{Everything, []right{lookAfter, keep, consent, overlook, export}, string(AsManager)}
	case AsFamily:
		s = standing{Status | Vitals | Alerts, []right{lookAfter}, string(AsFamily)}
	case AsCaregiver:
		s = standing{Status | Vitals | Alerts | File, []right{lookAfter, keep}, "care_team"}
	case AsDoctor:
		s = standing{Everything, []right{lookAfter, keep}, "care_team"}
	}
	// A neighbour is asked to ring at the door, and sees nothing of anybody's health.
	if share, said := r.shares[resident]; said {
		s.scope, s.ground = share.scope, groundOf("consent", share.by)
	}
	return s
}

// ties reads what a user is to some residents, or to all when none is named.
func (a Access) ties(ctx context.Context, u User, residents ...string) (*ties, error) {
	r := &ties{user: u}
	at := store.Time(a.now().UnixMilli())
	for _, read := range []func(context.Context, bun.IDB, time.Time, []string) error{r.readUnwatched, r.readMember, r.readShares, r.readEmergencies, r.readTeams} {
		if err := read(ctx, a.db, at, residents); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// contactOf selects the contact that a user is.
const contactOf = "contact = (SELECT id FROM contacts WHERE user_id = ? AND removed_at IS NULL)"

func (r *ties) readUnwatched(ctx context.Context, db bun.IDB, at time.Time, residents []string) (err error) {
	r.unwatched, err = unwatched(ctx, db, at, residents...)
	return err
}

func (r *ties) readMember(ctx context.Context, db bun.IDB, _ time.Time, residents []string) error {
	var rows []memberRow
	err := ofResidents(db.NewSelect().Model(&rows).Column("resident", "relation"), residents).Where(contactOf, r.user.ID).Scan(ctx)
	r.member = make(map[string]Relation, len(rows))
	for _, row := range rows {
		r.member[row.Resident] = row.Relation
	}
	return err
}

func (r *ties) readShares(ctx context.Context, db bun.IDB, at time.Time, residents []string) error {
	var rows []consentRow
	err := ofResidents(db.NewSelect().Model(&rows), residents).Where("purpose = ?", Sharing).Where(contactOf, r.user.ID).Scan(ctx)
	r.shares = sharing(rows, at, func(row consentRow) string { return row.Resident })
	return err
}

func (r *ties) readEmergencies(ctx context.Context, db bun.IDB, at time.Time, residents []string) error {
	var rows []emergencyRow
	err := ofResidents(db.NewSelect().Model(&rows), residents).Where("user_id = ?", r.user.ID).Where("until > ?", store.Millis(at)).Scan(ctx)
	r.emergencies = make(map[string]string, len(rows))
	for i := range rows {
		if rows[i].emergency().Lasts(at) {
			r.emergencies[rows[i].Resident] = rows[i].ID
		}
	}
	return err
}

// readTeams reads whom the teams look after, which matters to the service's own
// people alone.
func (r *ties) readTeams(ctx context.Context, db bun.IDB, _ time.Time, residents []string) error {
	if r.user.Role != Caregiver {
		return nil
	}
	var rows []struct {
		Resident string `bun:"resident"`
		Mine     bool   `bun:"mine"`
	}
	err := ofResidents(db.NewSelect().Table("team_residents").Column("resident"), residents).
		ColumnExpr("(team IN (SELECT team FROM team_members WHERE "+contactOf+") OR team IN (SELECT id FROM teams WHERE supervisor = "+
			"(SELECT id FROM contacts WHERE user_id = ? AND removed_at IS NULL))) AS mine", r.user.ID, r.user.ID).
		Scan(ctx, &rows)
	r.mine, r.others = map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		if row.Mine {
			r.mine[row.Resident] = true
		} else {
			r.others[row.Resident] = true
		}
	}
	return err
}
