package panels_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
)

// Whoever has a copy made of all that is kept of a resident learns nobody's opinion before
// the panel's advice is published, or the question has ended.
func TestACopyUnsealsNothing(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		x := rights.Exporter{DB: w.db, Books: []store.Holdings{panels.Holdings()}, Timeline: w.timeline, Now: func() time.Time { return w.now }}
		has := func(name string) bool {
			t.Helper()
			var file bytes.Buffer
			w.must(x.Write(w.Context(), &file, rights.Copy{Resident: "li", Kinds: []string{"file"}}))
			z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
			w.must(err)
			f, err := z.Open("json/" + name + ".json")
			if err != nil {
				return false
			}
			text, err := io.ReadAll(f)
			w.must(err)
			return strings.Contains(string(text), "consultation")
		}
		check := func(when string, opinions bool) {
			t.Helper()
			if got := has("consultation_opinions"); got != opinions || !has("consultation_seats") {
				t.Errorf("%s: the copy has opinions: %t", when, got)
			}
		}
		c := w.ask()
		w.speaks("chair", c.ID, limit("150"))
		check("open", false)
		w.speaks("second", c.ID, leave())
		w.speaks("third", c.ID, leave())
		check("answered", false)
		w.advises(c.ID, "150")
		check("advised", true)
	})
}
