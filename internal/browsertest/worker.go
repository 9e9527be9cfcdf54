package browsertest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// MayNotify gives an origin the right to show notifications, or takes it.
func (p *Page) MayNotify(origin string, may bool) {
	p.t.Helper()
	setting := browser.PermissionSettingDenied
	if may {
		setting = browser.PermissionSettingGranted
	}
	_, err := chromedp.CallBrowser(p.ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: setting, Origin: origin,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
	if err != nil {
		p.t.Fatalf("set whether %s may notify: %v", origin, err)
	}
}

// Worker is the service worker of an origin.
type Worker struct {
	t            testing.TB
	ctx          context.Context
	origin       string
	registration serviceworker.RegistrationID
	script       *Page // in the worker itself
}

// Worker finds the service worker of an origin, which a page has registered.
func (p *Page) Worker(origin string) *Worker {
	p.t.Helper()
	w := &Worker{t: p.t, ctx: p.ctx, origin: origin}
	found := make(chan serviceworker.RegistrationID, 1)
	err := chromedp.Listen(p.ctx, func(event any) {
		e, ok := event.(*serviceworker.EventWorkerRegistrationUpdated)
		if !ok {
			return
		}
		for _, r := range e.Registrations {
			if r.ScopeURL == origin+"/" && !r.IsDeleted {
				select {
				case found <- r.RegistrationID:
				default:
				}
			}
		}
	})
	if err != nil {
		p.t.Fatalf("listen to service workers: %v", err)
	}
	if _, err := chromedp.Call(p.ctx, serviceworker.Enable, struct{}{}); err != nil {
		p.t.Fatalf("look at service workers: %v", err)
	}
	select {
	case w.registration = <-found:
	case <-time.After(patience):
		p.t.Fatalf("waited in vain for the service worker of %s", origin)
	}
	targets, err := chromedp.Targets(p.ctx)
	if err != nil {
		p.t.Fatalf("list targets: %v", err)
	}
	for _, target := range targets {
		if target.Type == "service_worker" && strings.HasPrefix(target.URL, origin) {
			ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(target.TargetID))
			p.t.Cleanup(cancel)
			// What looks at it first keeps it for as long as its own context lasts.
			if err := chromedp.Do(ctx); err != nil {
				p.t.Fatalf("look into the service worker of %s: %v", origin, err)
			}
			w.script = &Page{t: p.t, ctx: ctx}
			return w
		}
	}
	p.t.Fatalf("the service worker of %s does not run", origin)
	return nil
}

// Push hands the worker a message, as the push service does.
func (w *Worker) Push(message string) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{
		Origin: w.origin, RegistrationID: w.registration, Data: message,
	})
	if err != nil {
		w.t.Fatalf("push to the service worker: %v", err)
	}
}

// Dispatch sends the worker an event of its own making, with what else is to be in
// it as script, and waits until the worker is done with it.
func (w *Worker) Dispatch(event, fields string) {
	w.t.Helper()
	w.Do(fmt.Sprintf(`
		const waits = [];
		const event = new Event(%q);
		Object.assign(event, { waitUntil: (promise) => waits.push(promise) }, %s);
		self.dispatchEvent(event);
		await Promise.all(waits);`, event, fields))
}

// Do runs a script in the worker, which may wait for something, and waits until it
// is done.
func (w *Worker) Do(script string) {
	w.t.Helper()
	Eval[any](w.script, "(async () => {"+script+"; return null})()")
}
