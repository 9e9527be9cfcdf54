package ingest

import (
	"fmt"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// What a client asks the broker to keep, under ever new names, is bounded, and
// the newest is what is kept.
func TestKeptSessionsOfALoginAreBounded(t *testing.T) {
	b := startBroker(t, nil, newInbox())
	id := func(i int) string { return fmt.Sprint("random-", i) }
	const many = 2 * loginSessions
	for i := range many {
		c := rawDial(t, b)
		if code := c.connect(id(i), "band-1", "", 0); code != 0 {
			t.Fatalf("connection %d: refused with %d", i, code)
		}
		c.send(packets.Subscribe<<4|2, append(field([]byte{0, 1}, "anxin/v1/devices/band-1/commands"), 1))
		c.Close()
		eventually(t, "the end of the connection", func() bool { return b.Connections() == 0 })
	}
	const inline = 1 // the broker itself
	if kept := b.server.Clients.Len() - inline; kept != loginSessions {
		t.Errorf("%d sessions are kept, want %d", kept, loginSessions)
	}
	if n := b.server.Info.Clone().Subscriptions; n > loginSessions {
		t.Errorf("%d subscriptions are kept", n)
	}
	for i, want := range map[int]bool{0: false, many - loginSessions - 1: false, many - loginSessions: true, many - 1: true} {
		if _, ok := b.server.Clients.Get("band-1\x00" + id(i)); ok != want {
			t.Errorf("session %d of %d is kept: %v", i, many, ok)
		}
	}
	clean := rawDial(t, b)
	clean.connect("clean", "band-2", "", 2)
	clean.Close()
	eventually(t, "nothing to be known of a session that ended", func() bool {
		b.hook.logins.mu.Lock()
		defer b.hook.logins.mu.Unlock()
		return len(b.hook.logins.sessions["band-2"]) == 0
	})
}

func TestConnectionsOfALoginAreBounded(t *testing.T) {
	b := startBroker(t, nil, newInbox())
	var clients []*rawClient
	for i := range loginSessions {
		c := rawDial(t, b)
		if code := c.connect(fmt.Sprint("c-", i), "band-1", "", 2); code != 0 {
			t.Fatalf("connection %d: refused with %d", i, code)
		}
		clients = append(clients, c)
	}
	if rawDial(t, b).connect("one-more", "band-1", "", 2) == 0 {
		t.Error("one more was let in")
	}
	if code := rawDial(t, b).connect("c-0", "band-1", "", 2); code != 0 {
		t.Errorf("one that takes its own place was refused with %d", code)
	}
	if code := rawDial(t, b).connect("c-0", "band-2", "", 2); code != 0 {
		t.Errorf("another login was refused with %d", code)
	}
	clients[1].Close()
	eventually(t, "room for another", func() bool { return rawDial(t, b).connect("one-more", "band-1", "", 2) == 0 })
}
