package api

import (
	"fmt"
	"testing"
	"time"
)

func TestTries(t *testing.T) {
	tried := tries{failed: map[string]failures{}}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range loginAllowance.burst {
		if wait := tried.count(now, "li", "1.2.3.4"); wait != 0 {
			t.Fatalf("%d: wait %s", i, wait)
		}
	}
	for _, c := range []struct {
		login, address string
		after, want    time.Duration
	}{
		{" LI ", "1.2.3.4", 0, time.Minute},
		{"li", "1.2.3.4", 15 * time.Second, 45 * time.Second},
		{"li", "5.6.7.8", 0, 0}, // somebody else's guesses keep nobody out
		{"wang", "1.2.3.4", 0, 0},
		{"li", "1.2.3.4", time.Minute, 0},
	} {
		if wait := tried.count(now.Add(c.after), c.login, c.address); wait != c.want {
			t.Errorf("%+v: wait %s", c, wait)
		}
	}
	tried.takeBack(now, "wang", "1.2.3.4")
	// One address that tries all logins.
	for i := range 2 * addressAllowance.burst {
		tried.count(now, fmt.Sprint(i), "9.9.9.9")
	}
	if wait := tried.count(now, "new", "9.9.9.9"); wait != addressAllowance.forget {
		t.Errorf("the address waits %s", wait)
	}
	for i := range 3 * maxTries {
		tried.count(now, "li", fmt.Sprint(i))
	}
	if len(tried.failed) > maxTries+2 {
		t.Errorf("%d are remembered", len(tried.failed))
	}
}
