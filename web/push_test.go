package web_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/browsertest"
	"github.com/anxin-care/anxin/internal/pushtest"
)

// pushKeys are of these tests alone.
var pushKeys = channels.VAPID{
	Public:  "BBkeFAUrqLe7Y4I8jXuzBTS9IUWax7RL_82HVjZ4wDFA_Gh-U0dAFHDRImQ7IrTpVgD34TMp6tVztiH1mmlDAJA",
	Private: "mhhNAkFGBL_8IjT1jDq_793ZZRBcmhFXdsuCIRGPLcM",
}

// pushService stands for that of a browser's maker: it takes what the channels send
// to the browser.
type pushService struct {
	browser pushtest.Browser
	url     string
	ways    *channels.Set
	taken   chan []byte
}

func newPushService(t *testing.T) *pushService {
	t.Helper()
	s := &pushService{browser: pushtest.NewBrowser(t), taken: make(chan []byte, 1)}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.taken <- body
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	var err error
	s.ways, err = channels.New(channels.Config{
		Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: roots, Push: channels.Push{VAPID: pushKeys, Contact: "mailto:staff@example.org"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stub has the pages' scripts subscribe here, for there is no network in tests. All
// else of the browser is as it is.
func (s *pushService) stub(p *browsertest.Page) {
	p.Before(fmt.Sprintf(`{
		const said = %s;
		const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)).buffer;
		const subscription = () => ({
			endpoint: said.endpoint, options: { applicationServerKey: bytes(%q) }, toJSON: () => said,
			unsubscribe: async () => !localStorage.removeItem("subscribed"),
		});
		PushManager.prototype.subscribe = async (options) => {
			if (options.applicationServerKey !== %[2]q || !options.userVisibleOnly) throw new TypeError("options");
			localStorage.setItem("subscribed", "yes");
			return subscription();
		};
		PushManager.prototype.getSubscription = async () => localStorage.getItem("subscribed") && subscription();
	}`, s.browser.Subscription(s.url+"/send/1"), pushKeys.Public))
}

// push sends a message to the browser, all the way.
func (s *pushService) push(t *testing.T, address string, w *browsertest.Worker, m channels.Message) {
	t.Helper()
	if _, err := s.ways.Send(t.Context(), channels.WebPush, address, m); err != nil {
		t.Fatal(err)
	}
	plain, err := s.browser.Decrypt(<-s.taken)
	if err != nil {
		t.Fatal(err)
	}
	w.Push(string(plain))
}

// notice is a notification that is shown.
type notice struct {
	Title, Body, Tag, Lang     string
	RequireInteraction, Silent bool
	Actions                    []struct{ Action, Title string }
}

// noticed waits until what is shown is as it should be.
func noticed(t *testing.T, p *browsertest.Page, what, condition string) []notice {
	t.Helper()
	got := browsertest.Eval[[]notice](p, fmt.Sprintf(`(async () => {
		const registration = await navigator.serviceWorker.ready;
		let all;
		for (let i = 0; i < 600; i++) {
			all = await registration.getNotifications();
			if (%s) break;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		return all.map(({ title, body, tag, lang, requireInteraction, silent, actions }) => ({ title, body, tag, lang, requireInteraction, silent: !!silent, actions }));
	})()`, condition))
	t.Logf("%s: %+v", what, got)
	return got
}

// pushStory makes a phone one of the ways to tell somebody; it is told of a fall,
// and told again; a tap on the notification claims it; a subscription that the
// browser changes is kept; and the phone is taken out again.
func pushStory(t *testing.T, b *browsertest.Browser) {
	s, service := newStreet(t), newPushService(t)
	p := s.enter(t, b, browsertest.Phone)
	service.stub(p)
	p.MayNotify(s.url, true)
	p.Open(s.url + "/contacts/me")
	p.Wait("what can be done", `document.querySelector("#device").innerText.includes("shows no messages from Anxin yet") && !document.querySelector("#device form").hidden`)
	p.Screenshot("device-off")
	p.Click("#device button.main")
	p.Wait("it is one of her ways", `document.querySelector("#device .says")?.innerText.includes("also while no page is open") && document.querySelectorAll("#channels ol > li").length === 4`)
	p.Wait("which one", `document.querySelector("#channels ol > li:last-child h3").innerText.includes("this device")`)
	p.Screenshot("device-on")
	subscribed := s.people.subscribed()
	if len(subscribed) != 1 || s.people.mine.Channels[3].Label == "" {
		t.Fatalf("subscribed: %q, as %+v", subscribed, s.people.mine.Channels)
	}

	w := p.Worker(s.url)
	fall := channels.Message{
		ID: "01J", Key: "01J", Number: "01OXYGEN", Severity: rules.Critical, Loud: true, Language: "zh-CN", Subject: "李秀英摔倒了", Text: "请马上联系她。",
		Links: []channels.Link{
			{Kind: channels.LinkClaim, Label: "我来处理", URL: "https://anxin.example.org/t/claim"},
			{Kind: channels.LinkFalseAlarm, Label: "误报", URL: "https://anxin.example.org/t/false"},
			{Kind: channels.LinkOpen, Label: "查看", URL: "https://anxin.example.org/t/open-held"},
		},
	}
	service.push(t, subscribed[0], w, fall)
	first := noticed(t, p, "told", "all.length === 1")
	if len(first) != 1 || first[0].Title != fall.Subject || first[0].Body != fall.Text || first[0].Lang != "zh-CN" || !first[0].RequireInteraction || first[0].Silent ||
		len(first[0].Actions) != 2 || first[0].Actions[0].Action != "claim" || first[0].Actions[0].Title != "我来处理" || first[0].Actions[1].Action != "false_alarm" {
		t.Fatalf("what is shown: %+v", first)
	}
	s.links.wait(t, "open-heldfalse") // it has arrived

	fall.Text = "还没有人去看她。"
	service.push(t, subscribed[0], w, fall)
	again := noticed(t, p, "told again", `all.length === 1 && all[0].body.startsWith("还没有人")`)
	if len(again) != 1 || again[0].Tag != first[0].Tag || again[0].Body != fall.Text {
		t.Errorf("it does not take the place of the first one: %+v", again)
	}
	news := fall
	news.Number, news.Severity, news.Loud, news.Links = "01OTHER", rules.Info, false, nil
	service.push(t, subscribed[0], w, news)
	if both := noticed(t, p, "something else", `all.length === 2`); len(both) != 2 || both[1].RequireInteraction || !both[1].Silent || len(both[1].Actions) != 0 {
		t.Errorf("what may wait: %+v", both)
	}

	const fallen = `notification: (await self.registration.getNotifications()).find((n) => n.title === "李秀英摔倒了" && n.requireInteraction)`
	w.Do(`Object.defineProperty(self.clients, "openWindow", { value: async (url) => { self.opened = url; } });`)
	w.Dispatch("notificationclick", `{ `+fallen+`, action: "" }`)
	s.links.wait(t, "open-heldtrue") // somebody looked
	w.Do(`if (self.opened !== "/t/open-held") throw new Error("opened " + self.opened);`)
	service.push(t, subscribed[0], w, fall)
	noticed(t, p, "told once more", `all.some((n) => n.requireInteraction)`)
	w.Dispatch("notificationclick", `{ `+fallen+`, action: "false_alarm" }`)
	w.Do(`if (self.opened !== "/t/false") throw new Error("opened " + self.opened);`)
	if used := s.links.uses(); len(used) > 0 {
		t.Errorf("a tap in a pocket closes it: %q", used)
	}
	service.push(t, subscribed[0], w, fall)
	noticed(t, p, "told once more", `all.some((n) => n.requireInteraction)`)
	w.Dispatch("notificationclick", `{ `+fallen+`, action: "claim" }`)
	if used := s.links.uses(); !slices.Equal(used, []string{"claim"}) {
		t.Errorf("used: %q", used)
	}
	if claimed := noticed(t, p, "claimed", `all.some((n) => n.body.includes("You have it until"))`); len(claimed) != 2 {
		t.Errorf("what came of it: %+v", claimed)
	}
	// A link that does not work is never taken for one that did.
	fall.Links[0].URL = "https://anxin.example.org/t/none"
	service.push(t, subscribed[0], w, fall)
	noticed(t, p, "told once more", `all.some((n) => n.requireInteraction)`)
	w.Dispatch("notificationclick", `{ `+fallen+`, action: "claim" }`)
	noticed(t, p, "not claimed", `all.some((n) => n.requireInteraction && n.body.includes("您的回答没有发出"))`)

	fresh := strings.Replace(subscribed[0], "/send/1", "/send/2", 1)
	w.Dispatch("pushsubscriptionchange", `{ oldSubscription: null, newSubscription: `+fresh+` }`)
	if got := s.people.subscribed(); !slices.Equal(got, []string{fresh}) {
		t.Errorf("renewed: %q, want %q", got, fresh)
	}
	w.Push("{") // what nobody can read is shown all the same
	noticed(t, p, "unreadable", `all.some((n) => n.title === "Anxin" && n.body.includes("There is news"))`)

	p.Click(`#channels ol > li:last-child summary`)
	p.Click(`#channels ol > li:last-child button[value="remove"]`)
	p.Wait("it is none any more", `document.querySelectorAll("#channels ol > li").length === 3 && document.querySelector("#device").innerText.includes("shows no messages from Anxin yet")`)
	if browsertest.Eval[bool](p, `!!localStorage.getItem("subscribed")`) || len(s.people.subscribed()) > 0 {
		t.Error("the browser is still subscribed")
	}
}

// cannotPushStory says on devices that can show nothing what to do.
func cannotPushStory(t *testing.T, b *browsertest.Browser) {
	for name, c := range map[string]struct{ script, says string }{
		"denied":      {"", "Messages from this page are blocked"},
		"insecure":    {`Object.defineProperty(window, "isSecureContext", { value: false });`, "opened without https"},
		"none":        {`delete window.PushManager;`, "This browser cannot show messages"},
		"iPhone":      {`delete window.PushManager; Object.defineProperty(navigator, "userAgent", { value: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)" });`, "Add to Home Screen"},
		"no services": {`PushManager.prototype.subscribe = async () => { throw new DOMException("push service not available", "AbortError"); };`, "could not reach its push service"},
	} {
		s := newStreet(t)
		p := s.enter(t, b, browsertest.Phone)
		p.MayNotify(s.url, name != "denied")
		p.Before(c.script)
		p.Open(s.url + "/contacts/me")
		if name == "no services" {
			p.Wait("the button", `!document.querySelector("#device form").hidden`)
			p.Click("#device button.main")
		}
		p.Wait("what to do: "+name, fmt.Sprintf(`document.querySelector("#device .says").innerText.includes(%q)`, c.says))
		if name != "no services" && !browsertest.Eval[bool](p, `document.querySelector("#device form").hidden`) {
			t.Errorf("%s: there is a button that does nothing", name)
		}
		p.Screenshot(name)
	}
}

func TestWhatBrowsersNeedForPushes(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for path, want := range map[string]string{
		"/sw.js": "// worker", "/icon.png": "png", "/push/key": pushKeys.Public, "/manifest.webmanifest": `"start_url":"/"`,
	} {
		w := ask(h, request{path: path})
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) || w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	if kind := ask(h, request{path: "/sw.js"}).Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/javascript") {
		t.Errorf("the worker is %s", kind)
	}
	var m struct{ Name, Lang, Display string }
	if err := json.Unmarshal(ask(h, request{path: "/manifest.webmanifest", headers: map[string]string{"Accept-Language": "zh-CN"}}).Body.Bytes(), &m); err != nil || m.Name != "安心" || m.Lang != "zh-CN" || m.Display != "standalone" {
		t.Errorf("as an app: %+v %v", m, err)
	}
	n.pushKey = ""
	h = n.handler(t, assets)
	if w := ask(h, request{path: "/push/key"}); w.Code != http.StatusNotFound {
		t.Errorf("without Web Push there is a key: %d", w.Code)
	}
	page := ask(h, request{path: "/contacts/me", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
	if !strings.Contains(page, "are not set up here") || strings.Contains(page, `value="webpush"`) {
		t.Errorf("without Web Push: %s", page)
	}
}

func TestABrowserRenewsItself(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.people.pushed["ch-9"] = "old"
	for _, tc := range []struct {
		form   url.Values
		site   string
		status int
	}{
		{url.Values{"old": {"other"}, "fresh": {"new"}}, "same-origin", 404},
		{url.Values{"old": {"old"}, "fresh": {"new"}}, "cross-site", 403},
		{url.Values{"old": {"old"}, "fresh": {"wrong"}}, "same-origin", 422},
		{url.Values{"old": {"old"}, "fresh": {"new"}}, "same-origin", 204},
	} {
		w := ask(h, request{method: http.MethodPost, path: "/push/renew", form: tc.form, headers: map[string]string{"Sec-Fetch-Site": tc.site}})
		if w.Code != tc.status {
			t.Errorf("%v from %s: %d, want %d", tc.form, tc.site, w.Code, tc.status)
		}
	}
	if got := n.people.subscribed(); !slices.Equal(got, []string{"new"}) {
		t.Errorf("kept: %q", got)
	}
}

func TestWhatComesOfATapIsSaidToTheServiceWorker(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	w := ask(h, request{method: http.MethodPost, path: "/t/claim", headers: map[string]string{"Accept": "application/json"}})
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || strings.TrimSpace(w.Body.String()) != `{"says":"You have it until 12:30. Thank you."}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
