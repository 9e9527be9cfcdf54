package channels_test

import (
	"net/netip"
	"testing"

	"github.com/anxin-care/anxin/alerts/channels"
)

// The forms take and refuse the same as a set in which all is set up.
func TestForms(t *testing.T) {
	f := channels.NewForms(channels.Config{ChatHosts: []string{"chat.example.org"}})
	s := everything(t)
	for kind, addresses := range map[channels.Kind][]string{
		channels.Email:   {"li@example.org", "nobody", "Li <li@example.org>"},
		channels.SMS:     {number, "12345", "+86 138"},
		channels.Speaker: {"speaker-1", "a/b"},
		channels.Webhook: {"https://example.org/#secret=0123456789abcdef", "https://example.org/", "https://127.0.0.1/#secret=0123456789abcdef", "http://example.org/#secret=0123456789abcdef"},
		channels.Chat:    {"ntfy://chat.example.org/topic", "ntfy://example.org/topic", "telegram://x@telegram", "smoke://hill"},
		channels.WebPush: {"{}", "https://example.org"},
		"pigeon":         {"loft-7"},
	} {
		for _, address := range addresses {
			got, want := f.Check(kind, address), s.Check(kind, address)
			if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
				t.Errorf("%s %q: %v, want %v", kind, address, got, want)
			}
		}
	}
	f = channels.NewForms(channels.Config{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err := f.Check(channels.Webhook, "http://127.0.0.1/#secret=0123456789abcdef"); err != nil {
		t.Errorf("in a network that is allowed: %v", err)
	}
}
