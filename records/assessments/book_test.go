package assessments_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// world is a book about Li, born in 1941, and Wang, who is 58.
type world struct {
	*testing.T
	book     *assessments.Book
	forms    *forms.Library
	now      time.Time
	li, wang records.Resident
}

func eachWorld(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		registry, err := devices.OpenRegistry(t.Context(), db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		residents := records.NewResidents(db, registry)
		w := &world{T: t, now: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)} // the 24th in Shanghai
		if w.forms, err = forms.Default(); err != nil {
			t.Fatal(err)
		}
		w.li, err = residents.Create(t.Context(), records.Resident{ID: "li", Name: "Li", BirthDate: date("1941-03-05"), TimeZone: "Asia/Shanghai"})
		w.must(err)
		w.wang, err = residents.Create(t.Context(), records.Resident{ID: "wang", Name: "Wang", BirthDate: date("1968-03-05"), TimeZone: "UTC"})
		w.must(err)
		w.book = assessments.NewBook(db, w.forms, residents, func() time.Time { return w.now })
		test(w)
	})
}

func date(s string) records.Date {
	d, err := records.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) refused(err error, kind error, code, text string) {
	w.Helper()
	var fault *store.Fault
	if !errors.As(err, &fault) || !errors.Is(err, kind) || fault.Code != code || !strings.Contains(err.Error(), text) {
		w.Errorf("%v\nwant %v, code %s, saying %q", err, kind, code, text)
	}
}

// selfCare is the national form filled in.
func selfCare(day string, eating, washing, dressing, toileting, mobility float64) assessments.Sheet {
	return assessments.Sheet{Mode: forms.Observed, Day: date(day), Answers: forms.Answers{
		"eating": forms.Said(eating), "washing": forms.Said(washing), "dressing": forms.Said(dressing), "toileting": forms.Said(toileting), "mobility": forms.Said(mobility),
	}}
}

func (w *world) record(resident, form string, s assessments.Sheet) assessments.Assessment {
	w.Helper()
	a, err := w.book.Record(w.Context(), resident, form, s, "u-nurse")
	w.must(err)
	return a
}

func TestAssessmentsAreKept(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := selfCare("2026-11-24", 3, 1, 0, 5, 0)
		s.Note = "  After the flu.\nTired. "
		a := w.record("li", "self_care", s)
		if a.Total != 9 || a.Band != "moderate" || a.Set != "national" || a.Version != 1 || a.AssessorUser != "u-nurse" || a.NextDue != date("2027-11-24") || a.Note != "After the flu.\nTired." {
			t.Errorf("kept %+v", a)
		}
		got, err := w.book.Get(t.Context(), "li", a.ID)
		if err != nil || got.Total != 9 || !got.Scored || got.Day != a.Day || got.NextDue != a.NextDue || !got.CreatedAt.Equal(a.CreatedAt) || got.Answers["toileting"].Number != 5 || got.Mode != forms.Observed {
			t.Errorf("read %+v, %v", got, err)
		}
		_, err = w.book.Get(t.Context(), "wang", a.ID)
		w.refused(err, store.ErrNotFound, "assessment.not_found", a.ID)

		// An earlier one that is entered later stands behind it.
		never := records.Date{}
		old := selfCare("2025-11-20", 0, 1, 0, 0, 0)
		old.Assessor, old.NextDue = " Dr Wu ", &never
		b := w.record("li", "self_care", old)
		if b.AssessorUser != "" || b.Assessor != "Dr Wu" || !b.NextDue.IsZero() {
			t.Errorf("kept %+v", b)
		}
		check := assessments.Sheet{Mode: forms.Observed, Day: date("2026-11-24"), Answers: forms.Answers{"evaluation": forms.Said(2), "self_rated_health": forms.Said(2), "symptoms": forms.SaidAll(3, 2)}}
		for id, v := range map[string]float64{"bp_left_systolic": 130, "bp_left_diastolic": 80, "bp_right_systolic": 134, "bp_right_diastolic": 82, "height": 160.5, "weight": 60.2} {
			check.Answers[id] = forms.Said(v)
		}
		c := w.record("li", "health_check", check)
		if c.Scored || c.Band != "" || c.Answers["bmi"].Number != 23.4 {
			t.Errorf("kept %+v", c)
		}
		list, err := w.book.List(t.Context(), assessments.Query{Resident: "li", Form: "self_care"})
		if err != nil || len(list) != 2 || list[0].ID != a.ID || list[1].ID != b.ID {
			t.Errorf("listed %+v, %v", list, err)
		}
		if list, err = w.book.List(t.Context(), assessments.Query{Resident: "li"}); err != nil || len(list) != 3 || list[0].Form != "health_check" || list[0].Scored {
			t.Errorf("listed %+v, %v", list, err)
		}
	})
}

func TestBandsCanBeChosen(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := assessments.Sheet{Mode: forms.Proxy, Day: date("2026-11-24"), Answers: forms.Answers{}}
		barthel, _ := w.forms.Form("barthel")
		for _, id := range barthel.Scoring.Sum {
			s.Answers[id] = forms.Said(5)
		}
		if a := w.record("li", "barthel", s); a.Set != "china" || a.Total != 50 || a.Band != "moderate" || !a.NextDue.IsZero() {
			t.Errorf("by default %+v", a)
		}
		w.must(w.forms.Choose("barthel", "gdl2"))
		a := w.record("li", "barthel", s)
		if a.Set != "gdl2" || a.Band != "partial" {
			t.Errorf("as it was chosen %+v", a)
		}
		w.must(w.forms.Choose("barthel", "china"))
		s.Answers["feeding"] = forms.Said(10)
		if a, err := w.book.Correct(t.Context(), "li", a.ID, s, assessments.Correction{By: "u-nurse", Reason: "misread"}); err != nil || a.Set != "gdl2" || a.Total != 55 {
			t.Errorf("a correction stays with the bands: %+v, %v", a, err)
		}
		s.Set = "china"
		if a := w.record("li", "barthel", s); a.Set != "china" {
			t.Errorf("as the sheet says %+v", a)
		}
	})
}

func TestWhatIsNoAssessment(t *testing.T) {
	eachWorld(t, func(w *world) {
		sheet := func(change func(*assessments.Sheet)) assessments.Sheet {
			s := selfCare("2026-11-24", 0, 0, 0, 0, 0)
			change(&s)
			return s
		}
		due := func(day string) func(*assessments.Sheet) {
			d := date(day)
			return func(s *assessments.Sheet) { s.NextDue = &d }
		}
		for _, c := range []struct {
			change func(*assessments.Sheet)
			want   string
		}{
			{func(s *assessments.Sheet) { s.Answers["eating"] = forms.Said(1) }, "answers.eating = 1 is not allowed: want 0, 3 or 5"},
			{func(s *assessments.Sheet) { delete(s.Answers, "mobility") }, "answers.mobility is missing"},
			{func(s *assessments.Sheet) { s.Mode = "guessed" }, `mode "guessed"`},
			{func(s *assessments.Sheet) { s.Day = records.Date{} }, "day is empty"},
			{func(s *assessments.Sheet) { s.Day = date("2026-11-25") }, "day is in the future"},
			{func(s *assessments.Sheet) { s.Day = date("1941-03-04") }, "before the resident was born"},
			{func(s *assessments.Sheet) { s.Set = "gold" }, `bands there is no band set "gold"`},
			{func(s *assessments.Sheet) { s.Note = strings.Repeat("长", 2001) }, "note is longer"},
			{func(s *assessments.Sheet) { s.Assessor = "Wu\x00" }, "assessor holds characters"},
			{due("2026-11-24"), "next_due is to be after"},
			{due("2036-11-25"), "within 10 years"},
		} {
			_, err := w.book.Record(t.Context(), "li", "self_care", sheet(c.change), "u-nurse")
			w.refused(err, store.ErrInvalid, "assessment.invalid", c.want)
		}
		_, err := w.book.Record(t.Context(), "li", "gds_15", assessments.Sheet{Mode: forms.Observed, Day: date("2026-11-24")}, "u-nurse")
		w.refused(err, store.ErrInvalid, "assessment.invalid", `mode "observed" is not a way to fill in this form`)
		_, err = w.book.Record(t.Context(), "li", "self_care", selfCare("2026-11-24", 0, 0, 0, 0, 0), "")
		w.refused(err, store.ErrInvalid, "assessment.invalid", "assessor is empty")
		_, err = w.book.Record(t.Context(), "li", "selfcare", assessments.Sheet{}, "u-nurse")
		w.refused(err, store.ErrNotFound, "form.not_found", "selfcare")
		_, err = w.book.Record(t.Context(), "nobody", "self_care", assessments.Sheet{}, "u-nurse")
		w.refused(err, store.ErrNotFound, "resident.not_found", "nobody")
		if list, err := w.book.List(t.Context(), assessments.Query{Resident: "li", Withdrawn: true}); err != nil || len(list) != 0 {
			t.Errorf("kept all the same: %+v, %v", list, err)
		}
	})
}

func TestCorrectionsKeepWhatWas(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := selfCare("2026-11-20", 3, 1, 0, 5, 0)
		s.Assessor = "Dr Wu"
		a := w.record("li", "self_care", s)
		one := 1
		w.now = w.now.Add(time.Hour)
		_, err := w.book.Correct(t.Context(), "li", a.ID, s, assessments.Correction{By: "u-head", Reason: " "})
		w.refused(err, store.ErrInvalid, "assessment.invalid", "reason is empty")
		if same, err := w.book.Correct(t.Context(), "li", a.ID, s, assessments.Correction{By: "u-head", Reason: "nothing"}); err != nil || same.Version != 1 {
			t.Errorf("the same again: %+v, %v", same, err)
		}
		s.Answers["toileting"], s.Assessor = forms.Said(1), ""
		b, err := w.book.Correct(t.Context(), "li", a.ID, s, assessments.Correction{By: "u-head", Reason: "read the wrong line", From: &one})
		if err != nil || b.Version != 2 || b.Total != 5 || b.Band != "mild" || b.Assessor != "Dr Wu" || b.AssessorUser != "" || b.ChangedBy != "u-head" || b.CreatedBy != "u-nurse" || !b.CreatedAt.Equal(a.CreatedAt) {
			t.Errorf("corrected %+v, %v", b, err)
		}
		_, err = w.book.Correct(t.Context(), "li", a.ID, s, assessments.Correction{By: "u-nurse", Reason: "late", From: &one})
		w.refused(err, store.ErrConflict, assessments.CodeChanged, "it is version 2, not 1")
		s.Answers["eating"] = forms.Said(1)
		_, err = w.book.Correct(t.Context(), "li", a.ID, s, assessments.Correction{By: "u-nurse", Reason: "x"})
		w.refused(err, store.ErrInvalid, "assessment.invalid", "eating")
		s.Answers["eating"] = forms.Said(3)

		w.now = w.now.Add(time.Hour)
		if _, err := w.book.Correct(t.Context(), "li", a.ID, s, assessments.Correction{By: "u-head", Reason: "it was Wang", Withdrawn: true}); err != nil {
			t.Fatal(err)
		}
		if list, err := w.book.List(t.Context(), assessments.Query{Resident: "li"}); err != nil || len(list) != 0 {
			t.Errorf("what was withdrawn counts: %+v, %v", list, err)
		}
		if list, err := w.book.List(t.Context(), assessments.Query{Resident: "li", Withdrawn: true}); err != nil || len(list) != 1 || !list[0].Withdrawn {
			t.Errorf("what was withdrawn is gone: %+v, %v", list, err)
		}
		all, err := w.book.Versions(t.Context(), "li", a.ID)
		if err != nil || len(all) != 3 {
			t.Fatalf("versions %+v, %v", all, err)
		}
		for i, want := range []struct {
			total     int
			reason    string
			withdrawn bool
		}{{5, "it was Wang", true}, {5, "read the wrong line", false}, {9, "", false}} {
			if v := all[i]; v.Version != 3-i || v.Total != want.total || v.Reason != want.reason || v.Withdrawn != want.withdrawn {
				t.Errorf("version %d: %+v", 3-i, v)
			}
		}
		_, err = w.book.Versions(t.Context(), "wang", a.ID)
		w.refused(err, store.ErrNotFound, "assessment.not_found", a.ID)
	})
}

// Of those who correct the same version at once one gets through.
func TestCorrectionsAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		a := w.record("li", "self_care", selfCare("2026-11-20", 0, 0, 0, 0, 0))
		one, through := 1, make(chan bool, 4)
		var all sync.WaitGroup
		for _, eating := range []float64{3, 5, 3, 5} {
			all.Go(func() {
				_, err := w.book.Correct(context.Background(), "li", a.ID, selfCare("2026-11-20", eating, 0, 0, 0, 0), assessments.Correction{By: "u-nurse", Reason: "x", From: &one})
				if err != nil && !errors.Is(err, store.ErrConflict) {
					t.Errorf("correct: %v", err)
				}
				through <- err == nil
			})
		}
		all.Wait()
		close(through)
		n := 0
		for ok := range through {
			if ok {
				n++
			}
		}
		versions, err := w.book.Versions(t.Context(), "li", a.ID)
		if err != nil || n != 1 || len(versions) != 2 {
			t.Errorf("%d got through, %d versions, %v", n, len(versions), err)
		}
	})
}

func TestWhatIsDue(t *testing.T) {
	eachWorld(t, func(w *world) {
		due := func() (said []string) {
			t.Helper()
			all, err := w.book.Due(t.Context(), w.li, w.wang)
			w.must(err)
			for _, d := range all {
				since := "never"
				if d.Last != nil {
					since = d.Since.String()
				}
				said = append(said, d.Resident+" "+d.FormID+" "+since)
			}
			return said
		}
		expect := func(want ...string) {
			t.Helper()
			if got := due(); strings.Join(got, "; ") != strings.Join(want, "; ") {
				t.Errorf("due %q\nwant %q", got, want)
			}
		}
		// What the norm asks of everybody from 65 on: of Li, and not of Wang.
		expect("li self_care never", "li health_check never", "li cognition_screen never", "li emotion_screen never")
		w.record("li", "self_care", selfCare("2025-11-25", 0, 0, 0, 0, 0))
		w.record("li", "self_care", selfCare("2024-11-20", 0, 0, 0, 0, 0)) // an older one counts no more
		expect("li health_check never", "li cognition_screen never", "li emotion_screen never")
		w.now = w.now.Add(24 * time.Hour) // the 25th in Shanghai, the 24th in UTC
		next := date("2026-11-24")
		fall := assessments.Sheet{Mode: forms.Observed, Day: date("2026-11-01"), NextDue: &next, Answers: forms.Answers{}}
		for _, id := range []string{"history", "diagnosis", "aid", "infusion", "gait", "mental"} {
			fall.Answers[id] = forms.Said(0)
		}
		a := w.record("wang", "morse", fall)
		expect("wang morse 2026-11-24", "li self_care 2026-11-25", "li health_check never", "li cognition_screen never", "li emotion_screen never")
		if _, err := w.book.Correct(t.Context(), "wang", a.ID, fall, assessments.Correction{By: "u-nurse", Reason: "it was Li", Withdrawn: true}); err != nil {
			t.Fatal(err)
		}
		w.record("li", "self_care", selfCare("2026-11-25", 0, 0, 0, 0, 0))
		expect("li health_check never", "li cognition_screen never", "li emotion_screen never")
		if none, err := w.book.Due(t.Context()); err != nil || none != nil {
			t.Errorf("of nobody: %v, %v", none, err)
		}
	})
}
