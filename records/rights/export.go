package rights

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"mime"
	"path"
	"slices"
	"time"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

//go:embed README.txt
var readme string

// Timeline is where readings come from.
type Timeline interface {
	Range(ctx context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error]
	Aggregate(ctx context.Context, q timeline.Query, every time.Duration, fn timeline.Fn) ([]timeline.Point, error)
}

// Paper is a document, or the photo.
type Paper struct {
	Name string // of the entry that it belongs to
	Type string // "application/pdf"
	Open func() (io.ReadCloser, error)
}

// Exporter writes all that is kept of a resident into one zip.
type Exporter struct {
	DB       *store.DB
	Books    []store.Holdings
	Timeline Timeline
	Papers   func(ctx context.Context, resident string) ([]Paper, error)
	Now      func() time.Time
}

// Copy says what is to be written.
type Copy struct {
	Resident string
	// Kinds are the kinds of data that the asker may be given: "vitals", "file".
	Kinds []string
}

// file is one of the zip, as the manifest has it.
type file struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// bundle is a zip under way.
type bundle struct {
	zip   *zip.Writer
	made  time.Time
	files []file
}

// Write writes the zip as it reads: however much there is, little of it is in memory.
// The manifest comes last: a zip without it is not whole.
func (x *Exporter) Write(ctx context.Context, w io.Writer, c Copy) error {
	b := &bundle{zip: zip.NewWriter(w), made: x.Now().UTC()}
	if err := x.write(ctx, b, c); err != nil {
		return fmt.Errorf("copy what is kept of resident %s: %w", c.Resident, err)
	}
	return b.zip.Close()
}

func (x *Exporter) write(ctx context.Context, b *bundle, c Copy) error {
	if err := b.add("README.txt", func(w io.Writer) error {
		_, err := io.WriteString(w, readme)
		return err
	}); err != nil {
		return err
	}
	files, err := filesOf(ctx, x.DB, c.Resident)
	if err != nil {
		return err
	}
	if err := x.writeRecords(ctx, b, c, files); err != nil {
		return err
	}
	if slices.Contains(c.Kinds, "vitals") {
		if err := x.writeReadings(ctx, b, c.Resident); err != nil {
			return err
		}
	}
	if slices.Contains(c.Kinds, "documents") {
		for _, whose := range files {
			if err := x.writePapers(ctx, b, c.under(whose), whose); err != nil {
				return err
			}
		}
	}
	return b.add("manifest.json", func(w io.Writer) error {
		files := b.files
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(struct {
			Resident string    `json:"resident"`
			MadeAt   time.Time `json:"made_at"`
			Kinds    []string  `json:"kinds"`
			Files    []file    `json:"files"`
		}{c.Resident, b.made, c.Kinds, files})
	})
}

// under is the folder of a file: beneath merged/ is what has stayed with those that went
// into the resident's.
func (c Copy) under(whose string) string {
	if whose == c.Resident {
		return ""
	}
	return path.Join("merged", whose)
}

func (x *Exporter) writeRecords(ctx context.Context, b *bundle, c Copy, files []string) error {
	columns, err := x.DB.Columns(ctx)
	if err != nil {
		return err
	}
	for _, whose := range files {
		for _, book := range x.Books {
			for _, h := range book.Tables {
				if h.Derived || !slices.Contains(c.Kinds, h.Kind) {
					continue
				}
				if err := x.writeTable(ctx, b, tableOf(h.HandedOut(), columns), c.under(whose), whose); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// add writes one file of the zip.
func (b *bundle) add(name string, write func(io.Writer) error) error {
	to, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.made})
	if err != nil {
		return fmt.Errorf("begin %s: %w", name, err)
	}
	hash := sha256.New()
	size := &counter{}
	if err := write(io.MultiWriter(to, hash, size)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	b.files = append(b.files, file{Name: name, Bytes: size.n, SHA256: hex.EncodeToString(hash.Sum(nil))})
	return nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func (x *Exporter) writePapers(ctx context.Context, b *bundle, under, resident string) error {
	papers, err := x.Papers(ctx, resident)
	if err != nil {
		return err
	}
	for _, p := range papers {
		name := path.Join(under, "documents", p.Name)
		if known, _ := mime.ExtensionsByType(p.Type); len(known) > 0 {
			name += known[len(known)-1]
		}
		if err := b.add(name, func(w io.Writer) error {
			from, err := p.Open()
			if err != nil {
				return err
			}
			defer from.Close()
			_, err = io.Copy(w, from)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
