package ingest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/net/proxy"
)

// dialCoalesced connects to a broker over TCP or TLS, where paho alone would
// read a message in three system calls and write each acknowledgement in one.
func dialCoalesced(broker *url.URL, o paho.ClientOptions) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: o.ConnectTimeout}
	conn, err := proxy.FromEnvironmentUsing(dialer).Dial("tcp", broker.Host)
	if err != nil {
		return nil, err
	}
	if broker.Scheme == "ssl" {
		conn, err = encrypt(conn, broker.Hostname(), o.TLSConfig, o.ConnectTimeout)
		if err != nil {
			return nil, err
		}
	}
	return coalesce(conn), nil
}

func encrypt(conn net.Conn, host string, cfg *tls.Config, limit time.Duration) (net.Conn, error) {
	if cfg == nil {
		cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	cfg = cfg.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	secure := tls.Client(conn, cfg)
	_ = secure.SetDeadline(time.Now().Add(limit))
	if err := secure.Handshake(); err != nil {
		return nil, errors.Join(fmt.Errorf("TLS with %s: %w", host, err), conn.Close())
	}
	return secure, secure.SetDeadline(time.Time{})
}

// coalesced is a connection that reads ahead, and writes from a goroutine of its
// own: what is written while a write is under way goes out together after it.
type coalesced struct {
	net.Conn
	in *bufio.Reader

	mu      sync.Mutex
	pending []byte
	failed  error

	wake    chan struct{}
	closed  chan struct{}
	once    sync.Once
	writing sync.Mutex // held by whoever writes to Conn
	spare   []byte     // of the writer
}

// lastWords is how long a connection that is closed may take to send what it
// still has.
const lastWords = time.Second

func coalesce(conn net.Conn) *coalesced {
	c := &coalesced{Conn: conn, in: bufio.NewReaderSize(conn, 64<<10), wake: make(chan struct{}, 1), closed: make(chan struct{})}
	go c.drain()
	return c
}

func (c *coalesced) Read(b []byte) (int, error) { return c.in.Read(b) }

// Write implements [net.Conn]. An error of the connection is told at a later
// write, and by closing it.
func (c *coalesced) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return 0, c.failed
	}
	c.pending = append(c.pending, b...)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (c *coalesced) drain() {
	for {
		select {
		case <-c.wake:
			c.flush()
		case <-c.closed:
			return
		}
	}
}

func (c *coalesced) flush() {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.mu.Lock()
	out := c.pending
	c.pending = c.spare[:0]
	c.mu.Unlock()
	c.spare = out
	if len(out) == 0 {
		return
	}
	if _, err := c.Conn.Write(out); err != nil {
		c.mu.Lock()
		c.failed = err
		c.mu.Unlock()
		_ = c.Conn.Close() // the reader learns of it
	}
}

// Close sends what is still to be sent, within reason, and closes the connection.
func (c *coalesced) Close() error {
	c.once.Do(func() {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(lastWords))
		c.flush()
		close(c.closed)
	})
	return c.Conn.Close()
}
