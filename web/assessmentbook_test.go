package web_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records/assessments/forms"
	"github.com/anxin-care/anxin/web"
)

// assessmentBook keeps assessments in memory as the pages' contract says.
type assessmentBook struct {
	*forms.Library
	now func() time.Time
	due []web.DueAssessment

	mu   sync.Mutex
	kept map[string][]web.Assessment // versions by id, the newest first
}

// newAssessmentBook has a year of Zhao behind it: self-care twice, a screen that was
// positive, a correction, and a form that is gone.
func newAssessmentBook(t testing.TB, now func() time.Time, residents []web.Resident) *assessmentBook {
	t.Helper()
	library, err := forms.Default()
	if err != nil {
		t.Fatal(err)
	}
	b := &assessmentBook{Library: library, now: now, kept: map[string][]web.Assessment{}}
	nurse, head := web.User{ID: "u-1", Name: "王护士"}, web.User{ID: "u-2", Name: "Head <nurse>"}
	form := func(id string) *forms.Form { f, _ := library.Form(id); return f }
	selfCare := func(values ...float64) forms.Result {
		f, answers := form("self_care"), forms.Answers{}
		for i, id := range f.Scoring.Sum {
			answers[id] = forms.Said(values[i])
		}
		r, err := f.Score(answers, "")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	screen, err := form("emotion_screen").Score(forms.Answers{"sad": forms.Said(1), "mood": forms.Said(0)}, "")
	if err != nil {
		t.Fatal(err)
	}
	start := now()
	b.kept["a-old"] = []web.Assessment{{
		ID: "a-old", Resident: "r-zhao", Form: form("self_care"), FormID: "self_care", Result: selfCare(3, 1, 0, 1, 0), Mode: forms.Proxy, Assessor: "Dr <Wu>", Day: "2025-11-20", NextDue: "2026-11-20",
		Version: 1, ChangedAt: start.Add(-368 * 24 * time.Hour), ChangedBy: nurse,
	}}
	newest := web.Assessment{
		ID: "a-new", Resident: "r-zhao", Form: form("self_care"), FormID: "self_care", Result: selfCare(3, 3, 0, 5, 5), Mode: forms.Observed, By: nurse, Day: "2026-11-22", NextDue: "2027-11-22",
		Note: "感冒之后。\n走路不稳 <b>", Version: 2, Reason: "看错一行", ChangedAt: start.Add(-20 * time.Hour), ChangedBy: head,
	}
	first := newest
	first.Result, first.Version, first.Reason, first.ChangedAt, first.ChangedBy = selfCare(3, 3, 0, 1, 5), 1, "", start.Add(-22*time.Hour), nurse
	b.kept["a-new"] = []web.Assessment{newest, first}
	b.kept["a-mood"] = []web.Assessment{{
		ID: "a-mood", Resident: "r-zhao", Form: form("emotion_screen"), FormID: "emotion_screen", Result: screen, Mode: forms.Self, By: nurse, Day: "2026-11-21", NextDue: "2027-11-21", Version: 1, ChangedAt: start, ChangedBy: nurse,
	}}
	b.kept["a-gone"] = []web.Assessment{{
		ID: "a-gone", Resident: "r-zhao", FormID: "old_form", Result: forms.Result{Answers: forms.Answers{"b": forms.Said(2), "a": forms.Wrote("fine")}, Scored: true, Total: 7, Band: "good"}, Mode: forms.Self, By: nurse, Day: "2020-01-02", Version: 1, ChangedAt: start, ChangedBy: nurse,
	}}
	for _, r := range residents {
		if r.ID == "r-zhao" || r.ID == "r-li" {
			b.due = append(b.due, web.DueAssessment{Resident: r, Form: form("cognition_screen"), Since: "2026-11-20", Keeps: true}, web.DueAssessment{Resident: r, Form: form("health_check"), Keeps: r.ID == "r-zhao"})
		}
	}
	return b
}

func (b *assessmentBook) BandSet(f *forms.Form) string { return b.Set(f) }

// Keeps is so for all but Brown.
func (b *assessmentBook) Keeps(_ context.Context, _ web.User, resident string) bool {
	return resident != "r-brown"
}

func (b *assessmentBook) List(_ context.Context, _ web.User, resident string) (list []web.Assessment, _ error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, versions := range b.kept {
		if a := versions[0]; a.Resident == resident && !a.Withdrawn {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(x, y web.Assessment) int { return -slices.Compare([]string{x.Day, x.ID}, []string{y.Day, y.ID}) })
	return list, nil
}

func (b *assessmentBook) Due(_ context.Context, _ web.User, residents ...string) (due []web.DueAssessment, _ error) {
	for _, d := range b.due {
		if len(residents) == 0 || slices.Contains(residents, d.Resident.ID) {
			due = append(due, d)
		}
	}
	return due, nil
}

func (b *assessmentBook) Versions(_ context.Context, _ web.User, resident, id string) ([]web.Assessment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if versions := b.kept[id]; len(versions) > 0 && versions[0].Resident == resident {
		return slices.Clone(versions), nil
	}
	return nil, web.ErrNotFound
}

func (b *assessmentBook) Record(_ context.Context, user web.User, resident, form string, s web.Sheet) (string, error) {
	f, ok := b.Form(form)
	if !ok {
		return "", web.ErrNotFound
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a := web.Assessment{ID: fmt.Sprintf("a-%d", len(b.kept)), Resident: resident, Form: f, FormID: form}
	if err := b.fill(&a, user, s); err != nil {
		return "", err
	}
	b.kept[a.ID] = []web.Assessment{a}
	return a.ID, nil
}

func (b *assessmentBook) Correct(_ context.Context, user web.User, _, id string, version int, s web.Sheet, reason string, withdrawn bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.kept[id][0]
	switch {
	case version != a.Version:
		return web.RefusedChanged
	case reason == "":
		return web.RefusedReason
	}
	a.Reason, a.Withdrawn = reason, withdrawn
	if err := b.fill(&a, user, s); err != nil {
		return err
	}
	b.kept[id] = append([]web.Assessment{a}, b.kept[id]...)
	return nil
}

func (b *assessmentBook) fill(a *web.Assessment, user web.User, s web.Sheet) (err error) {
	today := b.now().In(time.FixedZone("", 8*60*60)).Format(time.DateOnly)
	switch {
	case s.Day == "" || s.Day > today:
		return web.RefusedDay
	case s.NextDue != "" && s.NextDue <= s.Day:
		return web.RefusedNextDue
	case !a.Form.Allows(s.Mode):
		return web.RefusedMode
	}
	if a.Result, err = a.Form.Score(s.Answers, ""); err != nil {
		return err
	}
	a.Mode, a.Day, a.NextDue, a.Note, a.ChangedBy, a.ChangedAt = s.Mode, s.Day, s.NextDue, s.Note, user, b.now()
	a.Version++
	if a.Assessor = s.Assessor; a.Assessor == "" && a.Version == 1 {
		a.By = user
	}
	return nil
}
