package duplicates

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/likeness"
	"github.com/anxin-care/anxin/store"
)

// Book finds likely duplicates in a database.
type Book struct {
	db  *store.DB
	now func() time.Time
}

// NewBook returns the book over a database.
func NewBook(db *store.DB, now func() time.Time) *Book { return &Book{db: db, now: now} }

// Candidate is a resident who may be the person asked for.
type Candidate struct {
	Resident string
	Person   likeness.Person
	likeness.Score
}

// Likely reports whether it is more than perhaps.
func (c Candidate) Likely() bool { return c.Bits >= likeness.Likely }

// Pair are two residents who may be one person.
type Pair struct {
	One, Other Candidate
}

const (
	// keyedAtOnce is how many residents' keys are written in one transaction.
	keyedAtOnce = 500
	// mostSharing is how many may share a key for it to be looked at: a telephone of a
	// whole institution finds nobody, and hides nobody whom another key finds.
	mostSharing = 2000
	// mostNamesakes is how many may share a key for each two of them to be looked at, and
	// mostPairs how many two are.
	mostNamesakes = 12
	mostPairs     = 100_000
	// mostCandidates is how many are shown.
	mostCandidates = 10
)

// Find returns who may be a person, the likeliest first: at most ten. Not are residents
// who are not, such as themselves.
func (b *Book) Find(ctx context.Context, p likeness.Person, not ...string) ([]Candidate, error) {
	if err := b.CatchUp(ctx); err != nil {
		return nil, err
	}
	found, err := b.find(ctx, p, not)
	if err != nil {
		return nil, fmt.Errorf("look for likely duplicates: %w", err)
	}
	return found, nil
}

func (b *Book) find(ctx context.Context, p likeness.Person, not []string) ([]Candidate, error) {
	var ids []string
	err := b.db.NewRaw(`SELECT DISTINCT k.resident FROM resident_keys k
WHERE k.key IN (SELECT key FROM resident_keys WHERE key IN (?) GROUP BY key HAVING COUNT(*) <= ?) AND k.resident NOT IN (?)`,
		bun.In(append(likeness.Keys(p), "")), mostSharing, bun.In(append(not, ""))).Scan(ctx, &ids)
	if err != nil {
		return nil, err
	}
	if p.Home != "" {
		var living []string
		if err := b.db.NewSelect().Table("residents").Column("id").Where("home = ?", p.Home).Where("merged_into IS NULL").
			Where("id NOT IN (?)", bun.In(append(not, ""))).Limit(mostSharing).Scan(ctx, &living); err != nil {
			return nil, err
		}
		ids = slices.Concat(ids, living)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	called, err := b.called(ctx, p)
	if err != nil {
		return nil, err
	}
	people, err := b.people(ctx, b.db, ids)
	if err != nil {
		return nil, err
	}
	var found []Candidate
	for id, other := range people {
		if score := likeness.Compare(p, other, called); score.Bits >= likeness.Perhaps {
			found = append(found, Candidate{Resident: id, Person: other, Score: score})
		}
	}
	slices.SortFunc(found, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Bits, a.Bits), strings.Compare(a.Resident, b.Resident))
	})
	return found[:min(len(found), mostCandidates)], nil
}

// called is how many are called like somebody.
func (b *Book) called(ctx context.Context, p likeness.Person) (s likeness.Sharing, err error) {
	all, err := b.db.NewSelect().Table("residents").Count(ctx)
	if err != nil {
		return s, err
	}
	same, err := b.db.NewSelect().Table("resident_keys").Where("key = ?", likeness.NameKey(p)).Count(ctx)
	return likeness.Sharing{Same: int(same), Of: int(all)}, err
}

// people are what the files of residents say of who they are.
func (b *Book) people(ctx context.Context, db bun.IDB, ids []string) (map[string]likeness.Person, error) {
	all := make(map[string]likeness.Person, len(ids))
	for some := range slices.Chunk(ids, keyedAtOnce) {
		var rows []struct {
			ID, Name  string
			BirthDate string `bun:"birth_date"`
			Sex       records.Sex
			Home      string
			Phone     string
		}
		err := db.NewSelect().Table("residents").Column("id", "name", "sex", "phone").ColumnExpr("COALESCE(birth_date, '') AS birth_date, COALESCE(home, '') AS home").
			Where("id IN (?)", bun.In(some)).Where("merged_into IS NULL").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		known, err := healthfile.KnownBy(ctx, db, some)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			born, err := records.ParseDate(row.BirthDate)
			if err != nil {
				return nil, fmt.Errorf("resident %q: %w", row.ID, err)
			}
			p := known[row.ID]
			all[row.ID] = likeness.Person{
				Name: row.Name, Birth: born, Sex: row.Sex, Home: row.Home,
				Address: p.Address, Phone: cmp.Or(row.Phone, p.Phone), IDNumber: p.IDNumber, FileCode: p.FileCode, Policy: p.InsurerNo,
			}
		}
	}
	return all, nil
}

// CatchUp writes the keys of those who have changed. Searches do so first.
func (b *Book) CatchUp(ctx context.Context) error {
	for {
		left, err := b.keySome(ctx)
		if err != nil {
			return fmt.Errorf("write what residents are found by: %w", err)
		}
		if !left {
			return nil
		}
	}
}

// Compare compares two residents, whatever comes of it.
func (b *Book) Compare(ctx context.Context, one, other string) (Candidate, Candidate, error) {
	people, err := b.people(ctx, b.db, []string{one, other})
	if err != nil {
		return Candidate{}, Candidate{}, fmt.Errorf("compare two residents: %w", err)
	}
	called, err := b.called(ctx, people[one])
	if err != nil {
		return Candidate{}, Candidate{}, fmt.Errorf("compare two residents: %w", err)
	}
	score := likeness.Compare(people[one], people[other], called)
	return Candidate{one, people[one], score}, Candidate{other, people[other], score}, nil
}

type keyRow struct {
	bun.BaseModel `bun:"table:resident_keys"`

	Resident string `bun:"resident"`
	Key      string `bun:"key"`
}

func (b *Book) keySome(ctx context.Context) (left bool, err error) {
	due := b.db.NewSelect().Table("residents").Column("id").Where("keys_due").Limit(keyedAtOnce)
	if any, err := due.Clone().Exists(ctx); err != nil || !any {
		return false, err
	}
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var ids []string
		if err := tx.NewSelect().Table("residents").Column("id").Where("keys_due").Order("id").Limit(keyedAtOnce).Scan(ctx, &ids); err != nil {
			return err
		}
		left = len(ids) == keyedAtOnce
		if len(ids) == 0 {
			return nil
		}
		people, err := b.people(ctx, tx, ids)
		if err != nil {
			return err
		}
		var rows []keyRow
		for _, id := range ids {
			for _, key := range likeness.Keys(people[id]) {
				rows = append(rows, keyRow{Resident: id, Key: key})
			}
		}
		if _, err := tx.NewDelete().Model((*keyRow)(nil)).Where("resident IN (?)", bun.In(ids)).Exec(ctx); err != nil {
			return err
		}
		if len(rows) > 0 {
			if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
		}
		_, err = tx.NewUpdate().Table("residents").Set("keys_due = FALSE").Where("id IN (?)", bun.In(ids)).Exec(ctx)
		return err
	})
	return left, err
}

type distinctRow struct {
	bun.BaseModel `bun:"table:distinct_residents"`

	One    string `bun:"one,pk"`
	Other  string `bun:"other,pk"`
	SaidBy string `bun:"said_by"`
	SaidAt int64  `bun:"said_at"`
	Reason string `bun:"reason"`
}

// SayDistinct keeps that residents are different persons from one, so that nobody is
// asked again.
func (b *Book) SayDistinct(ctx context.Context, resident string, from []string, by records.Change) error {
	err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return SayDistinctIn(ctx, tx, b.now(), resident, from, by) })
	if err != nil {
		return fmt.Errorf("say that residents are two persons: %w", err)
	}
	return nil
}

// With says it of a resident who is just being created.
func (b *Book) With(from []string, by records.Change) records.With {
	return func(ctx context.Context, tx bun.Tx, resident string) error {
		return SayDistinctIn(ctx, tx, b.now(), resident, from, by)
	}
}

// SayDistinctIn is the same in a transaction.
func SayDistinctIn(ctx context.Context, tx bun.Tx, now time.Time, resident string, from []string, by records.Change) error {
	for _, other := range from {
		for _, id := range []string{resident, other} {
			exists, err := tx.NewSelect().Table("residents").Where("id = ?", id).Exists(ctx)
			if err != nil {
				return err
			}
			if !exists || resident == other {
				return store.NotFound("resident", id)
			}
		}
		row := distinctRow{One: min(resident, other), Other: max(resident, other), SaidBy: by.By, SaidAt: store.Millis(store.Time(now.UnixMilli())), Reason: by.Reason}
		if _, err := tx.NewInsert().Model(&row).On("CONFLICT (one, other) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		for _, id := range []string{resident, other} {
			if err := audit.AppendIn(ctx, tx, now, audit.Entry{Actor: by.By, Action: audit.Change, Resident: id, Scope: records.File.String(), What: "not the same person", Reason: by.Reason}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pairs are the likely duplicates among all residents, the likeliest first, but for
// those of whom somebody said that they are two: at most so many.
func (b *Book) Pairs(ctx context.Context, most int) ([]Pair, error) {
	if err := b.CatchUp(ctx); err != nil {
		return nil, err
	}
	list, err := b.pairs(ctx, most)
	if err != nil {
		return nil, fmt.Errorf("look for likely duplicates among all: %w", err)
	}
	return list, nil
}

type sharing struct {
	One   string `bun:"one"`
	Other string `bun:"other"`
}

func (b *Book) pairs(ctx context.Context, most int) ([]Pair, error) {
	// Keys that few share are looked at: a number, a telephone, a name with a birth date
	// or a home, and a name that is rare. A common name alone makes no pair.
	var shared []sharing
	err := b.db.NewRaw(`SELECT a.resident AS one, o.resident AS other FROM resident_keys a
JOIN resident_keys o ON o.key = a.key AND o.resident > a.resident
WHERE a.key IN (SELECT key FROM resident_keys WHERE key < 'b' OR key >= 'c' GROUP BY key HAVING COUNT(*) BETWEEN 2 AND ?)
LIMIT ?`, mostNamesakes, mostPairs).Scan(ctx, &shared)
	if err != nil {
		return nil, err
	}
	var said []distinctRow
	if err := b.db.NewSelect().Model(&said).Column("one", "other").Scan(ctx); err != nil {
		return nil, err
	}
	seen := make(map[sharing]bool, len(said))
	for _, row := range said {
		seen[sharing{row.One, row.Other}] = true
	}
	var ids []string
	shared = slices.DeleteFunc(shared, func(s sharing) bool {
		known := seen[s]
		seen[s] = true
		if !known {
			ids = append(ids, s.One, s.Other)
		}
		return known
	})
	slices.Sort(ids)
	people, err := b.people(ctx, b.db, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	var list []Pair
	called := map[string]likeness.Sharing{}
	for _, s := range shared {
		one, ok := people[s.One]
		other, okToo := people[s.Other]
		if !ok || !okToo {
			continue
		}
		name := likeness.NameKey(one)
		if _, known := called[name]; !known {
			if called[name], err = b.called(ctx, one); err != nil {
				return nil, err
			}
		}
		if score := likeness.Compare(one, other, called[name]); score.Bits >= likeness.Perhaps {
			list = append(list, Pair{Candidate{s.One, one, score}, Candidate{s.Other, other, score}})
		}
	}
	slices.SortStableFunc(list, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.One.Bits, a.One.Bits), strings.Compare(a.One.Resident, b.One.Resident))
	})
	return list[:min(len(list), most)], nil
}
