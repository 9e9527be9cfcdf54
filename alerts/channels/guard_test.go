package channels

import (
	"net/netip"
	"testing"
)

func TestGuard(t *testing.T) {
	g := guard{allowed: []netip.Prefix{netip.MustParsePrefix("10.7.0.0/16"), netip.MustParsePrefix("fd00:7::/32")}}
	for addr, want := range map[string]bool{
		"1.1.1.1": true, "223.5.5.5": true, "2606:4700::1111": true, "64:ff9b::1.1.1.1": true, "::ffff:1.1.1.1": true,
		"10.7.1.2": true, "::ffff:10.7.1.2": true, "fd00:7::1": true,

		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.8.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "fd00:8::1": false, "fc00::1": false,
		"169.254.169.254": false, "fe80::1%eth0": false, "100.100.100.200": false, "fd00:ec2::254": false, "192.0.0.192": false,
		"64:ff9b::127.0.0.1": false, "64:ff9b::169.254.169.254": false, "64:ff9b:1::10.0.0.1": false,
		"2002:7f00:1::": false, "2001:0:4136:e378:8000:63bf:3fff:fdd2": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false, "fec0::1": false,
		"fec0::1%eth0": false, "64:ff9b::127.0.0.1%eth0": false, "2002:7f00:1::%eth0": false, "::127.0.0.1": false, "::10.0.0.1": false,
	} {
		if got := g.mayReach(netip.MustParseAddr(addr)); got != want {
			t.Errorf("may reach %s: %t, want %t", addr, got, want)
		}
	}
}
