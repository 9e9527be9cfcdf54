package service_test

import (
	"bufio"
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

var update = flag.Bool("update", false, "write what the tests found as what they expect")

const pageMatrixFile = "testdata/pages.txt"

// Every page is asked for by everybody, and each of its forms sent, and lets through
// just whom the matrix names. A route that is in no case fails the test: whoever adds
// one adds to pageCases, and says who may use it.
func TestPageMatrix(t *testing.T) {
	t.Parallel()
	w := newPageWorld(t)
	w.knowsAllRoutes()
	got := map[string]string{}
	for _, c := range pageCases {
		if got[c.name()] != "" {
			t.Fatalf("%s is there twice", c.name())
		}
		for _, who := range w.actors {
			if w.passes(c, who) {
				got[c.name()] += who.letter
			} else {
				got[c.name()] += "."
			}
		}
	}
	if *update {
		writePageMatrix(t, got)
		return
	}
	want := readPageMatrix(t)
	for name, letters := range got {
		if known, ok := want[name]; !ok {
			t.Errorf("%s is not in %s, and lets %s through. Who may use it?", name, pageMatrixFile, letters)
		} else if known != letters {
			t.Errorf("%s lets %s through, want %s", name, letters, known)
		}
	}
	for name := range want {
		if got[name] == "" {
			t.Errorf("%s is in %s, and is not there", name, pageMatrixFile)
		}
	}
}

// pageCase asks for a page, or sends one of its forms.
type pageCase struct {
	// route is as the router has it: "GET /residents/{id}".
	route string
	// about tells the cases of one route apart, "" where there is one.
	about string
	// with are the parameters of the route that are not as always, and form is what is
	// filled in, both as in a query. What stands in braces is one of the world's things.
	with, form string
	// says is the status that those hear who are let through; 0 for that of a page which
	// is shown, or of a form which was taken in.
	says int
	// not are those who may do it and hear that it is not for them all the same: nobody
	// has herself on her hands.
	not string
	// leads are those who are led to another page of theirs.
	leads string
	// asked is of those experts who are asked alone: no administrator may do it.
	asked bool
	// inPerson is of those who signed in with a password: a token is refused.
	inPerson bool
}

func (c pageCase) name() string {
	if c.about == "" {
		return c.route
	}
	return c.route + " (" + c.about + ")"
}

var inBraces = regexp.MustCompile(`{[a-z_-]+}`)

// request is the case as somebody asks for it.
func (w *pageWorld) request(c pageCase, who *pageActor) (method, path string, form url.Values) {
	w.t.Helper()
	fill := func(text string) string {
		return inBraces.ReplaceAllStringFunc(text, func(name string) string { return w.thing(strings.Trim(name, "{}"), who) })
	}
	query := func(text string) url.Values {
		values, err := url.ParseQuery(text)
		if err != nil {
			w.t.Fatalf("%s: %v", c.name(), err)
		}
		return values
	}
	with := query(c.with)
	method, path, _ = strings.Cut(c.route, " ")
	path = inBraces.ReplaceAllStringFunc(path, func(name string) string {
		name = strings.Trim(name, "{}")
		if with.Has(name) {
			return fill(with.Get(name))
		}
		if name == "id" { // of whatever the path begins with
			name = strings.TrimSuffix(strings.Split(path, "/")[1], "s")
		}
		return w.thing(name, who)
	})
	if with.Has("query") {
		path += "?" + fill(with.Get("query"))
	}
	form = query(c.form)
	for _, list := range form {
		for i := range list {
			list[i] = fill(list[i])
		}
	}
	return method, path, form
}

// passes reports whether somebody is let through. What is refused is refused by the
// access alone: whoever is let through hears what the case says, and an administrator
// is, unless it is for people who signed in.
func (w *pageWorld) passes(c pageCase, who *pageActor) bool {
	w.t.Helper()
	method, path, form := w.request(c, who)
	p := w.as(who.token)
	var status int
	var body string
	if strings.HasSuffix(c.route, "/upload") {
		status = p.upload(path, w.file(c), "title", "Letter", "sort", "discharge")
	} else {
		status, body = p.answered(method, path, form)
	}
	says := c.says
	if says == 0 {
		says = map[string]int{http.MethodGet: http.StatusOK, http.MethodPost: http.StatusSeeOther}[method]
	}
	if strings.Contains(c.not, who.letter) {
		says = http.StatusUnprocessableEntity
	}
	if strings.Contains(c.leads, who.letter) {
		says = http.StatusSeeOther
	}
	passed := status == says
	switch refused := status == http.StatusNotFound || status == http.StatusForbidden; {
	case !passed && !refused:
		w.t.Errorf("%s as %s: status %d, want %d or a refusal:\n%s", c.name(), who.letter, status, says, body)
	case who.role == records.Administrator && passed == (c.inPerson || c.asked):
		w.t.Errorf("%s: an administrator hears %d:\n%s", c.name(), status, body)
	}
	w.namesNobody(c, who, passed, body)
	return passed
}

// namesNobody fails the test when somebody reads the name of a resident whom they may
// not see.
func (w *pageWorld) namesNobody(c pageCase, who *pageActor, passed bool, body string) {
	w.t.Helper()
	if own := residentName(who.letter); c.route == "GET /residents/{id}" && passed && !strings.Contains(body, own) {
		w.t.Errorf("the page of %s does not name her, and names are looked for in vain", own)
	}
	for _, other := range w.actors {
		may := who.seesAll || other == who && who.sees
		if name := residentName(other.letter); strings.Contains(body, name) && (!may || !passed) {
			w.t.Errorf("%s as %s, let through: %v, names %s:\n%s", c.name(), who.letter, passed, name, body)
		}
	}
}

// answered is what a page or a form answers.
func (p *process) answered(method, path string, form url.Values) (status int, body string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+p.cfg.HTTPAddr+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if strings.HasPrefix(resp.Header.Get("Location"), "/sign-in") {
		p.t.Errorf("%s %s leads to the sign-in", method, path)
	}
	return resp.StatusCode, string(text)
}

// openPages are for those who are not signed in, too, and are about nobody: by links
// that only one person has, or by a sign-in.
var openPages = map[string]bool{
	"GET /assets/*": true, "GET /sign-in": true, "POST /sign-in": true, "POST /sign-out": true, "GET /forgot": true, "POST /forgot": true,
	"GET /welcome/{secret}": true, "POST /welcome/{secret}": true, "GET /reset/{secret}": true, "POST /reset/{secret}": true, "POST /language": true,
	"GET /sw.js": true, "GET /icon.png": true, "GET /manifest.webmanifest": true, "GET /push/key": true, "POST /push/renew": true,
	"GET /t/{token}": true, "POST /t/{token}": true, "POST /t/{token}/arrived": true, "POST /t/{token}/looked": true,
}

// knowsAllRoutes fails the test when a route of the pages is in no case, or a case asks
// for one that is not there.
func (w *pageWorld) knowsAllRoutes() {
	w.t.Helper()
	known := map[string]bool{}
	for _, c := range pageCases {
		known[c.route] = true
	}
	there := map[string]bool{}
	for _, route := range w.routes {
		there[route] = true
		if !known[route] && !openPages[route] {
			w.t.Errorf("%s is in no case of pageCases. Who may use it?", route)
		}
	}
	for route := range known {
		if !there[route] {
			w.t.Errorf("%s is in a case, and is not there", route)
		}
	}
	for route := range openPages {
		if !there[route] {
			w.t.Errorf("%s is said to be open, and is not there", route)
		}
	}
}

// run runs the service in this process, and tells the routes of its pages.
func (p *process) run() (s *service.Service, routes []string) {
	p.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s, err := service.Open(ctx, p.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		stop()
		p.t.Fatal(err)
	}
	s.Pages(func(r chi.Router) {
		err = chi.Walk(r, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			if page := !strings.HasPrefix(route, "/api/") && !strings.HasPrefix(route, "/debug/") && !slices.Contains([]string{"/healthz", "/readyz", "/metrics"}, route); page {
				routes = append(routes, method+" "+route)
			}
			return nil
		})
	})
	if err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	p.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			p.t.Errorf("the service ended with: %v", err)
		}
		if err := s.Close(); err != nil {
			p.t.Error(err)
		}
	})
	p.waitFor("the service to start", func() error {
		_, err := p.get("/healthz")
		return err
	})
	return s, routes
}

func readPageMatrix(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(pageMatrixFile)
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

func writePageMatrix(t *testing.T, got map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# Who gets through at each page and form, by what they are to the resident whom it is about:
# A administrator, C caregiver of her team, O caregiver of another team, M family that decides with her, F family,
# S family with a consent for the status alone, W family with one for status and file, P caregiver of the care team,
# D doctor, R herself, N neighbour, X family of nobody, E expert, K expert who is asked about her, L one whose question
# about her has ended. The routes of the API have a matrix like it, in api/testdata.
# Lists let everybody through, and show what is theirs. All ask with tokens, which do nothing about how their users
# sign in: what lets nobody through is for who signed in with a password.
`)
	names := make([]string, 0, len(got))
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString(got[name] + "\t" + name + "\n")
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pageMatrixFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
