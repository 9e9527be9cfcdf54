package web_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/anxin-care/anxin/internal/browsertest"
)

// reportStory goes from the file to the report, chooses another period, and prints it in
// both languages.
func reportStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	p.WithoutScripts()
	p.Open(s.url + "/residents/r-zhao/file")
	p.Click(`a[href="/residents/r-zhao/report"]`)
	p.Wait("the report", `document.querySelectorAll(".report svg").length > 5`)
	p.Screenshot("phone")
	if browsertest.Eval[bool](p, `document.documentElement.scrollWidth > 360`) {
		t.Error("the report is wider than the phone")
	}
	browsertest.Eval[any](p, `document.querySelector('[name="days"]').value = "7"`)
	p.Click(".report-period button")
	p.Wait("a week", `location.search.includes("days=7") && document.querySelector(".home").innerText.includes("7 days")`)
	p.Open(s.url + "/residents/r-zhao/weeks/latest")
	p.Wait("the week", `document.querySelectorAll("#words p").length > 3`)
	p.Screenshot("week-phone")
	if browsertest.Eval[bool](p, `document.documentElement.scrollWidth > 360`) {
		t.Error("the week is wider than the phone")
	}
	p.Click(`a[href*="/weeks/"]`)
	p.Wait("the week before", `!location.pathname.endsWith("/latest")`)

	for _, language := range []string{"en", "zh-CN"} {
		p := s.enter(t, b, browsertest.Desktop)
		p.Open(s.url + "/residents/r-zhao/report")
		p.Click(`.languages [value="` + language + `"]`)
		p.Wait("the language", `document.documentElement.lang === "`+language+`" && location.pathname.endsWith("/report")`)
		p.OnPaper()
		for _, css := range []string{".top", ".ways", ".back", ".report-period"} {
			if browsertest.Eval[bool](p, `[...document.querySelectorAll("`+css+`")].some((e) => e.getClientRects().length > 0)`) {
				t.Errorf("%s is printed", css)
			}
		}
		paper := p.PDF()
		if dir := os.Getenv("ANXIN_TEST_SCREENSHOTS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, "report-"+language+".pdf"), paper, 0o644); err != nil {
				t.Error(err)
			}
		}
		// A4 is 210 by 297 mm: 595 by 842 points.
		boxes := regexp.MustCompile(`/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]`).FindAll(paper, -1)
		if len(boxes) < 2 || len(boxes) > 6 || !bytes.HasPrefix(paper, []byte("%PDF-")) {
			t.Errorf("%s: %d pages of A4", language, len(boxes))
		}
	}
}
