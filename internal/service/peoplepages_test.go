package service_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// A daughter comes into the care team over the pages, says how she wants to be
// told, and takes over; and sees nobody else.
func TestAFamilyOnThePages(t *testing.T) {
	t.Parallel()
	var family string
	cfg := testConfig(t)
	cfg.SMTPURL, cfg.SMTPFrom = "smtp://127.0.0.1:1?tls=none", "Anxin <anxin@example.org>"
	cfg.SMSURL, cfg.SMSMethod, cfg.SMSBody = "https://sms.example.org", "POST", `{"to":"{to}","text":"{text}"}`
	p := newProcess(t, cfg, func(s *service.Service) {
		wearers(t, s, 2)
		u, err := s.AddUser(t.Context(), records.User{Login: "hong", Name: "Hong", Role: records.Family}, "long enough")
		if err == nil {
			family, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, "")
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	staff := p.token
	as := func(token string) { p.token = token }
	does := func(path string, form url.Values, status int) {
		t.Helper()
		form.Set("next", "/contacts/me")
		if got, _ := p.submit(path, form); got != status {
			t.Fatalf("%s: status %d, want %d", path, got, status)
		}
	}
	refuses := func(paths ...string) {
		t.Helper()
		for _, path := range paths {
			if _, err := p.get(path); err == nil || !strings.Contains(err.Error(), "404") {
				t.Errorf("GET %s: %v, want 404", path, err)
			}
		}
	}
	// She says how she is reached, before anybody has said anything of her.
	as(family)
	p.page("/contacts/me", "You cannot be told anything yet.")
	channel := url.Values{"kind": {"email"}, "address": {"hong@example.org"}, "from": {"info"}, "loud": {"warning"}}
	does("/contacts/me/channels", channel, http.StatusSeeOther)
	does("/contacts/me/channels", channel, http.StatusUnprocessableEntity)
	does("/contacts/me/channels", url.Values{"kind": {"email"}, "address": {"nobody"}, "from": {"info"}, "loud": {"warning"}}, http.StatusUnprocessableEntity)
	for _, wrong := range [][2]string{
		{"webhook", "https://example.org/hook"}, {"webhook", "https://10.0.0.1/hook#secret=0123456789abcdef"}, {"chat", "ntfy://ntfy.example.org/family"},
		{"speaker", "d-1"}, // which others hear
	} {
		does("/contacts/me/channels", url.Values{"kind": {wrong[0]}, "address": {wrong[1]}, "from": {"info"}, "loud": {"warning"}}, http.StatusUnprocessableEntity)
	}
	p.page("/contacts/me", "hong@example.org", "Nothing was sent to it yet.")
	does("/contacts/me", url.Values{"name": {"Hong"}, "zone": {"Europe/Berlin"}, "quiet_from": {"23:00", ""}, "quiet_to": {"06:00", ""}}, http.StatusSeeOther)
	p.page("/contacts/me", "Europe/Berlin", `value="23:00"`)
	refuses("/residents/r-0", "/residents/r-0/care-team", "/teams")
	p.page("/", "There are no residents yet whom you may see.")

	// A caregiver puts her into the care team.
	as(staff)
	page := p.page("/residents/r-0/care-team", "Hong")
	contact := regexp.MustCompile(`value="([0-9A-Z]{26})">Hong<`).FindStringSubmatch(page)
	if contact == nil {
		t.Fatalf("no contact on the page:\n%s", page)
	}
	does("/residents/r-0/care-team", url.Values{"contact": {contact[1]}, "relation": {"family"}}, http.StatusSeeOther)
	does("/contacts/"+contact[1]+"/channels", url.Values{"kind": {"speaker"}, "address": {"d-1"}, "from": {"critical"}, "loud": {"critical"}}, http.StatusSeeOther)
	does("/residents/r-0/care-team", url.Values{"name": {"Chen"}, "relation": {"neighbour"}}, http.StatusSeeOther)
	p.page("/residents/r-0", "Hong", "family · E-mail", "Chen", "neighbour · cannot be reached")
	p.page("/contacts/"+contact[1], "hong@example.org")
	does("/contacts/"+contact[1]+"/channels", url.Values{"kind": {"sms"}, "address": {"+8613812345678"}, "from": {"critical"}, "loud": {"critical"}}, http.StatusSeeOther)
	p.page("/residents/r-0", `href="tel:&#43;8613812345678"`)

	// She sees her mother, and is there until the evening.
	as(family)
	page = p.page("/residents/r-0", "Nobody has said that they are there now.", "I am there until")
	if strings.Contains(page, "tel:") {
		t.Errorf("a family is shown numbers:\n%s", page)
	}
	until := regexp.MustCompile(`<option value="([^"]+)"`).FindStringSubmatch(page)
	until[1] = html.UnescapeString(until[1])
	does("/residents/r-0/duty", url.Values{"until": {until[1]}}, http.StatusSeeOther)
	p.page("/residents/r-0", "You are there until")
	refuses("/residents/r-1", "/residents/r-0/care-team", "/teams", "/contacts/"+contact[1])
	does("/residents/r-1/duty", url.Values{"until": {until[1]}}, http.StatusNotFound)
	does("/residents/r-0/care-team", url.Values{"contact": {contact[1]}, "relation": {"family"}}, http.StatusNotFound)
	does("/contacts/me/residents/r-0", url.Values{"from": {"warning"}, "delay": {"600"}, "repeat": {"0"}}, http.StatusSeeOther)
	does("/contacts/me/residents/r-1", url.Values{"from": {"warning"}, "delay": {"600"}, "repeat": {"0"}}, http.StatusUnprocessableEntity)
	p.page("/contacts/me", `value="600" selected`)

	as(staff)
	p.page("/residents/r-0", "Hong is there until")
	does("/residents/r-0/duty/return", url.Values{}, http.StatusSeeOther)
	p.page("/residents/r-0", "Nobody has said that they are there now.")
	if log := p.said(); strings.Contains(log, "Hong") || strings.Contains(log, "example.org") {
		t.Errorf("the log names people:\n%s", log)
	}
}

func TestARosterOnThePages(t *testing.T) {
	t.Parallel()
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		ctx := t.Context()
		for _, id := range []string{"wang", "zhou"} {
			if _, err := s.People.AddContact(ctx, records.Contact{ID: id, Name: "Nurse " + id, TimeZone: "Asia/Shanghai"}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.People.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-1", Name: "House 5", TimeZone: "Asia/Shanghai"}, Members: []string{"wang", "zhou"}})
		if err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	does := func(path string, form url.Values, status int) {
		t.Helper()
		form.Set("next", "/teams/t-1")
		if got, _ := p.submit(path, form); got != status {
			t.Fatalf("%s: status %d, want %d", path, got, status)
		}
	}
	p.page("/teams", "House 5", "nobody", "Nobody is on duty at some time")
	days := []string{"0", "1", "2", "3", "4", "5", "6"}
	does("/teams/t-1/shifts", url.Values{"contact": {"wang"}, "day": days, "from": {"08:00"}, "to": {"08:00"}}, http.StatusSeeOther)
	page := p.page("/teams/t-1", "Nurse wang", "House 5")
	if strings.Contains(page, "Nobody is on duty:") {
		t.Errorf("gaps in a roster without any:\n%s", page)
	}
	now := time.Now().UTC().Add(8 * time.Hour)
	override := url.Values{"contact": {"zhou"}, "from": {now.Add(-time.Hour).Format("2006-01-02T15:04")}, "to": {now.Add(time.Hour).Format("2006-01-02T15:04")}}
	does("/teams/t-1/overrides", override, http.StatusSeeOther)
	page = p.page("/teams/t-1", "On duty now:</strong> Nurse zhou")
	found := regexp.MustCompile(`/overrides/([0-9A-Z]{26})/remove`).FindStringSubmatch(page)
	does("/teams/t-1/overrides/"+found[1]+"/remove", url.Values{}, http.StatusSeeOther)
	page = p.page("/teams/t-1", "On duty now:</strong> Nurse wang")
	found = regexp.MustCompile(`/shifts/([0-9A-Z]{26})/remove`).FindStringSubmatch(page)
	does("/teams/t-1/shifts/"+found[1]+"/remove", url.Values{}, http.StatusSeeOther)
	p.page("/teams/t-1", "Nobody is on duty:")
	does("/teams/t-1/members", url.Values{"name": {"Nurse Wu"}}, http.StatusSeeOther)
	page = p.page("/teams/t-1", "Nurse Wu")
	found = regexp.MustCompile(`/members/([0-9A-Z]{26})/remove`).FindStringSubmatch(page)
	does("/teams/t-1/shifts", url.Values{"contact": {found[1]}, "day": days, "from": {"08:00"}, "to": {"08:00"}}, http.StatusSeeOther)
	p.page("/teams/t-1", "On duty now:</strong> Nurse Wu")
	does("/teams/t-1/members/"+found[1]+"/remove", url.Values{}, http.StatusSeeOther)
	does("/teams/t-1/members/"+found[1]+"/remove", url.Values{}, http.StatusNotFound)
	p.page("/teams/t-1", "Nobody is on duty:")
	does("/teams/t-1/members", url.Values{"contact": {found[1]}}, http.StatusSeeOther)
	does("/teams/t-9/members", url.Values{"contact": {found[1]}}, http.StatusNotFound)
	override.Set("to", override.Get("from"))
	does("/teams/t-1/overrides", override, http.StatusUnprocessableEntity)
	does("/teams/t-1/shifts", url.Values{"contact": {"ghost"}, "day": {"1"}, "from": {"08:00"}, "to": {"09:00"}}, http.StatusUnprocessableEntity)
}

// What is not set up is offered to nobody on the pages. It is taken all the same: it
// may be set up tomorrow. What can never be sent to is refused.
func TestWaysThatAreNotSetUp(t *testing.T) {
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		if _, err := s.People.AddContact(t.Context(), records.Contact{ID: "wang", Name: "Nurse Wang", TimeZone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.People.AddChannel(t.Context(), records.Channel{Contact: "wang", Kind: records.Email, Address: "wang@example.org"}); err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	page := p.page("/contacts/wang", "wang@example.org", "Not set up here: E-mail, Text message.")
	if strings.Contains(page, `<option value="email"`) || !strings.Contains(page, `<option value="webhook"`) {
		t.Errorf("what is offered:\n%s", page)
	}
	form := url.Values{"kind": {"email"}, "address": {"w@example.org"}, "from": {"info"}, "loud": {"warning"}}
	if status, _ := p.submit("/contacts/wang/channels", form); status != http.StatusSeeOther {
		t.Errorf("on the page: status %d", status)
	}
	for body, code := range map[string]string{
		`{"kind":"webhook","address":"https://10.0.0.1/hook#secret=0123456789abcdef"}`: "channel.host",
		`{"kind":"webhook","address":"https://example.org/hook"}`:                      "channel.secret",
		`{"kind":"chat","address":"smoke://hill"}`:                                     "channel.service",
		`{"kind":"chat","address":"telegram://token"}`:                                 "channel.address",
	} {
		_, err := p.request(http.MethodPost, "/api/v1/contacts/wang/channels", body)
		if err == nil || !strings.Contains(err.Error(), "422") || !strings.Contains(err.Error(), "urn:anxin:error:"+code) {
			t.Errorf("%s: %v, want %s", body, err, code)
		}
	}
	kept := regexp.MustCompile(`/channels/([0-9A-Z]{26})"`).FindStringSubmatch(page)
	if _, err := p.request(http.MethodPatch, "/api/v1/contacts/wang/channels/"+kept[1], `{"label":"work"}`); err != nil {
		t.Errorf("what is kept cannot be named: %v", err)
	}
}

// Who may not arrange does not change who is in a team, whatever the page shows.
func TestAFamilyChangesNoTeam(t *testing.T) {
	var family string
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		ctx := t.Context()
		u, err := s.AddUser(ctx, records.User{Login: "hong", Name: "Hong", Role: records.Family}, "long enough")
		if err != nil {
			t.Fatal(err)
		}
		if family, _, err = s.Users.IssueToken(ctx, records.Token{UserID: u.ID, Label: "test"}, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.People.AddContact(ctx, records.Contact{ID: "wang", Name: "Nurse Wang", TimeZone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.People.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: "t-1", Name: "House 5", TimeZone: "UTC"}, Members: []string{"wang"}}); err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	staff := p.token
	p.token = family
	for path, form := range map[string]url.Values{
		"/teams/t-1/members": {"name": {"Hong"}}, "/teams/t-1/members/wang/remove": {},
	} {
		if status, _ := p.submit(path, form); status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, status)
		}
	}
	p.token = staff
	if page := p.page("/teams/t-1", "Nurse Wang"); strings.Contains(page, "Hong") {
		t.Errorf("she is in the team, or a contact:\n%s", page)
	}
}
