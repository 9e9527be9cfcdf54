package web_test

import (
	"testing"

	"github.com/anxin-care/anxin/internal/browsertest"
)

// accountStory signs a lost telephone out, and makes a token that is seen once.
func accountStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	p.Click(`footer a[href="/account"]`)
	p.Wait("two devices", `document.querySelectorAll("#sessions li").length === 2`)
	p.Screenshot("account")
	p.Click(`#sessions form[action="/account/sessions/s-2/end"] button`)
	p.Wait("one device", `document.querySelectorAll("#sessions li").length === 1`)
	p.Type(`#password input[name="before"]`, "wrong")
	p.Type(`#password input[name="password"]`, "battery staple")
	p.Click("#password button")
	p.Wait("why not", `document.querySelector("main").innerText.includes("The password of now is another")`)
	p.Click("main a")
	p.Wait("the account", `document.querySelector("#tokens")`)
	p.Click("#tokens summary")
	p.Type(`#tokens input[name="label"]`, "the wall")
	p.Screenshot("token")
	p.Click(`#tokens form[action="/account/tokens"] button`)
	p.Wait("the secret", `document.querySelector(".secret").innerText === "anxin_secret"`)
	p.Wait("the token", `[...document.querySelectorAll("#tokens h3")].some((h) => h.innerText === "the wall")`)
	p.Screenshot("token-made")
}

// invitedStory invites somebody, who begins.
func invitedStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Desktop)
	p.Open(s.url + "/users")
	p.Wait("the users", `document.querySelectorAll("#users li").length === 3`)
	p.Screenshot("users")
	p.Type(`#invite input[name="name"]`, "赵敏")
	p.Click("#invite button.main")
	p.Wait("the link", `document.querySelector(".secret").innerText.endsWith("/welcome/fresh")`)
	p.Screenshot("invited")

	guest := b.Page(t, browsertest.Phone)
	guest.Open(s.url + "/welcome/good")
	guest.Type("#login", "min")
	guest.Type("#password", "long enough")
	guest.Screenshot("welcome")
	guest.Click("form.sign-in button")
	guest.Wait("the sign-in", `location.pathname === "/sign-in"`)
	if got := s.accounts.accepted; len(got) != 1 || got[0].Login != "min" || got[0].Name != "赵敏" {
		t.Errorf("%+v", got)
	}
	guest.Click(`a[href="/forgot"]`)
	guest.Wait("the form", `location.pathname === "/forgot"`)
	guest.Type("#login", "min")
	guest.Click("form.sign-in button")
	guest.Wait("the answer", `document.querySelector("main").innerText.includes("a link is on its way")`)
}
