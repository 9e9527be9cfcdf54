package ingest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// counted counts the writes of a connection.
type counted struct {
	net.Conn
	writes atomic.Int64
	hold   chan struct{} // each write waits for one
}

func (c *counted) Write(b []byte) (int, error) {
	c.writes.Add(1)
	<-c.hold
	return c.Conn.Write(b)
}

func TestCoalescedWritesGoOutTogether(t *testing.T) {
	here, there := net.Pipe()
	slow := &counted{Conn: here, hold: make(chan struct{}, 10)}
	c := coalesce(slow)
	var want []byte
	for i := range 1000 {
		piece := []byte{byte(i), byte(i >> 8)}
		want = append(want, piece...)
		if _, err := c.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, len(want))
	for range cap(slow.hold) {
		slow.hold <- struct{}{}
	}
	if _, err := io.ReadFull(there, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("what was written came in another order")
	}
	if n := slow.writes.Load(); n > 3 {
		t.Errorf("%d writes for what waited meanwhile", n)
	}
	_ = c.Close()
}

func TestCoalescedSendsTheLastWords(t *testing.T) {
	here, there := net.Pipe()
	c := coalesce(here)
	read := make(chan []byte)
	go func() {
		all, _ := io.ReadAll(there)
		read <- all
	}()
	if _, err := c.Write([]byte("goodbye")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-read; string(got) != "goodbye" {
		t.Errorf("the other side read %q", got)
	}
}

func TestCoalescedTellsOfALostConnection(t *testing.T) {
	here, there := net.Pipe()
	c := coalesce(here)
	_ = there.Close()
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Fatal("reads on from a lost connection")
	}
	eventually(t, "a write fails", func() bool {
		_, err := c.Write([]byte("y"))
		return errors.Is(err, io.ErrClosedPipe)
	})
	_ = c.Close()
}
