// Package browsertest drives a real Chromium in tests, as a person would: open
// a page, click, type, and look at what is shown.
package browsertest

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser is a running headless Chromium.
type Browser struct {
	ctx context.Context
}

// patience is how long anything on a page may take before the test fails: the
// machine may be busy with other tests.
const patience = 60 * time.Second

// Start starts a browser that lives as long as the test. Without a Chromium on
// the machine the test fails and says how to get one.
func Start(t testing.TB) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("find Chromium: %v: apt-get install chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("lang", "en-US"),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		// Closed gently, the browser is done with its folder before that goes.
		limited, stop := context.WithTimeout(ctx, patience)
		defer stop()
		if err := chromedp.Cancel(limited); err != nil {
			t.Logf("close Chromium: %v", err)
		}
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium (%s): %v", path, err)
	}
	return &Browser{ctx: ctx}
}
