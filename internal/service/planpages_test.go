package service_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/anxin-care/anxin/internal/service"
)

// A reminder is made, changed and ended on the pages of a running service, as over
// its API; what it does not ask for stays.
func TestRemindersOnThePages(t *testing.T) {
	p := newProcess(t, testConfig(t), func(s *service.Service) { wearers(t, s, 1) })
	p.start()
	const all = "/residents/r-0/reminders"
	type kept struct {
		ID, What, Schedule, Dose, Start, Window string
		Version                                 int
	}
	list := func() (is []kept) {
		t.Helper()
		p.ask(t, "/api/v1/residents/r-0/reminders", &is)
		return is
	}
	submit := func(path string, want int, pairs ...string) {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		if status, _ := p.submit(path, form); status != want {
			t.Errorf("%v: %d, want %d", form, status, want)
		}
	}
	medicine := []string{"kind", "medication", "what", "Metformin", "how", "daily", "times", "08:00, 20:00", "dose", "1 tablet"}
	submit(all+"/new", http.StatusOK, append(medicine, "do", "show")...)
	submit(all+"/new", http.StatusUnprocessableEntity, append(medicine, "do", "save", "helper", "nobody")...)
	submit(all+"/new", http.StatusUnprocessableEntity, append(medicine, "do", "save", "end", "yesterday")...)
	if is := list(); len(is) != 0 {
		t.Fatalf("kept %+v", is)
	}
	submit(all+"/new", http.StatusSeeOther, append(medicine, "do", "save")...)
	submit(all+"/new", http.StatusSeeOther, "kind", "measurement", "what", "BP", "how", "weekly", "weekday", "mon", "times", "06:00", "metric", "bp_systolic,bp_diastolic", "readings", "2", "do", "save")
	is := list()
	if len(is) != 2 || is[0].Schedule != "daily at 08:00, 20:00" || is[0].Dose != "1 tablet" || is[1].Schedule != "every mon at 06:00" {
		t.Fatalf("kept %+v", is)
	}
	one := all + "/" + is[0].ID
	submit(one, http.StatusSeeOther, append(medicine, "version", "1", "start", "2030-01-01", "do", "save")...)
	submit(one, http.StatusConflict, append(medicine, "version", "1", "do", "save")...)
	submit(one, http.StatusSeeOther, "do", "pause", "until", "2031-01-01")
	if is = list(); is[0].Version != 3 || is[0].Start != "2031-01-01" || is[0].Dose != "1 tablet" {
		t.Errorf("changed and paused: %+v", is[0])
	}
	submit(one, http.StatusSeeOther, "do", "end")
	submit(one, http.StatusNotFound, "do", "end")
	if is = list(); len(is) != 1 {
		t.Errorf("after the end: %+v", is)
	}
	submit("/residents/r-9/reminders/new", http.StatusNotFound, append(medicine, "do", "save")...)
}
