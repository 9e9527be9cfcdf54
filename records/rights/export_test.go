package rights

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// readings are a timeline of one metric; after so many questions it fails.
type readings struct {
	all   []vitals.Reading
	asked int
	fails int
}

var errAway = errors.New("away")

func (r *readings) Range(_ context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error] {
	return func(yield func(vitals.Reading, error) bool) {
		if r.asked++; r.asked == r.fails {
			yield(vitals.Reading{}, errAway)
			return
		}
		n := 0
		for _, one := range r.all {
			if one.At.Before(q.From) || !one.At.Before(q.To) {
				continue
			}
			if n++; q.Limit > 0 && n > q.Limit || !yield(one, nil) {
				return
			}
		}
	}
}

func (r *readings) Aggregate(context.Context, timeline.Query, time.Duration, timeline.Fn) ([]timeline.Point, error) {
	return nil, nil
}

// Each reading is given once, however many are of one moment at the end of a page.
func TestPagesGiveEachReadingOnce(t *testing.T) {
	from := time.Date(2026, 10, 31, 20, 0, 0, 0, time.UTC)
	for _, sameMoment := range []int{1, 2, 7, readingsAtOnce + 3} {
		of := &readings{}
		for i := range 3*readingsAtOnce + 17 {
			of.all = append(of.all, vitals.Reading{Number: float64(i), At: from.Add(time.Duration(i/sameMoment) * 200 * time.Millisecond)})
		}
		x := &Exporter{Timeline: of}
		q := timeline.Query{From: time.Unix(0, 0), To: from.AddDate(1, 0, 0)}
		var got []float64
		var months []time.Month
		for month, list := range x.months(t.Context(), q) {
			months = append(months, month.Month())
			for r, err := range list {
				if err != nil {
					t.Fatal(err)
				}
				if monthOf(r.At) != month {
					t.Fatalf("%s is in %s", r.At, month)
				}
				got = append(got, r.Number)
			}
		}
		if len(got) != len(of.all) || !slices.IsSorted(got) {
			t.Errorf("%d readings of %d, %d of a moment", len(got), len(of.all), sameMoment)
		}
		if want := []time.Month{time.October}; sameMoment > 1 && !slices.Equal(months, want) && !slices.Equal(months, append(want, time.November)) {
			t.Errorf("months %v", months)
		}
	}
}

// A timeline that goes away in the middle fails the copy: half of it would pass for all.
func TestATimelineThatGoesAwayFailsTheCopy(t *testing.T) {
	of := &readings{fails: 2}
	for i := range 2 * readingsAtOnce {
		of.all = append(of.all, vitals.Reading{At: time.UnixMilli(int64(i))})
	}
	x := &Exporter{Timeline: of}
	var failed error
	for _, list := range x.months(t.Context(), timeline.Query{From: time.Unix(0, 0), To: time.Unix(1000, 0)}) {
		for _, err := range list {
			failed = errors.Join(failed, err)
		}
	}
	if !errors.Is(failed, errAway) {
		t.Errorf("%v, want that it was away", failed)
	}
}

func TestACellIsNoFormula(t *testing.T) {
	for value, want := range map[any]string{"=1+1": "'=1+1", "-x": "'-x", "+86": "'+86", "@a": "'@a", "1-2": "1-2", "": "", -1.5: "-1.5", int64(-3): "-3", nil: "", true: "true"} {
		if got := cell(value); got != want {
			t.Errorf("%v is %q, want %q", value, got, want)
		}
	}
}

// What has stayed with a file that went into another goes along, apart.
func TestACopyHasTheFilesThatWentIntoIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, r := range [][3]string{{"li", "Li Hua", ""}, {"li-2", "Li Huo", "li"}, {"li-3", "Li Hu", "li-2"}, {"wang", "Wang Fang", ""}} {
			row := map[string]any{"id": r[0], "name": r[1], "sex": "female", "room": "", "called": "", "phone": "", "time_zone": "UTC", "language": "", "created_at": 1}
			if r[2] != "" {
				row["merged_into"] = r[2]
			}
			if _, err := db.NewInsert().Model(&row).Table("residents").Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		x := &Exporter{DB: db, Now: time.Now, Books: []store.Holdings{{Tables: []store.Holding{{Table: "residents", Of: "id = ?", Order: "id", Kind: "status"}}}}}
		x.Papers = func(_ context.Context, resident string) ([]Paper, error) {
			return []Paper{{Name: "card", Type: "application/pdf", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("of " + resident)), nil }}}, nil
		}
		var out bytes.Buffer
		if err := x.Write(t.Context(), &out, Copy{Resident: "li", Kinds: []string{"status", "documents"}}); err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"json/residents.json": "Li Hua", "merged/li-2/json/residents.json": "Li Huo", "merged/li-3/csv/residents.csv": "Li Hu",
			"documents/card.pdf": "of li", "merged/li-2/documents/card.pdf": "of li-2", "merged/li-3/documents/card.pdf": "of li-3",
		} {
			f, err := z.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(f)
			if err != nil || !bytes.Contains(text, []byte(want)) || bytes.Contains(text, []byte("Wang")) {
				t.Errorf("%s: %s, %v", name, text, err)
			}
		}
	})
}
