package ingest

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"net"
	"strings"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Grant is what a signed-in client may do.
type Grant interface {
	MayPublish(topic string) bool
	MaySubscribe(filter string) bool
}

// Authenticator checks an MQTT user name and password.
type Authenticator func(login, password string) (Grant, error)

// BrokerConfig says where the built-in broker listens and what it allows.
type BrokerConfig struct {
	// Addr is the TCP address, "127.0.0.1:1883"; "" for none. With TLS set it
	// speaks MQTT over TLS there.
	Addr string
	// WebSocketAddr is the address for MQTT over WebSocket, "" for none.
	WebSocketAddr string
	TLS           *tls.Config

	// MaxConnections bounds the clients, about 30 KB each. Beyond about 20,000
	// use an external broker.
	MaxConnections int
	// MaxPayload is the largest packet in bytes; a larger one ends its connection.
	MaxPayload int
	// MaxInFlight bounds the unacknowledged messages of one client: more are not
	// read from its connection until some are safe.
	MaxInFlight int

	// Replies hears what devices answer to commands; nil when nobody wants to know.
	Replies Replies
}

// DefaultBrokerConfig listens on the loopback address only.
func DefaultBrokerConfig() BrokerConfig {
	return BrokerConfig{Addr: "127.0.0.1:1883", MaxConnections: 20_000, MaxPayload: 16 << 20, MaxInFlight: 1024}
}

// Submitter takes messages in: the [Pipeline].
type Submitter interface {
	Submit(ctx context.Context, m Message) error
}

// Broker is the built-in MQTT broker. Its clients are devices and hubs; what
// they publish goes to the pipeline and is acknowledged from there. It passes
// nothing on to subscribers but commands to devices, and what Anxin publishes
// itself.
type Broker struct {
	server *mqtt.Server
	hook   *hook
	addrs  []net.Addr
}

// NewBroker opens the listeners, so that a port that is taken is known at once.
// Nothing is served before [Broker.Run].
func NewBroker(cfg BrokerConfig, authenticate Authenticator, to Submitter, m *Metrics, log *slog.Logger) (*Broker, error) {
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(cfg.MaxConnections)
	caps.MaximumPacketSize = uint32(cfg.MaxPayload) + 1024
	caps.ReceiveMaximum = uint16(min(cfg.MaxInFlight, math.MaxUint16))
	caps.MaximumSessionExpiryInterval = uint32((24 * time.Hour).Seconds())
	caps.SharedSubAvailable = 0
	caps.TopicAliasMaximum = 0           // as CONNACK says; a client could have us keep 4 GB of them
	caps.MaximumClientWritesPending = 64 // commands; the broker's own choice takes 64 KB a client
	server := mqtt.New(&mqtt.Options{
		Capabilities:            caps,
		ClientNetReadBufferSize: 4096,
		InlineClient:            true, // for Publish
		SysTopicResendInterval:  int64((24 * time.Hour).Seconds()),
		Logger:                  slog.New(quiet{log.Handler()}),
	})
	b := &Broker{server: server, hook: &hook{
		authenticate: authenticate, to: to, metrics: m, log: log, maxInFlight: cfg.MaxInFlight, replies: cfg.Replies,
		logins: logins{server: server, sessions: map[string][]*mqtt.Client{}},
	}}
	b.hook.ctx, b.hook.stop = context.WithCancel(context.Background())
	if err := server.AddHook(b.hook, nil); err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	if cfg.Addr != "" {
		l, err := net.Listen("tcp", cfg.Addr)
		if err != nil {
			return nil, fmt.Errorf("start broker: listen for MQTT: %w", err)
		}
		b.addrs = append(b.addrs, l.Addr())
		guarded := net.Listener(newGate(l, cfg.MaxConnections, m, log))
		if cfg.TLS != nil {
			guarded = tls.NewListener(guarded, cfg.TLS)
		}
		if err := server.AddListener(listeners.NewNet("tcp", openings{guarded})); err != nil {
			return nil, fmt.Errorf("start broker: %w", err)
		}
	}
	if cfg.WebSocketAddr != "" {
		l, err := net.Listen("tcp", cfg.WebSocketAddr)
		if err != nil {
			return nil, fmt.Errorf("start broker: listen for MQTT over WebSocket: %w", err)
		}
		b.addrs = append(b.addrs, l.Addr())
		ws := newWebSocket(newGate(l, cfg.MaxConnections, m, log), cfg.TLS)
		if err := server.AddListener(ws); err != nil {
			return nil, fmt.Errorf("start broker: %w", err)
		}
	}
	return b, nil
}

// Addrs are the addresses it listens on, TCP first.
func (b *Broker) Addrs() []net.Addr { return b.addrs }

// Connections is how many clients are connected.
func (b *Broker) Connections() int { return int(b.server.Info.Clone().ClientsConnected) }

// Publish sends a message to the clients that subscribed to its topic.
func (b *Broker) Publish(topic string, payload []byte, retain bool) error {
	if err := b.server.Publish(topic, payload, retain, 1); err != nil {
		return fmt.Errorf("publish on %s: %w", topic, err)
	}
	return nil
}

// closeGrace is how long a stop waits for clients to read that it comes.
const closeGrace = time.Second

// Run serves until ctx ends, then closes the connections. Messages that were
// not acknowledged by then will be sent again by their devices.
func (b *Broker) Run(ctx context.Context) error {
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("serve MQTT: %w", err)
	}
	<-ctx.Done()
	b.hook.stop()
	grace := time.AfterFunc(closeGrace, func() {
		for _, cl := range b.server.Clients.GetAll() {
			cl.Stop(packets.ErrServerShuttingDown)
		}
	})
	defer grace.Stop()
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("close broker: %w", err)
	}
	return nil
}

// hook is Anxin's side of the broker.
type hook struct {
	mqtt.HookBase
	authenticate Authenticator
	to           Submitter
	metrics      *Metrics
	log          *slog.Logger
	maxInFlight  int
	logins       logins
	replies      Replies

	// ctx ends when the broker stops: messages that wait are let go of, without
	// an acknowledgement.
	ctx  context.Context
	stop context.CancelFunc
}

func (h *hook) ID() string { return "anxin" }

func (h *hook) Provides(b byte) bool {
	return bytes.IndexByte([]byte{
		mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish, mqtt.OnWillSent, mqtt.OnDisconnect, mqtt.OnClientExpired,
	}, b) >= 0
}

func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	login := string(pk.Connect.Username)
	grant, err := h.authenticate(login, string(pk.Connect.Password))
	if err == nil {
		// MQTT ends the older of two connections with one client id. Each login has
		// ids of its own, so that nobody throws another's device out by taking its
		// id, or keeps it out by having been there first.
		cl.ID = login + "\x00" + cl.ID
		err = h.logins.admit(login, cl)
	}
	if err != nil {
		h.metrics.connRefused.Inc()
		h.log.Warn("MQTT sign-in refused", "login", clip(login), "remote", cl.Net.Remote, "error", err)
		return false
	}
	h.metrics.connections.Inc()
	if cl.State.Keepalive > longestKeepAlive {
		cl.State.Keepalive, cl.State.ServerKeepalive = longestKeepAlive, true
	}
	h.checkWill(cl, grant)
	gatedOf(cl.Net.Conn).letIn(newSession(cl, grant, h.maxInFlight))
	return true
}

// longestKeepAlive is in seconds: the broker adds half to it in 16 bits.
const longestKeepAlive = math.MaxUint16 / 3 * 2

// OnDisconnect hears of every connection's end; expire says that its session
// has ended too.
func (h *hook) OnDisconnect(cl *mqtt.Client, _ error, expire bool) {
	if expire {
		h.logins.ended(cl)
	}
}

// OnClientExpired hears of sessions that were kept long enough.
func (h *hook) OnClientExpired(cl *mqtt.Client) { h.logins.ended(cl) }

// checkWill takes away what the broker would do with a will by itself, which
// asks nobody: it passes a will on, and keeps it, whatever its topic is.
func (h *hook) checkWill(cl *mqtt.Client, grant Grant) {
	will := &cl.Properties.Will
	if will.Flag == 0 {
		return
	}
	if !grant.MayPublish(will.TopicName) {
		h.log.Warn("MQTT will refused", "login", clip(string(cl.Properties.Username)), "topic", clip(will.TopicName))
		*will = mqtt.Will{}
		return
	}
	will.Retain = false
	if cl.Properties.ProtocolVersion == 5 && cl.Properties.Props.SessionExpiryInterval == 0 {
		// The session ends with the connection, and a will waits no longer than
		// the session lasts; the broker would lose it.
		will.WillDelayInterval = 0
	}
}

// session is the client's, by its connection, so that it is kept no longer than
// the broker keeps the client; nil for the broker itself.
func (h *hook) session(cl *mqtt.Client) *session {
	if c := gatedOf(cl.Net.Conn); c != nil {
		return c.session.Load()
	}
	return nil
}

func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	s := h.session(cl)
	switch {
	case s == nil:
		return false
	case write:
		if s.grant.MayPublish(topic) {
			return true
		}
		h.log.Warn("MQTT publish refused", "login", clip(string(cl.Properties.Username)), "topic", clip(topic))
		return false
	}
	return s.grant.MaySubscribe(topic)
}

// OnPublish takes the message over from the broker: ErrRejectPacket tells it to
// neither acknowledge nor pass it on.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline || isDialogue(pk.TopicName) {
		if !cl.Net.Inline {
			pk.FixedHeader.Retain = false // the broker's memory is not the devices'
			if device, ok := replying(pk.TopicName); ok && h.replies != nil {
				h.replies(device, pk.Payload)
			}
		}
		return pk, nil
	}
	s := h.session(cl)
	if s == nil {
		return pk, packets.ErrRejectPacket
	}
	m := Message{
		Topic: pk.TopicName, Payload: pk.Payload, Dup: pk.FixedHeader.Dup, Received: time.Now().UnixMilli(),
	}
	if pk.FixedHeader.Qos > 0 {
		if !s.begin(h.ctx) {
			return pk, packets.ErrRejectPacket
		}
		m.Ack, m.Token = &s.acks, uint32(pk.FixedHeader.Qos)<<16|uint32(pk.PacketID)
	}
	if err := h.to.Submit(h.ctx, m); err != nil {
		h.log.Debug("message not taken in", "error", err)
	}
	return pk, packets.ErrRejectPacket
}

// OnWillSent takes in the last will of a client that was lost. When the broker
// stops it is the broker that is lost, and the devices are as they were. A will
// that waited while its client came back is void.
func (h *hook) OnWillSent(cl *mqtt.Client, pk packets.Packet) {
	waited := pk.Connect.WillProperties.WillDelayInterval > 0
	if h.ctx.Err() != nil || waited && !cl.Closed() || isDialogue(pk.TopicName) {
		return
	}
	m := Message{Topic: pk.TopicName, Payload: pk.Payload, Received: time.Now().UnixMilli()}
	if err := h.to.Submit(h.ctx, m); err != nil {
		h.log.Debug("will not taken in", "error", err)
	}
}

// isDialogue reports whether a topic carries a device's commands or its replies,
// which the broker passes on like any other.
func isDialogue(topic string) bool {
	rest, ok := strings.CutPrefix(topic, "anxin/v1/devices/")
	_, last, _ := strings.Cut(rest, "/")
	return ok && (last == "replies" || last == "commands")
}

func clip(s string) string {
	const longest = 128
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}

// quiet passes on only what an operator must see of the broker's own log; what
// single connections do is in the metrics.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError && q.Handler.Enabled(ctx, l)
}

func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }
func (q quiet) WithGroup(name string) slog.Handler   { return quiet{q.Handler.WithGroup(name)} }
