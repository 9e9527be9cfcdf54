package web_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/anxin-care/anxin/internal/browsertest"
)

// fileStory adds to a file on a phone without scripts, and prints it.
func fileStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	p.WithoutScripts()
	p.Open(s.url + "/residents/r-zhao")
	p.Click(`a[href="/residents/r-zhao/file"]`)
	p.Wait("the file", `location.pathname === "/residents/r-zhao/file"`)
	p.Click(`#allergy a[href$="#new"]`)
	p.Wait("the form", `location.pathname.endsWith("/allergy")`)
	p.Type(`[name="substance"]`, "花生")
	browsertest.Eval[any](p, `document.querySelector('[name="sort"]').value = "food"`)
	p.Type(`[name="reason"]`, "女儿说的")
	p.Click(`#new button`)
	p.Wait("the allergy", `document.querySelector(".entries")?.innerText.includes("花生")`)

	p.Open(s.url + "/residents/r-zhao/file")
	p.OnPaper()
	p.Screenshot("paper")
	for _, css := range []string{".top", ".ways", ".back", "#goal"} { // nothing to press, and nothing that is empty
		if browsertest.Eval[bool](p, `[...document.querySelectorAll("`+css+`")].some((e) => e.getClientRects().length > 0)`) {
			t.Errorf("%s is printed", css)
		}
	}
	paper := p.PDF()
	if dir := os.Getenv("ANXIN_TEST_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "file.pdf"), paper, 0o644); err != nil {
			t.Error(err)
		}
	}
	// A4 is 210 by 297 mm: 595 by 842 points.
	boxes := regexp.MustCompile(`/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]`).FindAll(paper, -1)
	if len(boxes) == 0 || len(boxes) > 2 || !bytes.HasPrefix(paper, []byte("%PDF-")) {
		t.Errorf("%d pages of A4", len(boxes))
	}
}
