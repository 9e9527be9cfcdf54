package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/web"
)

// TestPeopleForms sends the forms about people, as a browser without scripts does.
func TestPeopleForms(t *testing.T) {
	tomorrow := noon.Add(24 * time.Hour).Format(time.RFC3339)
	wishes := url.Values{"from": {"warning"}, "delay": {"600"}, "repeat": {"0"}}
	channel := url.Values{"kind": {"email"}, "address": {"a@example.org"}, "from": {"info"}, "loud": {"critical"}, "trusted": {"yes"}}
	with := func(form url.Values, pairs ...string) url.Values {
		more := url.Values{}
		for key, values := range form {
			more[key] = values
		}
		for i := 0; i < len(pairs); i += 2 {
			more.Set(pairs[i], pairs[i+1])
		}
		return more
	}
	for _, tc := range []struct {
		name, path string
		form       url.Values
		family     bool
		status     int
		says       string
	}{
		{name: "take what another has", path: "/residents/r-zhao/duty", form: url.Values{"until": {tomorrow}}, status: 422, says: "Somebody else is there already"},
		{name: "until when", path: "/residents/r-zhao/duty", form: url.Values{"until": {"soon"}}, status: 422, says: "Something is missing"},
		{name: "offer", path: "/residents/r-zhao/duty", form: url.Values{"until": {tomorrow}, "contact": {"c-wang"}}, status: 303},
		{name: "offer to a stranger", path: "/residents/r-zhao/duty", form: url.Values{"until": {tomorrow}, "contact": {"c-none"}}, status: 422, says: "not in the care team"},
		{name: "accept", path: "/residents/r-zhao/duty/d-2/accept", status: 303},
		{name: "accept too late", path: "/residents/r-zhao/duty/d-9/accept", status: 422, says: "does not hold any more"},
		{name: "decline", path: "/residents/r-zhao/duty/d-2/decline", status: 303},
		{name: "give back", path: "/residents/r-zhao/duty/return", status: 303},
		{name: "change a member", path: "/residents/r-zhao/care-team/c-gang", form: with(wishes, "relation", "caregiver"), status: 303},
		{name: "a relation that is none", path: "/residents/r-zhao/care-team/c-gang", form: with(wishes, "relation", "friend"), status: 422},
		{name: "told after days", path: "/residents/r-zhao/care-team/c-gang", form: with(wishes, "relation", "family", "delay", "100000"), status: 422},
		{name: "nobody's member", path: "/residents/r-zhao/care-team/c-none", form: with(wishes, "relation", "family"), status: 404},
		{name: "remove", path: "/residents/r-zhao/care-team/c-gang", form: url.Values{"do": {"remove"}}, status: 303},
		{name: "numbers to call", path: "/residents/r-zhao/phones", form: url.Values{"own": {"１３８ 0013 8001"}, "neighbours": {"yes"}}, status: 303},
		{name: "no number", path: "/residents/r-zhao/phones", form: url.Values{"home": {"ask"}}, status: 422},
		{name: "families say no numbers", path: "/residents/r-zhao/phones", form: url.Values{"own": {"120"}}, family: true, status: 404},
		{name: "join", path: "/residents/r-zhao/care-team", form: url.Values{"name": {"New"}, "relation": {"neighbour"}}, status: 303},
		{name: "join without a name", path: "/residents/r-zhao/care-team", form: url.Values{"relation": {"neighbour"}}, status: 422},
		{name: "families do not arrange", path: "/residents/r-zhao/care-team/c-gang", form: url.Values{"do": {"remove"}}, family: true, status: 404},
		{name: "a channel", path: "/contacts/me/channels", form: channel, status: 303},
		{name: "a channel of a family", path: "/contacts/me/channels", form: channel, family: true, status: 303},
		{name: "another's channel", path: "/contacts/c-fang/channels", form: channel, family: true, status: 404},
		{name: "no address", path: "/contacts/me/channels", form: with(channel, "address", ""), status: 422, says: "This address cannot be used"},
		{name: "this device", path: "/contacts/me/channels", form: with(channel, "kind", "webpush", "address", "{}"), status: 303},
		{name: "a device of somebody else", path: "/contacts/c-fang/channels", form: with(channel, "kind", "webpush", "address", "{}"), status: 422},
		{name: "a device that says nothing", path: "/contacts/me/channels", form: with(channel, "kind", "webpush"), status: 422},
		{name: "a kind that there is not", path: "/contacts/me/channels", form: with(channel, "kind", "pigeon"), status: 422},
		{name: "what ended", path: "/contacts/me/ended/ch-0", status: 303},
		{name: "what ended of somebody else", path: "/contacts/c-fang/ended/ch-0", family: true, status: 404},
		{name: "what did not end", path: "/contacts/me/ended/ch-1", status: 404},
		{name: "a severity that is none", path: "/contacts/me/channels", form: with(channel, "from", "grave"), status: 422},
		{name: "first", path: "/contacts/me/channels/ch-3", form: with(channel, "do", "first"), status: 303},
		{name: "no such channel", path: "/contacts/me/channels/ch-9", form: channel, status: 404},
		{name: "wishes", path: "/contacts/me/residents/r-zhao", form: wishes, status: 303},
		{name: "wishes of a stranger", path: "/contacts/me/residents/r-li", form: wishes, status: 422, says: "not in the care team"},
		{name: "herself", path: "/contacts/me", form: url.Values{"name": {"Fang"}, "zone": {"Europe/Berlin"}, "quiet_from": {"22:30", ""}, "quiet_to": {"06:00", ""}}, status: 303},
		{name: "quiet without an end", path: "/contacts/me", form: url.Values{"name": {"Fang"}, "zone": {"Europe/Berlin"}, "quiet_from": {"22:30"}, "quiet_to": {""}}, status: 422, says: "These hours do not fit"},
		{name: "a zone that is none", path: "/contacts/me", form: url.Values{"name": {"Fang"}, "zone": {"Mars"}}, status: 422},
		{name: "into the team", path: "/teams/t-1/members", form: url.Values{"contact": {"c-gang"}}, status: 303},
		{name: "somebody new into the team", path: "/teams/t-1/members", form: url.Values{"name": {"Nurse Wu"}, "language": {"en"}}, status: 303},
		{name: "nobody into the team", path: "/teams/t-1/members", status: 422},
		{name: "a stranger into the team", path: "/teams/t-1/members", form: url.Values{"contact": {"c-none"}}, status: 404},
		{name: "into no team", path: "/teams/t-9/members", form: url.Values{"name": {"Nurse Wu"}}, status: 404},
		{name: "out of the team", path: "/teams/t-1/members/c-wang/remove", status: 303},
		{name: "out of a team without them", path: "/teams/t-1/members/c-gang/remove", status: 404},
		{name: "families have no team", path: "/teams/t-1/members", form: url.Values{"contact": {"c-gang"}}, family: true, status: 404},
		{name: "families take nobody out", path: "/teams/t-1/members/c-wang/remove", family: true, status: 404},
		{name: "shift", path: "/teams/t-1/shifts", form: url.Values{"contact": {"c-wang"}, "day": {"1", "2"}, "from": {"08:00"}, "to": {"20:00"}}, status: 303},
		{name: "shift on no day", path: "/teams/t-1/shifts", form: url.Values{"contact": {"c-wang"}, "from": {"08:00"}, "to": {"20:00"}}, status: 422},
		{name: "shift without hours", path: "/teams/t-1/shifts", form: url.Values{"contact": {"c-wang"}, "day": {"1"}}, status: 422, says: "These hours do not fit"},
		{name: "override", path: "/teams/t-1/overrides", form: url.Values{"contact": {"c-wang"}, "from": {"2026-11-24T08:00"}, "to": {"2026-11-24T20:00"}}, status: 303},
		{name: "override backwards", path: "/teams/t-1/overrides", form: url.Values{"contact": {"c-wang"}, "from": {"2026-11-24T08:00"}, "to": {"2026-11-24T08:00"}}, status: 422, says: "These hours do not fit"},
		{name: "override by a stranger", path: "/teams/t-1/overrides", form: url.Values{"contact": {"c-gang"}, "from": {"2026-11-24T08:00"}, "to": {"2026-11-24T20:00"}}, status: 422},
		{name: "families have no roster", path: "/teams/t-1/overrides", form: url.Values{"contact": {"c-wang"}, "from": {"2026-11-24T08:00"}, "to": {"2026-11-24T20:00"}}, family: true, status: 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := newNeighbourhood(t, atNoon)
			n.people.staff = !tc.family
			if tc.form == nil {
				tc.form = url.Values{}
			}
			tc.form.Set("next", "/teams")
			w := ask(n.handler(t, assets), request{method: http.MethodPost, path: tc.path, form: tc.form, cookies: []*http.Cookie{n.signedIn(t)}})
			if w.Code != tc.status || tc.status == 303 && w.Header().Get("Location") != "/teams" || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("got %d to %q, want %d saying %q:\n%s", w.Code, w.Header().Get("Location"), tc.status, tc.says, w.Body)
			}
		})
	}
}

// What a form says is what is kept.
func TestWhatComesOfPeopleForms(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	post := func(path string, form url.Values) {
		t.Helper()
		if w := ask(h, request{method: http.MethodPost, path: path, form: form, cookies: cookies}); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
	post("/residents/r-zhao/care-team/c-gang", url.Values{"relation": {"doctor"}, "from": {"critical"}, "delay": {"1800"}, "repeat": {"3600"}})
	want := web.Member{Person: gang, Relation: "doctor", Place: 2, Wishes: web.Wishes{From: web.Critical, Delay: 30 * time.Minute, Repeat: time.Hour}}
	if got := n.people.circle.Members[1]; got.Person != want.Person || got.Relation != want.Relation || got.Wishes != want.Wishes || got.Place != 2 {
		t.Errorf("%+v, want %+v", got, want)
	}
	post("/contacts/me/channels", url.Values{"kind": {"sms"}, "address": {" +8613811111111 "}, "label": {"mine"}, "from": {"warning"}, "loud": {"info"}})
	if got := n.people.mine.Channels[3]; got.Kind != "sms" || got.Address != "+8613811111111" || got.Label != "mine" || got.Trusted || got.From != web.Warning || got.Loud != web.Info {
		t.Errorf("%+v", got)
	}
	post("/contacts/me", url.Values{"name": {"Fang"}, "language": {"en"}, "zone": {"Europe/Berlin"}, "quiet_from": {"", "23:00"}, "quiet_to": {"", "06:30"}})
	if got := n.people.mine; got.Name != "Fang" || got.Language != "en" || got.Zone.String() != "Europe/Berlin" || len(got.Quiet) != 1 || got.Quiet[0] != (web.Hours{From: "23:00", To: "06:30"}) {
		t.Errorf("%+v", got)
	}
	// A browser's local time is meant by the team's clock.
	post("/teams/t-1/overrides", url.Values{"contact": {"c-wang"}, "from": {"2026-11-24T08:00"}, "to": {"2026-11-24T20:00"}, "reason": {"swap"}})
	if got := n.people.roster.Overrides[1]; !got.From.Equal(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)) || got.To.Sub(got.From) != 12*time.Hour || got.Reason != "swap" {
		t.Errorf("%+v", got)
	}
}

// Of a family the page offers what it may do, and no more.
func TestAFamilysPage(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	n.people.staff = false
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	page := ask(h, request{path: "/residents/r-zhao", cookies: cookies}).Body.String()
	for text, want := range map[string]bool{
		"/care-team": false, `href="/teams"`: false, "/teams/t-1": false, "said yes on the phone": false, "Take it back": false, "End it": false,
		"Yes, I take over": true, `href="/contacts/me"`: true, "on duty now: Nurse Wang": true, "neighbour · cannot be reached": true,
	} {
		if strings.Contains(page, text) != want {
			t.Errorf("it says %q: %v, want %v\n%s", text, !want, want, page)
		}
	}
	for _, path := range []string{"/teams", "/teams/t-1", "/residents/r-zhao/care-team", "/contacts/c-fang"} {
		if w := ask(h, request{path: path, cookies: cookies}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// A resident says at which numbers they are called on their own page; the home's not where
// others live there, and it stays then.
func TestAResidentSaysTheirNumbers(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.people.staff = false
	read := func() string {
		body := ask(h, request{path: "/residents/r-zhao", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		_, form, _ := strings.Cut(body, `action="/residents/r-zhao/phones"`)
		form, _, _ = strings.Cut(form, "</form>")
		return form
	}
	if form := read(); form != "" {
		t.Errorf("who may not reads %s", form)
	}
	n.people.circle.MayPhone = true
	if form := read(); !strings.Contains(form, `name="own" type="tel"`) || !strings.Contains(form, `name="home" type="tel"`) || !strings.Contains(form, `type="checkbox" name="neighbours"`) {
		t.Errorf("who may reads %s", form)
	}
	n.people.circle.Phones.HomeOfOthers, n.people.circle.Phones.ForNeighbours = true, true
	if form := read(); !strings.Contains(form, `<input type="hidden" name="home" value="010-6265 1234">`) || !strings.Contains(form, `<input type="hidden" name="neighbours" value="yes">`) || strings.Contains(form, `name="home" type="tel"`) {
		t.Errorf("who does not live alone reads %s", form)
	}
}
