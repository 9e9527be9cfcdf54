package service

import (
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/internal/pushtest"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// What is kept can be sent to; what cannot is refused with what is wrong about it,
// for programs and on the pages.
func TestOnlyAddressesThatCanBeSentToAreKept(t *testing.T) {
	ctx := t.Context()
	p, user := opened(t, func(cfg *Config) { cfg.ChatHosts = []string{"ntfy.sh"} })
	browser := pushtest.NewBrowser(t)
	for _, tc := range []struct {
		kind    web.ChannelKind
		address string
		code    string
		refused error
	}{
		{kind: "email", address: "hong@example.org"},
		{"email", "nobody", channels.CodeAddress, web.RefusedAddressOf("email")},
		{"email", "Hong <hong@example.org>", channels.CodeAddress, web.RefusedAddressOf("email")},
		{kind: "sms", address: "+8613812345678"},
		{"sms", "13812345678", channels.CodeAddress, web.RefusedAddressOf("sms")},
		{kind: "chat", address: "ntfy://ntfy.sh/lotus"},
		{"chat", "ntfy://example.org/lotus", channels.CodeHost, web.RefusedHost},
		{"chat", "smoke://hill", channels.CodeService, web.RefusedService},
		{"chat", "telegram://token", channels.CodeAddress, web.RefusedAddressOf("chat")},
		{kind: "webhook", address: "https://example.org/hook#secret=0123456789abcdef"},
		{"webhook", "https://example.org/hook", channels.CodeSecret, web.RefusedSecret},
		{"webhook", "https://169.254.169.254/latest#secret=0123456789abcdef", channels.CodeHost, web.RefusedHost},
		{"webhook", "http://example.org/hook#secret=0123456789abcdef", channels.CodeAddress, web.RefusedAddressOf("webhook")},
		{"speaker", "ghost", channels.CodeAddress, web.RefusedAddressOf("speaker")},
		{kind: "webpush", address: browser.Subscription("https://push.example.org/1")},
		{"webpush", browser.Subscription("https://10.0.0.1/1"), channels.CodeHost, web.RefusedHost},
		{"webpush", `{"endpoint":"https://push.example.org/1"}`, channels.CodeAddress, web.RefusedAddressOf("webpush")},
	} {
		err := p.AddChannel(ctx, user, web.MyContact, web.Channel{Kind: tc.kind, Address: tc.address, From: web.Info, Loud: web.Warning})
		fault, _ := errors.AsType[*store.Fault](err)
		switch {
		case tc.code == "" && err != nil:
			t.Errorf("%s %s: %v", tc.kind, tc.address, err)
		case tc.code != "" && (fault == nil || fault.Code != tc.code || !errors.Is(err, tc.refused)):
			t.Errorf("%s %s: %v, want %s and %v", tc.kind, tc.address, err, tc.code, tc.refused)
		}
	}
}

// A device that subscribes is one of the ways to tell its person; it changes its
// subscription itself, and when it has gone the page says so until that was read.
func TestADeviceThatIsTold(t *testing.T) {
	ctx := t.Context()
	p, user := opened(t, func(*Config) {})
	browser := pushtest.NewBrowser(t)
	first, second := browser.Subscription("https://push.example.org/1"), browser.Subscription("https://push.example.org/2")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	file := func() web.ContactFile {
		t.Helper()
		f, err := p.Contact(ctx, user, web.MyContact)
		must(err)
		return f
	}
	must(p.AddChannel(ctx, user, web.MyContact, web.Channel{Kind: "webpush", Address: first, Label: "iPhone", From: web.Info, Loud: web.Warning}))
	if f := file(); len(f.Channels) != 1 || f.Channels[0].Browser != web.Browser("https://push.example.org/1") || f.Channels[0].Address != "https://push.example.org/…" {
		t.Errorf("kept: %+v", f.Channels)
	}
	// Browsers say more of a subscription, and in another order.
	var said map[string]any
	must(json.Unmarshal([]byte(first), &said))
	said["expirationTime"] = 1
	old, err := json.Marshal(said)
	must(err)
	must(p.RenewPush(ctx, string(old), second))
	if err := p.RenewPush(ctx, first, second); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("renewed twice: %v", err)
	}
	if err := p.RenewPush(ctx, second, browser.Subscription("https://192.168.0.1/2")); !errors.Is(err, web.RefusedHost) {
		t.Errorf("led astray: %v", err)
	}
	f := file()
	if f.Channels[0].Browser != web.Browser("https://push.example.org/2") {
		t.Errorf("renewed: %+v", f.Channels)
	}
	channel := f.Channels[0].ID
	must(p.s.People.ChannelFailed(ctx, p.s.Records, channel, store.Now(), "the answer was HTTP 410"))
	must(p.s.People.ChannelEnded(ctx, p.s.Records, channel, store.Now()))
	if f := file(); len(f.Channels) != 0 || len(f.Ended) != 1 || f.Ended[0].Label != "iPhone" || f.Ended[0].FailedAt.IsZero() {
		t.Errorf("ended: %+v", f)
	}
	must(p.ForgetEnded(ctx, user, web.MyContact, channel))
	if f := file(); len(f.Ended) != 0 {
		t.Errorf("read: %+v", f.Ended)
	}
	if err := p.ForgetEnded(ctx, user, web.MyContact, channel); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("read twice: %v", err)
	}
}

// opened are the pages' people of a service with one user of a family.
func opened(t *testing.T, set func(*Config)) (people, web.User) {
	t.Helper()
	cfg := Default()
	cfg.DataDir = t.TempDir()
	set(&cfg)
	s, err := OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	u, err := s.AddUser(t.Context(), records.User{Login: "hong", Name: "Hong", Role: records.Family}, "long enough")
	if err != nil {
		t.Fatal(err)
	}
	return people{s}, web.User{ID: u.ID, Name: u.Name}
}
