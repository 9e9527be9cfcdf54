package merging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// Preview is what a merge would do.
type Preview struct {
	Survivor, Other records.Resident
	// Tag is of what is shown: a merge that was asked for with another is refused.
	Tag string
	// Fields are what both say of who they are, and not the same: to choose from.
	Fields []Field
	// Care is what the rules go by of both.
	Care, OtherCare records.Care
	// People are those around the other who are not around the survivor: of each of
	// them it is to be said whether they come along.
	People []Person
	// Widened are those who would see more of the two files than before.
	Widened []Widened
	// Rows are how many rows of each table would go.
	Rows map[string]int
	// Obstacles have to be settled first.
	Obstacles []Obstacle
}

// Field is what two files say of one thing.
type Field struct{ Name, Survivor, Other string }

// Person is a contact around the other resident.
type Person struct {
	Contact  string
	Relation records.Relation
}

// Widened is a contact who would see more: of the survivor's file as it was, and of
// the other's.
type Widened struct {
	Contact              string
	Survivor, Other, New records.Scope
}

// Preview says what it would do to make two files one, with those of the other's
// care team who come along.
func (b *Book) Preview(ctx context.Context, survivor, other string, along ...string) (p Preview, err error) {
	err = b.db.View(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err = b.preview(ctx, tx, pair{survivor: survivor, other: other, along: along})
		return err
	})
	if err != nil {
		return p, fmt.Errorf("look at what a merge would do: %w", err)
	}
	return p, nil
}

func (b *Book) preview(ctx context.Context, tx bun.IDB, of pair) (p Preview, err error) {
	if of.survivor == of.other {
		return p, &store.Fault{Kind: store.ErrConflict, Code: CodeSelf, Entity: "resident", ID: of.other, Detail: "is one file already"}
	}
	p = Preview{Rows: map[string]int{}}
	if p.Survivor, err = b.residents.Unmerged(ctx, tx, of.survivor); err != nil {
		return p, err
	}
	if p.Other, err = b.residents.Unmerged(ctx, tx, of.other); err != nil {
		return p, err
	}
	p.Fields = fields(p.Survivor, p.Other)
	if p.Care, err = records.CareIn(ctx, tx, of.survivor); err != nil {
		return p, err
	}
	if p.OtherCare, err = records.CareIn(ctx, tx, of.other); err != nil {
		return p, err
	}
	if err := b.around(ctx, tx, of, &p); err != nil {
		return p, err
	}
	for _, o := range b.owned {
		n, err := of.count(ctx, tx, o)
		if err != nil {
			return p, err
		}
		if n > 0 {
			p.Rows[o.Table] += n
		}
	}
	for _, check := range append(b.checks, b.watched) {
		found, err := check(ctx, tx, of.survivor, of.other)
		if err != nil {
			return p, err
		}
		p.Obstacles = append(p.Obstacles, found...)
	}
	p.Tag, err = p.tag()
	return p, err
}

// watched: who said once that they are not to be watched over must not be because
// they have two files.
func (b *Book) watched(ctx context.Context, db bun.IDB, survivor, other string) ([]Obstacle, error) {
	one, err := records.Watched(ctx, db, b.now(), survivor)
	if err != nil {
		return nil, err
	}
	two, err := records.Watched(ctx, db, b.now(), other)
	if err != nil || one == two {
		return nil, err
	}
	return []Obstacle{{Code: "monitoring"}}, nil
}

// around finds who comes along, and who sees more by it.
func (b *Book) around(ctx context.Context, db bun.IDB, of pair, p *Preview) error {
	now := b.now()
	mine, err := records.WhoSees(ctx, db, now, of.survivor)
	if err != nil {
		return err
	}
	theirs, err := records.WhoSees(ctx, db, now, of.other)
	if err != nil {
		return err
	}
	everybody := map[string]bool{}
	for _, all := range []map[string]records.Seen{mine, theirs} {
		for contact := range all {
			everybody[contact] = true
		}
	}
	for _, contact := range slices.Sorted(maps.Keys(everybody)) {
		one, another := mine[contact], theirs[contact]
		if one.Relation == "" && another.Relation != "" {
			p.People = append(p.People, Person{contact, another.Relation})
			if !slices.Contains(of.along, contact) {
				continue
			}
		}
		after := one
		if after.Relation == "" {
			after.Relation = another.Relation
		}
		if !after.Said && after.Relation != "" {
			after.Said, after.Shared = another.Said, another.Shared
		}
		w := Widened{Contact: contact, Survivor: one.Scope(), Other: another.Scope(), New: after.Scope()}
		if w.New&^w.Survivor != 0 || w.New&^w.Other != 0 {
			p.Widened = append(p.Widened, w)
		}
	}
	return nil
}

// fields are what two residents are said to be, where that differs.
func fields(survivor, other records.Resident) (list []Field) {
	one, two := survivor.Identity(), other.Identity()
	for _, f := range records.IdentityFields() {
		if mine, theirs := *f.In(&one), *f.In(&two); mine != theirs {
			list = append(list, Field{f.Name, mine, theirs})
		}
	}
	return list
}

// tag is a digest of what is shown.
func (p *Preview) tag() (string, error) {
	text, err := json.Marshal([]any{p.Survivor.ID, p.Other.ID, p.Fields, p.Care, p.OtherCare, p.People, p.Obstacles})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}
