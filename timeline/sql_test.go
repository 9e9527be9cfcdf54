package timeline_test

import (
	"path/filepath"
	"testing"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/timelinetest"
)

// openSQL opens a store in the test's own folder.
func openSQL(tb testing.TB) timelinetest.Open {
	dir := tb.TempDir()
	return func(t testing.TB, name string) timeline.Store {
		s, err := timeline.OpenSQL(t.Context(), filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

func TestSQL(t *testing.T) { timelinetest.Run(t, openSQL(t)) }

func BenchmarkSQL(b *testing.B) { timelinetest.Bench(b, openSQL(b)) }
