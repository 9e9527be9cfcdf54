package records

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

var relations = []Relation{AsFamily, AsManager, AsNeighbour, AsCaregiver, AsDoctor, AsResident}

// mostMembers bounds a care team.
const mostMembers = 50

// Membership puts a contact into the care team of a resident.
type Membership struct {
	Resident, Contact string
	Relation          Relation
	// Place is where it comes in the order, from 1; 0 for where it is, or the end.
	Place int
	Wishes
}

// SetMember puts a contact into a resident's care team, or changes what it is
// there. Whether they wish to be told of each week is theirs to say: that stays.
func (p *People) SetMember(ctx context.Context, m Membership) error {
	wrong := append(m.Wishes.settle(m.Relation), m.Relation.check()...)
	if err := store.Invalid("member", m.Contact, wrong); err != nil {
		return fmt.Errorf("set %w", err)
	}
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return setMember(ctx, tx, m) })
	if err != nil {
		return fmt.Errorf("set who cares for the resident: %w", about("resident", m.Resident, err))
	}
	return nil
}

func (r Relation) check() []store.Field {
	if slices.Contains(relations, r) {
		return nil
	}
	return []store.Field{{Path: "relation", Message: fmt.Sprintf("%q is not family, family_manager, neighbour, caregiver, doctor or resident", r)}}
}

func setMember(ctx context.Context, tx bun.Tx, m Membership) error {
	if _, err := find(ctx, tx, m.Resident); err != nil {
		return err
	}
	if _, err := findContact(ctx, tx, m.Contact); err != nil {
		return err
	}
	rows, i, err := membersOf(ctx, tx, m.Resident, m.Contact)
	if err != nil {
		return err
	}
	place := m.Place
	if i < 0 {
		if len(rows) >= mostMembers {
			return &store.Fault{Kind: ErrConflict, Code: CodeManyMembers, Entity: "resident", ID: m.Resident, Detail: "has no room for more in the care team"}
		}
		i, rows = len(rows), append(rows, memberRow{})
	}
	if place == 0 {
		place = i + 1
	}
	row := rows[i]
	row.Resident, row.Contact, row.Relation = m.Resident, m.Contact, m.Relation
	row.told(m.Wishes)
	rows = moved(rows, i, row, place)
	return keepMembers(ctx, tx, m.Resident, rows)
}

// SetWishes changes how a contact wants to be told of a resident.
func (p *People) SetWishes(ctx context.Context, resident, contact string, w Wishes) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, i, err := membersOf(ctx, tx, resident, contact)
		if err != nil {
			return err
		}
		if i < 0 {
			return notMember(resident, contact)
		}
		if err := store.Invalid("member", contact, w.settle(rows[i].Relation)); err != nil {
			return err
		}
		rows[i].wish(w, p.moment())
		_, err = tx.NewUpdate().Model(&rows[i]).WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("set how to be told: %w", about("resident", resident, err))
	}
	return nil
}

// RemoveMember takes a contact out of a care team, by a user.
func (p *People) RemoveMember(ctx context.Context, resident, contact, by string) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		rows, i, err := membersOf(ctx, tx, resident, contact)
		if err != nil {
			return err
		}
		if i < 0 {
			return notMember(resident, contact)
		}
		if err := keepMembers(ctx, tx, resident, slices.Delete(rows, i, i+1)); err != nil {
			return err
		}
		return endStrangers(ctx, tx, by, p.moment())
	})
	if err != nil {
		return fmt.Errorf("remove from the care team: %w", about("resident", resident, err))
	}
	return nil
}

func notMember(resident, contact string) error {
	return &store.Fault{Kind: ErrNotFound, Code: CodeNotMember, Entity: "contact", ID: contact, Detail: "is not in the care team of resident " + resident}
}

// membersOf reads a resident's care team, and which of it the contact is, -1 when
// it is none.
func membersOf(ctx context.Context, db bun.IDB, resident, contact string) ([]memberRow, int, error) {
	var rows []memberRow
	err := db.NewSelect().Model(&rows).Where("resident = ?", resident).Order("n", "contact").Scan(ctx)
	return rows, slices.IndexFunc(rows, func(row memberRow) bool { return row.Contact == contact }), err
}

// keepMembers keeps a care team in its order.
func keepMembers(ctx context.Context, tx bun.Tx, resident string, rows []memberRow) error {
	if _, err := tx.NewDelete().Model((*memberRow)(nil)).Where("resident = ?", resident).Exec(ctx); err != nil || len(rows) == 0 {
		return err
	}
	for i := range rows {
		rows[i].N = i + 1
	}
	_, err := tx.NewInsert().Model(&rows).Exec(ctx)
	return err
}

// CaredFor is a resident in whose care team a contact is.
type CaredFor struct {
	Resident string
	Relation Relation
	Wishes
}

// CaredForBy lists the residents in whose care teams a contact is, by their ids.
func (p *People) CaredForBy(ctx context.Context, contact string) ([]CaredFor, error) {
	var rows []memberRow
	if err := p.db.NewSelect().Model(&rows).Where("contact = ?", contact).Order("resident").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list whom contact %q cares for: %w", contact, err)
	}
	list := make([]CaredFor, len(rows))
	for i, row := range rows {
		list[i] = CaredFor{row.Resident, row.Relation, row.wishes()}
	}
	return list, nil
}
