package deliveries

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/anxin-care/anxin/store"
)

// Action is what a one-tap link does.
type Action string

// The actions.
const (
	Claim      Action = "claim"
	FalseAlarm Action = "false_alarm"
	Look       Action = "open"
	Finish     Action = "done" // of what a resident is to do
	Help       Action = "help" // the answer to a check-in that all is not well
)

// actions are numbered in tokens: a number is never given again.
var actions = []Action{"", Claim, FalseAlarm, Look, Finish, Help}

// linksLast is how long a link works: whoever finds it later is not the one who was
// asked.
const linksLast = 24 * time.Hour

var (
	// ErrNoLink says that a token is none of ours.
	ErrNoLink = errors.New("no such link")
	// ErrLinkExpired says that a link's time is over.
	ErrLinkExpired = errors.New("the link has expired")
)

// Links signs one-tap links and knows them again.
type Links struct {
	key  []byte
	base string
}

// OpenLinks returns links below base, the address at which people reach the service
// from outside, with the key that db keeps. Without a base there are none.
func OpenLinks(ctx context.Context, db *store.DB, base string) (*Links, error) {
	if base != "" {
		at, err := url.Parse(base)
		if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || at.RawQuery != "" || at.Fragment != "" {
			return nil, fmt.Errorf("the public address %q is none: want https://anxin.example.org", base)
		}
	}
	text, err := Secret(ctx, db, "links", func() (string, error) {
		key := make([]byte, sha256.Size)
		_, err := rand.Read(key)
		return hex.EncodeToString(key), err
	})
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("read the key of links: %w", err)
	}
	return &Links{key: key, base: strings.TrimSuffix(base, "/")}, nil
}

// ticket is what a token says.
type ticket struct {
	action   Action
	delivery string
	until    time.Time
}

const (
	ticketSize = 1 + 4 + 16 // action, until in Unix seconds, delivery
	signSize   = 16         // of HMAC-SHA256: nobody guesses 128 bits
)

var base64url = base64.RawURLEncoding.Strict()

// token signs a ticket. It is short, for it goes in text messages.
func (l *Links) token(t ticket) string {
	b := make([]byte, ticketSize, ticketSize+signSize)
	for i, a := range actions {
		if a == t.action {
			b[0] = byte(i)
		}
	}
	binary.BigEndian.PutUint32(b[1:], uint32(t.until.Unix()))
	if id, err := ulid.ParseStrict(t.delivery); err == nil {
		copy(b[5:], id[:])
	}
	return base64url.EncodeToString(append(b, l.sign(b)...))
}

func (l *Links) sign(b []byte) []byte {
	mac := hmac.New(sha256.New, l.key)
	mac.Write(b)
	return mac.Sum(nil)[:signSize]
}

// read checks a token. One that has expired is still read.
func (l *Links) read(token string, now time.Time) (t ticket, err error) {
	b, err := base64url.DecodeString(token)
	if err != nil || len(b) != ticketSize+signSize || !hmac.Equal(b[ticketSize:], l.sign(b[:ticketSize])) || int(b[0]) >= len(actions) || b[0] == 0 {
		return t, ErrNoLink
	}
	t = ticket{action: actions[b[0]], until: time.Unix(int64(binary.BigEndian.Uint32(b[1:])), 0).UTC(), delivery: ulid.ULID(b[5:ticketSize]).String()}
	if !now.Before(t.until) {
		return t, ErrLinkExpired
	}
	return t, nil
}

// url is the link to do something about what a delivery says; "" where there are no
// links.
func (l *Links) url(a Action, delivery string, now time.Time) string {
	if l == nil || l.base == "" {
		return ""
	}
	return l.base + "/t/" + l.token(ticket{a, delivery, now.Add(linksLast)})
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
