package channels_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/pushtest"
)

type pushed struct {
	header http.Header
	body   []byte
}

// pushService is a push service, a set that sends to it, and a browser's
// subscription there.
func pushService(t *testing.T, status int, header string) (s *channels.Set, b pushtest.Browser, address string, keys channels.VAPID, calls chan pushed) {
	t.Helper()
	calls = make(chan pushed, 4)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- pushed{r.Header, body}
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	keys, err := channels.NewVAPID()
	if err != nil {
		t.Fatal(err)
	}
	s = newSet(t, channels.Config{Networks: loopback, Roots: rootsOf(server), Push: channels.Push{VAPID: keys, Contact: "mailto:staff@example.org"}})
	b = pushtest.NewBrowser(t)
	return s, b, b.Subscription(server.URL + "/push/v1/T0KEN"), keys, calls
}

func TestWebPush(t *testing.T) {
	s, b, address, keys, calls := pushService(t, 201, "")
	if err := s.Check(channels.WebPush, address); err != nil {
		t.Fatal(err)
	}
	want := fallen()
	want.Loud = true
	receipt, err := s.Send(t.Context(), channels.WebPush, address, want)
	if err != nil {
		t.Fatal(err)
	}
	// The push service has it, which says nothing of the phone.
	if receipt != (channels.Receipt{Answer: "HTTP 201"}) {
		t.Errorf("receipt %+v", receipt)
	}
	call := <-calls
	if call.header.Get("TTL") != "3600" || call.header.Get("Urgency") != "high" || len(call.header.Get("Topic")) != 32 || call.header.Get("Content-Encoding") != "aes128gcm" {
		t.Errorf("headers %v", call.header)
	}
	plain, err := b.Decrypt(call.body)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Delivery, Title, Body, URL, Tag, Severity, Language string
		Loud                                                bool
		Links                                               []channels.Link
	}
	if err := json.Unmarshal(plain, &got); err != nil {
		t.Fatal(err)
	}
	if got.Delivery != want.ID || got.Title != want.Subject || got.Body != want.Text || got.URL != want.Links[1].URL || got.Severity != "critical" || !got.Loud ||
		got.Language != "zh-CN" || len(got.Links) != 2 || got.Links[0] != want.Links[0] || got.Tag != call.header.Get("Topic") {
		t.Errorf("payload %s", plain)
	}
	checkVAPID(t, call.header.Get("Authorization"), keys)
}

// checkVAPID does as RFC 8292 has a push service do.
func checkVAPID(t *testing.T, header string, keys channels.VAPID) {
	t.Helper()
	token, key, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	if !ok || key != keys.Public {
		t.Fatalf("authorization %q", header)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token %q", token)
	}
	point, _ := base64.RawURLEncoding.DecodeString(key)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		t.Fatalf("signature of %d bytes, %v", len(signature), err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the token is not signed with the key")
	}
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var said struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(claims, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(said.Aud, "https://127.0.0.1:") || strings.Contains(said.Aud, "/push") || said.Sub != "mailto:staff@example.org" ||
		said.Exp <= time.Now().Unix() || said.Exp > time.Now().Add(24*time.Hour).Unix() {
		t.Errorf("claims %s", claims)
	}
}

func TestWebPushUrgency(t *testing.T) {
	s, _, address, _, calls := pushService(t, 201, "")
	for severity, want := range map[rules.Severity][2]string{rules.Critical: {"3600", "high"}, rules.Warning: {"14400", "high"}, rules.Info: {"86400", "normal"}} {
		m := fallen()
		m.Severity = severity
		if _, err := s.Send(t.Context(), channels.WebPush, address, m); err != nil {
			t.Fatal(err)
		}
		call := <-calls
		if got := [2]string{call.header.Get("TTL"), call.header.Get("Urgency")}; got != want {
			t.Errorf("%s: %v, want %v", severity, got, want)
		}
	}
}

// A push service takes 4096 bytes; what is longer is cut, never lost.
func TestWebPushCutsWhatIsLong(t *testing.T) {
	s, b, address, _, calls := pushService(t, 201, "")
	for _, text := range []string{strings.Repeat("心", 10_000), strings.Repeat("\x01\"<", 3000), strings.Repeat("a", 2001)} {
		m := fallen()
		m.Text = text
		if _, err := s.Send(t.Context(), channels.WebPush, address, m); err != nil {
			t.Fatal(err)
		}
		call := <-calls
		if len(call.body) > 4096 {
			t.Errorf("%d bytes", len(call.body))
		}
		plain, err := b.Decrypt(call.body)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Body string }
		if err := json.Unmarshal(plain, &got); err != nil || len(got.Body) < 500 || !strings.HasSuffix(got.Body, "…") {
			t.Errorf("cut to %d bytes, %v", len(got.Body), err)
		}
	}
	m := fallen()
	m.Links[0].URL += strings.Repeat("x", 5000)
	if _, err := s.Send(t.Context(), channels.WebPush, address, m); err == nil || len(calls) != 0 {
		t.Errorf("links that do not fit: %v, %d calls", err, len(calls))
	}
}

func TestWebPushRefused(t *testing.T) {
	for status, c := range map[int]struct {
		permanent, gone bool
	}{404: {true, true}, 410: {true, true}, 400: {true, false}, 403: {true, false}, 413: {true, false}, 429: {false, false}, 500: {false, false}, 503: {false, false}} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s, b, address, _, _ := pushService(t, status, "Retry-After: 9")
			f := fails(t, t.Context(), s, channels.WebPush, address, "T0KEN", base64.RawURLEncoding.EncodeToString(b.Auth))
			wants(t, f, c.permanent, c.gone, fmt.Sprintf("HTTP %d", status))
			if want := map[bool]time.Duration{false: 9 * time.Second}[c.permanent]; f.RetryAfter() != want {
				t.Errorf("wait %s, want %s", f.RetryAfter(), want)
			}
		})
	}
}

func TestWebPushAddresses(t *testing.T) {
	keys, err := channels.NewVAPID()
	if err != nil {
		t.Fatal(err)
	}
	s := newSet(t, channels.Config{Push: channels.Push{VAPID: keys, Contact: "https://example.org/contact"}})
	b := pushtest.NewBrowser(t)
	good := b.Subscription("https://fcm.googleapis.com/fcm/send/abc")
	if err := s.Check(channels.WebPush, good); err != nil {
		t.Error(err)
	}
	point := base64.RawURLEncoding.EncodeToString(b.Key.PublicKey().Bytes())
	nowhere := base64.RawURLEncoding.EncodeToString(append([]byte{4}, make([]byte, 64)...))
	for address, code := range map[string]string{
		"":     channels.CodeAddress,
		"null": channels.CodeAddress,
		"[]":   channels.CodeAddress,
		b.Subscription("http://fcm.googleapis.com/a"):                                  channels.CodeAddress,
		b.Subscription(""):                                                             channels.CodeAddress,
		b.Subscription("https://u:p@fcm.googleapis.com/a"):                             channels.CodeAddress,
		b.Subscription("https://192.168.1.1/a"):                                        channels.CodeHost,
		strings.Replace(good, point, nowhere, 1):                                       channels.CodeAddress, // not on the curve
		strings.Replace(good, point, "", 1):                                            channels.CodeAddress,
		strings.Replace(good, base64.RawURLEncoding.EncodeToString(b.Auth), "c2Fs", 1): channels.CodeAddress,
		good + strings.Repeat(" ", 5000):                                               channels.CodeAddress,
	} {
		refuses(t, s, channels.WebPush, address, code)
	}
}

func TestVAPIDThatDoesNotBelongTogether(t *testing.T) {
	a, errA := channels.NewVAPID()
	b, errB := channels.NewVAPID()
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	for _, keys := range []channels.VAPID{{}, {Public: a.Public, Private: b.Private}, {Public: a.Public, Private: "!"}, {Public: a.Public, Private: "AAAA"}} {
		if _, err := channels.New(channels.Config{Push: channels.Push{VAPID: keys, Contact: "a@example.org"}}); err == nil {
			t.Errorf("keys are taken: %+v", keys.Public)
		}
	}
}
