package healthfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/store"
)

const (
	// CodeRoom: the resident's papers would be larger than there is room for.
	CodeRoom = "paper.no_room"
	// CodeGone: the paper was removed when its entry was withdrawn.
	CodeGone = "paper.gone"
	// CodeLost: an entry refers to the paper, and the shelf does not hold it as it was
	// taken in.
	CodeLost = "paper.lost"
)

// mostPapers bounds how large all papers of a resident are, in bytes.
const mostPapers = 1 << 30

type paperRow struct {
	bun.BaseModel `bun:"table:file_papers"`

	Entry    string `bun:"entry,pk"`
	Resident string `bun:"resident"`
	Name     string `bun:"sha256"`
	Size     int64  `bun:"size"`
}

// AddDocument takes a paper in and puts it into a resident's file: its type and size
// are what is found.
func (b *Book) AddDocument(ctx context.Context, resident string, d Document, content io.Reader, by records.Change) (e Entry, err error) {
	taken, err := b.papers.Take(content)
	if err != nil {
		return Entry{}, fmt.Errorf("add a document: %w", err)
	}
	defer func() { err = errors.Join(err, taken.Drop()) }()
	d.Paper, d.Type, d.Size = taken.Name, taken.Type, taken.Size
	if err := settle("", &d, b.now(), by); err != nil {
		return Entry{}, fmt.Errorf("add %w", err)
	}
	e = Entry{ID: ulid.Make().String(), Resident: resident, Kind: ADocument, State: Current, Body: &d, Version: 1}
	err = b.refer(ctx, resident, taken, func(ctx context.Context, tx bun.Tx) (string, error) {
		b.signed(&e, by)
		return e.ID, b.insert(ctx, tx, &e)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("add a document to the file of %w", about(resident, err))
	}
	return e, nil
}

// SetPhoto makes a picture the one that is shown on the resident's page: upright,
// small, and without what the camera wrote into it.
func (b *Book) SetPhoto(ctx context.Context, resident string, picture io.Reader, by records.Change) (e Entry, err error) {
	portrait, err := papers.Portrait(picture)
	if err != nil {
		return Entry{}, fmt.Errorf("set the photo: %w", err)
	}
	taken, err := b.papers.Take(portrait)
	if err != nil {
		return Entry{}, fmt.Errorf("set the photo: %w", err)
	}
	defer func() { err = errors.Join(err, taken.Drop()) }()
	var before string
	err = b.refer(ctx, resident, taken, func(ctx context.Context, tx bun.Tx) (string, error) {
		e, before, err = b.portrayed(ctx, tx, resident, taken.Name, by)
		return e.ID, err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("set the photo of %w", about(resident, err))
	}
	return e, b.forget(ctx, before)
}

// RemovePhoto takes it away; ErrNotFound where there is none.
func (b *Book) RemovePhoto(ctx context.Context, resident string, by records.Change) (e Entry, err error) {
	var before string
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if e, before, err = b.portrayed(ctx, tx, resident, "", by); err != nil {
			return err
		}
		if before == "" {
			return store.NotFound("photo", resident)
		}
		_, err = tx.NewDelete().Model((*paperRow)(nil)).Where("entry = ?", e.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("remove the photo of %w", about(resident, err))
	}
	return e, b.forget(ctx, before)
}

// portrayed keeps another photo with a resident's particulars, and returns the one
// before.
func (b *Book) portrayed(ctx context.Context, tx bun.Tx, resident, photo string, by records.Change) (e Entry, before string, err error) {
	list, err := read(ctx, tx, "WHERE e.resident = ? AND e.kind = ? AND v.version = e.version", resident, AParticulars)
	if err != nil {
		return e, "", err
	}
	e = Entry{ID: ulid.Make().String(), Resident: resident, Kind: AParticulars, Body: &Particulars{}}
	if len(list) > 0 {
		e = list[0]
	}
	particulars := *e.Body.(*Particulars)
	before, particulars.Photo = particulars.Photo, photo
	if before == photo {
		return e, "", nil
	}
	e.Body, e.State, e.EndedOn = &particulars, Current, ""
	e.Version++
	b.signed(&e, by)
	if e.Version == 1 {
		return e, before, b.insert(ctx, tx, &e)
	}
	return e, before, keep(ctx, tx, &e)
}

// refer keeps a paper together with the entry that refers to it.
func (b *Book) refer(ctx context.Context, resident string, taken *papers.Taken, entry func(context.Context, bun.Tx) (string, error)) error {
	// Nothing that nobody refers to is removed meanwhile.
	b.shelving.Lock()
	defer b.shelving.Unlock()
	if err := taken.Keep(); err != nil {
		return err
	}
	return b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		id, err := entry(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*paperRow)(nil)).Where("entry = ?", id).Exec(ctx); err != nil {
			return err
		}
		var size int64
		if err := tx.NewRaw("SELECT COALESCE(SUM(size), 0) FROM file_papers WHERE resident = ?", resident).Scan(ctx, &size); err != nil {
			return err
		}
		if size+taken.Size > mostPapers {
			return &store.Fault{Kind: store.ErrConflict, Code: CodeRoom, Entity: "resident", ID: resident, Detail: fmt.Sprintf("has papers of %d MB: there is room for %d", size>>20, mostPapers>>20)}
		}
		_, err = tx.NewInsert().Model(&paperRow{Entry: id, Resident: resident, Name: taken.Name, Size: taken.Size}).Exec(ctx)
		return err
	})
}

// unrefer takes away what an entry refers to, and returns the name of the paper.
func unrefer(ctx context.Context, tx bun.Tx, entry string) (paper string, err error) {
	var rows []paperRow
	if err := tx.NewSelect().Model(&rows).Where("entry = ?", entry).Scan(ctx); err != nil || len(rows) == 0 {
		return "", err
	}
	_, err = tx.NewDelete().Model((*paperRow)(nil)).Where("entry = ?", entry).Exec(ctx)
	return rows[0].Name, err
}

// forget removes a paper when no entry refers to it any more; "" is none.
func (b *Book) forget(ctx context.Context, paper string) error {
	if paper == "" {
		return nil
	}
	b.shelving.Lock()
	defer b.shelving.Unlock()
	referred, err := b.db.NewSelect().Table("file_papers").Where("sha256 = ?", paper).Exists(ctx)
	if err != nil || referred {
		return err
	}
	return b.papers.Remove(paper)
}

// orphaned is how long a paper may be on the shelf without an entry: what a crash
// left.
const orphaned = time.Hour

// Sweep removes papers that no entry refers to, and returns how many there were.
func (b *Book) Sweep(ctx context.Context) (removed int, err error) {
	names, err := b.papers.Names(b.now().Add(-orphaned))
	if err != nil {
		return 0, err
	}
	var referred []string
	if err := b.db.NewSelect().Table("file_papers").ColumnExpr("DISTINCT sha256").Scan(ctx, &referred); err != nil {
		return 0, fmt.Errorf("list the papers of files: %w", err)
	}
	known := make(map[string]bool, len(referred))
	for _, name := range referred {
		known[name] = true
	}
	for _, name := range names {
		if known[name] {
			continue
		}
		if err := b.forget(ctx, name); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// ReadDocument opens the paper of a document, to be closed by who reads it.
func (b *Book) ReadDocument(ctx context.Context, resident, id string) (Document, *os.File, error) {
	e, err := b.Entry(ctx, resident, ADocument, id)
	if err != nil {
		return Document{}, nil, err
	}
	d := *e.Body.(*Document)
	if e.State == EnteredInError {
		return d, nil, fmt.Errorf("read document %q: %w", id, notFound(id))
	}
	file, err := b.papers.Read(d.Paper)
	if err != nil {
		return d, nil, fmt.Errorf("read document %q: %w", id, err)
	}
	return d, file, nil
}

// Refers reports which of some papers a resident's file refers to.
func (b *Book) Refers(ctx context.Context, resident string, names ...string) (map[string]bool, error) {
	refers := map[string]bool{}
	if len(names) == 0 {
		return refers, nil
	}
	var there []string
	err := b.db.NewSelect().Table("file_papers").ColumnExpr("DISTINCT sha256").Where("resident = ?", resident).Where("sha256 IN (?)", bun.In(names)).Scan(ctx, &there)
	if err != nil {
		return nil, fmt.Errorf("look which papers the file of resident %q refers to: %w", resident, err)
	}
	for _, name := range there {
		refers[name] = true
	}
	return refers, nil
}

// ReadPaper is what a paper holds, by its name: ErrNotFound where the resident's file does
// not refer to it, a fault with [CodeLost] where the shelf does not hold what was taken in.
func (b *Book) ReadPaper(ctx context.Context, resident, name string) (content []byte, err error) {
	refers, err := b.Refers(ctx, resident, name)
	if err == nil && !refers[name] {
		err = store.NotFound("paper", name)
	}
	if err != nil {
		return nil, fmt.Errorf("read a paper: %w", err)
	}
	lost := &store.Fault{Kind: store.ErrConflict, Code: CodeLost, Entity: "paper", ID: name, Detail: "is not on the shelf as it was taken in: somebody has removed or altered it"}
	file, err := b.papers.Read(name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, lost
	}
	if err != nil {
		return nil, err
	}
	content, err = io.ReadAll(io.LimitReader(file, papers.Largest+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read a paper: %w", err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != name {
		return nil, lost
	}
	return content, nil
}

// ReadPhoto opens the photo of a resident, a JPEG; ErrNotFound where there is none.
func (b *Book) ReadPhoto(ctx context.Context, resident string) (*os.File, error) {
	list, err := b.Kind(ctx, resident, AParticulars)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || list[0].Body.(*Particulars).Photo == "" {
		return nil, store.NotFound("photo", resident)
	}
	return b.papers.Read(list[0].Body.(*Particulars).Photo)
}

// HasPhoto reports whether there is one.
func (b *Book) HasPhoto(ctx context.Context, resident string) (bool, error) {
	has, err := b.db.NewSelect().TableExpr("file_papers AS p").Join("JOIN file_entries AS e ON e.id = p.entry").
		Where("e.resident = ?", resident).Where("e.kind = ?", AParticulars).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("ask for the photo of resident %q: %w", resident, err)
	}
	return has, nil
}

// inherit gives a body what people do not say in it, but which belongs to the entry:
// its paper.
func inherit(body, before Body) {
	switch b := body.(type) {
	case *Document:
		was := before.(*Document)
		b.Paper, b.Type, b.Size = was.Paper, was.Type, was.Size
	case *Particulars:
		b.Photo = before.(*Particulars).Photo
	}
}
