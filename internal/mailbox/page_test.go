package mailbox

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/internal/browsertest"
)

func pages(t *testing.T, box *Box, press func(context.Context) error) *httptest.Server {
	t.Helper()
	names := func(address string) string {
		return map[string]string{"hong@example.org": "李小红"}[address]
	}
	p, err := NewPages(box, names, "李桂芳", press, time.FixedZone("Asia/Shanghai", 8*3600), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := chi.NewRouter()
	p.Routes(r)
	r.Get("/t/{token}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<h1>tapped</h1>") })
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return server
}

func letter(html string) Letter {
	return Letter{At: time.Date(2026, 11, 27, 16, 30, 5, 0, time.UTC), To: "hong@example.org", Language: "zh-CN", Subject: "紧急呼叫：李桂芳", Text: "请立即回应。", HTML: html, Urgent: true}
}

func TestPages(t *testing.T) {
	box := &Box{}
	pressed, why := 0, error(nil)
	server := pages(t, box, func(context.Context) error {
		pressed++
		return why
	})
	get := func(path, language string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", language)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	if _, page := get(Path, "de"); !strings.Contains(page, english.Nothing) {
		t.Errorf("an empty box: %s", page)
	}
	box.put(letter(`<html><head></head><body><script>alert(1)</script></body></html>`))
	box.put(letter(""))
	for language, want := range map[string]words{"en": english, "zh-CN": chinese, "zh-Hans-SG": chinese} {
		_, page := get(Path, language)
		for _, part := range []string{want.Title, want.PressOf("李桂芳"), "李小红 <small>2</small>", "Asia/Shanghai", ">00:30:05</time>", `href="/demo/mailbox/1"`, `lang="zh-CN">紧急呼叫`} {
			if !strings.Contains(page, part) {
				t.Errorf("%s: the list has no %q:\n%s", language, part, page)
			}
		}
	}
	if _, page := get(Path+"/2", "en"); !strings.Contains(page, "<p>请立即回应。</p>") || strings.Contains(page, "<iframe") {
		t.Errorf("a letter without HTML: %s", page)
	}
	resp, words := get(Path+"/1/words", "en")
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") {
		t.Errorf("what a letter brings may do: %s", policy)
	}
	if !strings.Contains(words, `<base target="_top">`) {
		t.Errorf("its links would be followed within the frame: %s", words)
	}
	if resp, _ := get(Path+"/9", "en"); resp.Request.URL.Path != Path {
		t.Errorf("a letter that has gone leads to %s", resp.Request.URL)
	}
	for _, none := range []string{"/9/words", "/x/words"} {
		if resp, _ := get(Path+none, "en"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", none, resp.Status)
		}
	}

	post := func(from string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+Path+"/press", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", from)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if post("cross-site") != http.StatusForbidden || pressed != 0 {
		t.Error("another site can press the button")
	}
	if post("same-origin") != http.StatusOK || pressed != 1 {
		t.Error("the button cannot be pressed")
	}
	why = errors.New("not connected")
	if post("same-origin") != http.StatusServiceUnavailable {
		t.Error("that it was not pressed is not said")
	}
}

// A link in a letter is followed out of the frame that the letter is shown in, and
// nothing else of it does anything.
func TestALinkIsFollowed(t *testing.T) {
	box := &Box{}
	server := pages(t, box, func(context.Context) error { return nil })
	box.put(letter(`<html><head></head><body><script>document.title = "ran"</script><a href="` + server.URL + `/t/abc" style="display:block;height:900px">我来处理</a></body></html>`))
	p := browsertest.Start(t).Page(t, browsertest.Phone)
	p.Open(server.URL + Path)
	p.Screenshot("list")
	p.Click("ol a")
	p.Wait("the letter", `document.querySelector("iframe")`)
	p.Screenshot("letter")
	p.Click("iframe")
	p.Wait("what the link leads to", `location.pathname === "/t/abc"`)
}
