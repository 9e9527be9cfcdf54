package service_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// A caregiver fills in a form over the pages, corrects it, and takes it back; a
// family of nobody neither sees nor does any of it.
func TestAnAssessmentOnThePages(t *testing.T) {
	var family string
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		wearers(t, s, 1)
		old, err := s.Residents.Create(t.Context(), records.Resident{ID: "old", Name: "Old Chen", TimeZone: "Asia/Shanghai", BirthDate: records.Date{Year: 1941, Month: 3, Day: 5}})
		if err != nil {
			t.Fatal(err)
		}
		u, err := s.AddUser(t.Context(), records.User{Login: "hong", Name: "Hong", Role: records.Family}, "long enough")
		if err == nil {
			family, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, "")
		}
		if err != nil {
			t.Fatalf("%s: %v", old.ID, err)
		}
	})
	p.start()
	staff := p.token
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	yesterday := time.Now().In(shanghai).AddDate(0, 0, -1).Format(time.DateOnly)
	sheet := func(toileting string, pairs ...string) url.Values {
		form := url.Values{"eating": {"3"}, "washing": {"1"}, "dressing": {"0"}, "toileting": {toileting}, "mobility": {"0"}, "_mode": {"observed"}, "_day": {yesterday}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	does := func(path string, form url.Values, status int) string {
		t.Helper()
		got, location := p.submit(path, form)
		if got != status {
			t.Fatalf("%s: status %d, want %d", path, got, status)
		}
		return location
	}
	const all = "/residents/old/assessments"
	// What the norm asks of everybody of that age is due, and of the other resident nothing is known.
	p.page("/residents/old", "Self-care ability of older people", "not done yet")
	if page := p.page("/assessments", "Old Chen"); strings.Contains(page, "/residents/r-0/") {
		t.Errorf("something is due of one whose age is not known:\n%s", page)
	}
	does(all+"/new/self_care", sheet("5", "eating", "1"), http.StatusUnprocessableEntity)
	does(all+"/new/self_care", sheet("5", "_day", time.Now().AddDate(0, 0, 3).Format(time.DateOnly)), http.StatusUnprocessableEntity)
	does(all+"/new/self_care", sheet("5", "_next_due", yesterday), http.StatusUnprocessableEntity)
	does(all+"/new/self_care", sheet("5", "_mode", ""), http.StatusUnprocessableEntity)
	does("/residents/none/assessments/new/self_care", sheet("5"), http.StatusNotFound)
	one := does(all+"/new/self_care", sheet("5", "_note", "after the flu"), http.StatusSeeOther)
	p.page(one, "Moderately dependent", "9 of 37", "after the flu", yesterday, "due again on")
	if page := p.page("/residents/old", "Cognition quick screen"); strings.Contains(page, "/new/self_care") {
		t.Errorf("what was done is still due:\n%s", page)
	}
	does(one+"/correct", sheet("1", "_version", "1"), http.StatusUnprocessableEntity)
	does(one+"/correct", sheet("1", "_version", "1", "_reason", "wrong line"), http.StatusSeeOther)
	does(one+"/correct", sheet("0", "_version", "1", "_reason", "late"), http.StatusUnprocessableEntity)
	p.page(one, "5 of 37", "Version 2 by", "wrong line", "Version 1 by")
	does(all+"/new/self_care", sheet("10"), http.StatusSeeOther)
	p.page(all, "Worse by 9", "Earlier: 1")

	p.token = family
	for _, path := range []string{all, one, one + "/changes", one + "/correct", all + "/new/self_care"} {
		if _, err := p.get(path); err == nil || !strings.Contains(err.Error(), "404") {
			t.Errorf("a family of nobody reads %s: %v, want 404", path, err)
		}
	}
	does(all+"/new/self_care", sheet("5"), http.StatusNotFound)
	does(one+"/correct", sheet("5", "_version", "2", "_reason", "x"), http.StatusNotFound)
	p.page("/assessments", "Nothing is due.")

	p.token = staff
	does(one+"/correct", sheet("1", "_version", "2", "_reason", "it was of another", "_withdrawn", "yes"), http.StatusSeeOther)
	p.page(one, "does not count")
	if page := p.page(all, "14 of 37"); strings.Contains(page, "Worse by 9") {
		t.Errorf("what was withdrawn is compared with:\n%s", page)
	}
}
