package healthfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/anxin-care/anxin/store"
)

// Paper is one that an entry of a resident's file refers to.
type Paper struct {
	Entry  string `bun:"entry"`
	SHA256 string `bun:"sha256"`
	Size   int64  `bun:"size"` // bytes
}

// PapersOf lists a resident's papers: documents, and the photo.
func (b *Book) PapersOf(ctx context.Context, resident string) (list []Paper, err error) {
	err = b.db.NewSelect().Table("file_papers").Column("entry", "sha256", "size").Where("resident = ?", resident).Order("entry").Scan(ctx, &list)
	if err != nil {
		return nil, fmt.Errorf("list the papers of resident %q: %w", resident, err)
	}
	return list, nil
}

// OpenPaper opens one, to be closed by who reads it.
func (b *Book) OpenPaper(p Paper) (io.ReadCloser, error) { return b.papers.Read(p.SHA256) }

// CountPapers is how many papers of a resident are on the shelf that no other file
// refers to.
func (b *Book) CountPapers(ctx context.Context, resident string) (n int64, err error) {
	err = b.theirPapers(ctx, resident, func(paper string) error {
		file, err := b.papers.Read(paper)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		n++
		return errors.Join(err, closed(file))
	})
	return n, err
}

func closed(file *os.File) error {
	if file == nil {
		return nil
	}
	return file.Close()
}

// ErasePapers takes a resident's papers off the shelf, but for those that the file of
// somebody else refers to, too. The entries stay until the records are erased.
func (b *Book) ErasePapers(ctx context.Context, resident string) error {
	b.shelving.Lock()
	defer b.shelving.Unlock()
	return b.theirPapers(ctx, resident, b.papers.Remove)
}

func (b *Book) theirPapers(ctx context.Context, resident string, each func(paper string) error) error {
	var papers []string
	err := b.db.NewSelect().TableExpr("file_papers AS p").ColumnExpr("DISTINCT p.sha256").Where("p.resident = ?", resident).
		Where("NOT EXISTS (SELECT 1 FROM file_papers o WHERE o.sha256 = p.sha256 AND o.resident <> ?)", resident).Scan(ctx, &papers)
	if err != nil {
		return fmt.Errorf("read which papers are of resident %q: %w", resident, err)
	}
	for _, paper := range papers {
		if err := each(paper); err != nil {
			return fmt.Errorf("a paper of resident %q: %w", resident, err)
		}
	}
	return nil
}
