package ingest

import (
	"errors"
	"slices"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// loginSessions bounds the sessions of one login, those connected and those kept
// for a client that is away. A device has one; the plugs of a house that share
// the login of their hub have one each.
const loginSessions = 128

var errManySessions = errors.New("too many connections with this login")

// logins knows which sessions each login has at the broker. The broker keeps
// what a client asks it to keep for a day, under any name that a client makes
// up.
type logins struct {
	server *mqtt.Server

	mu       sync.Mutex
	sessions map[string][]*mqtt.Client // oldest first
}

// admit notes a client that signs in. When the login has too many sessions the
// oldest of those that are away is given up, and when all are connected the
// client is refused.
func (l *logins) admit(login string, cl *mqtt.Client) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	sessions := slices.DeleteFunc(l.sessions[login], func(s *mqtt.Client) bool {
		return s.ID == cl.ID || s.Closed() && !l.keeps(s)
	})
	if len(sessions) >= loginSessions {
		away := slices.IndexFunc(sessions, (*mqtt.Client).Closed)
		if away < 0 {
			return errManySessions
		}
		l.giveUp(sessions[away])
		sessions = slices.Delete(sessions, away, away+1)
	}
	l.sessions[login] = append(sessions, cl)
	return nil
}

// ended notes that the broker has forgotten a client.
func (l *logins) ended(cl *mqtt.Client) {
	login := string(cl.Properties.Username)
	l.mu.Lock()
	defer l.mu.Unlock()
	sessions := slices.DeleteFunc(l.sessions[login], func(s *mqtt.Client) bool { return s == cl })
	if len(sessions) == 0 {
		delete(l.sessions, login)
		return
	}
	l.sessions[login] = sessions
}

func (l *logins) keeps(cl *mqtt.Client) bool {
	kept, ok := l.server.Clients.Get(cl.ID)
	return ok && kept == cl
}

// giveUp makes the broker forget a client that is away, as it does itself when
// the client's time is over.
func (l *logins) giveUp(cl *mqtt.Client) {
	cl.ClearInflights()
	l.server.UnsubscribeClient(cl)
	l.server.Clients.Delete(cl.ID)
}
