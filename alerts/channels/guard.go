package channels

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// errForbidden is that a name stands for a place where people may not send us.
var errForbidden = errors.New("its host is in a network that is not allowed")

// guard keeps what is sent to addresses that people chose out of the networks
// around Anxin: out of the cloud's metadata, the router's pages, the broker. It
// looks at where a connection really goes, for a name may stand for anything.
type guard struct {
	// allowed are private networks that the operator lets people send to.
	allowed []netip.Prefix
	roots   *x509.CertPool
}

// client gives a client that follows no redirects and uses no proxy. Without TLS
// it connects to the allowed networks only.
func (g guard) client(scheme string) *http.Client {
	may := g.mayReach
	if scheme == "http" {
		may = g.isAllowed
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("read where a connection goes: %w", err)
		}
		if !may(to.Addr()) {
			return errForbidden
		}
		return nil
	}}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: g.roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// mayReach reports whether an address is public, or allowed. No network holds an
// address with a zone (fec0::1%eth0), so that it is looked at without.
func (g guard) mayReach(addr netip.Addr) bool {
	return isPublic(addr.WithZone("").Unmap()) || g.isAllowed(addr)
}

func (g guard) isAllowed(addr netip.Addr) bool {
	addr = addr.WithZone("").Unmap()
	return slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// mayName reports whether a host of an address may be kept. What a name stands
// for is looked at when something is sent.
func (g guard) mayName(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err != nil || g.mayReach(addr)
}

// special are the networks that are nobody's in the public internet, as far as
// [netip.Addr] does not know them.
// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), July 2025.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // between providers and customers; clouds keep metadata there
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), // IPv4 as it once was written (RFC 4291, section 2.5.5.1)
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // with Teredo, which carries IPv4
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4, which carries IPv4
	netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// translated is IPv4 behind a translator (RFC 6052), which a home with IPv6 alone
// reaches all of it by: it is what its last four bytes are.
var translated = netip.MustParsePrefix("64:ff9b::/96")

func isPublic(addr netip.Addr) bool {
	if translated.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	return addr.IsGlobalUnicast() && !addr.IsPrivate() &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}
