package panels

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
)

// mostDocuments is how many documents can be put to a question.
const mostDocuments = 10

// Document is one of the resident's file that was put to a question: its number, of which
// sort it is, and what it holds by its SHA-256. What it is called is left out, since that
// may name somebody.
type Document struct {
	N      int    `json:"n"` // from 1
	Sort   string `json:"sort"`
	Type   string `json:"type"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// documents are those that a question is put with, by their entries.
func (s *Sources) documents(ctx context.Context, resident string, entries []string) ([]Document, error) {
	var f faults
	if len(entries) > mostDocuments {
		f.add("documents", "are more than %d", mostDocuments)
		return nil, store.Invalid("consultation", "", f.list)
	}
	var put []Document
	for i, id := range entries {
		path := fmt.Sprintf("documents[%d]", i)
		if slices.Contains(entries[:i], id) {
			f.add(path, "is there twice")
			continue
		}
		e, err := s.File.Entry(ctx, resident, healthfile.ADocument, id)
		if err == nil && e.State == healthfile.EnteredInError {
			err = store.NotFound("entry", id)
		}
		if errors.Is(err, store.ErrNotFound) {
			f.add(path, "%q is no document of the resident's file", id)
			continue
		}
		if err != nil {
			return nil, err
		}
		d := e.Body.(*healthfile.Document)
		if _, err := s.File.ReadPaper(ctx, resident, d.Paper); err != nil { // nobody is to be asked about what is not there
			return nil, fmt.Errorf("read document %q: %w", id, err)
		}
		put = append(put, Document{N: len(put) + 1, Sort: string(d.Sort), Type: d.Type, Size: d.Size, SHA256: d.Paper})
	}
	return put, store.Invalid("consultation", "", f.list)
}

// Document opens a document that was put to a question, for an expert who may see the
// evidence. What was altered is refused, and that is written down.
func (b *Book) Document(ctx context.Context, u records.User, id string, n int) (Document, []byte, error) {
	c, _, _, err := b.enterFor(ctx, u, id, sees|records.Documents)
	if err != nil {
		return Document{}, nil, fmt.Errorf("read document %d: %w", n, about("consultation", id, err))
	}
	return b.document(ctx, u.ID, &c, n)
}

// DocumentFor is the same for who may see the resident's documents beside all that the
// evidence is made of, which whoever calls it has asked the access check.
func (b *Book) DocumentFor(ctx context.Context, user, id string, n int) (Document, []byte, error) {
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return Document{}, nil, fmt.Errorf("read document %d: %w", n, about("consultation", id, err))
	}
	return b.document(ctx, user, &c, n)
}

func (b *Book) document(ctx context.Context, user string, c *Consultation, n int) (Document, []byte, error) {
	e, err := b.frozen(ctx, user, c)
	if err != nil {
		return Document{}, nil, err
	}
	if n < 1 || n > len(e.Documents) {
		return Document{}, nil, store.NotFound("document", fmt.Sprint(n))
	}
	d := e.Documents[n-1]
	content, err := b.sources.File.ReadPaper(ctx, c.Resident, d.SHA256)
	fault, is := errors.AsType[*store.Fault](err)
	switch {
	case is && fault.Code == healthfile.CodeLost:
		return d, nil, b.altered(ctx, user, c, fmt.Sprintf("document %d", n))
	case errors.Is(err, store.ErrNotFound): // which says whose file it was
		return d, nil, &store.Fault{
			Kind: store.ErrNotFound, Code: CodeDocumentGone, Entity: "consultation", ID: c.ID,
			Detail: fmt.Sprintf("document %d was taken out of the file since, as an error: it is not shown any more", n),
		}
	case err != nil:
		return d, nil, fmt.Errorf("read document %d of consultation %q: %w", n, c.ID, err)
	}
	return d, content, nil
}

// DocumentsGone are the documents of a question that were taken out of the resident's file
// since, by their numbers.
func (b *Book) DocumentsGone(ctx context.Context, id string, put []Document) (map[int]bool, error) {
	gone := map[int]bool{}
	if len(put) == 0 {
		return gone, nil
	}
	c, err := consultationOf(ctx, b.db, id)
	if err != nil {
		return nil, fmt.Errorf("look which documents are gone: %w", about("consultation", id, err))
	}
	names := make([]string, len(put))
	for i, d := range put {
		names[i] = d.SHA256
	}
	there, err := b.sources.File.Refers(ctx, c.Resident, names...)
	if err != nil {
		return nil, err
	}
	for _, d := range put {
		gone[d.N] = !there[d.SHA256]
	}
	return gone, nil
}
