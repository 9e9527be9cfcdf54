package channels_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// loopback lets tests' own servers be reached.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// fallen is a message about an alert, with what a caregiver gets.
func fallen() channels.Message {
	return channels.Message{
		ID: "01JDELIVERY1", Key: "A-1042/2/li-mei/email", Number: "A-1042", Severity: rules.Critical, Language: "zh-CN",
		Subject: "李华摔倒了", Text: "手环在 08:41 报告摔倒。\n心率 118 次/分。\n\n请马上联系她 <5-2>。",
		Links: []channels.Link{
			{Kind: channels.LinkClaim, Label: "我来处理", URL: "https://anxin.example.org/t/abc?x=1&y=2"},
			{Kind: channels.LinkOpen, Label: "查看", URL: "https://anxin.example.org/alerts/01J"},
		},
		Ask: []string{"yes"},
	}
}

func newSet(t *testing.T, cfg channels.Config) *channels.Set {
	t.Helper()
	s, err := channels.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fails sends the message, which must not come about, and looks at the failure:
// it must repeat none of the secrets.
func fails(t *testing.T, ctx context.Context, s *channels.Set, kind channels.Kind, address string, secrets ...string) *channels.Failure {
	t.Helper()
	receipt, err := s.Send(ctx, kind, address, fallen())
	f, ok := errors.AsType[*channels.Failure](err)
	if !ok {
		t.Fatalf("sent with %+v, %v; want a failure", receipt, err)
	}
	if f.Kind() != kind {
		t.Errorf("the failure is of %s, want %s", f.Kind(), kind)
	}
	for _, secret := range append(secrets, address) {
		if strings.Contains(f.Error()+f.Answer(), secret) {
			t.Errorf("the failure repeats %q: %v (%s)", secret, f, f.Answer())
		}
	}
	return f
}

// wants compares a failure with what deliveries go by.
func wants(t *testing.T, f *channels.Failure, permanent, gone bool, answer string) {
	t.Helper()
	if f.Permanent() != permanent || f.Gone() != gone || f.Answer() != answer {
		t.Errorf("permanent %t, gone %t, answer %q; want %t, %t, %q: %v", f.Permanent(), f.Gone(), f.Answer(), permanent, gone, answer, f)
	}
}

// refuses checks that an address is refused with a code, and not repeated.
func refuses(t *testing.T, s *channels.Set, kind channels.Kind, address, code string) {
	t.Helper()
	err := s.Check(kind, address)
	f, ok := errors.AsType[*store.Fault](err)
	if !ok {
		t.Errorf("%s %q: %v, want a fault", kind, address, err)
		return
	}
	if f.Code != code || f.Detail == "" {
		t.Errorf("%s %q: code %s, want %s: %v", kind, address, f.Code, code, err)
	}
	const examples = "li.hua@example.org +8613812345678 https://example.org/hook#secret=SECRET"
	if len(address) > 8 && strings.Contains(err.Error(), address) && !strings.Contains(examples, address) {
		t.Errorf("the fault repeats the address: %v", err)
	}
}
