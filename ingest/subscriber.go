package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// SubscriberConfig says how to reach an external broker.
type SubscriberConfig struct {
	// URL is mqtt://, mqtts://, ws:// or wss://, with a user name and password
	// in it where the broker asks for them.
	URL string
	// ClientID is fixed: the broker keeps what arrives for it while it is away.
	// Two processes may not use the same one.
	ClientID string
	// Share is the name of a shared subscription ("anxin" makes
	// $share/anxin/…), "" for a subscription of one's own.
	Share string
	// Filters are the topic filters to subscribe to.
	Filters []string
	TLS     *tls.Config
	// Deafened is told, before anything is taken in again, for how long the broker
	// could not be heard; nil when nobody wants to know.
	Deafened func(from, to time.Time)
	// Replies hears what devices answer to commands; nil when nobody wants to know.
	Replies Replies
}

const (
	firstReconnect = time.Second
	maxReconnect   = 30 * time.Second
	answerTimeout  = 15 * time.Second
)

// Subscriber takes messages from an external broker.
type Subscriber struct {
	cfg       SubscriberConfig
	broker    string // without the password
	options   func() *paho.ClientOptions
	to        Submitter
	log       *slog.Logger
	connected atomic.Bool
	client    atomic.Pointer[paho.Client] // of the present connection
	lost      time.Time                   // when the broker was heard last; of Run's goroutine
}

// NewSubscriber returns a subscriber; [Subscriber.Run] connects it.
func NewSubscriber(cfg SubscriberConfig, to Submitter, log *slog.Logger) (*Subscriber, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, errors.New("the broker's address cannot be read: want mqtt://user:password@host:port")
	}
	scheme, ok := map[string]string{
		"mqtt": "tcp", "tcp": "tcp", "mqtts": "ssl", "ssl": "ssl", "ws": "ws", "wss": "wss",
	}[u.Scheme]
	if !ok || u.Host == "" {
		return nil, fmt.Errorf("broker address %q: want mqtt://host:port, mqtts://, ws:// or wss://", u.Redacted())
	}
	if u.Port() == "" {
		u.Host += map[string]string{"tcp": ":1883", "ssl": ":8883", "ws": ":80", "wss": ":443"}[scheme]
	}
	bare := *u
	bare.User, bare.Scheme = nil, scheme
	options := func() *paho.ClientOptions {
		o := paho.NewClientOptions().AddBroker(bare.String())
		if u.User != nil {
			password, _ := u.User.Password()
			o.SetUsername(u.User.Username()).SetPassword(password)
		}
		if scheme == "tcp" || scheme == "ssl" {
			o.SetCustomOpenConnectionFn(dialCoalesced)
		}
		return o.SetClientID(cfg.ClientID).SetCleanSession(false).SetProtocolVersion(4).SetTLSConfig(cfg.TLS).
			SetOrderMatters(true).SetAutoAckDisabled(true).SetAutoReconnect(false).SetMessageChannelDepth(1024).
			SetKeepAlive(30 * time.Second).SetPingTimeout(20 * time.Second).SetConnectTimeout(10 * time.Second)
	}
	return &Subscriber{cfg: cfg, broker: u.Host, options: options, to: to, log: log.With("broker", u.Host)}, nil
}

// Connected reports whether the broker has confirmed the subscriptions of the
// present connection.
func (s *Subscriber) Connected() bool { return s.connected.Load() }

// Run keeps a connection with all subscriptions until ctx ends. It tries again
// for ever, at most 30 seconds apart: a broker that restarts is waited for.
func (s *Subscriber) Run(ctx context.Context) error {
	wait := firstReconnect
	s.lost = time.Now()
	for {
		subscribed, err := s.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if subscribed {
			wait = firstReconnect
			s.lost = time.Now()
		}
		s.log.Warn("not connected to the MQTT broker, trying again", "error", err, "in", wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, maxReconnect)
	}
}

// connect makes one connection and stays with it until it is lost or ctx ends.
// Each has a client of its own, so that an acknowledgement can never go out on
// a later connection, where its number means another message.
func (s *Subscriber) connect(ctx context.Context) (subscribed bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	acks := &pahoAcks{}
	acks.write = acks.send
	canary := newCanary(s.cfg.ClientID)
	back := sync.OnceFunc(s.hearAgain)

	o := s.options()
	o.SetConnectionLostHandler(func(_ paho.Client, err error) { cancel(fmt.Errorf("connection lost: %w", err)) })
	o.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		if canary.heard(m) {
			m.Ack()
			return
		}
		back()
		if device, ok := replying(m.Topic()); ok && s.cfg.Replies != nil {
			if !m.Retained() {
				s.cfg.Replies(device, m.Payload())
			}
			m.Ack()
			return
		}
		s.take(ctx, acks, m)
	})
	client := paho.NewClient(o)
	if err := finish(client.Connect(), "connect"); err != nil {
		return false, err
	}
	defer client.Disconnect(250)
	if err := s.subscribe(client); err != nil {
		return false, err
	}
	s.log.Info("subscribed at the MQTT broker", "filters", s.cfg.Filters)
	back()
	s.client.Store(&client)
	defer s.client.Store(nil)
	s.connected.Store(true)
	defer s.connected.Store(false)
	return true, canary.watch(ctx, client)
}

// Publish sends a message over the broker, with QoS 1.
func (s *Subscriber) Publish(topic string, payload []byte) error {
	client := s.client.Load()
	if client == nil {
		return fmt.Errorf("publish on %s: not connected to the MQTT broker", topic)
	}
	return finish((*client).Publish(topic, 1, false, payload), "publish on "+topic)
}

// hearAgain tells for how long the broker could not be heard.
func (s *Subscriber) hearAgain() {
	if s.cfg.Deafened != nil {
		s.cfg.Deafened(s.lost, time.Now())
	}
}

// take hands a message to the pipeline. Once one was not taken in, because the
// connection has ended, none after it may be: the acknowledgement of a later one
// would go out for the first.
func (s *Subscriber) take(ctx context.Context, acks *pahoAcks, m paho.Message) {
	if ctx.Err() != nil {
		return
	}
	in := Message{
		Topic: m.Topic(), Payload: m.Payload(), Retained: m.Retained(), Dup: m.Duplicate(),
		Received: time.Now().UnixMilli(),
	}
	if m.Qos() > 0 {
		in.Ack, in.Token = acks, acks.expect(m)
	}
	if err := s.to.Submit(ctx, in); err != nil {
		s.log.Debug("message not taken in", "error", err)
	}
}

// finish waits for what was asked of the broker.
func finish(t paho.Token, what string) error {
	if !t.WaitTimeout(answerTimeout) {
		return fmt.Errorf("%s: no answer in %s", what, answerTimeout)
	}
	if err := t.Error(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// subscribe asks for all filters and reads the answer: a broker says no in the
// SUBACK, and a client that does not look is deaf without knowing.
func (s *Subscriber) subscribe(client paho.Client) error {
	wanted := map[string]byte{}
	filters := s.cfg.Filters
	if s.cfg.Replies != nil {
		filters = append(slices.Clone(filters), repliesFilter)
	}
	for _, f := range filters {
		if s.cfg.Share != "" {
			f = "$share/" + s.cfg.Share + "/" + f
		}
		wanted[f] = 1
	}
	token := client.SubscribeMultiple(wanted, nil)
	if err := finish(token, "subscribe"); err != nil {
		return err
	}
	granted := token.(*paho.SubscribeToken).Result()
	var refused []string
	for f := range wanted {
		if qos, ok := granted[f]; !ok || qos == 0x80 {
			refused = append(refused, f)
		}
	}
	if len(refused) > 0 {
		slices.Sort(refused)
		return fmt.Errorf("subscribe: the broker refused %s: its access list must let this login read them", strings.Join(refused, ", "))
	}
	return nil
}

// pahoAcks acknowledges the messages of one connection. They become safe in
// the order in which they came.
type pahoAcks struct {
	ackQueue
	mu       sync.Mutex
	expected []paho.Message
	count    uint32
}

func (a *pahoAcks) expect(m paho.Message) (token uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expected = append(a.expected, m)
	a.count++
	return a.count
}

func (a *pahoAcks) send(tokens []uint32) {
	a.mu.Lock()
	safe := a.expected[:len(tokens)]
	a.expected = a.expected[len(tokens):]
	a.mu.Unlock()
	for _, m := range safe {
		m.Ack()
	}
}
