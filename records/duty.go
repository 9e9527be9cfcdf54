package records

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Duty is a duty token: "I have her until 20:00". It is offered to a contact,
// holds from when that contact accepts it, and ends by itself.
type Duty struct {
	ID, Resident string
	// Contact is who has it, or is to have it.
	Contact string
	Until   time.Time
	// OfferedBy is a user; "" for the command line.
	OfferedBy string
	OfferedAt time.Time
	// AcceptedAt is zero while it is only offered.
	AcceptedAt time.Time
	// EndedAt is when somebody ended it before Until; zero when nobody did.
	EndedAt time.Time
	EndedBy string
	// Outcome is how it was ended; "" while it was not.
	Outcome DutyOutcome
}

// DutyOutcome is how a duty token was ended before its time.
type DutyOutcome string

// The outcomes.
const (
	// Declined: its contact did not want it.
	Declined DutyOutcome = "declined"
	// Withdrawn: the offer was taken back, or another accepted one before.
	Withdrawn DutyOutcome = "withdrawn"
	// Returned: its contact gave it back.
	Returned DutyOutcome = "returned"
	// HandedOver: another accepted it.
	HandedOver DutyOutcome = "handed over"
)

type dutyRow struct {
	bun.BaseModel `bun:"table:duty_tokens"`

	ID         string      `bun:"id,pk"`
	Resident   string      `bun:"resident"`
	Contact    string      `bun:"contact"`
	Until      int64       `bun:"until"`
	OfferedBy  string      `bun:"offered_by"`
	OfferedAt  int64       `bun:"offered_at"`
	AcceptedAt int64       `bun:"accepted_at,nullzero"`
	EndedAt    int64       `bun:"ended_at,nullzero"`
	EndedBy    string      `bun:"ended_by"`
	Outcome    DutyOutcome `bun:"outcome"`
}

func (row *dutyRow) token() Duty {
	return Duty{
		ID: row.ID, Resident: row.Resident, Contact: row.Contact, Until: store.Time(row.Until),
		OfferedBy: row.OfferedBy, OfferedAt: store.Time(row.OfferedAt), AcceptedAt: store.Time(row.AcceptedAt),
		EndedAt: store.Time(row.EndedAt), EndedBy: row.EndedBy, Outcome: row.Outcome,
	}
}

// longestDuty is how far ahead a duty token may end: a visit of a month.
const longestDuty = 31 * 24 * time.Hour

// Actor is who does something about a duty token.
type Actor struct {
	// User is who signed in; "" for the command line, and for a contact who does not
	// sign in.
	User string
	// Contact is the one that the actor is; "" for none.
	Contact string
	// Staff may act for others: what was said on the phone.
	Staff bool
}

// by is how the actor is kept.
func (a Actor) by() string {
	if a.User == "" && a.Contact != "" {
		return "contact:" + a.Contact
	}
	return a.User
}

// is reports whether the actor is a contact.
func (a Actor) is(contact string) bool { return contact != "" && a.Contact == contact }

// OfferDuty offers a contact to have a resident until a time. While somebody has
// the token, only they and staff may offer it to others; it stays theirs until
// the offer is accepted.
func (p *People) OfferDuty(ctx context.Context, resident, contact string, until time.Time, by Actor) (Duty, error) {
	return p.newDuty(ctx, "offer the duty token", resident, contact, until, by, func(ctx context.Context, tx bun.Tx, row *dutyRow) error {
		held, err := heldDuty(ctx, tx, resident, p.moment())
		switch {
		case err != nil:
			return err
		case by.Staff || held != nil && by.is(held.Contact):
		case held != nil:
			return held.fault()
		default:
			if err := p.around(ctx, tx, resident, by.Contact); err != nil {
				return err
			}
		}
		// A new offer to the same person stands in place of the one before.
		err = endDuties(ctx, tx, by.by(), p.moment(), func(q *bun.SelectQuery) {
			q.Where("resident = ?", resident).Where("contact = ?", contact).Where("accepted_at IS NULL")
		})
		if err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
}

// TakeDuty says of a contact that it has a resident until a time, or until
// another time than before. It is a conflict while somebody else has.
func (p *People) TakeDuty(ctx context.Context, resident string, until time.Time, by Actor) (Duty, error) {
	return p.newDuty(ctx, "take the duty token", resident, by.Contact, until, by, func(ctx context.Context, tx bun.Tx, row *dutyRow) error {
		held, err := heldDuty(ctx, tx, resident, p.moment())
		if err != nil {
			return err
		}
		if held != nil && !by.is(held.Contact) {
			return held.fault()
		}
		if held != nil {
			held.Until = row.Until
			*row = *held
			_, err = tx.NewUpdate().Model(held).WherePK().Column("until").Exec(ctx)
			return err
		}
		if err := endDuties(ctx, tx, by.by(), p.moment(), func(q *bun.SelectQuery) { q.Where("resident = ?", resident) }); err != nil {
			return err
		}
		row.AcceptedAt = row.OfferedAt
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
}

// newDuty makes the row that do keeps.
func (p *People) newDuty(ctx context.Context, what, resident, contact string, until time.Time, by Actor, do func(ctx context.Context, tx bun.Tx, row *dutyRow) error) (Duty, error) {
	now := p.moment()
	var wrong []store.Field
	switch {
	case !until.After(now):
		wrong = append(wrong, store.Field{Path: "until", Message: "is not in the future"})
	case until.Sub(now) > longestDuty:
		wrong = append(wrong, store.Field{Path: "until", Message: "is more than 31 days ahead"})
	}
	if err := store.Invalid("duty", resident, wrong); err != nil {
		return Duty{}, fmt.Errorf("%s: %w", what, err)
	}
	var row dutyRow
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		row = dutyRow{
			ID: ulid.Make().String(), Resident: resident, Contact: contact, Until: until.UnixMilli(),
			OfferedBy: by.by(), OfferedAt: now.UnixMilli(),
		}
		if _, err := find(ctx, tx, resident); err != nil {
			return err
		}
		if err := p.around(ctx, tx, resident, contact); err != nil {
			return err
		}
		return do(ctx, tx, &row)
	})
	if err != nil {
		return Duty{}, fmt.Errorf("%s: %w", what, about("resident", resident, err))
	}
	return row.token(), nil
}

// around checks that a contact is in the care team of a resident, or in the team
// that looks after them: nobody else can have them.
func (p *People) around(ctx context.Context, tx bun.Tx, resident, contact string) error {
	cares, err := tx.NewSelect().Model((*memberRow)(nil)).Where("resident = ?", resident).Where("contact = ?", contact).
		Where("relation <> ?", AsResident).Exists(ctx)
	if err != nil || cares {
		return err
	}
	works, err := tx.NewSelect().Model((*teamMemberRow)(nil)).Where("contact = ?", contact).
		Where("team IN (SELECT team FROM team_residents WHERE resident = ?)", resident).Exists(ctx)
	if err != nil || works {
		return err
	}
	return notMember(resident, contact)
}

// AcceptDuty accepts an offer: from now on its contact has the resident, and no
// other offer holds. Accepting what was accepted changes nothing.
func (p *People) AcceptDuty(ctx context.Context, resident, id string, by Actor) (Duty, error) {
	var row dutyRow
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := p.moment()
		var err error
		if row, err = findDuty(ctx, tx, resident, id); err != nil {
			return err
		}
		switch {
		case !by.is(row.Contact) && !by.Staff:
			return &store.Fault{Kind: ErrForbidden, Code: CodeDutyNotYours, Entity: "duty", ID: id, Detail: "was offered to somebody else"}
		case row.over(now):
			return &store.Fault{Kind: ErrConflict, Code: CodeDutyOver, Entity: "duty", ID: id, Detail: "the offer does not hold any more"}
		case row.AcceptedAt != 0:
			return nil
		}
		err = endDuties(ctx, tx, by.by(), now, func(q *bun.SelectQuery) { q.Where("resident = ?", resident).Where("id <> ?", id) })
		if err != nil {
			return err
		}
		row.AcceptedAt = now.UnixMilli()
		_, err = tx.NewUpdate().Model(&row).WherePK().Column("accepted_at").Exec(ctx)
		return err
	})
	if err != nil {
		return Duty{}, fmt.Errorf("accept the duty token: %w", about("duty", id, err))
	}
	return row.token(), nil
}

// DeclineDuty says no to an offer, or takes it back: by whom it was offered to,
// who offered it, and staff.
func (p *People) DeclineDuty(ctx context.Context, resident, id string, by Actor) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := findDuty(ctx, tx, resident, id)
		switch {
		case err != nil:
			return err
		case row.over(p.moment()) || row.AcceptedAt != 0:
			return &store.Fault{Kind: ErrConflict, Code: CodeDutyOver, Entity: "duty", ID: id, Detail: "the offer does not hold any more"}
		case by.is(row.Contact):
			row.Outcome = Declined
		case by.Staff || by.by() != "" && by.by() == row.OfferedBy:
			row.Outcome = Withdrawn
		default:
			return &store.Fault{Kind: ErrForbidden, Code: CodeDutyNotYours, Entity: "duty", ID: id, Detail: "was offered to somebody else"}
		}
		return row.end(ctx, tx, by.by(), p.moment())
	})
	if err != nil {
		return fmt.Errorf("decline the duty token: %w", about("duty", id, err))
	}
	return nil
}

// ReturnDuty gives the token of a resident back: who has it, and staff.
func (p *People) ReturnDuty(ctx context.Context, resident string, by Actor) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := find(ctx, tx, resident); err != nil {
			return err
		}
		held, err := heldDuty(ctx, tx, resident, p.moment())
		switch {
		case err != nil:
			return err
		case held == nil:
			return &store.Fault{Kind: ErrNotFound, Code: CodeNoDuty, Entity: "resident", ID: resident, Detail: "nobody has the duty token"}
		case !by.is(held.Contact) && !by.Staff:
			return &store.Fault{Kind: ErrForbidden, Code: CodeDutyNotYours, Entity: "duty", ID: held.ID, Detail: "somebody else has it"}
		}
		held.Outcome = Returned
		return held.end(ctx, tx, by.by(), p.moment())
	})
	if err != nil {
		return fmt.Errorf("give the duty token back: %w", about("resident", resident, err))
	}
	return nil
}

// Duties are who has a resident, first, and the offers that hold, newest first.
func (p *People) Duties(ctx context.Context, resident string) ([]Duty, error) {
	if _, err := find(ctx, p.db, resident); err != nil {
		return nil, fmt.Errorf("read the duty tokens: %w", about("resident", resident, err))
	}
	return p.duties(ctx, func(q *bun.SelectQuery) { q.Where("resident = ?", resident) })
}

// DutiesOf are what a contact has, and what is offered to it.
func (p *People) DutiesOf(ctx context.Context, contact string) ([]Duty, error) {
	return p.duties(ctx, func(q *bun.SelectQuery) { q.Where("contact = ?", contact) })
}

func (p *People) duties(ctx context.Context, which func(*bun.SelectQuery)) ([]Duty, error) {
	var rows []dutyRow
	query := p.db.NewSelect().Model(&rows).Where("ended_at IS NULL").Where("until > ?", p.moment().UnixMilli()).
		OrderExpr("accepted_at IS NULL").Order("offered_at DESC", "id DESC")
	which(query)
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read duty tokens: %w", err)
	}
	list := make([]Duty, len(rows))
	for i := range rows {
		list[i] = rows[i].token()
	}
	return list, nil
}

func findDuty(ctx context.Context, db bun.IDB, resident, id string) (dutyRow, error) {
	var row dutyRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Where("resident = ?", resident).Scan(ctx)
	if noRows(err) {
		err = store.NotFound("duty", id)
	}
	return row, err
}

// heldDuty is who has a resident, nil when nobody has.
func heldDuty(ctx context.Context, db bun.IDB, resident string, now time.Time) (*dutyRow, error) {
	var row dutyRow
	err := db.NewSelect().Model(&row).Where("resident = ?", resident).Where("accepted_at IS NOT NULL").Where("ended_at IS NULL").
		Where("until > ?", now.UnixMilli()).Scan(ctx)
	if noRows(err) {
		return nil, nil
	}
	return &row, err
}

// over reports whether a row holds no more.
func (row *dutyRow) over(now time.Time) bool {
	return row.EndedAt != 0 || row.Until <= now.UnixMilli()
}

// fault is that somebody else has the token.
func (row *dutyRow) fault() error {
	return &store.Fault{Kind: ErrConflict, Code: CodeDutyHeld, Entity: "resident", ID: row.Resident,
		Detail: fmt.Sprintf("contact %s has the duty token until %s: only they and staff hand it over", row.Contact, store.Time(row.Until).Format(time.RFC3339)),
		Params: map[string]string{"contact": row.Contact}}
}

// end ends a row. One whose time has passed ended then.
func (row *dutyRow) end(ctx context.Context, tx bun.Tx, by string, now time.Time) error {
	row.EndedAt, row.EndedBy = now.UnixMilli(), by
	if row.Until <= row.EndedAt {
		row.EndedAt, row.EndedBy, row.Outcome = row.Until, "", ""
	}
	_, err := tx.NewUpdate().Model(row).WherePK().Column("ended_at", "ended_by", "outcome").Exec(ctx)
	return err
}

// endDuties ends those that a query finds: what was held is handed over, what was
// offered withdrawn.
func endDuties(ctx context.Context, tx bun.Tx, by string, now time.Time, which func(*bun.SelectQuery)) error {
	var rows []dutyRow
	query := tx.NewSelect().Model(&rows).Where("ended_at IS NULL")
	which(query)
	if err := query.Scan(ctx); err != nil {
		return err
	}
	for i := range rows {
		rows[i].Outcome = Withdrawn
		if rows[i].AcceptedAt != 0 {
			rows[i].Outcome = HandedOver
		}
		if err := rows[i].end(ctx, tx, by, now); err != nil {
			return err
		}
	}
	return nil
}

// endStrangers ends the duty tokens of all who are not around their residents any
// more, as [People.around] has it.
func endStrangers(ctx context.Context, tx bun.Tx, by string, now time.Time) error {
	return endDuties(ctx, tx, by, now, func(q *bun.SelectQuery) {
		q.Where("(resident, contact) NOT IN (SELECT resident, contact FROM care_team WHERE relation <> ?)", AsResident).
			Where("(resident, contact) NOT IN (SELECT r.resident, m.contact FROM team_residents AS r JOIN team_members AS m ON m.team = r.team)")
	})
}
