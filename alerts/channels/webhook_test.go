package channels_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
)

const secret = "k3y-of-the-family+1234=="

// receiver is a server with TLS, and a set that trusts it.
func receiver(t *testing.T, h http.HandlerFunc) (*channels.Set, string) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	return newSet(t, channels.Config{Networks: loopback, Roots: rootsOf(server)}), server.URL + "/hooks/T0KEN#secret=" + secret
}

func rootsOf(server *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}

func TestWebhook(t *testing.T) {
	type heard struct {
		header http.Header
		body   []byte
	}
	calls := make(chan heard, 2)
	s, address := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- heard{r.Header, body}
		w.WriteHeader(http.StatusNoContent)
	})
	before := time.Now().Unix()
	for range 2 {
		receipt, err := s.Send(t.Context(), channels.Webhook, address, fallen())
		if err != nil {
			t.Fatal(err)
		}
		if !receipt.Delivered || receipt.Answer != "HTTP 204" {
			t.Errorf("receipt %+v, want delivered with HTTP 204", receipt)
		}
	}
	first, second := <-calls, <-calls
	if a, b := first.header.Get("Idempotency-Key"), second.header.Get("Idempotency-Key"); a != fallen().Key || b != a {
		t.Errorf("keys %q and %q, want the same twice", a, b)
	}
	found := regexp.MustCompile(`^t=([0-9]+),v1=([0-9a-f]{64})$`).FindStringSubmatch(first.header.Get("Anxin-Signature"))
	if found == nil {
		t.Fatalf("signature %q", first.header.Get("Anxin-Signature"))
	}
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s", found[1], first.body)
	if hex.EncodeToString(mac.Sum(nil)) != found[2] {
		t.Error("the signature is not that of time and body")
	}
	if found[1] < fmt.Sprint(before) || found[1] > fmt.Sprint(time.Now().Unix()) {
		t.Errorf("signed at %s", found[1])
	}
	var got struct {
		ID, Key, Number, Severity, Language, Subject, Text string
		Links                                              []channels.Link
		Test                                               bool
	}
	if err := json.Unmarshal(first.body, &got); err != nil {
		t.Fatal(err)
	}
	want := fallen()
	if got.ID != want.ID || got.Key != want.Key || got.Number != want.Number || got.Severity != "critical" || got.Language != want.Language ||
		got.Subject != want.Subject || got.Text != want.Text || len(got.Links) != 2 || got.Links[0] != want.Links[0] || got.Test {
		t.Errorf("body %s", first.body)
	}
	if strings.Contains(string(first.body), secret) || strings.Contains(fmt.Sprint(first.header), secret) {
		t.Error("the secret travels")
	}
}

// The lines of the documentation are run as a receiver would run them.
func TestWebhookSignatureAsDocumented(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is not installed: `make setup` installs it")
	}
	doc, err := os.ReadFile("../../docs/telling.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```python\n(.*?)```").FindSubmatch(doc)
	if block == nil {
		t.Fatal("docs/telling.md has no lines of Python")
	}
	answers := make(chan string, 1)
	s, address := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		check := exec.Command(python, "-c", string(block[1])+`
import sys
header, secret = sys.argv[1], sys.argv[2].encode()
body = sys.stdin.buffer.read()
print(is_from_anxin(header, body, secret), is_from_anxin(header, body + b" ", secret), is_from_anxin(header, body, b"another"),
      is_from_anxin(header.replace("t=", "t=1"), body, secret), is_from_anxin("nonsense", body, secret))
`, r.Header.Get("Anxin-Signature"), secret)
		check.Stdin = strings.NewReader(string(body))
		out, err := check.CombinedOutput()
		answers <- fmt.Sprintf("%s%v", out, err)
	})
	if _, err := s.Send(t.Context(), channels.Webhook, address, fallen()); err != nil {
		t.Fatal(err)
	}
	if got := <-answers; got != "True False False False False\n<nil>" {
		t.Errorf("the receiver says %s", got)
	}
}

func TestWebhookRefused(t *testing.T) {
	for name, c := range map[string]struct {
		status          int
		header          string
		permanent, gone bool
		wait            time.Duration
	}{
		"down":         {500, "", false, false, 0},
		"overrun":      {429, "Retry-After: 30", false, false, 30 * time.Second},
		"in repair":    {503, "Retry-After: 99999", false, false, time.Hour},
		"took long":    {408, "", false, false, 0},
		"not there":    {404, "", true, false, 0},
		"gone":         {410, "", true, true, 0},
		"not let in":   {401, "", true, false, 0},
		"sent away":    {302, "Location: https://example.org/", true, false, 0},
		"moved":        {308, "Location: /elsewhere", true, false, 0},
		"not modified": {304, "", true, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			s, address := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				if name, value, ok := strings.Cut(c.header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.WriteHeader(c.status)
			})
			f := fails(t, t.Context(), s, channels.Webhook, address, secret, "T0KEN", "127.0.0.1")
			wants(t, f, c.permanent, c.gone, fmt.Sprintf("HTTP %d", c.status))
			if f.RetryAfter() != c.wait || calls != 1 {
				t.Errorf("wait %s, want %s; %d calls, want 1", f.RetryAfter(), c.wait, calls)
			}
		})
	}
}

// hang answers nothing until the other side has given up.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestWebhookBrokenOff(t *testing.T) {
	hijacked := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, out, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = out.WriteString(answer)
			_ = out.Flush()
			conn.Close()
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"at once":           hijacked(""),
		"in the status":     hijacked("HTTP/1.1 20"),
		"in the headers":    hijacked("HTTP/1.1 200 OK\r\nContent-Le"),
		"in the body":       hijacked("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
		"what is not HTTP":  hijacked("220 mail.example.org ESMTP\r\n"),
		"headers for ever ": hijacked("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 200)),
	} {
		t.Run(name, func(t *testing.T) {
			s, address := receiver(t, h)
			wants(t, fails(t, t.Context(), s, channels.Webhook, address, secret, "T0KEN"), false, false, "")
		})
	}
	t.Run("hangs", func(t *testing.T) {
		s, address := receiver(t, hang)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		f := fails(t, ctx, s, channels.Webhook, address, secret)
		wants(t, f, false, false, "")
		if !strings.Contains(f.Error(), "no answer in time") {
			t.Error(f)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		s := newSet(t, channels.Config{Networks: loopback})
		f := fails(t, t.Context(), s, channels.Webhook, "https://"+l.Addr().String()+"/#secret="+secret, l.Addr().String())
		wants(t, f, false, false, "")
	})
	t.Run("a body without end", func(t *testing.T) {
		s, address := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		})
		if _, err := s.Send(t.Context(), channels.Webhook, address, fallen()); err != nil {
			t.Error(err)
		}
	})
	t.Run("another's certificate", func(t *testing.T) {
		_, address := receiver(t, func(http.ResponseWriter, *http.Request) { t.Error("it was called") })
		f := fails(t, t.Context(), newSet(t, channels.Config{Networks: loopback}), channels.Webhook, address, secret)
		wants(t, f, false, false, "")
		if !strings.Contains(f.Error(), "certificate is not trusted") {
			t.Error(f)
		}
	})
}

// What people write into an address must not let them reach into our networks.
func TestWebhookStaysOutside(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	t.Cleanup(server.Close)
	s := newSet(t, channels.Config{Roots: rootsOf(server)})
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	// A name is looked at when it is known what it stands for.
	address := "https://localhost:" + port + "/#secret=" + secret
	if err := s.Check(channels.Webhook, address); err != nil {
		t.Fatal(err)
	}
	f := fails(t, t.Context(), s, channels.Webhook, address, secret)
	wants(t, f, true, false, "")
	if !strings.Contains(f.Error(), "not allowed") {
		t.Error(f)
	}
	refuses(t, s, channels.Webhook, "https://127.0.0.1:"+port+"/#secret="+secret, channels.CodeHost)
	// What was kept before the operator forbade it is not sent either.
	wants(t, fails(t, t.Context(), s, channels.Webhook, "https://127.0.0.1:"+port+"/#secret="+secret), true, false, "")

	// Without TLS, to the allowed networks alone.
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(inside.Close)
	address = inside.URL + "/#secret=" + secret
	refuses(t, s, channels.Webhook, address, channels.CodeAddress)
	if _, err := newSet(t, channels.Config{Networks: loopback}).Send(t.Context(), channels.Webhook, address, fallen()); err != nil {
		t.Error(err)
	}
	elsewhere := newSet(t, channels.Config{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	_, port, _ = net.SplitHostPort(inside.Listener.Addr().String())
	wants(t, fails(t, t.Context(), elsewhere, channels.Webhook, "http://localhost:"+port+"/#secret="+secret), true, false, "")
}

func TestWebhookAddresses(t *testing.T) {
	s := newSet(t, channels.Config{})
	for _, address := range []string{"https://example.org#secret=" + secret, "https://example.org:8443/a/b?c=d#secret=0123456789abcdef"} {
		if err := s.Check(channels.Webhook, address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for address, code := range map[string]string{
		"":                                      channels.CodeAddress,
		"example.org/hook":                      channels.CodeAddress,
		"ftp://example.org/#secret=0123":        channels.CodeAddress,
		"https:///hook#secret=0123456789abcdef": channels.CodeAddress,
		"https://me:pw@example.org/#secret=0123456789abcdef":                            channels.CodeAddress,
		"http://example.org/#secret=0123456789abcdef":                                   channels.CodeAddress,
		"https://example.org/\x7f#secret=0123456789abcdef":                              channels.CodeAddress,
		"https://example.org/" + strings.Repeat("a", 5000) + "#secret=0123456789abcdef": channels.CodeAddress,
		"https://169.254.169.254/latest#secret=0123456789abcdef":                        channels.CodeHost,
		"https://[::1]/#secret=0123456789abcdef":                                        channels.CodeHost,
		"https://example.org/hook":                                                      channels.CodeSecret,
		"https://example.org/hook#secret=short":                                         channels.CodeSecret,
		"https://example.org/hook#secret=0123456789abcdef%0a":                           channels.CodeSecret,
		"https://example.org/hook#key=0123456789abcdef":                                 channels.CodeSecret,
	} {
		refuses(t, s, channels.Webhook, address, code)
	}
}
