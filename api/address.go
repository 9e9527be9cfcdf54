package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// addressOf is where on the network the request comes from.
func addressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey).(string)
	return address
}

// from finds where on the network a request comes from. Behind one of our own proxies
// that is what it says of whoever asked it: the last address of X-Forwarded-For that is
// none of theirs, for whoever asks can write anything before it.
func (a *API) from(r *http.Request) string {
	at := hostOf(r.RemoteAddr)
	var forwarded []string
	for _, header := range r.Header.Values("X-Forwarded-For") {
		forwarded = append(forwarded, strings.Split(header, ",")...)
	}
	for _, hop := range slices.Backward(forwarded) {
		if !a.isProxy(at) {
			break
		}
		ip, err := netip.ParseAddr(hostOf(strings.TrimSpace(hop)))
		if err != nil {
			break
		}
		at = ip.Unmap().String()
	}
	return at
}

func (a *API) isProxy(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(a.proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// hostOf is an address without its port, if it has one.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
