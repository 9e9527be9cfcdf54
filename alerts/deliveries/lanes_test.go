package deliveries

import "testing"

// A lane is kept with what was told, so that it holds nothing secret.
func TestEachProviderHasItsLane(t *testing.T) {
	for address, want := range map[Channel]string{
		{Kind: Email, Address: "li.hua@example.org"}:                                                            "email",
		{Kind: SMS, Address: "+8613812345678"}:                                                                  "sms",
		{Kind: Speaker, Address: "speaker-1"}:                                                                   "speaker",
		{Kind: Webhook, Address: "https://hooks.example.org:8443/in/KEY#secret=SECRET"}:                         "webhook:hooks.example.org",
		{Kind: WebPush, Address: `{"endpoint": "https://push.example.org/KEY", "keys": {"auth": "SECRET"}}`}:    "webpush:push.example.org",
		{Kind: WebPush, Address: "SECRET"}:                                                                      "webpush",
		{Kind: Chat, Address: "wecom://693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"}:                                   "chat:wecom",
		{Kind: Chat, Address: "pushover://shoutrrr:TOKEN@USERKEY/"}:                                             "chat:pushover",
		{Kind: Chat, Address: "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram?chats=-100042"}: "chat:telegram",
	} {
		if got := address.lane(); got != want {
			t.Errorf("%s %s: %q, want %q", address.Kind, address.Address, got, want)
		}
	}
}
