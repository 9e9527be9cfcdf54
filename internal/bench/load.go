package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// loadConfig is what the load process is told, on its standard input.
type loadConfig struct {
	Addr     string
	Devices  int
	Messages int // in all
	Window   int // unacknowledged messages of one device
	// Rate is messages a second in all; 0 sends as fast as the windows allow.
	Rate   int
	Logins []login // one for each device; empty: anonymous
}

type login struct{ ID, Password string }

// loadResult is what the load process found, on its standard output.
type loadResult struct {
	Acknowledged int
	Seconds      float64
	// P50 and P99 are the time from a message's sending to its
	// acknowledgement, in milliseconds.
	P50, P99 float64
}

// runLoad publishes over one connection for each device and waits for every
// acknowledgement.
func runLoad(in io.Reader, out io.Writer) error {
	var cfg loadConfig
	if err := json.NewDecoder(in).Decode(&cfg); err != nil {
		return fmt.Errorf("read the load's configuration: %w", err)
	}
	clients := make([]*loadClient, cfg.Devices)
	for i := range clients {
		l := login{ID: fmt.Sprintf("bench-%d", i)}
		if len(cfg.Logins) > 0 {
			l = cfg.Logins[i]
		}
		c, err := dialLoad(cfg.Addr, l, cfg.Window)
		if err != nil {
			return err
		}
		clients[i] = c
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var left atomic.Int64
	left.Store(int64(cfg.Messages))
	pace := newPace(cfg.Rate)
	var wg sync.WaitGroup
	start := time.Now()
	for _, c := range clients {
		wg.Go(func() {
			if err := c.run(ctx, &left, pace); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	result := loadResult{Seconds: time.Since(start).Seconds()}
	var took []time.Duration
	for _, c := range clients {
		took = append(took, c.took...)
	}
	slices.Sort(took)
	result.Acknowledged = len(took)
	result.P50, result.P99 = millis(took[len(took)/2]), millis(took[len(took)*99/100])
	return json.NewEncoder(out).Encode(result)
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// pace hands out sending times at a fixed rate.
type pace struct {
	start time.Time
	gap   time.Duration
	n     atomic.Int64
}

func newPace(rate int) *pace {
	if rate == 0 {
		return nil
	}
	return &pace{start: time.Now(), gap: time.Second / time.Duration(rate)}
}

func (p *pace) wait() {
	if p != nil {
		time.Sleep(time.Until(p.start.Add(time.Duration(p.n.Add(1)) * p.gap)))
	}
}

// loadClient is the least MQTT 3.1.1 client that can publish with QoS 1: the
// load must leave the machine to what is measured.
type loadClient struct {
	conn   net.Conn
	topic  string
	window chan struct{}
	sent   [1 << 16]int64 // by packet id, Unix nanoseconds
	took   []time.Duration
	left   atomic.Int64 // sent, not acknowledged
}

func dialLoad(addr string, l login, window int) (*loadClient, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", l.ID, err)
	}
	c := &loadClient{conn: conn, topic: "anxin/v1/devices/" + l.ID + "/readings", window: make(chan struct{}, window)}
	flags := byte(2) // clean session
	body := field(nil, l.ID)
	if l.Password != "" {
		flags |= 0xC0
		body = field(field(body, l.ID), l.Password)
	}
	packet := append(field(nil, "MQTT"), 4, flags, 0, 0)
	packet = append(packet, body...)
	if _, err := conn.Write(append(header(0x10, len(packet)), packet...)); err != nil {
		return nil, fmt.Errorf("connect %s: %w", l.ID, err)
	}
	var ack [4]byte
	if _, err := io.ReadFull(conn, ack[:]); err != nil {
		return nil, fmt.Errorf("connect %s: %w", l.ID, err)
	}
	if ack[0] != 0x20 || ack[3] != 0 {
		return nil, fmt.Errorf("connect %s: refused with code %d", l.ID, ack[3])
	}
	return c, nil
}

func field(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

func header(kind byte, length int) []byte {
	b := []byte{kind}
	for {
		digit := byte(length % 128)
		if length /= 128; length > 0 {
			b = append(b, digit|128)
			continue
		}
		return append(b, digit)
	}
}

// run sends while there are messages left, and returns when all of its own are
// acknowledged.
func (c *loadClient) run(ctx context.Context, left *atomic.Int64, p *pace) error {
	stop := context.AfterFunc(ctx, func() { c.conn.Close() })
	defer stop()
	defer c.conn.Close()
	done := make(chan error, 1)
	var total atomic.Int64
	total.Store(-1)
	go func() { done <- c.readAcks(&total) }()
	n := int64(0)
	at := time.Now().UnixMilli()
	for ; left.Add(-1) >= 0; n++ {
		p.wait()
		c.window <- struct{}{}
		at = max(at+1, time.Now().UnixMilli())
		payload := fmt.Appendf(nil, `{"ts":%d,"heart_rate":%d,"spo2":%d,"respiratory_rate":%d,"body_temperature":36.%d,"step_count":%d}`,
			at, 60+n%40, 92+n%7, 12+n%8, n%10, n%500)
		id := uint16(n%65535 + 1)
		atomic.StoreInt64(&c.sent[id], time.Now().UnixNano())
		if err := c.publish(id, payload); err != nil {
			return err
		}
	}
	total.Store(n)
	if n == c.left.Load() {
		return nil
	}
	return <-done
}

func (c *loadClient) publish(id uint16, payload []byte) error {
	packet := binary.BigEndian.AppendUint16(field(nil, c.topic), id)
	packet = append(packet, payload...)
	if _, err := c.conn.Write(append(header(0x32, len(packet)), packet...)); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

func (c *loadClient) readAcks(total *atomic.Int64) error {
	r := bufio.NewReader(c.conn)
	var ack [4]byte
	for {
		if _, err := io.ReadFull(r, ack[:]); err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("read acknowledgement: %w", err)
		}
		if ack[0] != 0x40 || ack[1] != 2 {
			return fmt.Errorf("want a PUBACK, got % x", ack)
		}
		id := binary.BigEndian.Uint16(ack[2:])
		c.took = append(c.took, time.Duration(time.Now().UnixNano()-atomic.LoadInt64(&c.sent[id])))
		<-c.window
		if c.left.Add(1) == total.Load() {
			return nil
		}
	}
}

func loadMain() {
	if err := runLoad(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
