package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Page is a tab with cookies of its own. Its methods fail the test when what
// they want does not come about.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	problems []string
}

// Sizes of screens: an old phone, and a desktop.
var (
	Phone   = Size{Width: 360, Height: 740}
	Desktop = Size{Width: 1280, Height: 900}
)

// Size is that of a window, in CSS pixels.
type Size struct{ Width, Height int64 }

// shiftClock lets a test move a page's clock: see [Page.Later].
const shiftClock = `{
	const now = Date.now;
	let later = 0;
	Date.now = () => now() + later;
	window.later = (ms) => { later += ms; };
}`

// Page opens an empty tab.
func (b *Browser) Page(t testing.TB, size Size) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &Page{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	mobile := func(*emulation.SetDeviceMetricsOverrideParams, *emulation.SetTouchEmulationEnabledParams) {}
	if size.Width < 600 {
		mobile = chromedp.EmulateMobile
	}
	p.do("set up the tab", chromedp.EmulateViewport(size.Width, size.Height, mobile))
	p.Before(shiftClock)
	return p
}

// listen notes what went wrong on the page: errors of scripts, and what the
// content security policy kept out.
func (p *Page) listen(event any) {
	var problem string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			problem += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			problem = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
	if problem != "" {
		p.mu.Lock()
		p.problems = append(p.problems, problem)
		p.mu.Unlock()
	}
}

// Problems lists what went wrong on the page's pages so far. Requests that
// failed are not in it: tests make them fail.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.problems...)
}

// Before runs a script in each page that is opened from now on, before its own.
func (p *Page) Before(script string) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		p.t.Fatalf("set up what runs before pages: %v", err)
	}
}

func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.Screenshot("failed")
		p.t.Fatalf("%s: %v", what, err)
	}
}

// Open goes to an address and waits until the page is loaded.
func (p *Page) Open(url string) {
	p.t.Helper()
	p.do("open "+url, chromedp.Navigate(url))
}

// Click clicks the first element that the selector finds.
func (p *Page) Click(css string) {
	p.t.Helper()
	p.do("click "+css, chromedp.Click(chromedp.CSS(css)))
}

// Type types into a field.
func (p *Page) Type(css, text string) {
	p.t.Helper()
	p.do("type into "+css, chromedp.SendKeys(chromedp.CSS(css), text))
}

// Press presses a key, such as kb.Tab, wherever the focus is.
func (p *Page) Press(key string) {
	p.t.Helper()
	p.do("press a key", chromedp.KeyEvent(key))
}

// Text is what an element shows.
func (p *Page) Text(css string) string {
	p.t.Helper()
	return Eval[string](p, fmt.Sprintf("document.querySelector(%q).innerText", css))
}

// Eval evaluates an expression in the page.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluate %.200s: %v", expression, err)
	}
	return value
}

// Wait waits until an expression is true, also across pages; what says for what.
func (p *Page) Wait(what, expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		// While the page is changing, evaluating fails.
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			p.Screenshot("failed")
			p.t.Fatalf("waited in vain for %s: %s", what, expression)
		case <-again.C:
		}
	}
}

// Later moves the page's clock.
func (p *Page) Later(d time.Duration) {
	p.t.Helper()
	Eval[any](p, fmt.Sprintf("later(%d)", d.Milliseconds()))
}

// Dark makes the page believe that its reader prefers dark colours.
func (p *Page) Dark() {
	p.t.Helper()
	dark := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, dark); err != nil {
		p.t.Fatalf("go dark: %v", err)
	}
}

// OnPaper shows the page as it is printed.
func (p *Page) OnPaper() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		p.t.Fatalf("show it on paper: %v", err)
	}
}

// PDF prints the page, on the paper that its styles ask for.
func (p *Page) PDF() []byte {
	p.t.Helper()
	styled := true
	printed, err := chromedp.Call(p.ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &styled})
	if err != nil {
		p.t.Fatalf("print: %v", err)
	}
	return printed.Data
}

// WithoutScripts keeps the scripts of the pages that are opened from now on from
// running; the test's own still do.
func (p *Page) WithoutScripts() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		p.t.Fatalf("turn scripts off: %v", err)
	}
}

// Screenshot writes the whole page to a PNG file of the test's name in the
// folder that ANXIN_TEST_SCREENSHOTS names; it does nothing without one.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv("ANXIN_TEST_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, filepath.Base(p.t.Name())+"-"+name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("take a screenshot: %v", err)
	}
}

// Violation is a rule of accessibility that a page breaks.
type Violation struct {
	ID     string   `json:"id"`
	Impact string   `json:"impact"`
	Help   string   `json:"help"`
	Nodes  []string `json:"nodes"`
}

func (v Violation) String() string {
	b, err := json.Marshal(v)
	if err != nil {
		return v.ID
	}
	return string(b)
}

// Violations runs axe-core, whose source it is given, over the page. It is not
// part of the page: it comes in beside the content security policy.
func (p *Page) Violations(axe []byte) []Violation {
	p.t.Helper()
	Eval[any](p, string(axe)+"; null")
	return Eval[[]Violation](p, `axe.run(document).then((r) => r.violations.map((v) => ({
		id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 200) + " " + n.failureSummary),
	})))`)
}
