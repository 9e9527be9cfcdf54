package channels

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net/netip"
	"strings"
	"time"
)

// Config is what the operator has set up. What is left empty makes no channel.
type Config struct {
	SMTP SMTP
	Push Push
	SMS  Gateway
	// Publisher reaches the speakers; nil, there are none.
	Publisher Publisher

	// ChatHosts are servers of chat services that anybody can run, as they stand in
	// addresses: "matrix.example.org", "chat.example.org:8443".
	ChatHosts []string
	// Networks are private networks that webhooks and subscriptions may lead to.
	Networks []netip.Prefix
	// Roots are the certificates that are trusted; nil, the system's.
	Roots *x509.CertPool
}

// Set is all channels that are set up.
type Set struct{ channels map[Kind]Channel }

// Check says what is wrong with the settings, before there are keys of Web Push.
func (cfg Config) Check() error {
	if cfg.SMTP.URL != "" {
		if _, err := readSMTP(cfg.SMTP, cfg.Roots); err != nil {
			return err
		}
	}
	if cfg.SMS.URL != "" {
		if _, err := newTexts(cfg.SMS); err != nil {
			return err
		}
	}
	if contact := cfg.Push.Contact; contact != "" && !strings.HasPrefix(contact, "https://") && checkMailbox(strings.TrimPrefix(contact, "mailto:")) != nil {
		return errors.New("the contact for push services: want mailto:staff@example.org, or a page with https://")
	}
	return nil
}

// New makes the channels. Webhooks and chats need no settings.
func New(cfg Config) (*Set, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	g := guard{allowed: cfg.Networks, roots: cfg.Roots}
	s := &Set{channels: map[Kind]Channel{Webhook: newWebhook(g), Chat: newChats(cfg.ChatHosts, g)}}
	if cfg.SMTP.URL != "" {
		server, err := readSMTP(cfg.SMTP, cfg.Roots)
		if err != nil {
			return nil, err
		}
		s.channels[Email] = emails{server}
		cfg.Push.Contact = cmp.Or(cfg.Push.Contact, server.from.Address)
	}
	if cfg.Push.Contact != "" {
		p, err := newPushes(cfg.Push, g)
		if err != nil {
			return nil, err
		}
		s.channels[WebPush] = p
	}
	if cfg.SMS.URL != "" {
		t, err := newTexts(cfg.SMS)
		if err != nil {
			return nil, err
		}
		s.channels[SMS] = t
	}
	if cfg.Publisher != nil {
		s.channels[Speaker] = speakers{cfg.Publisher}
	}
	return s, nil
}

// Kinds are those that are set up.
func (s *Set) Kinds() []Kind {
	var kinds []Kind
	for _, kind := range Kinds() {
		if _, ok := s.channels[kind]; ok {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Check says what is wrong with an address of that kind before it is kept: a
// [store.Fault] with one of the codes of this package, which does not repeat it.
func (s *Set) Check(kind Kind, address string) error {
	c, err := s.channel(kind)
	if err != nil {
		return err
	}
	return c.Check(address)
}

// patience is how long a sending may take that was given no less.
const patience = 30 * time.Second

// Send tells one person over one channel. Its error is a [Failure].
func (s *Set) Send(ctx context.Context, kind Kind, address string, m Message) (Receipt, error) {
	c, err := s.channel(kind)
	if err != nil {
		f := refused(kind, "this kind of channel is not set up")
		f.cause = err
		return Receipt{}, f
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.Send(ctx, address, m)
}

func (s *Set) channel(kind Kind) (Channel, error) {
	if c, ok := s.channels[kind]; ok {
		return c, nil
	}
	for _, known := range Kinds() {
		if kind == known {
			return nil, fault(kind, CodeNotSetUp, "is not set up here; the operator can do that")
		}
	}
	var names []string
	for _, known := range Kinds() {
		names = append(names, string(known))
	}
	return nil, fault(kind, CodeUnknownKind, "there is no such kind; want one of "+strings.Join(names, ", "))
}
