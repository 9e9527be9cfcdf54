package api

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"
)

// allowance is how many sign-ins may fail at once, and how long it takes until
// one of them is forgotten.
type allowance struct {
	burst  int
	forget time.Duration
}

// Of one login from one address there may be some; somebody who guesses from
// elsewhere keeps nobody out. Of one address more, for many people may be
// behind it.
var (
	loginAllowance   = allowance{burst: 10, forget: time.Minute}
	addressAllowance = allowance{burst: 100, forget: 6 * time.Second}
)

// maxTries bounds the memory that guessing takes.
const maxTries = 10_000

// TooManyTries says that too many sign-ins failed for another one now.
type TooManyTries struct{ wait time.Duration }

func (e *TooManyTries) Error() string { return "too many sign-ins failed" }

// RetryAfter is how long to wait before the next one.
func (e *TooManyTries) RetryAfter() time.Duration { return e.wait }

// tries counts sign-ins that failed. A sign-in is counted before its password
// is looked at, and taken back when it was right, so that many at once are
// counted too.
type tries struct {
	mu     sync.Mutex
	failed map[string]failures
}

// failures are as many as were left at a time; they are forgotten one by one.
type failures struct {
	number float64
	at     time.Time
	forget time.Duration
}

func (f failures) now(now time.Time) float64 {
	return max(0, f.number-now.Sub(f.at).Seconds()/f.forget.Seconds())
}

// count counts a sign-in; it returns how long to wait instead when there were
// too many.
func (t *tries) count(now time.Time, login, address string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	keys := triesKeys(login, address)
	for key, a := range keys {
		over := t.failed[key].now(now) + 1 - float64(a.burst)
		if over > 0 {
			wait = max(wait, time.Duration(over*float64(a.forget)))
		}
	}
	if wait > 0 {
		return wait
	}
	t.makeRoom(now)
	for key, a := range keys {
		t.failed[key] = failures{number: t.failed[key].now(now) + 1, at: now, forget: a.forget}
	}
	return 0
}

// takeBack takes back what count counted.
func (t *tries) takeBack(now time.Time, login, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, a := range triesKeys(login, address) {
		t.failed[key] = failures{number: max(0, t.failed[key].now(now)-1), at: now, forget: a.forget}
	}
}

// makeRoom forgets what is over, or else some of the others: a tenth at once, so
// that a flood of sign-ins does not have all looked through for each.
func (t *tries) makeRoom(now time.Time) {
	if len(t.failed) < maxTries {
		return
	}
	for key, f := range t.failed {
		if f.now(now) == 0 {
			delete(t.failed, key)
		}
	}
	for key := range t.failed {
		if len(t.failed) < maxTries*9/10 {
			return
		}
		delete(t.failed, key)
	}
}

func triesKeys(login, address string) map[string]allowance {
	login = strings.ToLower(strings.TrimSpace(login))
	login = login[:min(len(login), 64)] // none is longer
	return map[string]allowance{address: addressAllowance, address + " " + login: loginAllowance}
}

// addressOf is where the request comes from; behind a proxy that is the proxy.
func addressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey).(string)
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
