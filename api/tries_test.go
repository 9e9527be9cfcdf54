package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

func TestTries(t *testing.T) {
	tried := tries{failed: map[string]failures{}}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range loginAllowance.burst {
		if wait := tried.count(now, signInKeys("li", "1.2.3.4")); wait != 0 {
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
		if wait := tried.count(now.Add(c.after), signInKeys(c.login, c.address)); wait != c.want {
			t.Errorf("%+v: wait %s", c, wait)
		}
	}
	tried.takeBack(now, signInKeys("wang", "1.2.3.4"))
	// One address that tries all logins.
	for i := range 2 * addressAllowance.burst {
		tried.count(now, signInKeys(fmt.Sprint(i), "9.9.9.9"))
	}
	if wait := tried.count(now, signInKeys("new", "9.9.9.9")); wait != addressAllowance.forget {
		t.Errorf("the address waits %s", wait)
	}
	for i := range 3 * maxTries {
		tried.count(now, signInKeys("li", fmt.Sprint(i)))
	}
	if len(tried.failed) > maxTries+2 {
		t.Errorf("%d are remembered", len(tried.failed))
	}
}

// Who has a network of IPv6 has no more guesses than who has an address.
func TestGuessesOfANetwork(t *testing.T) {
	tried := tries{failed: map[string]failures{}}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	wait := time.Duration(0)
	for i := range loginAllowance.burst + 1 {
		wait = tried.count(now, signInKeys("li", fmt.Sprintf("2001:db8:1:2::%x", i+1)))
	}
	if wait == 0 {
		t.Error("each address of a network has guesses of its own")
	}
	if wait := tried.count(now, signInKeys("li", "2001:db8:1:3::1")); wait != 0 {
		t.Errorf("another network waits %s", wait)
	}
	for address, want := range map[string]string{"10.0.0.1": "10.0.0.1", "::ffff:10.0.0.1": "::ffff:10.0.0.1", "fe80::1%eth0": "fe80::/64", "": "", "@": "@"} {
		if got := networkOf(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestWhereARequestComesFrom(t *testing.T) {
	a := &API{proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"203.0.113.7:4711", nil, "203.0.113.7"},
		{"203.0.113.7:4711", []string{"198.51.100.1"}, "203.0.113.7"}, // says so itself
		{"10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"}, // what stands before is anybody's
		{"10.0.0.1:80", []string{"1.1.1.1", "198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"nonsense"}, "10.0.0.1"},
		{"10.0.0.1:80", nil, "10.0.0.1"},
		{"[::1]:80", []string{"[2001:db8::1]:99"}, "2001:db8::1"},
		{"@", nil, "@"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := a.from(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestDevicesAreToldByFamily(t *testing.T) {
	for userAgent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                                                           "Firefox, Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":                                                    "Edge, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1":                                          "Safari, iPhone",
		"Mozilla/5.0 (Linux; Android 14; V2324A Build/UP1A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0.50 MMWEBID/1234567890": "WeChat, Android",
		"Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile":                                                 "Chrome, HarmonyOS",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                                                            "Safari, Mac",
		"curl/8.5.0": "", "": "",
	} {
		if got := deviceOf(userAgent); got != want {
			t.Errorf("%q is called %q, want %q", userAgent, got, want)
		}
	}
}
