package service_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/internal/smtptest"
	"github.com/anxin-care/anxin/records"
)

// visitor is somebody at a browser of their own.
type visitor struct {
	t      *testing.T
	url    string
	client *http.Client
}

func newVisitor(t *testing.T, p *process) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, "http://" + p.cfg.HTTPAddr, &http.Client{Jar: jar}}
}

// sees opens a page, or sends a form, and returns what it comes to.
func (v *visitor) sees(path string, form url.Values, says ...string) string {
	v.t.Helper()
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = v.client.Get(v.url + path)
	} else {
		resp, err = v.client.PostForm(v.url+path, form)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	page := html.UnescapeString(string(body))
	for _, text := range says {
		if !strings.Contains(page, text) {
			v.t.Fatalf("%s (%s) does not say %q:\n%s", path, resp.Status, text, page)
		}
	}
	return page
}

func (v *visitor) signIn(login, password string, says ...string) {
	v.t.Helper()
	v.sees("/sign-in", url.Values{"login": {login}, "password": {password}, "next": {"/account"}}, says...)
}

var secretOn = regexp.MustCompile(`<p class="secret">([^<]+)</p>`)

// path is that of a link which a page shows once, or a letter holds.
func (v *visitor) path(page string) string {
	v.t.Helper()
	found := secretOn.FindStringSubmatch(page)
	if found == nil {
		v.t.Fatalf("no link:\n%s", page)
	}
	return strings.TrimPrefix(found[1], v.url)
}

// An administrator invites a daughter, who begins, sees her mother, and is disabled.
func TestADaughterIsInvited(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.LogLevel = "debug"
	p := newProcess(t, cfg, func(s *service.Service) { wearers(t, s, 2) })
	p.start()
	admin, hong, other := newVisitor(t, p), newVisitor(t, p), newVisitor(t, p)
	admin.signIn("test", "long enough", "My account", "this device")
	invitation := admin.path(admin.sees("/users", url.Values{"role": {"family"}, "name": {"Hong"}, "resident": {"r-0"}, "relation": {"family_manager"}}, "A link for Hong"))
	hong.sees(invitation, nil, "Welcome to Anxin", "family, decides with them", `value="Hong"`)
	hong.sees(invitation, url.Values{"name": {"Hong"}, "login": {"test"}, "password": {"very long enough"}}, "Somebody else signs in with this login")
	hong.sees(invitation, url.Values{"name": {"Hong"}, "login": {"Hong@example.org"}, "password": {"very long enough"}}, "Sign in")
	other.sees(invitation, nil, "does not work any more")
	hong.signIn("hong@example.org", "very long enough", "My account", "this device")
	hong.sees("/residents/r-0", nil, "Hong", "family, decides with them")
	hong.sees("/residents/r-1", nil, "There is nothing here")
	hong.sees("/users", nil, "There is nothing here")

	// A token of hers that a program has.
	made := hong.sees("/account/tokens", url.Values{"label": {"wall"}, "scope": {"vitals"}, "days": {"30"}}, "The new token", "wall")
	whole := p.token
	p.token = secretOn.FindStringSubmatch(made)[1]
	if _, err := p.get("/api/v1/residents/r-0/latest"); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/api/v1/residents/r-1/latest", "/api/v1/residents/r-0/alerts", "/api/v1/me/contact", "/account", "/contacts/me", "/residents/r-0"} {
		if _, err := p.get(path); err == nil {
			t.Errorf("%s is shown to a token for vitals of another", path)
		}
	}
	token := p.token
	p.token = whole

	other.signIn("hong@example.org", "very long enough")
	hong.sees("/account/password", url.Values{"before": {"very long enough"}, "password": {"even longer than that"}, "next": {"/account"}}, "My account")
	other.sees("/account", nil, "Sign in")

	page := admin.sees("/users", nil, "Hong", "hong@example.org")
	id := regexp.MustCompile(`id="u-([0-9A-Z]{26})">\s*<h2>Hong`).FindStringSubmatch(page)
	if id == nil {
		t.Fatal(page)
	}
	reset := admin.path(admin.sees("/users/"+id[1]+"/reset", url.Values{}, "A link for Hong"))
	other.sees(reset, nil, "Choose a new password")
	other.sees(reset, url.Values{"password": {"chosen from a link"}}, "Sign in")
	other.sees(reset, nil, "does not work any more")
	hong.sees("/account", nil, "Sign in")
	hong.signIn("hong@example.org", "chosen from a link", "My account")
	admin.sees("/users/"+id[1], url.Values{"do": {"disable"}, "next": {"/users"}}, "Disabled: cannot sign in")
	hong.sees("/account", nil, "Sign in")
	p.token = token
	if _, err := p.get("/api/v1/residents/r-0/latest"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("the token of one who is disabled: %v", err)
	}
	if log := p.said(); strings.Contains(log, "hong@") || strings.Contains(log, invitation) || strings.Contains(log, reset) {
		t.Errorf("the log names people, or links:\n%s", log)
	}
}

// Over a real mail server: an invitation, and a new password for who forgot it.
func TestLettersWithLinks(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, nil)
	cfg := testConfig(t)
	cfg.SMTPURL = (&url.URL{Scheme: "smtp", Host: server.PlainAddr, RawQuery: "tls=none"}).String()
	cfg.SMTPFrom, cfg.PublicURL = "Anxin <anxin@example.org>", "http://"+cfg.HTTPAddr
	p := newProcess(t, cfg, func(s *service.Service) {
		if _, err := s.AddUser(t.Context(), records.User{Login: "nobody", Role: records.Family}, "long enough"); err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	admin, wu := newVisitor(t, p), newVisitor(t, p)
	admin.signIn("test", "long enough")
	admin.sees("/users", url.Values{"role": {"caregiver"}, "email": {"wu@example.org"}, "language": {"zh-CN"}}, "The invitation was sent.", "Sent to wu@example.org.")
	// linkTo is the link to a page in one of so many letters, which are in no order.
	linkTo := func(page string, letters int) string {
		t.Helper()
		link := regexp.MustCompile(`http://[^\s"]+/` + page + `/[\w-]{43}`)
		for _, letter := range server.Mailbox("wu", letters) {
			body, err := io.ReadAll(letter.Body)
			if err != nil {
				t.Fatal(err)
			}
			if found := link.FindString(strings.NewReplacer("=\r\n", "", "=\n", "").Replace(string(body))); found != "" { // quoted-printable
				return strings.TrimPrefix(found, wu.url)
			}
		}
		t.Fatalf("no link to %s in %d letters", page, letters)
		return ""
	}
	welcome := linkTo("welcome", 1)
	wu.sees(welcome, nil, "欢迎使用安心", "照护人员")
	wu.sees(welcome, url.Values{"name": {"吴医生"}, "login": {"wu"}, "password": {"long enough"}}, "Sign in")
	for _, login := range []string{"nobody", "ghost", "wu"} {
		wu.sees("/forgot", url.Values{"login": {login}}, "a link is on its way")
	}
	reset := linkTo("reset", 2)
	wu.sees(reset, url.Values{"password": {"another one"}}, "Sign in")
	wu.signIn("wu", "another one", "我的账号")
	wu.sees("/contacts/me", nil, "wu@example.org")
}
