package healthfile_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
)

func TestNothingIsEditedAway(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		first := w.add(&healthfile.Condition{Code: "j44.9", Since: "2012"})
		w.now = w.now.Add(time.Hour)
		from := 1
		second, err := w.book.Change(ctx, "li", first.ID, &healthfile.Condition{Code: "J44.9", Since: "2012-03", Severity: "moderate"}, records.Change{By: "doctor", Reason: "after spirometry", From: &from})
		w.must(err)
		same, err := w.book.Change(ctx, "li", first.ID, &healthfile.Condition{Code: "J44.9", Since: "2012-03", Severity: "moderate"}, records.Change{By: "doctor"})
		w.must(err)
		if same.Version != 2 || same.FileVersion != second.FileVersion {
			w.Errorf("nothing was changed, and it is %+v", same)
		}
		_, err = w.book.Change(ctx, "li", first.ID, &healthfile.Condition{Code: "J44.9"}, records.Change{From: &from})
		w.refused(err, store.ErrConflict, healthfile.CodeChanged, "it is version 2, not 1")
		ended, err := w.book.End(ctx, "li", healthfile.ACondition, first.ID, "2026-10", records.Change{By: "doctor", Reason: "another illness"})
		w.must(err)
		_, err = w.book.End(ctx, "li", healthfile.ACondition, first.ID, "", records.Change{})
		w.refused(err, store.ErrConflict, healthfile.CodeOver, "it is ended")
		_, err = w.book.Withdraw(ctx, "li", healthfile.ACondition, first.ID, records.Change{By: "doctor"})
		w.refused(err, store.ErrInvalid, "entry.invalid", "say what was wrong")
		wrong, err := w.book.Withdraw(ctx, "li", healthfile.ACondition, first.ID, records.Change{By: "doctor", Reason: "it was Wang's"})
		w.must(err)

		history, err := w.book.History(ctx, "li", healthfile.ACondition, first.ID)
		w.must(err)
		if diff := cmp.Diff([]healthfile.Entry{wrong, ended, second, first}, history); diff != "" {
			w.Error(diff)
		}
		if first.Body.(*healthfile.Condition).Code != "J44.9" || ended.EndedOn != "2026-10" || ended.State != healthfile.Ended || ended.Reason != "another illness" || !second.ChangedAt.Equal(noon.Add(time.Hour)) {
			w.Errorf("history %+v", history)
		}
		file, err := w.book.File(ctx, "li")
		w.must(err)
		if len(file.Entries) != 0 || file.Version != 4 {
			w.Errorf("what was an error is in the file: %+v", file)
		}
		back, err := w.book.Change(ctx, "li", first.ID, &healthfile.Condition{Code: "J44.9"}, records.Change{By: "nurse", Reason: "it was Li's after all"})
		w.must(err)
		if back.State != healthfile.Current || back.EndedOn != "" || back.Version != 5 {
			w.Errorf("back: %+v", back)
		}
		all, err := w.book.FileHistory(ctx, "li", 3, 10)
		w.must(err)
		if diff := cmp.Diff([]healthfile.Entry{second, first}, all); diff != "" {
			w.Error(diff)
		}
	})
}

func TestAFileIsReadAsItWas(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		note := w.add(&healthfile.Note{Text: "hard of hearing"})
		allergy := w.add(&healthfile.Allergy{Substance: "Penicillin", Sort: "medicine", Drug: "penicillins"})
		_, err := w.book.Change(ctx, "li", note.ID, &healthfile.Note{Text: "hears well with the aids"}, records.Change{})
		w.must(err)
		_, err = w.book.Withdraw(ctx, "li", healthfile.AnAllergy, allergy.ID, records.Change{Reason: "no allergy"})
		w.must(err)
		w.add(&healthfile.Habits{Smoking: "never"})
		for version, want := range [][]string{
			{}, {"note hard of hearing"}, {"allergy Penicillin", "note hard of hearing"}, {"allergy Penicillin", "note hears well with the aids"},
			{"note hears well with the aids"}, {"habits never", "note hears well with the aids"},
		} {
			file, err := w.book.FileAt(ctx, "li", version)
			w.must(err)
			said := []string{}
			for _, e := range file.Entries {
				switch b := e.Body.(type) {
				case *healthfile.Note:
					said = append(said, "note "+b.Text)
				case *healthfile.Allergy:
					said = append(said, "allergy "+b.Substance)
				case *healthfile.Habits:
					said = append(said, "habits "+string(b.Smoking))
				}
			}
			if diff := cmp.Diff(want, said); diff != "" || file.Version != version {
				w.Errorf("version %d is %d: %s", version, file.Version, diff)
			}
		}
		_, err = w.book.FileAt(ctx, "li", 6)
		w.refused(err, store.ErrNotFound, "version.not_found", "6")
		is, err := w.book.File(ctx, "li")
		w.must(err)
		was, err := w.book.FileAt(ctx, "li", 5)
		w.must(err)
		if diff := cmp.Diff(is, was); diff != "" {
			w.Error(diff)
		}
	})
}

func TestFilesAreApart(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx := w.Context()
		e := w.add(&healthfile.Note{Text: "of Li"})
		_, err := w.book.Entry(ctx, "wang", healthfile.ANote, e.ID)
		w.refused(err, store.ErrNotFound, "entry.not_found", e.ID)
		_, err = w.book.Entry(ctx, "li", healthfile.AGoal, e.ID)
		w.refused(err, store.ErrNotFound, "entry.not_found", e.ID)
		_, err = w.book.Change(ctx, "wang", e.ID, &healthfile.Note{Text: "x"}, records.Change{})
		w.refused(err, store.ErrNotFound, "entry.not_found", e.ID)
		_, err = w.book.History(ctx, "wang", healthfile.ANote, e.ID)
		w.refused(err, store.ErrNotFound, "entry.not_found", e.ID)
		file, err := w.book.File(ctx, "wang")
		w.must(err)
		if file.Version != 0 || len(file.Entries) != 0 || !file.ChangedAt.IsZero() {
			w.Errorf("Wang's: %+v", file)
		}
		_, err = w.book.File(ctx, "nobody")
		w.refused(err, store.ErrNotFound, "resident.not_found", "nobody")
		_, err = w.book.Add(ctx, "nobody", &healthfile.Note{Text: "x"}, records.Change{})
		w.refused(err, store.ErrNotFound, "resident.not_found", "nobody")
	})
}

func TestSomeKindsAreSaidOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		ctx, none := w.Context(), 0
		first, err := w.book.Put(ctx, "li", &healthfile.Particulars{Address: "Lane 5"}, records.Change{From: &none})
		w.must(err)
		_, err = w.book.Add(ctx, "li", &healthfile.Particulars{Address: "Lane 6"}, records.Change{})
		w.refused(err, store.ErrConflict, healthfile.CodeOne, "particulars")
		_, err = w.book.Put(ctx, "li", &healthfile.Particulars{Address: "Lane 6"}, records.Change{From: &none})
		w.refused(err, store.ErrConflict, healthfile.CodeChanged, "version 1, not 0")
		second, err := w.book.Put(ctx, "li", &healthfile.Particulars{Address: "Lane 6"}, records.Change{From: &first.Version})
		w.must(err)
		if second.ID != first.ID || second.Version != 2 {
			w.Errorf("%+v after %+v", second, first)
		}
		_, err = w.book.Withdraw(ctx, "li", healthfile.AParticulars, first.ID, records.Change{Reason: "of Wang"})
		w.must(err)
		third, err := w.book.Put(ctx, "li", &healthfile.Particulars{Address: "Lane 7"}, records.Change{From: &none})
		w.must(err)
		if third.ID != first.ID || third.State != healthfile.Current {
			w.Errorf("said anew: %+v", third)
		}
		_, err = w.book.Put(ctx, "wang", &healthfile.Particulars{Address: "Lane 5"}, records.Change{})
		w.must(err)
	})
}

func TestManyChangeOneFile(t *testing.T) {
	eachWorld(t, func(w *world) {
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				if _, err := w.book.Add(w.Context(), "li", &healthfile.Note{Text: fmt.Sprint(i)}, records.Change{}); err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
		history, err := w.book.FileHistory(w.Context(), "li", 0, 100)
		w.must(err)
		for i, e := range history {
			if e.FileVersion != 12-i {
				w.Errorf("%d. is version %d of the file", i, e.FileVersion)
			}
		}
		if len(history) != 12 {
			w.Errorf("%d versions, want 12", len(history))
		}
	})
}
