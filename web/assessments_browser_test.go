package web_test

import (
	"fmt"
	"testing"

	"github.com/anxin-care/anxin/internal/browsertest"
)

// assessStory fills in the national form on a phone, with the total counting along,
// reads the result, corrects it, and compares it.
func assessStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	pick := func(item string, value int) {
		t.Helper()
		p.Click(fmt.Sprintf(`input[name="%s"][value="%d"]`, item, value))
	}
	p.Open(s.url + "/residents/r-zhao")
	p.Click(`#assessments .ways a`)
	p.Wait("the resident's assessments", `document.querySelector("#results")`)
	p.Click(`#new a[href$="/new/self_care"]`)
	p.Wait("the form", `document.querySelector(".running:not([hidden])")?.textContent === "So far 0 (0 of 5)"`)
	pick("eating", 3)
	pick("washing", 3)
	p.Wait("the total so far", `document.querySelector(".running").textContent === "So far 6 (2 of 5)"`)
	pick("washing", 1)
	pick("dressing", 0)
	pick("toileting", 5)
	p.Click(`.keep .main`) // the browser asks for what is missing
	pick("mobility", 0)
	p.Wait("the total", `document.querySelector(".running").textContent === "Total 9 (5 of 5)"`)
	p.Click(`input[name="_mode"][value="observed"]`)
	p.Click(`.keep .main`)
	p.Wait("the result", `document.querySelector(".result")?.textContent.includes("9 of 37")`)
	p.Wait("the page to be as wide as the phone", `document.documentElement.scrollWidth <= innerWidth`)
	if got := p.Text(".result strong"); got != "Moderately dependent" {
		t.Errorf("the result is %q", got)
	}

	p.Click(`#versions a`)
	p.Wait("the correction", `document.querySelector('input[name="_reason"]')`)
	pick("toileting", 1)
	p.Type(`input[name="_reason"]`, "read the wrong line")
	p.Click(`.keep .main`)
	p.Wait("the corrected result", `document.querySelector(".result")?.textContent.includes("5 of 37")`)
	if got := p.Text(".corrected"); got != "Toilet: passing urine and stool, control of both: Loses control often, needs prompts and help → Loses control now and then, but gets along" {
		t.Errorf("the correction says %q", got)
	}
	p.Click(`.trend a`)
	p.Wait("the comparison", `document.querySelector(".compared")`)
	p.Wait("the page to be as wide as the phone", `document.documentElement.scrollWidth <= innerWidth`)
	if got := p.Text("p.trend"); got != "▲ Better by 11 since 2026-11-22" {
		t.Errorf("the comparison says %q", got)
	}
}
