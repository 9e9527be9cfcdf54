package healthfile_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// noon is in Shanghai.
var noon = time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)

// world is a file book over residents Li and Wang, and a clock that tests set.
type world struct {
	*testing.T
	db    *store.DB
	shelf *papers.Shelf
	book  *healthfile.Book
	now   time.Time
}

func eachWorld(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{T: t, db: db, now: noon}
		registry, err := devices.OpenRegistry(t.Context(), db, slog.New(slog.DiscardHandler))
		w.must(err)
		residents := records.NewResidents(db, registry)
		for _, id := range []string{"li", "wang"} {
			_, err := residents.Create(t.Context(), records.Resident{ID: id, Name: id, TimeZone: "Asia/Shanghai"})
			w.must(err)
		}
		w.shelf, err = papers.Open(t.TempDir())
		w.must(err)
		w.book = healthfile.NewBook(db, w.shelf, func() time.Time { return w.now })
		test(w)
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// add puts something into Li's file.
func (w *world) add(body healthfile.Body) healthfile.Entry {
	w.Helper()
	e, err := w.book.Add(w.Context(), "li", body, records.Change{By: "nurse"})
	w.must(err)
	return e
}

// refused checks that err is a fault with this kind and code, and says text.
func (w *world) refused(err error, kind error, code, text string) {
	w.Helper()
	var fault *store.Fault
	if !errors.As(err, &fault) || !errors.Is(err, kind) || fault.Code != code || !strings.Contains(err.Error(), text) {
		w.Errorf("%v\nwant %v, code %s, saying %q", err, kind, code, text)
	}
}
