package records

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// Consents keeps what was agreed to, and access in emergencies.
type Consents struct {
	db  *store.DB
	now func() time.Time
}

// NewConsents returns the consents in db.
func NewConsents(db *store.DB, now func() time.Time) *Consents { return &Consents{db: db, now: now} }

func (s *Consents) moment() time.Time { return store.Time(s.now().UnixMilli()) }

// Give keeps a consent, and returns it as it is kept. The text that was agreed to
// is the current one, in the consent's language. With the first consent to share
// with a contact, consents alone say what that contact may see. One that was given with a
// sign-in is entered by whose it is: the resident's own user, or who decides with them.
func (s *Consents) Give(ctx context.Context, c Consent) (Consent, error) {
	now := s.moment()
	c.ID, c.GivenAt = ulid.Make().String(), now
	if c.From.IsZero() {
		c.From = now
	}
	if err := c.settle(); err != nil {
		return Consent{}, fmt.Errorf("give %w", err)
	}
	text, err := ConsentTextFor(c.Purpose, c.Language)
	if err != nil {
		return Consent{}, fmt.Errorf("give consent: %w", err)
	}
	c.TextVersion, c.TextHash, c.Language = text.Version, text.Hash, text.Language
	row := consentRowOf(c)
	err = s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := find(ctx, tx, c.Resident); err != nil {
			return err
		}
		if c.Contact != "" {
			if _, err := findContact(ctx, tx, c.Contact); err != nil {
				return err
			}
		}
		if err := gaveIt(ctx, tx, &c); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return audit.AppendIn(ctx, tx, now, consentEntry(row, c.RecordedBy, "given"))
	})
	if err != nil {
		return Consent{}, fmt.Errorf("give consent: %w", about("resident", c.Resident, err))
	}
	return row.consent(), nil
}

// gaveIt refuses a consent that somebody is said to have given with their own sign-in where
// another enters it: that would be a signature that nobody gave.
func gaveIt(ctx context.Context, tx bun.Tx, c *Consent) error {
	if c.Manner != SignedIn || c.RecordedBy == "" {
		return nil
	}
	relation := AsResident
	if c.Capacity == ByGuardian {
		relation = AsManager
	}
	is, err := tx.NewSelect().Table("care_team").Where("resident = ?", c.Resident).Where("relation = ?", relation).
		Where("contact IN (SELECT id FROM contacts WHERE user_id = ?)", c.RecordedBy).Exists(ctx)
	if err != nil || is {
		return err
	}
	return store.Invalid("consent", "", []store.Field{{
		Path: "manner", Message: "is signed_in only where who gives it enters it themselves: say paper, with where it is kept, or spoken, with who heard it",
	}})
}

// Withdraw ends a consent, by a user, with who withdrew it and why in words. One
// that was withdrawn before stays as it is.
func (s *Consents) Withdraw(ctx context.Context, resident, id, by, words string) (Consent, error) {
	words = strings.TrimSpace(words)
	if err := store.Invalid("consent", id, checkLength("withdrawal", words, maxReason)); err != nil {
		return Consent{}, fmt.Errorf("withdraw %w", err)
	}
	now := s.moment()
	var row consentRow
	err := s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row = consentRow{}
		err := tx.NewSelect().Model(&row).Where("id = ?", id).Where("resident = ?", resident).Scan(ctx)
		if noRows(err) {
			return store.NotFound("consent", id)
		}
		if err != nil || row.WithdrawnAt != 0 {
			return err
		}
		row.WithdrawnAt, row.WithdrawnBy, row.Withdrawal = store.Millis(now), by, words
		if _, err := tx.NewUpdate().Model(&row).Column("withdrawn_at", "withdrawn_by", "withdrawal").WherePK().Exec(ctx); err != nil {
			return err
		}
		return audit.AppendIn(ctx, tx, now, consentEntry(row, by, "withdrawn"))
	})
	if err != nil {
		return Consent{}, fmt.Errorf("withdraw %w", about("consent", id, err))
	}
	return row.consent(), nil
}

func consentEntry(row consentRow, by, what string) audit.Entry {
	return audit.Entry{
		Actor: by, Action: audit.Consent, Resident: row.Resident, Scope: row.Scope.String(),
		What: "consent " + row.ID + " " + what, Ground: string(row.Capacity),
	}
}

// change runs a change, and makes those who keep what the rules go by in memory
// look again: without the consent to it nobody is judged.
func (s *Consents) change(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	return s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		return touchCare(ctx, tx)
	})
}

// Of lists the consents of a resident, the newest first.
func (s *Consents) Of(ctx context.Context, resident string) ([]Consent, error) {
	var rows []consentRow
	if err := s.db.NewSelect().Model(&rows).Where("resident = ?", resident).Order("given_at DESC", "id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list consents: %w", about("resident", resident, err))
	}
	list := make([]Consent, len(rows))
	for i := range rows {
		list[i] = rows[i].consent()
	}
	return list, nil
}

// Unwatched are the residents who withdrew the consent to be watched over, by id.
func (s *Consents) Unwatched(ctx context.Context) (map[string]bool, error) {
	ids, err := unwatched(ctx, s.db, s.moment())
	if err != nil {
		return nil, fmt.Errorf("read who is not to be watched over: %w", err)
	}
	return ids, nil
}

// unwatched are those of some residents, or of all when none is named, who gave a
// consent to be watched over of which none holds any more. Who was never asked is
// watched over on the ground of the contract of care.
func unwatched(ctx context.Context, db bun.IDB, at time.Time, residents ...string) (map[string]bool, error) {
	var rows []consentRow
	// Few withdraw it: the others are not read.
	some := db.NewSelect().Table("consents").Column("resident").Where("purpose = 'monitoring'").Where("withdrawn_at IS NOT NULL OR until_at IS NOT NULL")
	err := db.NewSelect().Model(&rows).Where("purpose = ?", Monitoring).Where("resident IN (?)", ofResidents(some, residents)).Scan(ctx)
	if err != nil {
		return nil, err
	}
	held, ended := map[string]bool{}, map[string]bool{}
	for i := range rows {
		if c := rows[i].consent(); c.Holds(at) {
			held[c.Resident] = true
		} else if c.From.Before(at) {
			ended[c.Resident] = true
		}
	}
	for id := range held {
		delete(ended, id)
	}
	return ended, nil
}

// share is what consents let a contact see of a resident.
type share struct {
	scope Scope
	// by is one of those that hold.
	by string
}

// sharing are what consents let contacts see of residents. Where there is no
// entry, none was ever given that would say.
func sharing[K comparable](rows []consentRow, at time.Time, key func(consentRow) K) map[K]share {
	shares := map[K]share{}
	for _, row := range rows {
		of := shares[key(row)]
		if row.consent().Holds(at) {
			of.scope, of.by = of.scope|row.Scope, row.ID
		}
		shares[key(row)] = of
	}
	return shares
}

// withheld are those who may not be told of the alerts of some residents, or of
// all when none is named: consents to share with them were given, and none that
// holds is about alerts.
func withheld(ctx context.Context, db bun.IDB, at time.Time, residents []string) (map[Addressee]bool, error) {
	var rows []consentRow
	if err := ofResidents(db.NewSelect().Model(&rows), residents).Where("purpose = ?", Sharing).Scan(ctx); err != nil {
		return nil, err
	}
	all := map[Addressee]bool{}
	for who, of := range sharing(rows, at, func(row consentRow) Addressee { return Addressee{row.Resident, row.Contact} }) {
		if !of.scope.Has(Alerts) {
			all[who] = true
		}
	}
	return all, nil
}

// Holding is how many consents hold now, by their purposes.
func (s *Consents) Holding(ctx context.Context) (map[Purpose]int, error) {
	var rows []struct {
		Purpose Purpose `bun:"purpose"`
		N       int     `bun:"n"`
	}
	now := store.Millis(s.moment())
	err := s.db.NewSelect().Table("consents").Column("purpose").ColumnExpr("count(*) AS n").Where("withdrawn_at IS NULL").Where("from_at <= ?", now).
		Where("until_at IS NULL OR until_at > ?", now).Group("purpose").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count consents: %w", err)
	}
	holding := map[Purpose]int{}
	for _, row := range rows {
		holding[row.Purpose] = row.N
	}
	return holding, nil
}
