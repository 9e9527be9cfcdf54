package panels_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
)

const letter = "%PDF-1.7 discharged"

// document puts one into a resident's file.
func (w *world) document(resident, content string) healthfile.Entry {
	w.Helper()
	e, err := w.file.AddDocument(w.Context(), resident, healthfile.Document{Title: "Letter of Li Hua", Sort: "discharge"}, strings.NewReader(content), records.Change{By: "nurse"})
	w.must(err)
	return e
}

func with(entries ...healthfile.Entry) func(*panels.Question) {
	return func(q *panels.Question) {
		for _, e := range entries {
			q.Documents = append(q.Documents, e.ID)
		}
	}
}

// What is put to a question its experts open while they may see the evidence, and nobody
// else; it is named by its number and its sort.
func TestDocumentsArePutToAQuestion(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		w.document("li", "%PDF-1.7 not put")
		c := w.ask(with(w.document("li", letter)))
		text, err := w.book.Evidence(ctx, w.who["second"], c.ID)
		w.must(err)
		var e panels.Evidence
		w.must(json.Unmarshal(text, &e))
		want := panels.Document{N: 1, Sort: "discharge", Type: "application/pdf", Size: int64(len(letter)), SHA256: hashOf(letter)}
		if len(e.Documents) != 1 || e.Documents[0] != want || strings.Contains(string(text), "Li Hua") {
			t.Errorf("the evidence says %s", text)
		}
		reads := func(when, name string, change func(*records.User), should bool) {
			t.Helper()
			u := w.who[name]
			if change != nil {
				change(&u)
			}
			d, content, err := w.book.Document(ctx, u, c.ID, 1)
			if should && (err != nil || string(content) != letter || d != want) {
				t.Errorf("%s: %s reads %q of %+v, %v", when, name, content, d, err)
			}
			if !should && (!errors.Is(err, store.ErrForbidden) || content != nil) {
				t.Errorf("%s: %s reads %q, %v", when, name, content, err)
			}
		}
		bound := func(scope records.Scope) func(*records.User) {
			return func(u *records.User) { u.Bound = records.Bound{Bounded: true, Scope: scope} }
		}
		for _, name := range []string{"chair", "second", "third"} {
			reads("open", name, nil, true)
		}
		reads("open", "outsider", nil, false)
		reads("with a token for all but documents", "second", bound(records.Everything&^records.Documents), false)
		reads("with a token for everything", "second", bound(records.Everything), true)
		if _, _, err := w.book.Document(ctx, w.who["second"], c.ID, 2); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("one that was not put: %v", err)
		}
		w.must(w.book.Decline(ctx, w.who["third"], c.ID, "I know her."))
		reads("declined", "third", nil, false)
		w.speaks("chair", c.ID, leave())
		w.speaks("second", c.ID, leave())
		reads("answered", "second", nil, false)
		reads("answered", "chair", nil, true)
		w.advises(c.ID, "150")
		reads("advised", "chair", nil, false)
		if _, content, err := w.book.DocumentFor(ctx, "nurse", c.ID, 1); err != nil || string(content) != letter {
			t.Errorf("who looks after her reads %q, %v", content, err)
		}
		log, err := w.audit.List(ctx, audit.Query{Resident: "li", Actor: w.who["second"].ID, Limit: 50})
		w.must(err)
		opened := 0
		for _, e := range log {
			if strings.Contains(e.Scope, "documents") && !e.Refused && e.Ground == "consultation "+c.ID {
				opened++
			}
		}
		if opened == 0 {
			t.Errorf("that a document was opened is not in the audit: %+v", log)
		}
	})
}

// A document that is not what was put is not shown; one that was taken out of the file is
// gone, also when another file has the same.
func TestDocumentsThatAreNotWhatWasPut(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		at := func(content string) string { name := hashOf(content); return filepath.Join(w.shelf, name[:2], name) }
		altered, removed, withdrawn := w.document("li", letter), w.document("li", letter+" 2"), w.document("li", letter+" 3")
		w.document("wang", letter+" 3")
		c := w.ask(with(altered, removed, withdrawn))
		w.must(os.WriteFile(at(letter), []byte("%PDF-1.7 dischargeD"), 0o600))
		w.must(os.Remove(at(letter + " 2")))
		_, err := w.file.Withdraw(ctx, "li", healthfile.ADocument, withdrawn.ID, records.Change{By: "nurse", Reason: "It is of Wang."})
		w.must(err)
		for n := 1; n <= 2; n++ {
			_, _, err := w.book.Document(ctx, w.who["second"], c.ID, n)
			w.refused(err, panels.CodeAltered, "somebody has altered it")
			log, err := w.audit.List(ctx, audit.Query{Resident: "li", Limit: 1})
			w.must(err)
			if !log[0].Refused || !strings.Contains(log[0].Reason, "is not what was sealed") {
				t.Errorf("the audit says %+v", log[0])
			}
		}
		_, _, err = w.book.Document(ctx, w.who["second"], c.ID, 3)
		w.refused(err, panels.CodeDocumentGone, "taken out of the file")
		if strings.Contains(err.Error(), "li") && strings.Contains(err.Error(), `"li"`) {
			t.Errorf("the refusal says whose it was: %v", err)
		}
		text, err := w.book.EvidenceFor(ctx, "nurse", c.ID)
		w.must(err)
		var e panels.Evidence
		w.must(json.Unmarshal(text, &e))
		gone, err := w.book.DocumentsGone(ctx, c.ID, e.Documents)
		if err != nil || gone[1] || gone[2] || !gone[3] {
			t.Errorf("gone are %v, %v", gone, err)
		}
		// What is not there any more is not put before anybody again.
		_, err = w.book.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "?", By: "nurse", Documents: []string{altered.ID}})
		w.refused(err, healthfile.CodeLost, "removed or altered")
	})
}

// Only documents of the resident's own file are put, each once, and not more than ten.
func TestDocumentsThatCannotBePut(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		own, wangs, wrong := w.document("li", letter), w.document("wang", letter), w.document("li", letter+" x")
		_, err := w.file.Withdraw(ctx, "li", healthfile.ADocument, wrong.ID, records.Change{By: "nurse", Reason: "It is of Wang."})
		w.must(err)
		note, err := w.file.Add(ctx, "li", &healthfile.Note{Text: "Ask her daughter."}, records.Change{By: "nurse"})
		w.must(err)
		many := make([]string, 11)
		for name, documents := range map[string][]string{
			"of another": {wangs.ID}, "withdrawn": {own.ID, wrong.ID}, "twice": {own.ID, own.ID}, "a note": {note.ID}, "nothing": {""}, "too many": many,
		} {
			_, err := w.book.Ask(ctx, panels.Question{Resident: "li", Panel: "hearts", Text: "?", By: "nurse", Documents: documents})
			var fault *store.Fault
			if !errors.As(err, &fault) || len(fault.Fields) == 0 || !strings.HasPrefix(fault.Fields[0].Path, "documents") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
