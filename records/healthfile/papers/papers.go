// Package papers keeps documents and pictures as files that are named by what is in
// them, beside the databases and as private as these. What a paper is, its content
// says: a name or a header that comes with it counts for nothing.
package papers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/anxin-care/anxin/store"
)

// Largest is how large a paper may be, in bytes.
const Largest = 20 << 20

// Codes of faults.
const (
	// CodeType: it is none of the types that are taken.
	CodeType = "paper.type"
	// CodeLarge: it is larger than [Largest].
	CodeLarge = "paper.too_large"
)

// Paper is one that is kept.
type Paper struct {
	// Name is the SHA-256 of what it holds, hexadecimal.
	Name string
	// Type is that of its content: application/pdf, image/jpeg, image/png or
	// image/webp.
	Type string
	Size int64 // bytes
}

// Shelf is the folder of papers.
type Shelf struct{ dir string }

// Open opens the folder, which is made when it is missing.
func Open(dir string) (*Shelf, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the folder of papers: %w", err)
	}
	return &Shelf{dir}, nil
}

// Taken is a paper that was taken in and is not kept yet.
type Taken struct {
	Paper
	shelf *Shelf
	path  string
}

// Take reads a paper in, up to the largest that is kept. It is to be kept or dropped.
func (s *Shelf) Take(content io.Reader) (taken *Taken, err error) {
	file, err := os.CreateTemp(s.dir, taking+"*") // for the owner alone
	if err != nil {
		return nil, fmt.Errorf("take a paper in: %w", err)
	}
	taken = &Taken{shelf: s, path: file.Name()}
	defer func() {
		if err != nil {
			err = fmt.Errorf("take a paper in: %w", errors.Join(err, taken.Drop()))
			taken = nil
		}
	}()
	hash := sha256.New()
	taken.Size, err = io.Copy(io.MultiWriter(file, hash), io.LimitReader(content, Largest+1))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return taken, err
	}
	if taken.Size > Largest {
		return taken, &store.Fault{Kind: store.ErrInvalid, Code: CodeLarge, Entity: "paper", Detail: fmt.Sprintf("is larger than %d MB", Largest>>20)}
	}
	if taken.Type, err = typeOf(taken.path); err != nil {
		return taken, err
	}
	taken.Name = hex.EncodeToString(hash.Sum(nil))
	return taken, nil
}

// taking is how the names of papers begin that are not kept yet.
const taking = "taking-"

// Keep puts it on the shelf. What is there already is the same.
func (t *Taken) Keep() error {
	to := t.shelf.path(t.Name)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("keep a paper: %w", err)
	}
	if err := os.Rename(t.path, to); err != nil {
		return fmt.Errorf("keep a paper: %w", err)
	}
	t.path = ""
	return errors.Join(syncFolder(filepath.Dir(to)), syncFolder(t.shelf.dir))
}

// Drop forgets it, when it was not kept.
func (t *Taken) Drop() error {
	if t.path == "" {
		return nil
	}
	path := t.path
	t.path = ""
	return os.Remove(path)
}

// syncFolder makes names in a folder as durable as what they name.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// name is that of a paper.
var name = regexp.MustCompile(`^[0-9a-f]{64}$`)

// path is where a paper is: few files to a folder.
func (s *Shelf) path(paper string) string { return filepath.Join(s.dir, paper[:2], paper) }

// Read opens a paper; ErrNotFound when it is not there.
func (s *Shelf) Read(paper string) (*os.File, error) {
	if !name.MatchString(paper) {
		return nil, store.NotFound("paper", paper)
	}
	file, err := os.Open(s.path(paper))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, store.NotFound("paper", paper)
	}
	if err != nil {
		return nil, fmt.Errorf("read a paper: %w", err)
	}
	return file, nil
}

// Remove takes a paper away, if it is there.
func (s *Shelf) Remove(paper string) error {
	if !name.MatchString(paper) {
		return store.NotFound("paper", paper)
	}
	if err := os.Remove(s.path(paper)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a paper: %w", err)
	}
	return nil
}

// Names are those of the papers that have been there since before a time. What was
// taken in before it and never kept is removed.
func (s *Shelf) Names(before time.Time) (names []string, err error) {
	err = filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		if base := entry.Name(); name.MatchString(base) {
			names = append(names, base)
		} else if matched, _ := filepath.Match(taking+"*", base); matched {
			return os.Remove(path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list papers: %w", err)
	}
	return names, nil
}
