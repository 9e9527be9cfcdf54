package timeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/timeline"
)

// wrongDay is what was worn by r2: from a rolled-up hour into raw readings.
func wrongDay() timeline.Move {
	return timeline.Move{From: "r1", To: "r2", Device: "d1", Since: start().Add(2 * time.Hour), Until: start().Add(9 * time.Hour)}
}

// countOf is how many readings a resident has, raw or rolled up, and their sum.
func countOf(t *testing.T, s timeline.Store, resident string) (count, sum float64) {
	t.Helper()
	q := heartRates()
	q.Resident = resident
	for fn, n := range map[timeline.Fn]*float64{timeline.Count: &count, timeline.Sum: &sum} {
		points, err := s.Aggregate(t.Context(), q, time.Hour, fn)
		must(t, err)
		for _, p := range points {
			*n += p.Number
		}
	}
	return count, sum
}

// testMoveCutOff ends Move after each of its requests: at any time all readings
// are with one or the other, and the same again makes it whole.
func testMoveCutOff(t *testing.T, server *influxtest.Server) {
	p := newProxy(t, server.URL)
	for cut := int64(0); ; cut++ {
		bucket := fmt.Sprintf("move-cut%d", cut)
		s := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: bucket})
		must(t, s.Append(t.Context(), minutes(12*60, start()), 1))
		must(t, s.Retain(t.Context(), start().Add(5*time.Hour)))
		_, sum := countOf(t, s, "r1")
		failed := p.failing(cut)
		_, err := s.Move(t.Context(), wrongDay())
		p.meddle = nil
		if failed.Load() && !errors.Is(err, timeline.ErrUnavailable) {
			t.Fatalf("cut off after %d requests: %v", cut, err)
		}
		again := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: bucket})
		first, _ := countOf(t, again, "r1")
		second, _ := countOf(t, again, "r2")
		if first+second < 12*60 || first < 5*60 || second > 7*60 {
			t.Fatalf("cut off after %d requests: %v and %v readings", cut, first, second)
		}
		_, moveErr := again.Move(t.Context(), wrongDay())
		must(t, moveErr)
		first, firstSum := countOf(t, again, "r1")
		second, secondSum := countOf(t, again, "r2")
		if first != 5*60 || second != 7*60 || firstSum+secondSum != sum {
			t.Fatalf("cut off after %d requests and done again: %v and %v readings, sums %v and %v of %v",
				cut, first, second, firstSum, secondSum, sum)
		}
		if err == nil {
			if cut < 12 {
				t.Fatalf("done after %d requests", cut)
			}
			return
		}
	}
}

// testMoveNotCopied has a server that says it wrote what it did not: nothing is
// taken away. And one that says it deleted what it did not.
func testMoveNotCopied(t *testing.T, server *influxtest.Server) {
	p := newProxy(t, server.URL)
	s := openAt(t, timeline.InfluxConfig{URL: p.URL, Bucket: "move-lies"})
	must(t, s.Append(t.Context(), minutes(12*60, start()), 1))
	must(t, s.Retain(t.Context(), start().Add(5*time.Hour)))
	for _, test := range []struct {
		body, want string
		answer     int
	}{
		{"readings,device=", "not all there", http.StatusNoContent},
		{"readings_1h,device=", "not all there", http.StatusNoContent},
		{"q=DELETE", "still there", http.StatusOK},
	} {
		p.meddle = func(w http.ResponseWriter, r *http.Request) bool {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			if !bytes.Contains(body, []byte(test.body)) {
				return false
			}
			w.WriteHeader(test.answer)
			if test.answer == http.StatusOK {
				_, _ = io.WriteString(w, `{"results":[{}]}`)
			}
			return true
		}
		_, err := s.Move(t.Context(), wrongDay())
		p.meddle = nil
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s was answered and not done: %v, want %q", test.body, err, test.want)
		}
		first, _ := countOf(t, s, "r1")
		second, _ := countOf(t, s, "r2")
		if first+second < 12*60 {
			t.Fatalf("%s: %v and %v readings are left", test.body, first, second)
		}
		_, err = s.Move(t.Context(), timeline.Move{From: "r2", To: "r1"})
		must(t, err)
	}
}

// TestSQLMoveCutOff has a statement in the middle of a move fail: what is done of
// it is whole, and the same again does the rest.
func TestSQLMoveCutOff(t *testing.T) {
	for _, when := range []string{"INSERT ON readings", "DELETE ON readings", "INSERT ON rollups", "DELETE ON rollups"} {
		dir := t.TempDir()
		s, err := timeline.OpenSQL(t.Context(), dir)
		must(t, err)
		t.Cleanup(func() { _ = s.Close() })
		must(t, s.Append(t.Context(), minutes(12*60, start()), 1))
		must(t, s.Retain(t.Context(), start().Add(5*time.Hour)))
		db := sideDoor(t, dir)
		_, err = db.Exec(`CREATE TRIGGER refuse BEFORE ` + when + ` BEGIN SELECT RAISE(ABORT, 'refused'); END`)
		must(t, err)
		if _, err := s.Move(t.Context(), wrongDay()); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Fatalf("%s: %v", when, err)
		}
		first, _ := countOf(t, s, "r1")
		second, _ := countOf(t, s, "r2")
		if first+second != 12*60 {
			t.Errorf("%s: %v and %v readings", when, first, second)
		}
		_, err = db.Exec(`DROP TRIGGER refuse`)
		must(t, err)
		_, err = s.Move(t.Context(), wrongDay())
		must(t, err)
		first, _ = countOf(t, s, "r1")
		second, _ = countOf(t, s, "r2")
		if first != 5*60 || second != 7*60 {
			t.Errorf("%s, and again: %v and %v readings", when, first, second)
		}
		var kept int
		must(t, db.QueryRow(`SELECT count(*) FROM wearers`).Scan(&kept))
		if kept != 2 {
			t.Errorf("%s: the device is known of %d residents", when, kept)
		}
	}
}
