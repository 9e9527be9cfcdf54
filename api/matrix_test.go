package api_test

import (
	"bufio"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
)

var update = flag.Bool("update", false, "write what the tests found as what they expect")

// actor is one of those whom the matrix asks for each route: by what they are to Li.
type actor struct {
	letter string
	role   records.Role
	// relation is what they are in her care team, scopes what a consent lets them see.
	relation string
	scopes   string
	team     bool // of the team that looks after her
	// panel is set for who is asked in a consultation about her, over when it has ended.
	panel, over bool
}

var actors = []actor{
	{letter: "A", role: records.Administrator},
	{letter: "C", role: records.Caregiver, team: true},
	{letter: "O", role: records.Caregiver}, // of another team
	{letter: "M", role: records.Family, relation: "family_manager"},
	{letter: "F", role: records.Family, relation: "family"},
	{letter: "S", role: records.Family, relation: "family", scopes: `["status"]`},
	{letter: "W", role: records.Family, relation: "family", scopes: `["status","file"]`},
	{letter: "P", role: records.Family, relation: "caregiver"},
	{letter: "D", role: records.Family, relation: "doctor"},
	{letter: "R", role: records.Family, relation: "resident"},
	{letter: "N", role: records.Family, relation: "neighbour"},
	{letter: "X", role: records.Family}, // of nobody
	{letter: "E", role: records.Expert},
	{letter: "K", role: records.Expert, panel: true},
	{letter: "L", role: records.Expert, panel: true, over: true},
}

const matrixFile = "testdata/matrix.txt"

// Every route is asked by everybody, and lets through just whom the matrix names. A
// route that is not in it fails the test: whoever adds one says who may use it.
func TestMatrix(t *testing.T) {
	got := map[string]string{}
	for _, who := range actors {
		w := newWorld(t)
		token, of := w.become(who)
		for _, name := range w.routes() {
			if w.passes(name, token, of) {
				got[name] += who.letter
			} else {
				got[name] += "."
			}
		}
	}
	if *update {
		writeMatrix(t, got)
		return
	}
	want := readMatrix(t)
	for name, letters := range got {
		if known, ok := want[name]; !ok {
			t.Errorf("%s is not in %s, and lets %s through. Who may use it?", name, matrixFile, letters)
		} else if known != letters {
			t.Errorf("%s lets %s through, want %s", name, letters, known)
		}
	}
	for name := range want {
		if got[name] == "" {
			t.Errorf("%s is in %s, and is not there", name, matrixFile)
		}
	}
}

// passes asks for a route, and reports whether the access let it through, whatever
// came of it.
func (w *world) passes(name, token string, of about) bool {
	w.t.Helper()
	method, route, _ := strings.Cut(name, " ")
	ofAlert := strings.HasPrefix(route, "/api/v1/alerts/{id}")
	path := route
	switch {
	case ofAlert:
		path = strings.Replace(path, "{id}", of.alert, 1)
	case strings.Contains(route, "/{id}/proposals/"):
		path = strings.Replace(path, "{id}", of.advised, 1)
	case strings.HasPrefix(route, "/api/v1/consultations/{id}"):
		path = strings.Replace(path, "{id}", of.consultation, 1)
	case strings.HasPrefix(route, "/api/v1/panels/{id}"):
		path = strings.Replace(path, "{id}", "hearts", 1)
	case route == "/api/v1/homes/{id}/phone":
		path = strings.Replace(path, "{id}", "h-li", 1)
	case route == "/api/v1/contacts/{id}/channels/{channel}/test":
		path = strings.Replace(path, "{id}", "friend", 1)
	}
	if strings.Contains(route, "/wearings") {
		path = strings.Replace(path, "{id}", "band-1", 1) // which Li wears
	}
	path = named.Replace(path)
	switch {
	case strings.HasSuffix(route, "/readings"):
		path += "?metric=heart_rate"
	case route == "/api/v1/events":
		method, path = http.MethodHead, path+"?resident=li"
	}
	resp, body := w.request(method, path, bodyOf(name), token)
	if strings.Contains(body, "request body is required") && !strings.HasPrefix(route, "/api/v1/me/") { // which are of whoever asks
		w.t.Errorf("%s: the test has no body for it", name)
	}
	switch resp.StatusCode {
	case http.StatusForbidden, http.StatusUnauthorized:
		return false
	case http.StatusNotFound:
		return !ofAlert // which is hidden from who may not see it
	}
	return true
}

// routes are all that need a sign-in, in an order in which none changes who may use
// the next.
func (w *world) routes() (names []string) {
	err := chi.Walk(w.api.Router(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !open[route] && method != http.MethodHead && !strings.HasPrefix(route, "/debug/") {
			names = append(names, method+" "+route)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(names)
	// Who changes the panel, declines or takes a question back, or has access in an
	// emergency, may do other things afterwards.
	last := []string{"PUT /api/v1/panels/{id}", "POST /api/v1/consultations/{id}/decline", "POST /api/v1/consultations/{id}/withdraw", "POST /api/v1/residents/{id}/emergency"}
	slices.SortStableFunc(names, func(a, b string) int { return slices.Index(last, a) - slices.Index(last, b) })
	return names
}

// about is what there is about Li.
type about struct {
	alert, consultation string
	// advised is a question on which a limit, a condition, a plan and a reminder are advised.
	advised string
}

// become makes somebody of an actor, in a world where a team looks after Li and she
// has pressed her button.
func (w *world) become(who actor) (token string, of about) {
	w.t.Helper()
	u, err := w.users.Add(w.t.Context(), records.User{Login: "actor", Name: "Actor", Role: who.role})
	if err != nil {
		w.t.Fatal(err)
	}
	if token, _, err = w.users.IssueToken(w.t.Context(), records.Token{UserID: u.ID, Label: "test"}, ""); err != nil {
		w.t.Fatal(err)
	}
	ask := func(method, path, body string, status int) {
		w.t.Helper()
		w.ask(records.Administrator, method, path, body, status, nil)
	}
	ask("POST", "/contacts", fmt.Sprintf(`{"id":"actor","name":"Actor","user":%q}`, u.ID), http.StatusCreated)
	members := `[]`
	if who.team {
		members = `["actor"]`
	}
	ask("POST", "/teams", `{"id":"north","name":"North","time_zone":"Asia/Shanghai","members":`+members+`,"residents":["li"]}`, http.StatusCreated)
	if who.relation != "" {
		ask("PUT", "/residents/li/care-team/actor", `{"relation":"`+who.relation+`"}`, http.StatusOK)
	}
	if who.scopes != "" {
		ask("POST", "/residents/li/consents", `{"purpose":"sharing","contact":"actor","scopes":`+who.scopes+`,"given_by":"Li","capacity":"resident","manner":"paper","proof":"folder 7"}`, http.StatusCreated)
	}
	// Where she lives, by herself, and somebody else of her care team.
	ask("POST", "/homes", `{"id":"h-li","name":"10-101","time_zone":"Asia/Shanghai"}`, http.StatusCreated)
	if _, err := w.records.ExecContext(w.t.Context(), "UPDATE residents SET home = 'h-li' WHERE id = 'li'"); err != nil {
		w.t.Fatal(err)
	}
	ask("POST", "/contacts", `{"id":"friend","name":"Friend"}`, http.StatusCreated)
	ask("PUT", "/residents/li/care-team/friend", `{"relation":"neighbour"}`, http.StatusOK)
	w.presses(1)
	var all []api.Alert
	w.ask(records.Administrator, "GET", "/alerts", "", http.StatusOK, &all)
	if len(all) != 1 {
		w.t.Fatalf("%d alerts, want one", len(all))
	}
	of = about{alert: all[0].ID}
	of.consultation, of.advised = w.asks(u, who)
	return token, of
}

// asks puts a question about Li to a panel in which an actor is, perhaps, and another to
// one that has given its advice.
func (w *world) asks(u records.User, who actor) (asked, advised string) {
	w.t.Helper()
	chair, err := w.users.Add(w.t.Context(), records.User{Login: "chair", Name: "Chair", Role: records.Expert})
	if err != nil {
		w.t.Fatal(err)
	}
	members := fmt.Sprintf(`{"user":%q,"speciality":"Cardiology","chair":true}`, chair.ID)
	if who.panel {
		members += fmt.Sprintf(`,{"user":%q,"speciality":"Geriatrics"}`, u.ID)
	}
	w.ask(records.Administrator, "POST", "/panels", `{"id":"hearts","name":"Hearts","active":true,"members":[`+members+`]}`, http.StatusCreated, nil)
	w.ask(records.Administrator, "POST", "/residents/li/consents", `{"purpose":"panel","given_by":"Li","capacity":"resident","manner":"paper","proof":"folder 7"}`, http.StatusCreated, nil)
	var c api.Consultation
	var letter api.FileEntry[healthfile.Document]
	w.ask(records.Administrator, "POST", "/residents/li/file/documents", `{"body":{"title":"Letter of Li Hua","sort":"discharge"},"content":"JVBERi0xLjcgLi4u"}`, http.StatusCreated, &letter)
	w.ask(records.Administrator, "POST", "/residents/li/consultations", fmt.Sprintf(`{"panel":"hearts","question":"Is the limit right?","documents":[%q]}`, letter.ID), http.StatusCreated, &c)
	if who.over {
		w.ask(records.Administrator, "POST", "/consultations/"+c.ID+"/withdraw", `{"reason":"It is clear now."}`, http.StatusOK, nil)
	}
	return c.ID, w.advisedBy(chair)
}

// advisedBy is a question that an expert has answered alone.
func (w *world) advisedBy(chair records.User) string {
	w.t.Helper()
	token, _, err := w.users.IssueToken(w.t.Context(), records.Token{UserID: chair.ID, Label: "test"}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.ask(records.Administrator, "POST", "/panels", fmt.Sprintf(`{"id":"chairs","name":"Chairs","active":true,"members":[{"user":%q,"speciality":"Cardiology","chair":true}]}`, chair.ID), http.StatusCreated, nil)
	var c api.Consultation
	w.ask(records.Administrator, "POST", "/residents/li/consultations", `{"panel":"chairs","question":"And this one?"}`, http.StatusCreated, &c)
	w.answer("POST", "/api/v1/consultations/"+c.ID+"/opinions", `{"answer":"change","text":"x","reasons":"x","confidence":"low"}`, token, http.StatusCreated, nil)
	w.answer("POST", "/api/v1/consultations/"+c.ID+"/advice", `{"text":"x","plain":{"en":"x"},"review_by":"2099-01-01","changes":[
		{"kind":"limit","target":"bp.high.systolic","to":"150"},{"kind":"condition","target":"copd","to":"on"},{"kind":"planned","target":"bp_systolic","to":"12h"},
		{"kind":"follow_up","reminder":{"what":"Blood pressure","schedule":"once 2098-12-07 09:00"}}]}`, token, http.StatusCreated, nil)
	return c.ID
}

func readMatrix(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	matrix := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if letters, name, ok := strings.Cut(lines.Text(), "\t"); ok {
			matrix[name] = letters
		}
	}
	return matrix
}

func writeMatrix(t *testing.T, got map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Who gets through at each route, by what they are to Li, of whom it is asked:
# A administrator, C caregiver of her team, O caregiver of another team, M family that decides with her, F family,
# S family with a consent for the status alone, W family with one for status and file, P caregiver of the care team,
# D doctor, R herself, N neighbour, X family of nobody, E expert, K expert who is asked about her, L one whose question
# about her has ended.
# Lists let everybody through, and show what is theirs. All ask with tokens, which do nothing about how their users
# sign in: what lets nobody through is for who signed in with a password; advice is published by the chair of a panel alone.
# The change that is advised, and accepted or declined, is of what the rules go by.
`)
	names := make([]string, 0, len(got))
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString(got[name] + "\t" + name + "\n")
	}
	if err := os.WriteFile(matrixFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
