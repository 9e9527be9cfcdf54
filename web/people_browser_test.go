package web_test

import (
	"fmt"
	"testing"

	"github.com/anxin-care/anxin/internal/browsertest"
)

// dutyStory takes over what is offered, and asks another, on a page that is live
// and on one without scripts.
func dutyStory(t *testing.T, b *browsertest.Browser) {
	for _, scripts := range []bool{true, false} {
		s := newStreet(t)
		p := s.enter(t, b, browsertest.Phone)
		if !scripts {
			p.WithoutScripts()
		}
		p.Open(s.url + "/residents/r-zhao")
		p.Wait("who is there", `document.querySelector("#circle .held").innerText.startsWith("赵大刚 is there until")`)
		p.Screenshot("offered")
		p.Click(`form[action$="/d-2/accept"] button`)
		p.Wait("it is hers", `document.querySelector("#circle .held.mine")?.innerText.startsWith("You are there until")`)
		p.Click("#circle .more summary")
		p.Click(`#circle .more form[action$="/duty"] button`)
		p.Wait("the question", `document.querySelector("#circle .offer")?.innerText.includes("No answer yet")`)
		p.Wait("it stays hers", `document.querySelector("#circle .held.mine")`)
		p.Screenshot("asked")
		p.Click(`#circle form[action$="/decline"] button`)
		p.Wait("no question any more", `!document.querySelector("#circle .offer")`)
		p.Click("#circle .more summary")
		p.Click(`#circle form[action$="/return"] button`)
		p.Wait("nobody", `document.querySelector("#circle .held.nobody")`)
	}
}

// channelsStory adds a channel, after one that was mistyped, and has it tried
// first.
func channelsStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	p.Click(`footer a[href="/contacts/me"]`)
	p.Wait("her channels", `document.querySelectorAll("#channels ol > li").length === 3`)
	p.Type(`#channels input[name="address"]`, "fang at example")
	p.Click("#channels button.main")
	p.Wait("why not", `document.querySelector("main").innerText.includes("This address cannot be used")`)
	p.Screenshot("mistyped")
	p.Click("main a")
	p.Wait("her channels again", `document.querySelectorAll("#channels ol > li").length === 3`)
	p.Type(`#channels input[name="address"]`, "fang@example.com")
	p.Click("#channels button.main")
	p.Wait("a fourth", `document.querySelectorAll("#channels ol > li").length === 4`)
	p.Click(`#channels ol > li:last-child button[value="first"]`)
	p.Wait("it is first", `document.querySelector("#channels ol > li").innerText.includes("fang@example.com")`)
	p.Click(`#channels ol > li:first-child summary`)
	p.Click(`#channels ol > li:first-child button[value="remove"]`)
	p.Wait("it is gone", `document.querySelectorAll("#channels ol > li").length === 3`)
	p.Click(`#self button`)
	p.Wait("saved", `document.querySelector("#self input[name='name']").value === "赵小芳"`)
}

// careTeamStory has a neighbour told before a son, and somebody new added.
func careTeamStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Desktop)
	p.Open(s.url + "/residents/r-zhao")
	p.Click(`#circle a[href$="/care-team"]`)
	p.Click("#m-c-chen button[value='up']")
	p.Wait("the neighbour second", `document.querySelector(".cards > li:nth-child(2)").id === "m-c-chen"`)
	p.Click("#m-c-gang summary")
	p.Click("#m-c-gang button[value='remove']")
	p.Wait("two are left", `document.querySelectorAll("ol.cards > li").length === 2`)
	p.Type("#join input[name='name']", "赵敏")
	p.Click("#join form:last-of-type button")
	p.Wait("she is there and cannot be reached", `document.querySelector("ol.cards > li:last-child").innerText.includes("赵敏") && document.querySelector("ol.cards > li:last-child").matches(".unreachable")`)
	p.Screenshot("care-team")
}

// rosterStory puts somebody on duty for once, and takes a shift away.
func rosterStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Desktop)
	p.Click(`footer a[href="/teams"]`)
	p.Click(`a[href="/teams/t-1"]`)
	p.Wait("a gap", `document.querySelector(".gaps").innerText.includes("Nobody is on duty")`)
	p.Screenshot("roster")
	p.Click("#overrides .plain button")
	p.Wait("by the week again", `!document.querySelector("#overrides .plain")`)
	p.Click("#overrides summary")
	p.Click("#overrides form button")
	p.Wait("another override", `document.querySelector("#overrides .plain").innerText.includes("Nurse Wang")`)
	before := browsertest.Eval[int](p, `document.querySelectorAll("#shifts .turns li").length`)
	p.Click("#shifts summary")
	p.Click("#shifts .turns button")
	p.Wait("one shift fewer", fmt.Sprintf(`document.querySelectorAll("#shifts .turns li").length === %d`, before-1))
	p.Click("#members summary")
	p.Type("#members input[name='name']", "Nurse Wu")
	p.Click("#members .cards > form:last-child button")
	p.Wait("she is in the team", `document.querySelector("#members > .plain").innerText.includes("Nurse Wu") && document.querySelector("#shifts select").textContent.includes("Nurse Wu")`)
	p.Click("#members summary")
	p.Screenshot("members")
	p.Click(`#members form[action$="/members/c-wang/remove"] button`)
	p.Wait("who is out is off the roster", `!document.querySelector("#members > .plain").innerText.includes("Nurse Wang") && !document.querySelector("#shifts").textContent.includes("Nurse Wang")`)
}
