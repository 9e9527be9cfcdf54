package channels_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
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
)

// browser is what a browser keeps of its subscription.
type browser struct {
	key  *ecdh.PrivateKey
	auth []byte
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	return browser{key, auth}
}

func (b browser) subscription(endpoint string) string {
	return fmt.Sprintf(`{"endpoint": %q, "expirationTime": null, "keys": {"p256dh": %q, "auth": %q}}`, endpoint,
		base64.RawURLEncoding.EncodeToString(b.key.PublicKey().Bytes()), base64.RawURLEncoding.EncodeToString(b.auth))
}

// decrypt does as RFC 8291, section 3.4, and RFC 8188 have a browser do.
func (b browser) decrypt(body []byte) ([]byte, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return nil, errors.New("no header")
	}
	salt, size, id := body[:16], binary.BigEndian.Uint32(body[16:]), body[21:21+int(body[20])]
	record := body[21+len(id):]
	if len(record) > int(size) {
		return nil, fmt.Errorf("a record of %d bytes, want at most %d", len(record), size)
	}
	sender, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(id)
	ikm, err := hkdf.Key(sha256.New, shared, b.auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	if err != nil {
		return nil, err
	}
	plain = []byte(strings.TrimRight(string(plain), "\x00"))
	if len(plain) == 0 || plain[len(plain)-1] != 2 {
		return nil, errors.New("no delimiter of a last record")
	}
	return plain[:len(plain)-1], nil
}

// The example of RFC 8291, appendix A, so that the browser of these tests is one.
func TestBrowserDecrypts(t *testing.T) {
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, err := ecdh.P256().NewPrivateKey(decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := browser{key, decode("BTBZMqHH6r4Tts7J_aSIgg")}.decrypt(decode("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml" +
		"mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"))
	if err != nil || string(got) != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q, %v", got, err)
	}
}

type pushed struct {
	header http.Header
	body   []byte
}

// pushService is a push service, a set that sends to it, and a browser's
// subscription there.
func pushService(t *testing.T, status int, header string) (s *channels.Set, b browser, address string, keys channels.VAPID, calls chan pushed) {
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
	b = newBrowser(t)
	return s, b, b.subscription(server.URL + "/push/v1/T0KEN"), keys, calls
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
	plain, err := b.decrypt(call.body)
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
		plain, err := b.decrypt(call.body)
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
			f := fails(t, t.Context(), s, channels.WebPush, address, "T0KEN", base64.RawURLEncoding.EncodeToString(b.auth))
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
	b := newBrowser(t)
	good := b.subscription("https://fcm.googleapis.com/fcm/send/abc")
	if err := s.Check(channels.WebPush, good); err != nil {
		t.Error(err)
	}
	point := base64.RawURLEncoding.EncodeToString(b.key.PublicKey().Bytes())
	for address, code := range map[string]string{
		"":     channels.CodeAddress,
		"null": channels.CodeAddress,
		"[]":   channels.CodeAddress,
		b.subscription("http://fcm.googleapis.com/a"):                                  channels.CodeAddress,
		b.subscription(""):                                                             channels.CodeAddress,
		b.subscription("https://u:p@fcm.googleapis.com/a"):                             channels.CodeAddress,
		b.subscription("https://192.168.1.1/a"):                                        channels.CodeHost,
		strings.Replace(good, point, "BA"+point[2:], 1):                                channels.CodeAddress, // not on the curve
		strings.Replace(good, point, "", 1):                                            channels.CodeAddress,
		strings.Replace(good, base64.RawURLEncoding.EncodeToString(b.auth), "c2Fs", 1): channels.CodeAddress,
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
