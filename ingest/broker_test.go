package ingest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/journal"
)

// ownTopic is the grant of a device: below its own topic, and nothing else.
type ownTopic string

func (d ownTopic) MayPublish(topic string) bool {
	return strings.HasPrefix(topic, "anxin/v1/devices/"+string(d)+"/")
}
func (d ownTopic) MaySubscribe(filter string) bool {
	return filter == "anxin/v1/devices/"+string(d)+"/commands"
}

func secretOnly(login, password string) (Grant, error) {
	if password != "secret" {
		return nil, errors.New("wrong password")
	}
	return ownTopic(login), nil
}

// inbox collects what the broker takes in; it acknowledges when told.
type inbox struct {
	mu       sync.Mutex
	messages []Message
	arrived  chan Message
}

func newInbox() *inbox { return &inbox{arrived: make(chan Message, 100_000)} }

func (in *inbox) Submit(ctx context.Context, m Message) error {
	in.mu.Lock()
	in.messages = append(in.messages, m)
	in.mu.Unlock()
	in.arrived <- m
	return ctx.Err()
}

func startBroker(t *testing.T, change func(*BrokerConfig), to Submitter) *Broker {
	t.Helper()
	cfg := DefaultBrokerConfig()
	cfg.Addr = "127.0.0.1:0"
	if change != nil {
		change(&cfg)
	}
	m := NewMetrics(prometheus.NewRegistry(), func() journal.Counts { return journal.Counts{} })
	b, err := NewBroker(cfg, secretOnly, to, m, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return b
}

func dial(t *testing.T, url, id, password string, change func(*paho.ClientOptions)) (paho.Client, error) {
	t.Helper()
	o := paho.NewClientOptions().AddBroker(url).SetClientID(id).SetUsername(id).SetPassword(password).
		SetAutoReconnect(false).SetConnectTimeout(5 * time.Second)
	if change != nil {
		change(o)
	}
	c := paho.NewClient(o)
	token := c.Connect()
	if !token.WaitTimeout(10 * time.Second) {
		t.Fatal("no answer to CONNECT")
	}
	if token.Error() == nil {
		t.Cleanup(func() { c.Disconnect(0) })
	}
	return c, token.Error()
}

func TestAcknowledgedOnlyWhenSafe(t *testing.T) {
	in := newInbox()
	b := startBroker(t, nil, in)
	for _, qos := range []byte{1, 2} {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) {
			c, err := dial(t, "tcp://"+b.Addrs()[0].String(), fmt.Sprint("band-", qos), "secret", nil)
			if err != nil {
				t.Fatal(err)
			}
			token := c.Publish(fmt.Sprintf("anxin/v1/devices/band-%d/readings", qos), qos, false, `{"heart_rate":72}`)
			m := <-in.arrived
			select {
			case <-token.Done():
				t.Fatal("acknowledged before it was safe")
			default:
			}
			m.Ack.Acknowledge(m.Token)
			if !token.WaitTimeout(5*time.Second) || token.Error() != nil {
				t.Fatalf("not acknowledged when safe: %v", token.Error())
			}
		})
	}
}

func TestDeviceKeepsToItsOwnTopic(t *testing.T) {
	in := newInbox()
	b := startBroker(t, nil, in)
	url := "tcp://" + b.Addrs()[0].String()
	if _, err := dial(t, url, "band-1", "wrong", nil); err == nil {
		t.Error("let in with a wrong password")
	}
	lost := make(chan error, 1)
	c, err := dial(t, url, "band-1", "secret", func(o *paho.ClientOptions) {
		o.SetConnectionLostHandler(func(_ paho.Client, err error) { lost <- err })
	})
	if err != nil {
		t.Fatal(err)
	}
	token := c.Subscribe("anxin/v1/devices/#", 1, nil)
	token.WaitTimeout(5 * time.Second)
	if granted := token.(*paho.SubscribeToken).Result()["anxin/v1/devices/#"]; granted != 0x80 {
		t.Errorf("may listen to everybody: %d", granted)
	}
	c.Publish("anxin/v1/devices/band-2/readings", 1, false, `{"heart_rate":72}`)
	select {
	case <-lost: // MQTT 3.1.1 has no other way to refuse
	case m := <-in.arrived:
		t.Errorf("published as another device: %+v", m)
	case <-time.After(10 * time.Second):
		t.Error("neither refused nor disconnected")
	}
}

// Whoever takes another's client id, before it comes or after, has it to itself.
func TestNobodyThrowsAnotherDeviceOut(t *testing.T) {
	b := startBroker(t, nil, newInbox())
	url := "tcp://" + b.Addrs()[0].String()
	for _, logins := range [][]string{{"band-1", "band-2"}, {"band-2", "band-1"}} {
		var clients []paho.Client
		for _, login := range logins {
			c, err := dial(t, url, "band-1", "secret", func(o *paho.ClientOptions) { o.SetUsername(login).SetCleanSession(false) })
			if err != nil {
				t.Fatalf("%s was kept out: %v", login, err)
			}
			clients = append(clients, c)
		}
		if !clients[0].IsConnectionOpen() {
			t.Errorf("%s was thrown out", logins[0])
		}
		for _, c := range clients {
			c.Disconnect(0)
		}
	}
}

func TestWillIsTakenIn(t *testing.T) {
	in := newInbox()
	b := startBroker(t, nil, in)
	lossy := &lossyDialer{}
	c, err := dial(t, "tcp://"+b.Addrs()[0].String(), "band-1", "secret", func(o *paho.ClientOptions) {
		o.SetWill("anxin/v1/devices/band-1/status", "offline", 1, true)
		o.SetCustomOpenConnectionFn(lossy.open)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Disconnect(0)
	lossy.conn.Close() // without a word
	m := <-in.arrived
	if m.Topic != "anxin/v1/devices/band-1/status" || string(m.Payload) != "offline" || m.Ack != nil {
		t.Errorf("the will: %+v", m)
	}
}

// The broker is asked to pass wills on, and to keep them and other messages.
// It does so for nobody.
func TestWillsObeyTheGrant(t *testing.T) {
	in := newInbox()
	b := startBroker(t, nil, in)
	c, err := dial(t, "tcp://"+b.Addrs()[0].String(), "band-2", "secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 10)
	c.Subscribe("anxin/v1/devices/band-2/commands", 1, func(_ paho.Client, m paho.Message) { heard <- string(m.Payload()) }).Wait()
	const retained = 0x20
	for _, topic := range []string{"anxin/v1/devices/band-2/commands", "anxin/v1/devices/band-2/status", "anxin/v1/devices/band-1/status"} {
		lost := rawDial(t, b)
		lost.connect("band-1", "band-1", topic, 2|retained)
		lost.Close()
	}
	if m := <-in.arrived; m.Topic != "anxin/v1/devices/band-1/status" {
		t.Errorf("took in the will on %s of band-1", m.Topic)
	}
	own := rawDial(t, b)
	own.connect("band-1", "band-1", "", 2)
	for _, level := range []string{"", "1/", "2/3/"} {
		own.send(packets.Publish<<4|1, append(field(nil, "anxin/v1/devices/band-1/"+level+"replies"), 'x'))
	}
	for range 2 {
		if m := <-in.arrived; !strings.HasSuffix(m.Topic, "/replies") {
			t.Errorf("arrived: %s", m.Topic)
		}
	}
	for topic := range b.server.Topics.Retained.GetAll() {
		if !strings.HasPrefix(topic, "$SYS/") {
			t.Errorf("the broker keeps %s", topic)
		}
	}
	if err := b.Publish("anxin/v1/devices/band-2/commands", []byte("speak"), false); err != nil {
		t.Fatal(err)
	}
	if said := <-heard; said != "speak" {
		t.Errorf("band-2 was told %q by band-1", said)
	}
}

// A delay is no longer than the session, which ends here with the connection.
func TestWillOfAShortSession(t *testing.T) {
	in := newInbox()
	b := startBroker(t, nil, in)
	c := rawDial(t, b)
	body := append(field(nil, "MQTT"), 5, 0xc6, 0, 60, 0) // clean start, a will; no properties
	body = append(field(body, "band-1"), 5, 0x18, 0, 0, 0, 1)
	body = field(field(body, "anxin/v1/devices/band-1/status"), "offline")
	c.send(packets.Connect<<4, field(field(body, "band-1"), "secret"))
	eventually(t, "the connection", func() bool { return b.Connections() == 1 })
	c.Close()
	select {
	case <-in.arrived:
	case <-time.After(10 * time.Second):
		t.Error("the will was lost")
	}
}

// That we stop says nothing about the devices.
func TestNoWillIsTakenInAtTheStop(t *testing.T) {
	in := newInbox()
	stop(t, in, func(b *Broker) {
		for i := range 20 {
			id := fmt.Sprint("band-", i)
			rawDial(t, b).connect(id, id, "anxin/v1/devices/"+id+"/status", 2)
		}
	})
	if n := len(in.arrived); n > 0 {
		t.Errorf("%d of 20 devices were said to be offline", n)
	}
}

// lossyDialer lets a test cut a client's connection.
type lossyDialer struct{ conn net.Conn }

func (d *lossyDialer) open(u *url.URL, _ paho.ClientOptions) (net.Conn, error) {
	conn, err := net.Dial("tcp", u.Host)
	d.conn = conn
	return conn, err
}

func TestOneClientHasOnlySoMuchInFlight(t *testing.T) {
	in := newInbox()
	b := startBroker(t, func(c *BrokerConfig) { c.MaxInFlight = 5 }, in)
	c, err := dial(t, "tcp://"+b.Addrs()[0].String(), "band-1", "secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := dial(t, "tcp://"+b.Addrs()[0].String(), "band-2", "secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	var tokens []paho.Token
	for range 20 {
		tokens = append(tokens, c.Publish("anxin/v1/devices/band-1/readings", 1, false, `{"heart_rate":72}`))
	}
	var first []Message
	for range 5 {
		first = append(first, <-in.arrived)
	}
	// Another device is heard while this one waits, and what it sends comes next.
	token := other.Publish("anxin/v1/devices/band-2/readings", 1, false, `{"heart_rate":60}`)
	m := <-in.arrived
	if !strings.Contains(m.Topic, "band-2") {
		t.Fatalf("more than 5 messages of one device under way")
	}
	m.Ack.Acknowledge(m.Token)
	if !token.WaitTimeout(5 * time.Second) {
		t.Error("the other device was held up")
	}
	for _, m := range first {
		m.Ack.Acknowledge(m.Token)
	}
	for range 15 {
		m := <-in.arrived
		m.Ack.Acknowledge(m.Token)
	}
	for i, token := range tokens {
		if !token.WaitTimeout(5 * time.Second) {
			t.Fatalf("message %d not acknowledged", i)
		}
	}
}

// A client that never reads its acknowledgements fills its own pipe and
// nobody else's.
func TestDeafClientDelaysNobody(t *testing.T) {
	in := newInbox()
	b := startBroker(t, func(c *BrokerConfig) { c.MaxInFlight = 60_000 }, in)
	go func() {
		for m := range in.arrived {
			m.Ack.Acknowledge(m.Token)
		}
	}()
	deaf, err := net.Dial("tcp", b.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	connect := []byte("\x10\x22\x00\x04MQTT\x04\xc2\x00\x00\x00\x06band-9\x00\x06band-9\x00\x06secret")
	connect[1] = byte(len(connect) - 2)
	topic := "anxin/v1/devices/band-9/readings"
	publish := append([]byte{0x32, byte(2 + len(topic) + 2 + 2), 0, byte(len(topic))}, topic...)
	publish = append(publish, 0, 1, '{', '}')
	if _, err := deaf.Write(connect); err != nil {
		t.Fatal(err)
	}
	_ = deaf.(*net.TCPConn).SetReadBuffer(4096)
	chunk := bytes.Repeat(publish, 1000)
	for { // until the pipe is full in both directions
		_ = deaf.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := deaf.Write(chunk); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	c, err := dial(t, "tcp://"+b.Addrs()[0].String(), "band-1", "secret", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		token := c.Publish("anxin/v1/devices/band-1/readings", 1, false, `{"heart_rate":72}`)
		if !token.WaitTimeout(10 * time.Second) {
			t.Fatal("held up by a client that does not read")
		}
	}
}

func TestGate(t *testing.T) {
	b := startBroker(t, func(c *BrokerConfig) { c.MaxConnections = 2; c.MaxPayload = 100_000 }, newInbox())
	addr := b.Addrs()[0].String()
	closed := func(conn net.Conn) bool {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err := conn.Read(make([]byte, 1))
		return errors.Is(err, io.EOF) || strings.Contains(fmt.Sprint(err), "reset")
	}
	var open []net.Conn
	for range 2 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
	}
	third, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if !closed(third) {
		t.Error("a third connection where two are allowed")
	}
	// A CONNECT of 90 KB, from somebody who has not signed in.
	if _, err := open[0].Write(append([]byte{0x10, 0x90, 0xbf, 0x05, 0, 4, 'M', 'Q', 'T', 'T', 4, 0, 0, 0}, make([]byte, 80_000)...)); err == nil && !closed(open[0]) {
		t.Error("a large packet before signing in")
	}
	second, err := dial(t, "tcp://"+addr, "band-1", "secret", nil)
	if err != nil {
		t.Fatalf("no room again after a connection was closed: %v", err)
	}
	token := second.Publish("anxin/v1/devices/band-1/readings", 1, false, make([]byte, 200_000))
	token.WaitTimeout(10 * time.Second)
	if second.IsConnectionOpen() {
		t.Error("a packet over the limit did not end the connection")
	}
}

func TestTLSAndWebSocket(t *testing.T) {
	cert := selfSigned(t)
	for _, tc := range []struct {
		scheme string
		change func(*BrokerConfig)
	}{
		{"ssl", func(c *BrokerConfig) { c.TLS = &tls.Config{Certificates: []tls.Certificate{cert}} }},
		{"ws", func(c *BrokerConfig) { c.Addr, c.WebSocketAddr = "", "127.0.0.1:0" }},
		{"wss", func(c *BrokerConfig) {
			c.Addr, c.WebSocketAddr, c.TLS = "", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}}
		}},
	} {
		t.Run(tc.scheme, func(t *testing.T) {
			in := newInbox()
			b := startBroker(t, tc.change, in)
			c, err := dial(t, tc.scheme+"://"+b.Addrs()[0].String(), "band-1", "secret", func(o *paho.ClientOptions) {
				roots := x509.NewCertPool()
				leaf, _ := x509.ParseCertificate(cert.Certificate[0])
				roots.AddCert(leaf)
				o.SetTLSConfig(&tls.Config{RootCAs: roots, ServerName: "localhost"})
			})
			if err != nil {
				t.Fatal(err)
			}
			payload := strings.Repeat("x", 200_000)
			token := c.Publish("anxin/v1/devices/band-1/readings", 1, false, payload)
			m := <-in.arrived
			if string(m.Payload) != payload {
				t.Errorf("%d bytes of %d arrived", len(m.Payload), len(payload))
			}
			m.Ack.Acknowledge(m.Token)
			if !token.WaitTimeout(5 * time.Second) {
				t.Error("not acknowledged")
			}
		})
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
