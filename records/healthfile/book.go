package healthfile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/store"
)

// Book keeps the files of all residents.
type Book struct {
	db     *store.DB
	papers *papers.Shelf
	now    func() time.Time
	// shelving is held while papers are put on the shelf or taken off it.
	shelving sync.Mutex
	// reminding is nil where nobody is reminded; following is held while reminders follow
	// medicines.
	reminding Reminding
	following sync.Mutex
}

// NewBook returns the files in db, with their papers on a shelf that no other process
// uses.
func NewBook(db *store.DB, shelf *papers.Shelf, now func() time.Time) *Book {
	return &Book{db: db, papers: shelf, now: now}
}

func (b *Book) moment() time.Time { return store.Time(b.now().UnixMilli()) }

// most bounds how many entries a file has: ten years with one a day, and some more.
const most = 5000

// Add puts something into a resident's file.
func (b *Book) Add(ctx context.Context, resident string, body Body, by records.Change) (Entry, error) {
	e := Entry{ID: ulid.Make().String(), Resident: resident, Kind: body.Kind(), State: Current, Body: body, Version: 1}
	inherit(body, NewBody(e.Kind))
	if err := settle("", body, b.now(), by); err != nil {
		return Entry{}, fmt.Errorf("add %w", err)
	}
	if err := b.checkReminding(body); err != nil {
		return Entry{}, fmt.Errorf("add %w", err)
	}
	err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		b.signed(&e, by)
		return b.insert(ctx, tx, &e)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("add to the file of %w", about(resident, err))
	}
	b.follow(ctx, &e)
	return e, nil
}

// insert keeps the first version of an entry.
func (b *Book) insert(ctx context.Context, tx bun.Tx, e *Entry) error {
	n, err := tx.NewSelect().Table("file_entries").Where("resident = ?", e.Resident).Count(ctx)
	if err != nil {
		return err
	}
	if n >= most {
		return &store.Fault{Kind: store.ErrConflict, Code: CodeFull, Entity: "resident", ID: e.Resident, Detail: fmt.Sprintf("has %d entries in the file: there is no room for more", n)}
	}
	err = keep(ctx, tx, e)
	if store.IsDuplicate(err) && e.Kind.Single() {
		return &store.Fault{Kind: store.ErrConflict, Code: CodeOne, Entity: "resident", ID: e.Resident, Detail: fmt.Sprintf("has %s in the file already: change them", e.Kind)}
	}
	return err
}

// signed says who made a version, when and why.
func (b *Book) signed(e *Entry, by records.Change) {
	e.ChangedAt, e.ChangedBy, e.Reason = b.moment(), by.By, strings.TrimSpace(by.Reason)
}

// Change keeps a new version of an entry. Of one that had ended it says that it
// holds again. When it says the same as the one before, that stays.
func (b *Book) Change(ctx context.Context, resident, id string, body Body, by records.Change) (Entry, error) {
	return b.next(ctx, resident, body.Kind(), id, by, func(_ context.Context, _ bun.Tx, e *Entry) (bool, error) {
		inherit(body, e.Body)
		if err := settle(id, body, b.now(), by); err != nil {
			return false, err
		}
		if err := b.checkReminding(body); err != nil {
			return false, err
		}
		if e.State == EnteredInError && e.Kind == ADocument {
			return false, &store.Fault{Kind: store.ErrConflict, Code: CodeGone, Entity: "entry", ID: id, Detail: "was an error, and its paper is gone: add it anew"}
		}
		same, err := equal(e.Body, body)
		if err != nil || same && e.State == Current {
			return false, err
		}
		e.Body, e.State, e.EndedOn = body, Current, ""
		return true, nil
	})
}

// Put keeps what a file says of a kind of which it says one thing, new or changed.
func (b *Book) Put(ctx context.Context, resident string, body Body, by records.Change) (Entry, error) {
	list, err := read(ctx, b.db, "WHERE e.resident = ? AND e.kind = ? AND v.version = e.version", resident, body.Kind())
	if err != nil {
		return Entry{}, fmt.Errorf("read the file of %w", about(resident, err))
	}
	said := len(list) > 0 && list[0].State != EnteredInError
	if by.From != nil && *by.From == 0 {
		if said {
			return Entry{}, changed(list[0].ID, list[0].Version, 0)
		}
		by.From = nil // what was an error is as if nothing had been said
	}
	if len(list) > 0 {
		return b.Change(ctx, resident, list[0].ID, body, by)
	}
	if by.From != nil {
		return Entry{}, changed("", 0, *by.From)
	}
	return b.Add(ctx, resident, body, by)
}

// End says that an entry holds no more, since a day; "" where nobody knows.
func (b *Book) End(ctx context.Context, resident string, k Kind, id string, on Day, by records.Change) (Entry, error) {
	f := faults{today: records.DateOf(b.now().UTC().Add(14 * time.Hour))}
	f.past("on", on)
	f.trimmed("reason", &by.Reason, mostReason, true)
	if err := store.Invalid("entry", id, f.list); err != nil {
		return Entry{}, fmt.Errorf("end %w", err)
	}
	return b.next(ctx, resident, k, id, by, func(_ context.Context, _ bun.Tx, e *Entry) (bool, error) {
		if e.State != Current {
			return false, over(e)
		}
		e.State, e.EndedOn = Ended, on
		return true, nil
	})
}

// Withdraw says that an entry was an error: it stays in the history alone, and its
// paper goes when no other entry refers to it. It needs a reason.
func (b *Book) Withdraw(ctx context.Context, resident string, k Kind, id string, by records.Change) (Entry, error) {
	var f faults
	if f.trimmed("reason", &by.Reason, mostReason, true); by.Reason == "" {
		f.add("reason", "is empty: say what was wrong")
	}
	if err := store.Invalid("entry", id, f.list); err != nil {
		return Entry{}, fmt.Errorf("withdraw %w", err)
	}
	var paper string
	e, err := b.next(ctx, resident, k, id, by, func(ctx context.Context, tx bun.Tx, e *Entry) (bool, error) {
		if e.State == EnteredInError {
			return false, over(e)
		}
		var err error
		if paper, err = unrefer(ctx, tx, id); err != nil {
			return false, err
		}
		if p, ok := e.Body.(*Particulars); ok {
			without := *p
			without.Photo = ""
			e.Body = &without
		}
		e.State, e.EndedOn = EnteredInError, ""
		return true, nil
	})
	if err != nil {
		return Entry{}, err
	}
	return e, b.forget(ctx, paper)
}

func over(e *Entry) error {
	return &store.Fault{Kind: store.ErrConflict, Code: CodeOver, Entity: "entry", ID: e.ID, Detail: fmt.Sprintf("does not hold any more: it is %s", e.State)}
}

func changed(id string, is, from int) error {
	return &store.Fault{Kind: store.ErrConflict, Code: CodeChanged, Entity: "entry", ID: id, Detail: fmt.Sprintf("has changed meanwhile: it is version %d, not %d", is, from)}
}

// next keeps the version of an entry that change makes of the one before, when it
// makes one.
func (b *Book) next(ctx context.Context, resident string, k Kind, id string, by records.Change, change func(context.Context, bun.Tx, *Entry) (bool, error)) (e Entry, err error) {
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if e, err = one(ctx, tx, resident, k, id); err != nil {
			return err
		}
		if by.From != nil && *by.From != e.Version {
			return changed(id, e.Version, *by.From)
		}
		another, err := change(ctx, tx, &e)
		if err != nil || !another {
			return err
		}
		e.Version++
		b.signed(&e, by)
		return keep(ctx, tx, &e)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("change %w", aboutEntry(id, err))
	}
	b.follow(ctx, &e)
	return e, nil
}

// Entry is an entry as it is, also one that has ended or was entered in error.
func (b *Book) Entry(ctx context.Context, resident string, k Kind, id string) (Entry, error) {
	e, err := one(ctx, b.db, resident, k, id)
	if err != nil {
		return Entry{}, fmt.Errorf("read entry %q: %w", id, err)
	}
	return e, nil
}

// Kind are the entries of a kind that hold or held, the newest first.
func (b *Book) Kind(ctx context.Context, resident string, k Kind) ([]Entry, error) {
	if _, _, err := fileVersion(ctx, b.db, resident); err != nil {
		return nil, fmt.Errorf("read the file of %w", about(resident, err))
	}
	list, err := read(ctx, b.db, "WHERE e.resident = ? AND e.kind = ? AND v.version = e.version AND v.state <> ? ORDER BY e.id DESC", resident, k, EnteredInError)
	if err != nil {
		return nil, fmt.Errorf("read the file of %w", about(resident, err))
	}
	return list, nil
}

// aboutEntry names the entry in an error that does not do so itself.
func aboutEntry(id string, err error) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		return fault
	}
	return fmt.Errorf("entry %q: %w", id, err)
}

// about names the resident in an error that does not do so itself.
func about(resident string, err error) error {
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		return fault
	}
	return fmt.Errorf("resident %q: %w", resident, err)
}

// File is all that a resident's file says.
func (b *Book) File(ctx context.Context, resident string) (File, error) {
	return b.file(ctx, resident, func(ctx context.Context, tx bun.Tx, f *File) (err error) {
		f.Entries, err = read(ctx, tx, "WHERE e.resident = ? AND v.version = e.version AND v.state <> ?", resident, EnteredInError)
		return err
	})
}

// FileAt is what it said in one of its versions; ErrNotFound when there is none.
func (b *Book) FileAt(ctx context.Context, resident string, version int) (File, error) {
	return b.file(ctx, resident, func(ctx context.Context, tx bun.Tx, f *File) (err error) {
		if version < 0 || version > f.Version {
			return store.NotFound("version", fmt.Sprint(version))
		}
		f.Version, f.ChangedAt = version, time.Time{}
		f.Entries, err = read(ctx, tx, `WHERE v.resident = ? AND v.file_version <= ? AND v.state <> ?
AND NOT EXISTS (SELECT 1 FROM file_versions later WHERE later.entry = v.entry AND later.version > v.version AND later.file_version <= ?)`,
			resident, version, EnteredInError, version)
		if err != nil || version == 0 {
			return err
		}
		var at int64
		err = tx.NewRaw("SELECT changed_at FROM file_versions WHERE resident = ? AND file_version = ?", resident, version).Scan(ctx, &at)
		f.ChangedAt = store.Time(at)
		return err
	})
}

func (b *Book) file(ctx context.Context, resident string, fill func(context.Context, bun.Tx, *File) error) (f File, err error) {
	err = b.db.View(ctx, func(ctx context.Context, tx bun.Tx) error {
		version, at, err := fileVersion(ctx, tx, resident)
		if err != nil {
			return err
		}
		f = File{Resident: resident, Version: version, ChangedAt: store.Time(at)}
		return fill(ctx, tx, &f)
	})
	if err != nil {
		return File{}, fmt.Errorf("read the file of %w", about(resident, err))
	}
	rank := map[Kind]int{}
	for i, k := range Kinds() {
		rank[k] = i
	}
	slices.SortFunc(f.Entries, func(a, b Entry) int { return cmp.Or(rank[a.Kind]-rank[b.Kind], -cmp.Compare(a.ID, b.ID)) })
	return f, nil
}

// History lists all versions of an entry, the newest first.
func (b *Book) History(ctx context.Context, resident string, k Kind, id string) ([]Entry, error) {
	list, err := read(ctx, b.db, "WHERE e.id = ? AND e.resident = ? AND e.kind = ? ORDER BY v.version DESC", id, resident, k)
	if err == nil && len(list) == 0 {
		err = notFound(id)
	}
	if err != nil {
		return nil, fmt.Errorf("read the history of entry %q: %w", id, err)
	}
	return list, nil
}

// FileHistory lists what was changed of a file, the newest first: at most so many
// versions, before one of the file; 0 for the newest.
func (b *Book) FileHistory(ctx context.Context, resident string, before, most int) ([]Entry, error) {
	if _, _, err := fileVersion(ctx, b.db, resident); err != nil {
		return nil, fmt.Errorf("read the history of the file of %w", about(resident, err))
	}
	if before == 0 {
		before = 1 << 30
	}
	list, err := read(ctx, b.db, "WHERE v.resident = ? AND v.file_version < ? ORDER BY v.file_version DESC LIMIT ?", resident, before, most)
	if err != nil {
		return nil, fmt.Errorf("read the history of the file of %w", about(resident, err))
	}
	return list, nil
}
