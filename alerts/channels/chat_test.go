package channels_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
)

// internet stands for all hosts of chat services: the library's own requests
// come here through a proxy, and are answered with a certificate that it trusts.
// The environment must say so before anything looks at it.
var internet *fakeInternet

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "anxin-channels")
	if err != nil {
		panic(err)
	}
	if internet, err = newInternet(dir); err != nil {
		panic(err)
	}
	code := m.Run()
	internet.server.CloseClientConnections()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

type fakeInternet struct {
	server *httptest.Server
	answer atomic.Pointer[http.HandlerFunc]
}

func newInternet(dir string) (*fakeInternet, error) {
	n := &fakeInternet{}
	n.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*n.answer.Load())(w, r) }))
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate[0]}), 0o600); err != nil {
		return nil, err
	}
	loopback, err := issue(authority, "")
	if err != nil {
		return nil, err
	}
	n.server.TLS = &tls.Config{Certificates: []tls.Certificate{*loopback}, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return issue(authority, hello.ServerName) }}
	n.server.StartTLS()
	proxy := httptest.NewServer(http.HandlerFunc(n.connect))
	for name, value := range map[string]string{"SSL_CERT_FILE": roots, "HTTPS_PROXY": proxy.URL, "NO_PROXY": ""} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// connect leads a tunnel to our server, whatever it is for.
func (n *fakeInternet) connect(w http.ResponseWriter, _ *http.Request) {
	there, err := net.Dial("tcp", n.server.Listener.Addr().String())
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	go func() {
		_, _ = io.Copy(there, buffered)
		_ = there.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(here, there)
}

func newAuthority() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// issue makes a certificate for a host, or for the loopback address.
func issue(authority *tls.Certificate, host string) (*tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if host != "" {
		template.DNSNames = []string{host}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority.Leaf, &key.PublicKey, authority.PrivateKey)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// chat is an address of each service, and what the service answers when it takes
// a message.
type chat struct {
	address, secret string
	ok              string
	// no is a refusal that the service clothes in 200, "" when it has none.
	no string
	// hidesStatus: the library gives the words of the answer in place of its status.
	hidesStatus bool
}

func chatServices() map[string]chat {
	host := internet.server.Listener.Addr().String()
	return map[string]chat{
		"discord":    {"discord://T0KENofDiscord@123456789", "T0KEN", "", "", false},
		"lark":       {"lark://open.feishu.cn/T0KEN0000-0000?secret=S3CRET", "T0KEN", `{"code": 0, "msg": "success"}`, `{"code": 19001, "msg": "param invalid T0KEN"}`, false},
		"pushover":   {"pushover://shoutrrr:T0KEN@someuser/?devices=phone", "T0KEN", `{"status": 1}`, "", false},
		"slack":      {"slack://hook:T00000000-B00000000-T0KENXXXXXXXXXXXXXXXXXXX@webhook", "T0KEN", "ok", "invalid_token T0KEN", true},
		"wecom":      {"wecom://T0KEN-693a-4d2b", "T0KEN", `{"errcode": 0, "errmsg": "ok"}`, `{"errcode": 93000, "errmsg": "invalid webhook url T0KEN"}`, false},
		"bark":       {"bark://:T0KENdevice@" + host + "/", "T0KEN", `{"code": 200, "message": "success"}`, `{"code": 400, "message": "failed to get device token T0KEN"}`, false},
		"gotify":     {"gotify://" + host + "/AT0KENeNS.D4iJL", "T0KEN", `{"id": 1, "appid": 1, "message": "m"}`, "", true},
		"matrix":     {"matrix://:T0KEN@" + host + "?rooms=!room:example.org", "T0KEN", `{"room_id": "!room:example.org", "event_id": "$1"}`, "", true},
		"mattermost": {"mattermost://" + host + "/T0KENmattermost", "T0KEN", "ok", "", false},
		"ntfy":       {"ntfy://someuser:T0KEN@" + host + "/anxin", "T0KEN", `{"id": "abc", "event": "message"}`, "", true},
		"rocketchat": {"rocketchat://" + host + "/T0KENa/T0KENb/channel", "T0KEN", `{"success": true}`, "", true},
	}
}

func chats(t *testing.T) *channels.Set {
	t.Helper()
	return newSet(t, channels.Config{ChatHosts: []string{internet.server.Listener.Addr().String()}})
}

func TestChat(t *testing.T) {
	for service, c := range chatServices() {
		t.Run(service, func(t *testing.T) {
			var heard atomic.Pointer[string]
			answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				said := string(body)
				heard.Store(&said)
				_, _ = io.WriteString(w, c.ok)
			})
			internet.answer.Store(&answer)
			s := chats(t)
			if err := s.Check(channels.Chat, c.address); err != nil {
				t.Fatal(err)
			}
			m := fallen()
			m.Text = strings.Repeat("m", 3000)
			receipt, err := s.Send(t.Context(), channels.Chat, c.address, m)
			if err != nil {
				t.Fatal(err)
			}
			if receipt.Delivered || receipt.Answer != "taken by "+service {
				t.Errorf("receipt %+v", receipt)
			}
			// Whatever the form: the beginning of the text, and the end of the links.
			said := *heard.Load()
			if !strings.Contains(said, "mmm") || !strings.Contains(said, "01J") || len(said) > 4000 {
				t.Errorf("the service heard %.2000s", said)
			}
		})
	}
}

// What no service may be believed to have taken.
func TestChatIsNotReached(t *testing.T) {
	type answer struct {
		http.HandlerFunc
		permanent bool
	}
	says := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	for service, c := range chatServices() {
		answers := map[string]answer{
			"down":      {says(500, ""), false},
			"no proxy":  {says(502, "<html>Bad Gateway</html>"), false},
			"not there": {says(404, `{"message": "Not Found"}`), true},
			"closes":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
			"hangs":     {hang, false},
		}
		if c.no != "" {
			answers["no"] = answer{says(200, c.no), false}
		}
		for name, a := range answers {
			t.Run(service+" "+name, func(t *testing.T) {
				internet.answer.Store(&a.HandlerFunc)
				// Discord is asked again and again as long as it fails.
				patience := time.Second
				if a.permanent {
					patience = time.Minute
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				f := fails(t, ctx, chats(t), channels.Chat, c.address, c.secret)
				if f.Permanent() != (a.permanent && !c.hidesStatus) {
					t.Errorf("permanent %t: %v", f.Permanent(), f)
				}
			})
		}
	}
}

// A server that never answers keeps its messages' places no longer than each was to
// take, and others are told meanwhile.
func TestChatThatHangsHoldsUpNobody(t *testing.T) {
	for _, service := range []string{"bark", "mattermost"} {
		t.Run(service, func(t *testing.T) {
			var asked, all sync.WaitGroup
			answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				defer asked.Done()
				hang(w, r)
			})
			internet.answer.Store(&answer)
			s, c := chats(t), chatServices()[service]
			for range 2 * channels.MaxSending {
				all.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
					defer cancel()
					if _, err := s.Send(ctx, channels.Chat, c.address, fallen()); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("what is never answered: %v", err)
					}
				})
			}
			all.Wait()
			answer2 := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, c.ok)
			})
			internet.answer.Store(&answer2)
			// The library gives Mattermost ten seconds.
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			if _, err := s.Send(ctx, channels.Chat, c.address, fallen()); err != nil {
				t.Errorf("once it answers again: %v", err)
			}
			ended := make(chan struct{})
			go func() {
				asked.Wait()
				close(ended)
			}()
			select {
			case <-ended:
			case <-ctx.Done():
				t.Error("what nobody waits for goes on")
			}
		})
	}
}

func TestChatAddresses(t *testing.T) {
	s := newSet(t, channels.Config{ChatHosts: []string{"chat.example.org"}})
	for _, address := range []string{"ntfy://chat.example.org/anxin", "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram?chats=@anxin_family"} {
		if err := s.Check(channels.Chat, address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for address, code := range map[string]string{
		"":                                  channels.CodeAddress,
		"https://example.org":               channels.CodeService,
		"generic://192.168.1.1/x":           channels.CodeService,
		"smtp://u:p@h/?from=a@b.c&to=d@e.f": channels.CodeService,
		"discord://token@1#\r":              channels.CodeAddress,
		"logger://x":                        channels.CodeService,
		"zulip://bot:key@chat.example.org/?stream=a":                            channels.CodeService,
		"ntfy+https://chat.example.org/anxin":                                   channels.CodeService,
		"ntfy://192.168.1.1/anxin":                                              channels.CodeHost,
		"ntfy://chat.example.org:8443/anxin":                                    channels.CodeHost,
		"gotify://chat.example.org.evil.example/AT0KENeNS.D4iJL":                channels.CodeHost,
		"lark://chat.example.org/token":                                         channels.CodeAddress,
		"matrix://user:password@chat.example.org?rooms=!a:b":                    channels.CodeAddress,
		"matrix://:token@chat.example.org":                                      channels.CodeAddress,
		"slack://hook:short@webhook":                                            channels.CodeAddress,
		"telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram":      channels.CodeAddress,
		"telegram://token@telegram?chats=1":                                     channels.CodeAddress,
		"ntfy://chat.example.org/" + strings.Repeat("a", 5000):                  channels.CodeAddress,
		"telegram://1:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram?chats=1/../2": channels.CodeAddress,
	} {
		refuses(t, s, channels.Chat, address, code)
	}
}
