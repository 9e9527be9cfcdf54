package channels

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Headers of a webhook. docs/telling.md shows how a receiver checks the signature.
const (
	headerSignature = "Anxin-Signature"
	headerKey       = "Idempotency-Key"
)

// webhook posts messages as JSON, signed with the secret that its address ends
// with: https://example.org/hook#secret=…. What follows the # never travels.
type webhook struct {
	guard         guard
	open, trusted *http.Client
}

func newWebhook(g guard) webhook {
	return webhook{guard: g, open: g.client("https"), trusted: g.client("http")}
}

const webhookForm = "want an address such as https://example.org/hook#secret=SECRET"

// secretForm is at least as many characters as make 96 bits of Base64.
var secretForm = regexp.MustCompile(`^[A-Za-z0-9+/=_-]{16,128}$`)

// hookOf takes an address apart.
func (c webhook) hookOf(address string) (u *url.URL, secret string, err error) {
	plain, fragment, _ := strings.Cut(address, "#")
	u, err = url.Parse(plain)
	if err != nil || u.Hostname() == "" || len(address) > maxAddress || u.Scheme != "https" && u.Scheme != "http" {
		return nil, "", fault(Webhook, CodeAddress, webhookForm)
	}
	if u.User != nil {
		return nil, "", fault(Webhook, CodeAddress, "leave user and password out: the signature shows who is calling")
	}
	if u.Scheme == "http" && len(c.guard.allowed) == 0 {
		return nil, "", fault(Webhook, CodeAddress, "must begin with https://: what is told is not for others to read")
	}
	if !c.guard.mayName(u.Hostname()) {
		return nil, "", fault(Webhook, CodeHost, "leads into a network that is not allowed; the operator can allow it")
	}
	secret, ok := strings.CutPrefix(fragment, "secret=")
	if !ok || !secretForm.MatchString(secret) {
		return nil, "", fault(Webhook, CodeSecret, "must end with #secret= and 16 to 128 letters, digits or any of + / = _ -")
	}
	return u, secret, nil
}

// Check implements [Channel].
func (c webhook) Check(address string) error {
	_, _, err := c.hookOf(address)
	return err
}

// call is what a receiver gets.
type call struct {
	ID       string    `json:"id"`
	Key      string    `json:"key"`
	Number   string    `json:"number,omitempty"`
	Severity string    `json:"severity"`
	Language string    `json:"language"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text"`
	Links    []Link    `json:"links"`
	Test     bool      `json:"test"`
	SentAt   time.Time `json:"sent_at"`
}

// Send implements [Channel].
func (c webhook) Send(ctx context.Context, address string, m Message) (Receipt, error) {
	u, secret, err := c.hookOf(address)
	if err != nil {
		return Receipt{}, badAddress(Webhook, err)
	}
	now := time.Now().UTC()
	body, err := json.Marshal(call{
		ID: m.ID, Key: m.Key, Number: m.Number, Severity: m.Severity.String(), Language: m.Language, Subject: m.Subject, Text: m.Text,
		Links: append([]Link{}, m.Links...), Test: m.Test, SentAt: now,
	})
	if err != nil {
		return Receipt{}, refused(Webhook, "the message is not text")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return Receipt{}, badAddress(Webhook, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set(headerKey, line(m.Key))
	request.Header.Set(headerSignature, sign(secret, now, body))
	client := c.open
	if u.Scheme == "http" {
		client = c.trusted
	}
	status, _, err := post(Webhook, client, request)
	if err != nil {
		return Receipt{}, gone(err, status == http.StatusGone)
	}
	return Receipt{Delivered: true, Answer: httpAnswer(status)}, nil
}

// sign is the header's value: the time in Unix seconds, and the HMAC-SHA256 over
// that time, a dot and the body. A receiver that looks at the time cannot be sent
// an old call again by somebody else.
func sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return fmt.Sprintf("t=%s,v1=%s", t, hex.EncodeToString(mac.Sum(nil)))
}
