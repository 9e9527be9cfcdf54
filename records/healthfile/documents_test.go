package healthfile_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/store"
)

func (w *world) document(resident, content string) healthfile.Entry {
	w.Helper()
	e, err := w.book.AddDocument(w.Context(), resident, healthfile.Document{Title: "Letter", Sort: "discharge", Paper: "said by the sender", Type: "text/html"}, strings.NewReader(content), records.Change{By: "nurse"})
	w.must(err)
	return e
}

// papers are how many there are.
func (w *world) papers() int {
	w.Helper()
	names, err := w.shelf.Names(time.Now().Add(24 * time.Hour))
	w.must(err)
	return len(names)
}

func TestADocumentGoesWithTheLastEntryThatRefersToIt(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		first, second := w.document("li", "%PDF-1.7 x"), w.document("wang", "%PDF-1.7 x")
		d, file, err := w.book.ReadDocument(ctx, "li", first.ID)
		w.must(err)
		content, err := io.ReadAll(file)
		file.Close()
		if err != nil || string(content) != "%PDF-1.7 x" || d.Type != "application/pdf" || d.Size != 10 || w.papers() != 1 {
			w.Errorf("%+v %q, %v; %d papers", d, content, err, w.papers())
		}
		_, _, err = w.book.ReadDocument(ctx, "wang", first.ID)
		w.refused(err, store.ErrNotFound, "entry.not_found", first.ID)

		// What is said about a document does not change the document.
		changed, err := w.book.Change(ctx, "li", first.ID, &healthfile.Document{Title: "Discharge letter", Sort: "discharge", Paper: strings.Repeat("0", 64)}, records.Change{})
		w.must(err)
		if is := changed.Body.(*healthfile.Document); is.Paper != d.Paper || is.Type != d.Type || is.Size != d.Size || is.Title != "Discharge letter" {
			w.Errorf("changed: %+v", is)
		}
		_, err = w.book.End(ctx, "li", healthfile.ADocument, first.ID, "", records.Change{})
		w.must(err)
		for i, e := range []healthfile.Entry{first, second} {
			_, err = w.book.Withdraw(ctx, e.Resident, healthfile.ADocument, e.ID, records.Change{Reason: "of somebody else"})
			w.must(err)
			if want := 1 - i; w.papers() != want {
				w.Errorf("%d papers, want %d", w.papers(), want)
			}
		}
		_, _, err = w.book.ReadDocument(ctx, "li", first.ID)
		w.refused(err, store.ErrNotFound, "entry.not_found", first.ID)
		_, err = w.book.Change(ctx, "li", first.ID, &healthfile.Document{Title: "x", Sort: "other"}, records.Change{})
		w.refused(err, store.ErrConflict, healthfile.CodeGone, "add it anew")
		history, err := w.book.History(ctx, "li", healthfile.ADocument, first.ID)
		w.must(err)
		if len(history) != 4 {
			w.Errorf("%d versions, want 4", len(history))
		}
	})
}

func TestADocumentThatIsRefusedLeavesNothing(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		_, err := w.book.AddDocument(ctx, "li", healthfile.Document{Title: "x", Sort: "other"}, strings.NewReader("<script>"), records.Change{})
		w.refused(err, store.ErrInvalid, papers.CodeType, "neither a PDF nor a picture")
		_, err = w.book.AddDocument(ctx, "li", healthfile.Document{}, strings.NewReader("%PDF-1.7"), records.Change{})
		w.refused(err, store.ErrInvalid, "entry.invalid", "say what it is")
		if w.papers() != 0 {
			w.Errorf("%d papers", w.papers())
		}
		_, err = w.book.AddDocument(ctx, "nobody", healthfile.Document{Title: "x", Sort: "other"}, strings.NewReader("%PDF-1.7"), records.Change{})
		w.refused(err, store.ErrNotFound, "resident.not_found", "nobody")
		_, err = w.book.Add(ctx, "li", &healthfile.Document{Title: "x", Sort: "other", Paper: strings.Repeat("0", 64)}, records.Change{})
		w.refused(err, store.ErrInvalid, "entry.invalid", "no paper")

		kept := w.document("li", "%PDF-1.7 kept")
		w.now = time.Now().Add(2 * time.Hour)
		removed, err := w.book.Sweep(ctx)
		w.must(err)
		if removed != 1 || w.papers() != 1 {
			w.Errorf("%d were removed, and there are %d", removed, w.papers())
		}
		_, file, err := w.book.ReadDocument(ctx, "li", kept.ID)
		w.must(err)
		file.Close()
	})
}

func TestThereIsRoomForSoManyDocuments(t *testing.T) {
	eachWorld(t, func(w *world) {
		e := w.document("li", "%PDF-1.7 small")
		_, err := w.db.ExecContext(w.Context(), "UPDATE file_papers SET size = ? WHERE entry = ?", 1<<30, e.ID)
		w.must(err)
		_, err = w.book.AddDocument(w.Context(), "li", healthfile.Document{Title: "x", Sort: "other"}, strings.NewReader("%PDF-1.7 one more"), records.Change{})
		w.refused(err, store.ErrConflict, healthfile.CodeRoom, "room for 1024")
		w.document("wang", "%PDF-1.7 of another")
	})
}

func TestAPhotoBelongsToTheParticulars(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		picture := func(side int) io.Reader {
			var b bytes.Buffer
			w.must(png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))))
			return &b
		}
		_, err := w.book.ReadPhoto(ctx, "li")
		w.refused(err, store.ErrNotFound, "photo.not_found", "li")
		_, err = w.book.RemovePhoto(ctx, "li", records.Change{})
		w.refused(err, store.ErrNotFound, "photo.not_found", "li")
		first, err := w.book.SetPhoto(ctx, "li", picture(20), records.Change{By: "nurse"})
		w.must(err)
		same, err := w.book.SetPhoto(ctx, "li", picture(20), records.Change{By: "nurse"})
		w.must(err)
		if first.Version != 1 || same.Version != 1 || w.papers() != 1 {
			w.Errorf("first %+v, the same again %+v, %d papers", first, same, w.papers())
		}
		told, err := w.book.Put(ctx, "li", &healthfile.Particulars{Address: "Lane 5", Photo: strings.Repeat("0", 64)}, records.Change{})
		w.must(err)
		if got := told.Body.(*healthfile.Particulars).Photo; got != first.Body.(*healthfile.Particulars).Photo {
			w.Errorf("the photo is %s", got)
		}
		second, err := w.book.SetPhoto(ctx, "li", picture(30), records.Change{By: "daughter"})
		w.must(err)
		if is := second.Body.(*healthfile.Particulars); is.Address != "Lane 5" || second.ID != first.ID || w.papers() != 1 {
			w.Errorf("second %+v, %d papers", is, w.papers())
		}
		file, err := w.book.ReadPhoto(ctx, "li")
		w.must(err)
		config, format, err := image.DecodeConfig(file)
		file.Close()
		if err != nil || format != "jpeg" || config.Width != 30 {
			w.Errorf("%s of %d pixels, %v", format, config.Width, err)
		}
		_, err = w.book.RemovePhoto(ctx, "li", records.Change{By: "daughter"})
		w.must(err)
		_, err = w.book.ReadPhoto(ctx, "li")
		w.refused(err, store.ErrNotFound, "photo.not_found", "li")
		if w.papers() != 0 {
			w.Errorf("%d papers", w.papers())
		}
		_, err = w.book.SetPhoto(ctx, "li", strings.NewReader("%PDF-1.7"), records.Change{})
		w.refused(err, store.ErrInvalid, papers.CodeType, "no picture")
	})
}
