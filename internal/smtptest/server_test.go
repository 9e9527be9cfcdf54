package smtptest

import (
	"crypto/tls"
	"net/smtp"
	"strings"
	"testing"
)

func TestServer(t *testing.T) {
	s := New(t, map[string]string{"later@" + Domain: "450 4.2.0 Greylisted"})
	c, err := smtp.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: s.Roots}); err != nil {
		t.Fatal(err)
	}
	if err := c.Auth(smtp.PlainAuth("", User, Password, "127.0.0.1")); err != nil {
		t.Fatalf("%v\n%s", err, s.said())
	}
	if err := c.Mail("a@" + Domain); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("later@" + Domain); err == nil || !strings.HasPrefix(err.Error(), "450") {
		t.Errorf("refused with %v, want 450", err)
	}
	if err := c.Rcpt("b@" + Domain); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("Subject: hello\r\n\r\nbody\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.Mailbox("b", 1)[0].Header.Get("Subject"); got != "hello" {
		t.Errorf("subject %q, want hello", got)
	}
}
