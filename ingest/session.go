package ingest

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// session is one connection to the built-in broker: what it may do, how many
// of its messages are under way, and their acknowledgements.
type session struct {
	client *mqtt.Client
	grant  Grant
	acks   ackQueue
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newSession(cl *mqtt.Client, grant Grant, maxInFlight int) *session {
	s := &session{client: cl, grant: grant, slots: make(chan struct{}, maxInFlight), closed: make(chan struct{})}
	s.acks.write = s.write
	return s
}

// begin waits for room among the messages in flight. Its caller is the
// goroutine that reads the connection, so a client that sends faster than the
// disk takes it waits in its own TCP window.
func (s *session) begin(ctx context.Context) bool {
	select {
	case s.slots <- struct{}{}:
		return true
	case <-s.closed:
		return false
	case <-ctx.Done():
		return false
	}
}

func (s *session) close() { s.once.Do(func() { close(s.closed) }) }

const (
	puback = byte(packets.Puback) << 4
	pubrec = byte(packets.Pubrec) << 4
)

// write sends acknowledgements in as few writes as there are batches. A packet
// of this shape means success in MQTT 3.1.1 and 5 alike.
func (s *session) write(tokens []uint32) {
	buf := make([]byte, 0, 4*len(tokens))
	for _, t := range tokens {
		kind := puback
		if t>>16 == 2 {
			kind = pubrec
			// The broker completes the handshake of QoS 2 by what it finds here.
			s.client.State.Inflight.Set(packets.Packet{
				FixedHeader: packets.FixedHeader{Type: packets.Pubrec}, PacketID: uint16(t), Created: time.Now().Unix(),
			})
		}
		buf = append(buf, kind, 2)
		buf = binary.BigEndian.AppendUint16(buf, uint16(t))
	}
	if !s.client.Closed() {
		s.client.Lock() // the broker's own packets are written under this lock
		_, err := s.client.Net.Conn.Write(buf)
		s.client.Unlock()
		if err != nil {
			// Unsent acknowledgements are harmless: the device sends again.
			s.client.Stop(err)
		}
	}
	for range tokens {
		<-s.slots
	}
}
