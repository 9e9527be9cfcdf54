package channels

import (
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Push is what Web Push needs.
type Push struct {
	VAPID VAPID
	// Contact is whom a push service can write to about us: an e-mail address, or a
	// page with https://. Apple's refuses to work without one.
	Contact string
}

// pushes notifies browsers. An address is the subscription that a browser gives,
// as JSON.
type pushes struct {
	guard  guard
	client *http.Client
	push   Push
}

func newPushes(p Push, g guard) (pushes, error) {
	if err := p.VAPID.check(); err != nil {
		return pushes{}, err
	}
	// The library puts it there itself.
	p.Contact = strings.TrimPrefix(p.Contact, "mailto:")
	return pushes{guard: g, client: g.client("https"), push: p}, nil
}

func (c pushes) subscription(address string) (*webpush.Subscription, error) {
	wrong := fault(WebPush, CodeAddress, "want the subscription of a browser, as JSON with endpoint, keys.p256dh and keys.auth")
	var s webpush.Subscription
	if len(address) > maxAddress || json.Unmarshal([]byte(address), &s) != nil {
		return nil, wrong
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, wrong
	}
	if !c.guard.mayName(u.Hostname()) {
		return nil, fault(WebPush, CodeHost, "leads into a network that is not allowed; the operator can allow it")
	}
	point, err := unbase64(s.Keys.P256dh)
	if err != nil {
		return nil, wrong
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return nil, wrong
	}
	if auth, err := unbase64(s.Keys.Auth); err != nil || len(auth) != 16 {
		return nil, wrong
	}
	return &s, nil
}

// unbase64 reads both alphabets, padded or not, as browsers have sent them.
func unbase64(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "=")))
}

// Check implements [Channel].
func (c pushes) Check(address string) error {
	_, err := c.subscription(address)
	return err
}

// notification is what the service worker gets.
type notification struct {
	Delivery string `json:"delivery"`
	Title    string `json:"title"`
	Body     string `json:"body"`
	URL      string `json:"url,omitempty"`
	// Tag is the alert's: a notification takes the place of the one before it.
	Tag      string `json:"tag"`
	Severity string `json:"severity"`
	Loud     bool   `json:"loud"`
	Language string `json:"language"`
	Links    []Link `json:"links"`
	Test     bool   `json:"test,omitempty"`
}

// maxPush is how much text fits into one record of 4096 bytes beside its header,
// tag and delimiter: what each push service must take (RFC 8030, section 7.2).
const maxPush = 4096 - 86 - 16 - 1

// Send implements [Channel].
func (c pushes) Send(ctx context.Context, address string, m Message) (Receipt, error) {
	s, err := c.subscription(address)
	if err != nil {
		return Receipt{}, badAddress(WebPush, err)
	}
	payload, err := payloadOf(m)
	if err != nil {
		return Receipt{}, err
	}
	response, err := webpush.SendNotificationWithContext(ctx, payload, s, &webpush.Options{
		HTTPClient: c.client, Subscriber: c.push.Contact, VAPIDPublicKey: c.push.VAPID.Public, VAPIDPrivateKey: c.push.VAPID.Private,
		TTL: int(timeToLive(m.Severity) / time.Second), Urgency: urgency(m.Severity), Topic: topic(m),
	})
	if err != nil {
		return Receipt{}, unheard(WebPush, err)
	}
	defer response.Body.Close()
	if f := judge(WebPush, response.StatusCode, response.Header); f != nil {
		// RFC 8030, section 7.3: a subscription that has expired is answered with 404;
		// 410 is what services say of one that was given up.
		f.gone = response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusGone
		return Receipt{}, f
	}
	return Receipt{Answer: httpAnswer(response.StatusCode)}, nil
}

// payloadOf shortens the text until all fits.
func payloadOf(m Message) ([]byte, error) {
	n := notification{
		Delivery: m.ID, Title: shorten(line(m.Subject), 200), Body: m.Text, Tag: topic(m), Severity: m.Severity.String(), Loud: m.Loud, Language: m.Language,
		Links: append([]Link{}, m.Links...), Test: m.Test,
	}
	for _, l := range m.Links {
		if l.Kind == LinkOpen {
			n.URL = l.URL
		}
	}
	for characters := 2000; ; characters /= 2 {
		n.Body = shorten(m.Text, characters)
		payload, err := json.Marshal(n)
		if err != nil {
			return nil, refused(WebPush, "the message is not text")
		}
		if len(payload) <= maxPush {
			return payload, nil
		}
		if characters == 0 {
			return nil, refused(WebPush, "the links of the message are too long")
		}
	}
}

// timeToLive is how long a push service keeps a message for a device that is off:
// longer than all steps of an alert take (10 minutes and 105), and not so long
// that it tells of what has long been over.
func timeToLive(s rules.Severity) time.Duration {
	switch {
	case s >= rules.Critical:
		return time.Hour
	case s == rules.Warning:
		return 4 * time.Hour
	}
	return 24 * time.Hour
}

// urgency is high for what somebody is waited for: a phone that sleeps gets the
// rest when it wakes up by itself.
func urgency(s rules.Severity) webpush.Urgency {
	if s >= rules.Warning {
		return webpush.UrgencyHigh
	}
	return webpush.UrgencyNormal
}

// topic has a push service keep the newest message of an alert only: at most 32
// characters of Base64 for URLs (RFC 8030, section 5.4).
func topic(m Message) string {
	about := m.Number
	if about == "" {
		about = m.Key
	}
	sum := sha256.Sum256([]byte(about))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
