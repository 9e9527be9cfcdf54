package records_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/records"
)

func TestSituationsComeAndGo(t *testing.T) {
	eachCareWorld(t, func(w *careWorld) {
		ctx, start := w.Context(), w.now
		set := func(resident string, kind records.SituationKind, hours time.Duration, by string) records.Situation {
			w.Helper()
			s, err := w.book.SetSituation(ctx, records.Situation{Resident: resident, Kind: kind, Until: w.now.Add(hours * time.Hour), Note: "daughter's", SetBy: by})
			w.must(err)
			return s
		}
		underWay := func(residents ...string) []records.Situation {
			w.Helper()
			list, err := w.book.Situations(ctx, residents...)
			w.must(err)
			return list
		}
		same := func(what string, got []records.Situation, want ...records.Situation) {
			w.Helper()
			if len(got)+len(want) > 0 && !cmp.Equal(want, got) {
				w.Errorf("%s: %s", what, cmp.Diff(want, got))
			}
		}
		same("at first", underWay())
		version, err := w.book.Version(ctx)
		w.must(err)

		away := set("r-1", records.AwayFromHome, 5, "u-1")
		want := records.Situation{
			Resident: "r-1", Kind: records.AwayFromHome, Since: start, Until: start.Add(5 * time.Hour), Note: "daughter's", SetBy: "u-1", SetAt: start,
		}
		same("set", []records.Situation{away}, want)
		if after, err := w.book.Version(ctx); err != nil || after <= version {
			w.Errorf("the book's version went from %d to %d, %v", version, after, err)
		}

		// Another kind, another resident, and a longer stay.
		w.now = start.Add(time.Hour)
		visitors := set("r-1", records.WithVisitors, 2, "u-1")
		hospital := set("r-2", records.InHospital, 24, "u-2")
		longer := set("r-1", records.AwayFromHome, 10, "u-2")
		if !longer.Since.Equal(start) || !longer.Until.Equal(start.Add(11*time.Hour)) || !longer.SetAt.Equal(w.now) {
			w.Errorf("a longer stay: %+v", longer)
		}
		same("of all", underWay(), longer, visitors, hospital)
		same("of one", underWay("r-2"), hospital)
		same("of nobody", underWay("r-9"))

		// Visitors go by themselves, the hospital lets somebody out early.
		w.now = start.Add(3 * time.Hour)
		same("visitors gone", underWay("r-1"), longer)
		w.must(w.book.EndSituation(ctx, "r-2", records.InHospital, "u-3"))
		same("out of hospital", underWay("r-2"))
		err = w.book.EndSituation(ctx, "r-2", records.InHospital, "u-3")
		w.refused(err, records.ErrNotFound, records.CodeNoSituation, `no situation "hospital" is under way`)
		err = w.book.EndSituation(ctx, "r-1", records.WithVisitors, "u-3")
		w.refused(err, records.ErrNotFound, records.CodeNoSituation, `no situation "visitors" is under way`)

		history, err := w.book.SituationHistory(ctx, "r-1")
		w.must(err)
		replaced := away
		replaced.EndedAt, replaced.EndedBy = start.Add(time.Hour), "u-2"
		same("history", history, longer, visitors, replaced)
		if !replaced.End().Equal(start.Add(time.Hour)) || !longer.End().Equal(longer.Until) {
			t.Errorf("ends %s and %s", replaced.End(), longer.End())
		}
		since, err := w.book.SituationsSince(ctx, start.Add(150*time.Minute))
		w.must(err)
		hospital.EndedAt, hospital.EndedBy = w.now, "u-3"
		same("that ended later than half past two", since, visitors, hospital, longer)
		since, err = w.book.SituationsSince(ctx, start.Add(200*time.Minute))
		w.must(err)
		same("that end later", since, longer)

		// Who is away anew has not been away all the time.
		w.now = start.Add(20 * time.Hour)
		if anew := set("r-1", records.AwayFromHome, 1, ""); !anew.Since.Equal(w.now) {
			w.Errorf("anew since %s", anew.Since)
		}
	})
}

func TestWhatASituationMustBe(t *testing.T) {
	eachCareWorld(t, func(w *careWorld) {
		for _, c := range []struct {
			s    records.Situation
			want string
		}{
			{records.Situation{Kind: "holiday", Until: w.now.Add(time.Hour)}, `kind "holiday" is not away, hospital or visitors`},
			{records.Situation{Kind: "away"}, "until is not in the future"},
			{records.Situation{Kind: "away", Until: w.now}, "until is not in the future"},
			{records.Situation{Kind: "away", Until: w.now.AddDate(0, 0, 91)}, "until is more than 90 days ahead"},
			{records.Situation{Kind: "away", Until: w.now.Add(time.Hour), Note: strings.Repeat("x", 2001)}, "note is longer"},
		} {
			c.s.Resident = "r-1"
			_, err := w.book.SetSituation(w.Context(), c.s)
			w.refused(err, records.ErrInvalid, "situation.invalid", c.want)
		}
		_, err := w.book.SetSituation(w.Context(), records.Situation{Resident: "r-9", Kind: "away", Until: w.now.Add(time.Hour)})
		w.refused(err, records.ErrNotFound, "resident.not_found", `resident "r-9"`)
		_, err = w.book.SituationHistory(w.Context(), "r-9")
		w.refused(err, records.ErrNotFound, "resident.not_found", `resident "r-9"`)
		if list, err := w.book.Situations(w.Context()); err != nil || len(list) != 0 {
			w.Errorf("what was refused is under way: %+v, %v", list, err)
		}
	})
}
