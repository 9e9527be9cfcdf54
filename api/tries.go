package api

import (
	"math"
	"net/netip"
	"strconv"
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

// Of one login from one network there may be some; somebody who guesses from
// elsewhere keeps nobody out. Of one network more, for many people may be behind it.
// Where somebody has signed in with the login before, only what is guessed in that
// very browser counts: those who guess behind the same proxy keep nobody out either.
var (
	loginAllowance   = allowance{burst: 10, forget: time.Minute}
	addressAllowance = allowance{burst: 100, forget: 6 * time.Second}
	// forgotAllowance is how often one network may ask for letters with a new password's
	// link, mailAllowance how often they are sent for one login.
	forgotAllowance = allowance{burst: 20, forget: 3 * time.Minute}
	mailAllowance   = allowance{burst: 3, forget: 20 * time.Minute}
)

// maxTries bounds the memory that guessing takes.
const maxTries = 10_000

// TooManyTries says that too many sign-ins failed for another one now, or that
// something was asked for too often.
type TooManyTries struct{ wait time.Duration }

func (e *TooManyTries) Error() string { return "asked for too often" }

// RetryAfter is how long to wait before the next one.
func (e *TooManyTries) RetryAfter() time.Duration { return e.wait }

// seconds are those to wait, for the header Retry-After.
func (e *TooManyTries) seconds() string { return strconv.Itoa(int(math.Ceil(e.wait.Seconds()))) }

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

// count counts what the keys stand for; it returns how long to wait instead when
// there was too much of it.
func (t *tries) count(now time.Time, keys map[string]allowance) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
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
func (t *tries) takeBack(now time.Time, keys map[string]allowance) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, a := range keys {
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

// signInKeys count the sign-ins with a login from an address.
func signInKeys(login, address string) map[string]allowance {
	network := networkOf(address)
	return map[string]allowance{network: addressAllowance, network + " " + settled(login): loginAllowance}
}

// browserKeys count the sign-ins in a browser where somebody has signed in before.
func browserKeys(secret string) map[string]allowance {
	return map[string]allowance{"browser " + secret: loginAllowance}
}

func settled(login string) string {
	login = strings.ToLower(strings.TrimSpace(login))
	return login[:min(len(login), 64)] // none is longer
}

// networkOf is the address, or of IPv6 the network of one customer: RFC 6177 gives each
// at least 2^64 addresses.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}
