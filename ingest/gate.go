package ingest

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// signInTime is how long a connection may take to present itself.
	signInTime = 10 * time.Second
	// signInBytes is the most that is read of a connection before it signed in:
	// the largest packet that MQTT needs then is a CONNECT with a will.
	signInBytes = 64 << 10
	// writeTimeout is how long a client may leave unread what is sent to it.
	writeTimeout = 20 * time.Second
	// acceptAgain is when to look for connections again after that failed.
	acceptAgain = 100 * time.Millisecond
)

var errGate = errors.New("connection sent too much before signing in")

// gate lets a bounded number of connections in, and little of each before it
// has signed in: an open port is open to everybody.
type gate struct {
	net.Listener
	limit   int
	metrics *Metrics
	log     *slog.Logger

	mu     sync.Mutex
	open   map[*gated]struct{}
	closed bool
}

func newGate(l net.Listener, limit int, m *Metrics, log *slog.Logger) *gate {
	return &gate{Listener: l, limit: limit, metrics: m, log: log, open: map[*gated]struct{}{}}
}

// Accept implements [net.Listener]. Connections over the limit are closed at
// once, without a word: a device tries again later. Only a closed listener is
// an error, for the broker gives up after the first: when the system has no
// room for a connection just now (EMFILE) the next one is waited for.
func (g *gate) Accept() (net.Conn, error) {
	failing := false
	for {
		conn, err := g.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil, err
		case err != nil:
			if !failing {
				g.log.Error("no MQTT connection can be taken", "error", err)
			}
			failing = true
			time.Sleep(acceptAgain)
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(signInTime))
		c := &gated{Conn: conn, gate: g}
		if !g.admit(c) {
			g.metrics.connRefused.Inc()
			_ = conn.Close()
			continue
		}
		return c, nil
	}
}

// admit reports whether there is room for one more.
func (g *gate) admit(c *gated) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || len(g.open) >= g.limit {
		return false
	}
	g.open[c] = struct{}{}
	return true
}

func (g *gate) left(c *gated) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, c)
}

// Close implements [net.Listener]. It ends the connections too: the broker, which
// has said goodbye to its clients by then, does not know those that are signing
// in, and would wait for them.
func (g *gate) Close() error {
	g.mu.Lock()
	g.closed = true
	open := slices.Collect(maps.Keys(g.open))
	g.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
	return g.Listener.Close()
}

// gated is a connection that came through the gate.
type gated struct {
	net.Conn
	gate    *gate
	read    int
	in      atomic.Bool
	closed  atomic.Bool
	session atomic.Pointer[session] // nil until it has signed in
}

func (c *gated) Read(b []byte) (int, error) {
	if c.in.Load() {
		return c.Conn.Read(b)
	}
	if c.read >= signInBytes {
		return 0, errGate
	}
	n, err := c.Conn.Read(b[:min(len(b), signInBytes-c.read)])
	c.read += n
	return n, err
}

// Write implements [net.Conn]. Who writes holds a lock of the client, so a
// client that does not read would keep others waiting for it, even the stop. It
// is let go of. Half a packet may be out by then: nothing can follow it.
func (c *gated) Write(b []byte) (int, error) {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// SetDeadline implements [net.Conn]. It is the broker's, of the keep-alive: when
// to have heard something. Before the sign-in the gate's stands, and for writes
// that of Write.
func (c *gated) SetDeadline(t time.Time) error {
	if !c.in.Load() {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *gated) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		c.gate.left(c)
		if s := c.session.Load(); s != nil {
			s.close()
		}
	}
	return c.Conn.Close()
}

// letIn lifts the limits of a connection that has signed in.
func (c *gated) letIn(s *session) {
	c.session.Store(s)
	c.in.Store(true)
	_ = c.Conn.SetDeadline(time.Time{})
	if c.closed.Load() {
		s.close()
	}
}

// gatedOf finds the connection that came through the gate below what the
// broker has; nil when there is none.
func gatedOf(conn net.Conn) *gated {
	switch c := conn.(type) {
	case *gated:
		return c
	case *opening:
		return gatedOf(c.Conn)
	case *tls.Conn:
		return gatedOf(c.NetConn())
	case *webSocketConn:
		return gatedOf(c.Conn)
	}
	return nil
}

// opening is a connection whose first packet is still to come. The broker makes
// room for a packet when it has read how long it is to be, and everybody can
// say a number: one that is too large never reaches it.
type opening struct {
	net.Conn
	at     int // of the header
	length int
	done   bool
}

func (o *opening) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	for i := 0; i < n && !o.done; i++ {
		if o.at > 0 { // after the type come one to four bytes of length
			o.length |= int(b[i]&0x7f) << (7 * (o.at - 1))
			o.done = b[i]&0x80 == 0 || o.at == 4
		}
		o.at++
	}
	if o.length > signInBytes {
		return 0, errGate
	}
	return n, err
}

// openings are the connections of a listener, watched for their first packet.
type openings struct{ net.Listener }

// Accept implements [net.Listener].
func (l openings) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &opening{Conn: conn}, nil
}
