package records_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// plainWords are a vocabulary that knows all conditions but green eyes.
type plainWords struct{}

func (plainWords) CheckCare(c records.Care) ([]store.Field, error) {
	if slices.Contains(c.Conditions, "broken") {
		return nil, errors.New("the rules cannot be read")
	}
	if slices.Contains(c.Conditions, "green_eyes") {
		return []store.Field{{Path: "conditions", Message: "green_eyes: no rule asks for it"}}, nil
	}
	return nil, nil
}

// careWorld is a care book at a time that stands still, with residents r-1 and r-2.
type careWorld struct {
	*world
	book *records.CareBook
	now  time.Time
}

func eachCareWorld(t *testing.T, test func(w *careWorld)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &careWorld{world: newWorld(t, db), now: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)}
		w.book = records.NewCareBook(db, plainWords{}, func() time.Time { return w.now })
		for _, id := range []string{"r-1", "r-2"} {
			_, err := w.residents.Create(t.Context(), records.Resident{ID: id, Name: "Li", TimeZone: "Asia/Shanghai"})
			w.must(err)
		}
		test(w)
	})
}

func fullCare() records.Care {
	return records.Care{
		Conditions: []string{"heart_failure", "copd", "copd"},
		Limits:     map[string]float64{"spo2.low": 90, "temperature.fever": 37.8},
		Scale2:     records.Decision{By: " 吴医生 ", On: records.Date{Year: 2026, Month: time.November, Day: 20}},
		Planned:    map[string]time.Duration{"bp_systolic": 12 * time.Hour, "body_weight": 7 * 24 * time.Hour},
	}
}

func TestCareIsKeptWithEveryVersion(t *testing.T) {
	eachCareWorld(t, func(w *careWorld) {
		ctx := w.Context()
		none, err := w.book.Care(ctx, "r-1")
		w.must(err)
		if diff := cmp.Diff(records.CareVersion{}, none); diff != "" {
			w.Errorf("nothing was said yet: %s", diff)
		}
		version, err := w.book.Version(ctx)
		w.must(err)

		first, err := w.book.SetCare(ctx, "r-1", fullCare(), records.Change{By: "u-1", Reason: "after the hospital"})
		w.must(err)
		want := records.CareVersion{Care: fullCare(), Version: 1, ChangedAt: w.now, ChangedBy: "u-1", Reason: "after the hospital"}
		want.Conditions, want.Scale2.By = []string{"copd", "heart_failure"}, "吴医生"
		if diff := cmp.Diff(want, first); diff != "" {
			w.Error(diff)
		}
		changed, err := w.book.Version(ctx)
		w.must(err)
		if changed <= version {
			w.Errorf("the book's version went from %d to %d with a change", version, changed)
		}

		// The same again is no change.
		w.now = w.now.Add(time.Hour)
		again, err := w.book.SetCare(ctx, "r-1", fullCare(), records.Change{By: "u-2", Reason: "once more"})
		w.must(err)
		if diff := cmp.Diff(want, again); diff != "" {
			w.Errorf("said again: %s", diff)
		}
		if same, err := w.book.Version(ctx); err != nil || same != changed {
			w.Errorf("the book's version went from %d to %d without a change, %v", changed, same, err)
		}

		second, err := w.book.SetCare(ctx, "r-1", records.Care{Conditions: []string{"copd"}}, records.Change{From: &first.Version})
		w.must(err)
		if second.Version != 2 || second.ChangedBy != "" || second.Scale2.Made() || !second.ChangedAt.Equal(w.now) {
			w.Errorf("the second: %+v", second)
		}
		history, err := w.book.CareHistory(ctx, "r-1")
		w.must(err)
		if diff := cmp.Diff([]records.CareVersion{second, want}, history); diff != "" {
			w.Errorf("history: %s", diff)
		}
		_, err = w.book.SetCare(ctx, "r-1", records.Care{}, records.Change{From: &first.Version})
		w.refused(err, records.ErrConflict, records.CodeCareChanged, "it is version 2, not 1")

		_, err = w.book.SetCare(ctx, "r-2", records.Care{Conditions: []string{"dementia"}}, records.Change{})
		w.must(err)
		all, err := w.book.Cares(ctx)
		w.must(err)
		if len(all) != 2 || all["r-1"].Version != 2 || !slices.Equal(all["r-2"].Conditions, []string{"dementia"}) {
			w.Errorf("all: %+v", all)
		}
		one, err := w.book.Cares(ctx, "r-2", "r-9")
		w.must(err)
		if len(one) != 1 || one["r-2"].Version != 1 {
			w.Errorf("of two that were asked for: %+v", one)
		}
	})
}

func TestWhatCareMustBe(t *testing.T) {
	eachCareWorld(t, func(w *careWorld) {
		ctx := w.Context()
		for _, c := range []struct {
			spoil func(*records.Care)
			want  string
		}{
			{func(c *records.Care) { c.Conditions = []string{"green_eyes"} }, "conditions green_eyes: no rule asks for it"},
			{func(c *records.Care) { c.Scale2.By = " " }, "scale_2.decided_by is empty"},
			{func(c *records.Care) { c.Scale2.On = records.Date{} }, "scale_2.decided_on is empty"},
			{func(c *records.Care) { c.Scale2.On.Day = 31 }, "scale_2.decided_on is not in the calendar"},
			{func(c *records.Care) { c.Scale2.On.Year = 2027 }, "scale_2.decided_on is in the future"},
			{func(c *records.Care) { c.Scale2.By = "a\x00" }, "scale_2.decided_by holds characters"},
			{func(c *records.Care) { c.Planned["spo2"] = time.Minute }, "planned.spo2 every 1m0s: want 15 minutes to 92 days"},
			{func(c *records.Care) { c.Planned["spo2"] = -time.Hour }, "planned.spo2"},
			{func(c *records.Care) { c.Planned["spo2"] = 93 * 24 * time.Hour }, "planned.spo2"},
		} {
			care := fullCare()
			c.spoil(&care)
			_, err := w.book.SetCare(ctx, "r-1", care, records.Change{})
			w.refused(err, records.ErrInvalid, "care.invalid", c.want)
		}
		_, err := w.book.SetCare(ctx, "r-1", fullCare(), records.Change{Reason: strings.Repeat("长", 2001)})
		w.refused(err, records.ErrInvalid, "care.invalid", "reason is longer than 2000")
		_, err = w.book.SetCare(ctx, "r-9", fullCare(), records.Change{})
		w.refused(err, records.ErrNotFound, "resident.not_found", `resident "r-9"`)
		_, err = w.book.Care(ctx, "r-9")
		w.refused(err, records.ErrNotFound, "resident.not_found", `resident "r-9"`)
		_, err = w.book.CareHistory(ctx, "r-9")
		w.refused(err, records.ErrNotFound, "resident.not_found", `resident "r-9"`)
		if _, err = w.book.SetCare(ctx, "r-1", records.Care{Conditions: []string{"broken"}}, records.Change{}); err == nil || errors.Is(err, records.ErrInvalid) {
			w.Errorf("with rules that cannot be read: %v", err)
		}
		if history, err := w.book.CareHistory(ctx, "r-1"); err != nil || len(history) != 0 {
			w.Errorf("what was refused is kept: %+v, %v", history, err)
		}
	})
}

// A resident comes with the care or not at all.
func TestAResidentIsCreatedWithTheCare(t *testing.T) {
	eachCareWorld(t, func(w *careWorld) {
		ctx := w.Context()
		_, err := w.residents.Create(ctx, records.Resident{ID: "r-3", Name: "Li", TimeZone: "UTC"},
			w.book.With(records.Care{Conditions: []string{"green_eyes"}}, records.Change{}))
		w.refused(err, records.ErrInvalid, "care.invalid", "green_eyes")
		_, err = w.residents.Get(ctx, "r-3")
		w.refused(err, records.ErrNotFound, "resident.not_found", "not found")
		_, err = w.residents.Create(ctx, records.Resident{ID: "r-3", Name: "Li", TimeZone: "UTC"},
			w.book.With(records.Care{Conditions: []string{"copd"}}, records.Change{By: "u-1"}))
		w.must(err)
		care, err := w.book.Care(ctx, "r-3")
		w.must(err)
		if !slices.Equal(care.Conditions, []string{"copd"}) || care.ChangedBy != "u-1" || care.Version != 1 {
			w.Errorf("%+v", care)
		}
	})
}

// Two who change the same version: one is refused.
func TestTwoChangesAtOnce(t *testing.T) {
	eachCareWorld(t, func(w *careWorld) {
		from := 0
		errs := make(chan error, 2)
		for _, condition := range []string{"copd", "dementia"} {
			go func() {
				_, err := w.book.SetCare(context.Background(), "r-1", records.Care{Conditions: []string{condition}}, records.Change{From: &from})
				errs <- err
			}()
		}
		first, second := <-errs, <-errs
		if (first == nil) == (second == nil) || !errors.Is(errors.Join(first, second), records.ErrConflict) {
			w.Errorf("%v and %v, want one conflict", first, second)
		}
	})
}
