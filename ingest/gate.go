package ingest

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

const (
	// signInTime is how long a connection may take to present itself.
	signInTime = 10 * time.Second
	// signInBytes is the most that is read of a connection before it signed in:
	// the largest packet that MQTT needs then is a CONNECT with a will.
	signInBytes = 64 << 10
)

var errGate = errors.New("connection sent too much before signing in")

// gate lets a bounded number of connections in, and little of each before it
// has signed in: an open port is open to everybody.
type gate struct {
	net.Listener
	limit   int64
	open    atomic.Int64
	metrics *Metrics
}

func newGate(l net.Listener, limit int, m *Metrics) *gate {
	return &gate{Listener: l, limit: int64(limit), metrics: m}
}

// Accept implements [net.Listener]. Connections over the limit are closed at
// once, without a word: a device tries again later.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.open.Add(1) > g.limit {
			g.open.Add(-1)
			g.metrics.connRefused.Inc()
			_ = conn.Close()
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(signInTime))
		return &gated{Conn: conn, gate: g}, nil
	}
}

// gated is a connection that came through the gate.
type gated struct {
	net.Conn
	gate   *gate
	read   int
	in     atomic.Bool
	closed atomic.Bool
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

// SetDeadline implements [net.Conn]. The broker sets the deadline of the
// keep-alive before the sign-in; until then the gate's stands.
func (c *gated) SetDeadline(t time.Time) error {
	if !c.in.Load() {
		return nil
	}
	return c.Conn.SetDeadline(t)
}

func (c *gated) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		c.gate.open.Add(-1)
	}
	return c.Conn.Close()
}

// letIn lifts the limits of a connection that has signed in.
func letIn(conn net.Conn) {
	switch c := conn.(type) {
	case *gated:
		c.in.Store(true)
		_ = c.Conn.SetDeadline(time.Time{})
	case *tls.Conn:
		letIn(c.NetConn())
	case *webSocketConn:
		letIn(c.Conn)
	}
}
