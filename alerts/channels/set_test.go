package channels_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/channels"
)

func TestSet(t *testing.T) {
	if got := newSet(t, channels.Config{}).Kinds(); !slices.Equal(got, []channels.Kind{channels.Webhook, channels.Chat}) {
		t.Errorf("without settings there are %v", got)
	}
	s := everything(t)
	if got := s.Kinds(); !slices.Equal(got, channels.Kinds()) {
		t.Errorf("kinds %v", got)
	}
	refuses(t, s, "pigeon", "loft-7", channels.CodeUnknownKind)
	bare := newSet(t, channels.Config{})
	refuses(t, bare, channels.SMS, number, channels.CodeNotSetUp)
	f := fails(t, t.Context(), bare, channels.SMS, number)
	wants(t, f, true, false, "")
}

// everything is a set in which all kinds are set up.
func everything(t testing.TB) *channels.Set {
	t.Helper()
	keys, err := channels.NewVAPID()
	if err != nil {
		t.Fatal(err)
	}
	s, err := channels.New(channels.Config{
		SMTP: channels.SMTP{URL: "smtp://localhost", From: sender}, Push: channels.Push{VAPID: keys},
		SMS:       channels.Gateway{URL: "https://example.org", Body: "{to}{text}"},
		Publisher: publisher(func(string, []byte) error { return nil }),
		ChatHosts: []string{"chat.example.org"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Whatever somebody writes as an address is taken or refused, and what is refused
// is not repeated.
func FuzzAddresses(f *testing.F) {
	s := everything(f)
	for _, seed := range []string{
		"li@example.org", "+8613812345678", "speaker-1", "https://example.org/#secret=0123456789abcdef",
		`{"endpoint": "https://example.org/p", "keys": {"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}`,
		"telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram?chats=42", "discord://token@1", "matrix://:token@chat.example.org?rooms=!a:b",
		"slack://hook:T00000000-B00000000-XXXXXXXXXXXXXXXXXXXXXXXX@webhook", "ntfy://chat.example.org/topic", "wecom://key", "lark://open.feishu.cn/token",
		"pushover://shoutrrr:token@user", "gotify://chat.example.org/AzyoeNS.D4iJLVa", "bark://:key@chat.example.org", "rocketchat://chat.example.org/a/b/c", "mattermost://chat.example.org/token",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		for _, kind := range channels.Kinds() {
			err := s.Check(kind, address)
			if err == nil {
				if len(address) > 4<<10 || strings.ContainsAny(address, "\r\n\x00") && kind != channels.WebPush {
					t.Errorf("%s takes %q", kind, address)
				}
				continue
			}
			if len(address) > 100 && strings.Contains(err.Error(), address) {
				t.Errorf("repeated: %v", err)
			}
			// What is refused is not sent either, and that is for good.
			_, err = s.Send(t.Context(), kind, address, fallen())
			if failure, ok := errors.AsType[*channels.Failure](err); !ok || !failure.Permanent() {
				t.Errorf("%s to %q, which is refused: %v", kind, address, err)
			}
		}
	})
}
