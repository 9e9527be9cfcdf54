package ingest

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// rawClient speaks MQTT 3.1.1 packet by packet, as no well-behaved client would.
type rawClient struct {
	net.Conn
	t *testing.T
}

func rawDial(t *testing.T, b *Broker) *rawClient {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &rawClient{conn, t}
}

func (c *rawClient) send(header byte, body []byte) {
	c.t.Helper()
	packet := append(binary.AppendUvarint([]byte{header}, uint64(len(body))), body...)
	if _, err := c.Write(packet); err != nil {
		c.t.Fatal(err)
	}
}

func field(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// connect signs in, with a will unless its topic is empty, and without a
// keep-alive. It returns the broker's return code.
func (c *rawClient) connect(id, login, will string, flags byte) byte {
	c.t.Helper()
	flags |= 0xc0
	if will != "" {
		flags |= 0x04
	}
	body := append(field(nil, "MQTT"), 4, flags, 0, 0)
	body = field(body, id)
	if will != "" {
		body = field(field(body, will), "of "+login)
	}
	c.send(packets.Connect<<4, field(field(body, login), "secret"))
	var ack [4]byte
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(c, ack[:]); err != nil {
		c.t.Fatalf("no CONNACK: %v", err)
	}
	_ = c.SetReadDeadline(time.Time{})
	return ack[3]
}

// gone reports whether the broker closes the connection within the time.
func (c *rawClient) gone(within time.Duration) bool {
	_ = c.SetReadDeadline(time.Now().Add(within))
	_, err := io.Copy(io.Discard, c.Conn)
	timeout, ok := err.(net.Error)
	return !ok || !timeout.Timeout()
}
