package web_test

import (
	"fmt"
	"testing"

	"github.com/anxin-care/anxin/internal/browsertest"
)

func reminderOf(id string) string {
	return fmt.Sprintf(`document.querySelector('[data-occurrence="%s"]')`, id)
}

// remindersStory settles what is due with a tap, and skips something with a
// reason that stays while the page brings itself up to date.
func remindersStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	p.Open(s.url + "/reminders")
	p.Wait("the live page", isLive)
	p.Click(`[data-occurrence="o-water"] button.main`)
	p.Wait("the water to be drunk", reminderOf("o-water")+`?.classList.contains("done")`)
	p.Click(`[data-occurrence="o-evening"] summary`)
	p.Type(`[data-occurrence="o-evening"] input[name=reason]`, "at the hospital")
	p.Click(`[data-occurrence="o-evening"] details button`)
	p.Wait("the evening to be skipped", reminderOf("o-evening")+`?.textContent.includes("at the hospital")`)
	p.Wait("the page to be as wide as the phone", `document.documentElement.scrollWidth <= innerWidth`)

	p.Open(s.url + "/residents/r-zhao")
	p.Wait("the resident's page", isLive)
	p.Click(`[data-occurrence="o-aspirin"] button.main`)
	p.Wait("the aspirin to be taken", reminderOf("o-aspirin")+`?.classList.contains("done")`)
	p.Wait("the page to be as wide as the phone", `document.documentElement.scrollWidth <= innerWidth`)
}
