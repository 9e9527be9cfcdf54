package service

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// What the operator writes for the ways to people comes through as it was meant.
func TestConfigOfChannels(t *testing.T) {
	for name, value := range map[string]string{
		"ANXIN_SMTP_URL": "smtp://u:p%40ss@mail.example.org", "ANXIN_SMTP_FROM": "Anxin <anxin@example.org>",
		"ANXIN_TELL_NETWORKS": "10.7.0.0/16,fd00:7::/32", "ANXIN_CHAT_HOSTS": "ntfy.sh,chat.example.org:8443",
		"ANXIN_SMS_URL": "https://sms.example.org/v1", "ANXIN_SMS_BODY": `{"to": "{to}", "text": "{text}"}`,
		"ANXIN_SMS_HEADERS": "Authorization: Basic YTpi; X-App: a,b",
	} {
		t.Setenv(name, value)
	}
	var cfg Config
	parser, err := kong.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	got, err := cfg.channels()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Networks, []netip.Prefix{netip.MustParsePrefix("10.7.0.0/16"), netip.MustParsePrefix("fd00:7::/32")}) ||
		!slices.Equal(got.ChatHosts, []string{"ntfy.sh", "chat.example.org:8443"}) || got.SMS.Method != "POST" ||
		len(got.SMS.Headers) != 2 || strings.TrimSpace(got.SMS.Headers[1]) != "X-App: a,b" || got.SMS.Body != `{"to": "{to}", "text": "{text}"}` {
		t.Errorf("%+v", got)
	}
}

func TestConfigOfChannelsThatIsWrong(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"the address of the SMTP server": func(c *Config) { c.SMTPURL = "mail.example.org" },
		"the sender of e-mails":          func(c *Config) { c.SMTPURL = "smtp://mail.example.org" },
		"the contact for push services":  func(c *Config) { c.PushContact = "staff" },
		"want a network such as":         func(c *Config) { c.TellNetworks = []string{"10.7.0.1"} },
		"want {text}":                    func(c *Config) { c.SMSURL = "https://sms.example.org" },
	} {
		cfg := Default()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestConfigOfBandSets(t *testing.T) {
	cfg := Default()
	cfg.BandSets = []string{"barthel=gdl2", "mmse=china_four"}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	for choice, want := range map[string]string{"barthel": "want FORM=SET", "bartel=gdl2": "did you mean barthel?", "barthel=gold": "[china gdl2]", "health_check=x": "no band set"} {
		if cfg.BandSets = []string{choice}; cfg.Validate() == nil || !strings.Contains(cfg.Validate().Error(), want) {
			t.Errorf("%s: %v, want %q", choice, cfg.Validate(), want)
		}
	}
}
