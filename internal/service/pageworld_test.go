package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
)

// pageActor is one of those who ask for each page: by what they are to a resident of
// their own, who is called after them.
type pageActor struct {
	letter string
	role   records.Role
	// relation is what they are in her care team, scopes what a consent lets them see.
	relation records.Relation
	scopes   string
	team     bool // of the team that looks after all of them
	// panel is set for who is asked in a consultation about her, over when it has ended.
	panel, over bool
	// sees is set for who may know that she is there, seesAll for who may of all.
	sees, seesAll bool

	user, contact, token string
	alert                string
	// asks is the panel that is asked about her, and question what it is asked.
	asks, question string
	// last is the contact that was made for what they do now.
	last string
}

func pageActors() []*pageActor {
	return []*pageActor{
		{letter: "A", role: records.Administrator, seesAll: true},
		{letter: "C", role: records.Caregiver, team: true, seesAll: true},
		{letter: "O", role: records.Caregiver}, // of another team
		{letter: "M", role: records.Family, relation: records.AsManager, sees: true},
		{letter: "F", role: records.Family, relation: records.AsFamily, sees: true},
		{letter: "S", role: records.Family, relation: records.AsFamily, scopes: `"status"`, sees: true},
		{letter: "W", role: records.Family, relation: records.AsFamily, scopes: `"status","file"`, sees: true},
		{letter: "P", role: records.Family, relation: records.AsCaregiver, sees: true},
		{letter: "D", role: records.Family, relation: records.AsDoctor, sees: true},
		{letter: "R", role: records.Family, relation: records.AsResident, sees: true},
		{letter: "N", role: records.Family, relation: records.AsNeighbour},
		{letter: "X", role: records.Family}, // of nobody
		{letter: "E", role: records.Expert},
		{letter: "K", role: records.Expert, panel: true},
		{letter: "L", role: records.Expert, panel: true, over: true},
	}
}

// residentName is what the resident of an actor is called, and nothing else.
func residentName(letter string) string { return "Qiulan-" + letter }

func (a *pageActor) resident() string { return "li-" + strings.ToLower(a.letter) }
func (a *pageActor) twin() string     { return "twin-" + strings.ToLower(a.letter) }
func (a *pageActor) sister() string   { return "sister-" + strings.ToLower(a.letter) }
func (a *pageActor) leaver() string   { return "leaver-" + strings.ToLower(a.letter) }

// pageWorld is a running service with a resident for each actor.
type pageWorld struct {
	*process
	service *service.Service
	routes  []string
	actors  []*pageActor
	chair   *pageActor // of all panels, and alone in the one that is called chairs
	chairs  string
	hooks   string // where everybody is told over webhooks
	made    int    // of which things have names of their own
}

// newPageWorld starts a service where one team looks after all residents, each of whom
// has pressed her button.
func newPageWorld(t *testing.T) *pageWorld {
	t.Helper()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	w := &pageWorld{actors: pageActors()}
	var passwords []string
	w.process = newProcess(t, cfg, func(s *service.Service) {
		must(t, s.EnsureHome(t.Context(), devices.Home{ID: "house", Name: "House 5", TimeZone: "Asia/Shanghai"}))
		other, err := s.Residents.Create(t.Context(), records.Resident{ID: "other", Name: "Other", HomeID: "house", TimeZone: "Asia/Shanghai"})
		must(t, err)
		_, err = s.People.AddTeam(t.Context(), records.TeamFile{Team: records.Team{ID: "south", Name: "South", TimeZone: "UTC"}, Residents: []string{other.ID}})
		must(t, err)
		var enrolments []devices.Enrolment
		var all []string
		for _, who := range w.actors {
			for id, name := range map[string]string{who.resident(): residentName(who.letter), who.twin(): "Twin " + who.letter, who.sister(): "Sister " + who.letter, who.leaver(): "Leaver " + who.letter} {
				lives := records.Resident{ID: id, Name: name, TimeZone: "Asia/Shanghai"}
				if id == who.sister() {
					lives.HomeID = "house"
				}
				r, err := s.Residents.Create(t.Context(), lives)
				must(t, err)
				all = append(all, r.ID)
			}
			enrolments = append(enrolments, devices.Enrolment{Device: devices.Device{ID: "band-" + who.letter}, Resident: who.resident(), From: devices.FirstReading()})
			u, err := s.Users.Add(t.Context(), records.User{Login: "user-" + who.letter, Name: "Actor " + who.letter, Role: who.role})
			must(t, err)
			who.user = u.ID
			who.token, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, "")
			must(t, err)
			who.contact = "actor-" + strings.ToLower(who.letter)
			add(t, s, who.contact, u.Name, u.ID, hooks.URL)
		}
		add(t, s, "nurse", "Nurse Lin", "", hooks.URL)
		members := []string{"nurse"}
		for _, who := range w.actors {
			if who.team {
				members = append(members, who.contact)
			}
		}
		_, err = s.People.AddTeam(t.Context(), records.TeamFile{Team: records.Team{ID: "north", Name: "North", TimeZone: "UTC"}, Members: members, Residents: all})
		must(t, err)
		_, passwords, err = s.Registry.Enrol(t.Context(), enrolments)
		must(t, err)
	})
	w.hooks = hooks.URL
	w.service, w.routes = w.run()
	for i, who := range w.actors {
		w.relate(who)
		client := w.connect("band-"+who.letter, passwords[i])
		if token := client.Publish("anxin/v1/devices/band-"+who.letter+"/readings", 1, false, `{"sos_button":1}`); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatal(token.Error())
		}
		client.Disconnect(100)
	}
	w.askPanel()
	for _, who := range w.actors {
		w.waitFor("the alert of "+who.resident(), func() error {
			var open []struct{ ID, Rule string }
			w.ask(t, "/api/v1/residents/"+who.resident()+"/alerts", &open)
			for _, a := range open {
				if a.Rule == "sos" {
					who.alert = a.ID
					return nil
				}
			}
			return errors.New("none")
		})
	}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// relate makes somebody what they are, to each of their residents.
func (w *pageWorld) relate(who *pageActor) {
	w.t.Helper()
	for _, resident := range []string{who.resident(), who.twin(), who.sister(), who.leaver()} {
		if who.relation != "" {
			must(w.t, w.service.People.SetMember(w.t.Context(), records.Membership{Resident: resident, Contact: who.contact, Relation: who.relation}))
		}
		if who.scopes != "" {
			w.post("/residents/"+resident+"/consents", `{"purpose":"sharing","contact":"`+who.contact+`","scopes":[`+who.scopes+`],"given_by":"Li","capacity":"resident","manner":"paper","proof":"folder 7"}`)
		}
	}
}

// askPanel puts a question about each resident to a panel, in which some actors are:
// each is asked about her own alone.
func (w *pageWorld) askPanel() {
	w.t.Helper()
	chair, err := w.service.Users.Add(w.t.Context(), records.User{Login: "chair", Name: "Chair", Role: records.Expert})
	must(w.t, err)
	w.chair = &pageActor{user: chair.ID}
	w.chair.token, _, err = w.service.Users.IssueToken(w.t.Context(), records.Token{UserID: chair.ID, Label: "test"}, "")
	must(w.t, err)
	members := `{"user":"` + chair.ID + `","speciality":"Cardiology","chair":true}`
	w.chairs = w.post("/panels", `{"name":"Hearts","active":true,"members":[`+members+`]}`)
	for _, who := range w.actors {
		all := members
		if who.panel {
			all += `,{"user":"` + who.user + `","speciality":"Geriatrics"}`
		}
		who.asks = w.post("/panels", `{"name":"Hearts `+who.letter+`","active":true,"members":[`+all+`]}`)
		w.post("/residents/"+who.resident()+"/consents", `{"purpose":"panel","given_by":"Li","capacity":"resident","manner":"paper","proof":"folder 7"}`)
		who.question = w.question(who)
	}
}

// question puts one about an actor's resident to the panel that they may be in.
func (w *pageWorld) question(who *pageActor, documents ...string) string {
	w.t.Helper()
	id := w.questionTo(who.asks, who, documents...)
	if who.over {
		w.post("/consultations/"+id+"/withdraw", `{"reason":"It is clear now."}`)
	}
	return id
}

func (w *pageWorld) questionTo(panel string, who *pageActor, documents ...string) string {
	w.t.Helper()
	put, err := json.Marshal(append([]string{}, documents...))
	must(w.t, err)
	w.made++
	return w.post("/residents/"+who.resident()+"/consultations", fmt.Sprintf(`{"panel":%q,"question":"Is limit %d right?","documents":%s}`, panel, w.made, put))
}

// document is a new one on the resident's file.
func (w *pageWorld) document(who *pageActor) string {
	w.t.Helper()
	e, err := w.service.File.AddDocument(w.t.Context(), who.resident(), healthfile.Document{Title: "x", Sort: "other"}, strings.NewReader("%PDF-1.7 x"), records.Change{})
	must(w.t, err)
	return e.ID
}

// answeredBy has an expert answer alone.
func (w *pageWorld) answeredBy(expert *pageActor, question string) string {
	w.t.Helper()
	_, err := w.as(expert.token).request(http.MethodPost, "/api/v1/consultations/"+question+"/opinions", `{"answer":"leave","text":"x","reasons":"x","confidence":"low"}`)
	must(w.t, err)
	return question
}

// advised is a question on which advice was published that would change a limit, and have
// somebody follow up.
func (w *pageWorld) advised(who *pageActor) string {
	w.t.Helper()
	id := w.answeredBy(w.chair, w.questionTo(w.chairs, who))
	w.made++
	_, err := w.as(w.chair.token).request(http.MethodPost, "/api/v1/consultations/"+id+"/advice", fmt.Sprintf(
		`{"text":"x","plain":{"en":"x"},"review_by":"2099-01-01","changes":[{"kind":"limit","target":"bp.severe.systolic","to":"%d"},{"kind":"follow_up","reminder":{"what":"Pressure %[1]d","schedule":"once 2098-12-07 09:00"}}]}`, 165+w.made%10))
	must(w.t, err)
	return id
}

// post has an administrator make something over the API, and returns its id.
func (w *pageWorld) post(path, body string) string {
	w.t.Helper()
	answer, err := w.process.request(http.MethodPost, "/api/v1"+path, body)
	must(w.t, err)
	var made struct{ ID string }
	must(w.t, json.Unmarshal(answer, &made))
	return made.ID
}

// as is the service as somebody else asks it.
func (w *pageWorld) as(token string) *process {
	return &process{t: w.t, cfg: w.cfg, token: token}
}

// file is what comes with a form.
func (w *pageWorld) file(c pageCase) string {
	w.t.Helper()
	if !strings.Contains(c.route, "/photo/") {
		return "%PDF-1.7 of hers"
	}
	var picture bytes.Buffer
	must(w.t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 9))))
	return picture.String()
}

// newContact adds a contact that can be told, in a resident's care team perhaps.
func (w *pageWorld) newContact(resident string) string {
	w.t.Helper()
	w.made++
	id := fmt.Sprint("contact-", w.made)
	add(w.t, w.service, id, "Contact "+id, "", w.hooks)
	if resident != "" {
		must(w.t, w.service.People.SetMember(w.t.Context(), records.Membership{Resident: resident, Contact: id, Relation: records.AsFamily}))
	}
	return id
}

// thing is what a route or a form of an actor's names: it is there, and is theirs to see
// or to change if they may. What a form uses up is made anew.
func (w *pageWorld) thing(name string, who *pageActor) string {
	w.t.Helper()
	thing, known := pageThings[name]
	if !known {
		w.t.Fatalf("pageThings has no {%s}", name)
	}
	return thing(w, who)
}
