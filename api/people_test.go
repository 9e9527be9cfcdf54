package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
)

// ask sends a request of a role, and reads the answer into to unless that is nil.
func (w *world) ask(role records.Role, method, path, body string, status int, to any) {
	w.t.Helper()
	resp, answer := w.request(method, "/api/v1"+path, body, w.tokens[role])
	if resp.StatusCode != status {
		w.t.Fatalf("%s %s by %s: %s %s, want %d", method, path, role, resp.Status, answer, status)
	}
	if to != nil {
		if err := json.Unmarshal([]byte(answer), to); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

// userOf is the id of the world's user of a role.
func (w *world) userOf(role records.Role) string {
	w.t.Helper()
	u, err := w.users.ByLogin(w.t.Context(), string(role))
	if err != nil {
		w.t.Fatal(err)
	}
	return u.ID
}

func TestContactsAndTheirChannels(t *testing.T) {
	w := newWorld(t)
	var c api.Contact
	w.ask(records.Caregiver, "POST", "/contacts", `{"id":"lin","name":"林小红","language":"zh-CN"}`, http.StatusCreated, &c)
	if c.TimeZone != "Asia/Shanghai" || !c.QuietUsual || len(c.Quiet) != 2 || c.Quiet[0] != (api.Hours{From: "22:00", To: "07:00"}) {
		t.Errorf("%+v", c)
	}
	w.ask(records.Caregiver, "PUT", "/contacts/lin", `{"name":"林小红","time_zone":"Europe/Berlin","quiet":[]}`, http.StatusOK, &c)
	if c.TimeZone != "Europe/Berlin" || c.QuietUsual || len(c.Quiet) != 0 {
		t.Errorf("%+v", c)
	}
	w.ask(records.Caregiver, "PUT", "/contacts/lin", `{"name":"x","quiet":[{"from":"25:00","to":"07:00"}]}`, http.StatusUnprocessableEntity, nil)

	var hook, mail api.Channel
	w.ask(records.Caregiver, "POST", "/contacts/lin/channels", `{"kind":"webhook","address":"https://hooks.example.org/in?secret=s3cret"}`, http.StatusCreated, &hook)
	w.ask(records.Caregiver, "POST", "/contacts/lin/channels", `{"kind":"email","address":"lin@example.org","severity_from":"warning","trusted":true}`, http.StatusCreated, &mail)
	if hook.Address != "https://hooks.example.org/…" || hook.SeverityFrom != "info" || hook.LoudFrom != "warning" || !mail.Trusted || mail.SeverityFrom != "warning" {
		t.Errorf("%+v %+v", hook, mail)
	}
	w.ask(records.Caregiver, "POST", "/contacts/lin/channels", `{"kind":"email","address":"lin@example.org"}`, http.StatusConflict, nil)
	w.ask(records.Caregiver, "POST", "/contacts/lin/channels", `{"kind":"email","address":"wrong"}`, http.StatusUnprocessableEntity, nil)
	w.ask(records.Caregiver, "POST", "/contacts/lin/channels", `{"kind":"pigeon","address":"x"}`, http.StatusUnprocessableEntity, nil)
	w.ask(records.Caregiver, "PATCH", "/contacts/lin/channels/"+mail.ID, `{"place":1,"loud_from":"critical"}`, http.StatusOK, &mail)
	var list []api.Channel
	w.ask(records.Caregiver, "GET", "/contacts/lin/channels", "", http.StatusOK, &list)
	if len(list) != 2 || list[0].ID != mail.ID || list[0].LoudFrom != "critical" || list[0].Address != "lin@example.org" {
		t.Errorf("%+v", list)
	}
	for _, path := range []string{"/contacts", "/contacts/lin", "/contacts/lin/channels"} {
		if _, answer := w.request("GET", "/api/v1"+path, "", w.tokens[records.Administrator]); strings.Contains(answer, "s3cret") {
			t.Errorf("%s tells the secret of a webhook", path)
		}
	}
	w.ask(records.Caregiver, "DELETE", "/contacts/lin/channels/"+hook.ID, "", http.StatusNoContent, nil)
	w.ask(records.Caregiver, "DELETE", "/contacts/lin/channels/"+hook.ID, "", http.StatusNotFound, nil)
	w.ask(records.Caregiver, "DELETE", "/contacts/lin", "", http.StatusNoContent, nil)
	w.ask(records.Caregiver, "GET", "/contacts/lin", "", http.StatusNotFound, nil)
}

// A family says how it wants to be told, and sees and does something about its
// own alone.
func TestAFamilysOwnContact(t *testing.T) {
	w := newWorld(t)
	w.ask(records.Administrator, "POST", "/residents", `{"id":"wang","name":"王芳"}`, http.StatusCreated, nil)
	w.ask(records.Family, "GET", "/me/contact", "", http.StatusNotFound, nil)
	var mine api.MyContact
	w.ask(records.Family, "PUT", "/me/contact", `{"language":"zh-CN","quiet":[{"from":"23:00","to":"06:00"}]}`, http.StatusOK, &mine)
	if mine.User != w.userOf(records.Family) || mine.Name != "family" || len(mine.Quiet) != 1 || len(mine.Residents) != 0 {
		t.Errorf("%+v", mine)
	}
	w.ask(records.Family, "GET", "/residents/li", "", http.StatusForbidden, nil) // it gives no right

	member := "/residents/li/care-team/" + mine.ID
	w.ask(records.Family, "PUT", member, `{"relation":"family"}`, http.StatusForbidden, nil)
	w.ask(records.Caregiver, "PUT", member, `{"relation":"neighbour"}`, http.StatusOK, nil)
	w.ask(records.Family, "GET", "/residents/li", "", http.StatusForbidden, nil) // nor does a neighbour see them
	w.ask(records.Family, "GET", "/me/contact", "", http.StatusOK, &mine)
	if len(mine.Residents) != 1 || mine.Residents[0].Name != "" || mine.Residents[0].SeverityFrom != "critical" {
		t.Errorf("%+v", mine.Residents)
	}
	w.ask(records.Caregiver, "PUT", member, `{"relation":"family"}`, http.StatusOK, nil)
	for _, path := range []string{"/residents/li", "/residents/li/latest", "/residents/li/alerts", "/residents/li/care-team", "/residents/li/duty", "/devices?resident=li"} {
		w.ask(records.Family, "GET", path, "", http.StatusOK, nil)
	}
	for _, path := range []string{"/residents/li/care", "/residents/wang", "/residents/wang/latest", "/devices?resident=wang", "/devices", "/residents/wang/care-team", "/residents/wang/duty"} {
		w.ask(records.Family, "GET", path, "", http.StatusForbidden, nil)
	}
	var residents []api.Resident
	w.ask(records.Family, "GET", "/residents", "", http.StatusOK, &residents)
	if len(residents) != 1 || residents[0].ID != "li" {
		t.Errorf("%+v", residents)
	}
	w.ask(records.Family, "PUT", "/residents/li/situations/away", `{"until":"2026-11-24T00:00:00Z"}`, http.StatusOK, nil)
	w.ask(records.Family, "PUT", "/residents/wang/situations/away", `{"until":"2026-11-24T00:00:00Z"}`, http.StatusForbidden, nil)

	w.ask(records.Family, "PUT", "/me/contact/residents/li", `{"severity_from":"warning","delay":"10m","repeat":"1h"}`, http.StatusOK, &mine)
	if got := mine.Residents[0]; got.Name != "Li Hua" || got.Wishes != (api.Wishes{SeverityFrom: "warning", Delay: "10m", Repeat: "1h"}) {
		t.Errorf("%+v", got)
	}
	w.ask(records.Family, "PUT", "/me/contact/residents/wang", `{}`, http.StatusNotFound, nil)
	w.ask(records.Family, "PUT", "/me/contact/residents/li", `{"delay":"25h"}`, http.StatusUnprocessableEntity, nil)

	var channel api.Channel
	w.ask(records.Family, "POST", "/me/contact/channels", `{"kind":"chat","address":"telegram://token@telegram"}`, http.StatusCreated, &channel)
	if channel.Address != "telegram://…" {
		t.Errorf("%+v", channel)
	}
	w.ask(records.Family, "PATCH", "/me/contact/channels/"+channel.ID, `{"label":"me"}`, http.StatusOK, &channel)
	// A speaker speaks in somebody's home: staff know in whose.
	w.ask(records.Family, "POST", "/me/contact/channels", `{"kind":"speaker","address":"speaker-1"}`, http.StatusForbidden, nil)
	var speaker api.Channel
	w.ask(records.Caregiver, "POST", "/contacts/"+mine.ID+"/channels", `{"kind":"speaker","address":"speaker-1"}`, http.StatusCreated, &speaker)
	w.ask(records.Family, "PATCH", "/me/contact/channels/"+speaker.ID, `{"address":"speaker-2"}`, http.StatusForbidden, nil)
	w.ask(records.Family, "PATCH", "/me/contact/channels/"+speaker.ID, `{"label":"at hers"}`, http.StatusOK, nil)
	// Of others neither their channels nor anything else.
	var other api.Contact
	w.ask(records.Caregiver, "POST", "/contacts", `{"name":"x"}`, http.StatusCreated, &other)
	var others api.Channel
	w.ask(records.Caregiver, "POST", "/contacts/"+other.ID+"/channels", `{"kind":"email","address":"x@example.org"}`, http.StatusCreated, &others)
	w.ask(records.Family, "PATCH", "/me/contact/channels/"+others.ID, `{"label":"me"}`, http.StatusNotFound, nil)
	w.ask(records.Family, "DELETE", "/me/contact/channels/"+others.ID, "", http.StatusNotFound, nil)
	w.ask(records.Family, "GET", "/contacts/"+mine.ID, "", http.StatusForbidden, nil)
	w.ask(records.Family, "DELETE", "/me/contact/channels/"+channel.ID, "", http.StatusNoContent, nil)

	w.ask(records.Caregiver, "DELETE", member, "", http.StatusNoContent, nil)
	w.ask(records.Family, "GET", "/residents/li", "", http.StatusForbidden, nil)
}

func TestTheCareTeamShowsNoAddresses(t *testing.T) {
	w := newWorld(t)
	w.ask(records.Caregiver, "POST", "/contacts", `{"id":"hong","name":"Hong"}`, http.StatusCreated, nil)
	w.ask(records.Caregiver, "POST", "/contacts/hong/channels", `{"kind":"email","address":"hong@example.org"}`, http.StatusCreated, nil)
	var team api.CareTeam
	w.ask(records.Caregiver, "PUT", "/residents/li/care-team/hong", `{"relation":"family","delay":"10m"}`, http.StatusOK, &team)
	if len(team.Members) != 1 || team.Members[0].Name != "Hong" || team.Members[0].Place != 1 || team.Members[0].Delay != "10m" {
		t.Errorf("%+v", team)
	}
	if _, answer := w.request("GET", "/api/v1/residents/li/care-team", "", w.tokens[records.Caregiver]); strings.Contains(answer, "example.org") {
		t.Errorf("it shows addresses: %s", answer)
	}
	w.ask(records.Caregiver, "PUT", "/residents/li/care-team/ghost", `{"relation":"family"}`, http.StatusNotFound, nil)
	w.ask(records.Caregiver, "PUT", "/residents/li/care-team/hong", `{"relation":"friend"}`, http.StatusUnprocessableEntity, nil)
}

func TestTeamsAndRosters(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"wang", "zhou"} {
		w.ask(records.Caregiver, "POST", "/contacts", `{"id":"`+id+`","name":"`+id+`"}`, http.StatusCreated, nil)
	}
	var team api.Team
	w.ask(records.Administrator, "POST", "/teams", `{"id":"t-1","name":"House 5","members":["wang","zhou"],"residents":["li"],"supervisor":"zhou"}`, http.StatusCreated, &team)
	if team.TimeZone != "Asia/Shanghai" || len(team.Members) != 2 {
		t.Errorf("%+v", team)
	}
	var roster api.Roster
	// Noon of the world is a Monday, 20:00 in Shanghai.
	w.ask(records.Caregiver, "PUT", "/teams/t-1/roster", `{"shifts":[{"contact":"wang","weekday":"monday","from":"08:00","to":"22:00"},{"contact":"zhou","weekday":"monday","from":"23:00","to":"07:00","until":"2026-11-23"}]}`, http.StatusOK, &roster)
	if len(roster.Shifts) != 2 || len(roster.Stretches) != 5 || len(roster.Gaps) != 2 || roster.Gaps[0].From.Format("15:04") != "14:00" {
		t.Errorf("%+v", roster)
	}
	var now api.Stretch
	w.ask(records.Caregiver, "GET", "/teams/t-1/roster/on-duty", "", http.StatusOK, &now)
	if len(now.OnDuty) != 1 || now.OnDuty[0] != "wang" || now.To.Format("15:04") != "14:00" {
		t.Errorf("%+v", now)
	}
	var set api.Override
	w.ask(records.Caregiver, "POST", "/teams/t-1/roster/overrides", `{"contact":"zhou","from":"2026-11-23T11:00:00Z","to":"2026-11-23T13:00:00Z","reason":"dentist"}`, http.StatusCreated, &set)
	w.ask(records.Caregiver, "GET", "/teams/t-1/roster/on-duty", "", http.StatusOK, &now)
	if len(now.OnDuty) != 1 || now.OnDuty[0] != "zhou" || !now.Override || set.SetBy != w.userOf(records.Caregiver) {
		t.Errorf("%+v %+v", now, set)
	}
	var care api.CareTeam
	w.ask(records.Caregiver, "GET", "/residents/li/care-team", "", http.StatusForbidden, nil) // another team looks after her
	w.ask(records.Administrator, "GET", "/residents/li/care-team", "", http.StatusOK, &care)
	if len(care.OnDuty) != 1 || care.OnDuty[0].ID != "zhou" || care.Team == nil || care.Team.Name != "House 5" || care.Supervisor == nil {
		t.Errorf("%+v", care)
	}
	w.ask(records.Caregiver, "DELETE", "/teams/t-1/roster/overrides/"+set.ID, "", http.StatusNoContent, nil)
	var night api.Stretch
	w.ask(records.Caregiver, "GET", "/teams/t-1/roster/on-duty?at=2026-11-23T18:00:00Z", "", http.StatusOK, &night)
	if night.OnDuty[0] != "zhou" || night.Override {
		t.Errorf("%+v", night)
	}
	w.ask(records.Caregiver, "PUT", "/teams/t-1/roster", `{"shifts":[{"contact":"li","weekday":"monday","from":"08:00","to":"22:00"}]}`, http.StatusUnprocessableEntity, nil)
	w.ask(records.Caregiver, "PUT", "/teams/t-1/roster", `{"shifts":[{"contact":"wang","weekday":"monday","from":"8","to":"22:00"}]}`, http.StatusUnprocessableEntity, nil)
	w.ask(records.Caregiver, "GET", "/teams/t-1/roster?from=2026-11-23T00:00:00Z&to=2027-11-23T00:00:00Z", "", http.StatusUnprocessableEntity, nil)
	w.ask(records.Administrator, "PUT", "/teams/t-1", `{"name":"House 5a","members":["zhou"]}`, http.StatusOK, &team)
	w.ask(records.Caregiver, "GET", "/teams/t-1/roster", "", http.StatusOK, &roster)
	if len(roster.Shifts) != 1 || len(team.Residents) != 0 {
		t.Errorf("%+v %+v", roster.Shifts, team)
	}
	w.ask(records.Administrator, "DELETE", "/teams/t-1", "", http.StatusNoContent, nil)
	w.ask(records.Caregiver, "GET", "/teams/t-1", "", http.StatusNotFound, nil)
	w.ask(records.Caregiver, "GET", "/teams/t-1/roster", "", http.StatusNotFound, nil)
}

func TestTheDutyIsHandedOver(t *testing.T) {
	w := newWorld(t)
	var mine api.MyContact
	w.ask(records.Family, "PUT", "/me/contact", `{}`, http.StatusOK, &mine)
	w.ask(records.Caregiver, "POST", "/contacts", `{"id":"son","name":"Son"}`, http.StatusCreated, nil)
	for _, id := range []string{mine.ID, "son"} {
		w.ask(records.Caregiver, "PUT", "/residents/li/care-team/"+id, `{"relation":"family"}`, http.StatusOK, nil)
	}
	var duties api.Duties
	w.ask(records.Family, "POST", "/residents/li/duty", `{"until":"2026-11-23T20:00:00Z"}`, http.StatusCreated, &duties)
	if duties.Held == nil || duties.Held.Contact != mine.ID || duties.Held.Name != "family" {
		t.Errorf("%+v", duties)
	}
	w.ask(records.Family, "POST", "/residents/li/duty", `{"contact":"son","until":"2026-11-24T20:00:00Z"}`, http.StatusCreated, &duties)
	if duties.Held == nil || duties.Held.Contact != mine.ID || len(duties.Offered) != 1 || duties.Offered[0].Contact != "son" || duties.Offered[0].AcceptedAt != nil {
		t.Errorf("not accepted, it stays: %+v", duties)
	}
	offer := "/residents/li/duty/" + duties.Offered[0].ID
	w.ask(records.Family, "POST", offer+"/accept", "", http.StatusForbidden, nil)
	w.ask(records.Caregiver, "POST", offer+"/accept", "", http.StatusOK, &duties) // he said so on the phone
	if duties.Held.Contact != "son" || len(duties.Offered) != 0 {
		t.Errorf("%+v", duties)
	}
	w.ask(records.Family, "POST", "/residents/li/duty", `{"until":"2026-11-23T20:00:00Z"}`, http.StatusConflict, nil)
	w.ask(records.Family, "DELETE", "/residents/li/duty", "", http.StatusForbidden, nil)
	w.ask(records.Caregiver, "DELETE", "/residents/li/duty", "", http.StatusNoContent, nil)
	w.ask(records.Caregiver, "POST", "/residents/li/duty", `{"contact":"`+mine.ID+`","until":"2026-11-24T20:00:00Z"}`, http.StatusCreated, &duties)
	var after api.Duties
	w.ask(records.Family, "POST", "/residents/li/duty/"+duties.Offered[0].ID+"/decline", "", http.StatusOK, &after)
	if after.Held != nil || len(after.Offered) != 0 {
		t.Errorf("%+v", after)
	}
	w.ask(records.Caregiver, "POST", "/residents/li/duty", `{"until":"2026-11-24T20:00:00Z"}`, http.StatusNotFound, nil) // no contact
}
