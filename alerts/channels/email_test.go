package channels_test

import (
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/smtptest"
)

const sender = "Anxin 安心 <anxin@example.org>"

// serverURL is the address of a mail server with somebody who may send.
func serverURL(scheme, addr, password, query string) string {
	return (&url.URL{Scheme: scheme, User: url.UserPassword(smtptest.User, password), Host: addr, RawQuery: query}).String()
}

func emails(t *testing.T, server *smtptest.Server, url string) *channels.Set {
	t.Helper()
	return newSet(t, channels.Config{SMTP: channels.SMTP{URL: url, From: sender}, Push: push(t), Roots: server.Roots})
}

// push are keys, which a set with a sender of e-mails needs.
func push(t *testing.T) channels.Push {
	t.Helper()
	keys, err := channels.NewVAPID()
	if err != nil {
		t.Fatal(err)
	}
	return channels.Push{VAPID: keys}
}

// All of it against a real Postfix, which takes e-mails by TLS and a password.
func TestEmail(t *testing.T) {
	server := smtptest.New(t, map[string]string{
		"later@example.org": "450 4.2.0 Greylisted, come back", "gone@example.org": "550 5.1.1 no such mailbox", "never@example.org": "550 5.7.1 not from you",
		"old@example.org": "521 I take no mail",
	})
	started := serverURL("smtp", server.Addr, smtptest.Password, "")
	s := emails(t, server, started)

	t.Run("arrives", func(t *testing.T) {
		receipt, err := s.Send(t.Context(), channels.Email, "li.mei@example.org", fallen())
		if err != nil {
			t.Fatal(err)
		}
		if receipt.Delivered || !strings.Contains(receipt.Answer, "queued as") {
			t.Errorf("receipt %+v", receipt)
		}
		looksAt(t, server.Mailbox("li.mei", 1)[0])
	})

	t.Run("makes threads, and says when it is the same again", func(t *testing.T) {
		again, next, another := fallen(), fallen(), fallen()
		next.Key, next.Severity, next.Number = "A-1042/3/li-mei/email", rules.Warning, "A-1042"
		another.Key, another.Number = "A-1043/1/li-mei/email", "A-1043"
		for _, m := range []channels.Message{fallen(), again, next, another} {
			if _, err := s.Send(t.Context(), channels.Email, "thread@example.org", m); err != nil {
				t.Fatal(err)
			}
		}
		ids, threads := map[string]int{}, map[string]int{}
		important := 0
		for _, m := range server.Mailbox("thread", 4) {
			ids[m.Header.Get("Message-Id")]++
			threads[m.Header.Get("References")]++
			if m.Header.Get("In-Reply-To") != m.Header.Get("References") {
				t.Errorf("an answer to %s in the thread %s", m.Header.Get("In-Reply-To"), m.Header.Get("References"))
			}
			if m.Header.Get("X-Priority") == "1" {
				important++
			}
		}
		if len(ids) != 3 || len(threads) != 2 || important != 3 {
			t.Errorf("ids %v, threads %v, %d important; want 3, 2 and 3", ids, threads, important)
		}
	})

	t.Run("within TLS", func(t *testing.T) {
		if _, err := emails(t, server, serverURL("smtps", server.TLSAddr, smtptest.Password, "")).Send(t.Context(), channels.Email, "implicit@example.org", fallen()); err != nil {
			t.Fatal(err)
		}
		m := server.Mailbox("implicit", 1)[0]
		if !strings.Contains(m.Header.Get("Received"), "ESMTPSA") {
			t.Errorf("received %s, want ESMTPSA", m.Header.Get("Received"))
		}
	})

	for name, c := range map[string]struct {
		address         string
		permanent, gone bool
		answer          string
	}{
		"greylisted":      {"later@example.org", false, false, "450 4.2.0 <…>: Recipient address rejected: Greylisted, come back"},
		"no such mailbox": {"gone@example.org", true, true, "550 5.1.1"},
		"not from us":     {"never@example.org", true, false, "550 5.7.1"},
		"takes no mail":   {"old@example.org", true, false, "521"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fails(t, t.Context(), s, channels.Email, c.address, smtptest.Password, "1042")
			if f.Permanent() != c.permanent || f.Gone() != c.gone || !strings.HasPrefix(f.Answer(), c.answer) {
				t.Errorf("permanent %t, gone %t, answer %q; want %+v", f.Permanent(), f.Gone(), f.Answer(), c)
			}
		})
	}

	t.Run("a wrong password", func(t *testing.T) {
		f := fails(t, t.Context(), emails(t, server, serverURL("smtp", server.Addr, "wr0ng-one", "")), channels.Email, "a@example.org", "wr0ng-one", base64.StdEncoding.EncodeToString([]byte("\x00anxin\x00wr0ng-one")))
		if !f.Permanent() || f.Gone() || !strings.Contains(f.Answer(), "535") {
			t.Errorf("permanent %t, gone %t, answer %q", f.Permanent(), f.Gone(), f.Answer())
		}
	})

	t.Run("a certificate that is not trusted", func(t *testing.T) {
		s := newSet(t, channels.Config{SMTP: channels.SMTP{URL: started, From: sender}, Push: push(t)})
		f := fails(t, t.Context(), s, channels.Email, "a@example.org", smtptest.Password)
		if f.Permanent() || !strings.Contains(f.Error(), "certificate is not trusted") {
			t.Error(f)
		}
	})

	// Somebody on the way may hide that there is STARTTLS.
	t.Run("no TLS where TLS is demanded", func(t *testing.T) {
		f := fails(t, t.Context(), emails(t, server, serverURL("smtp", server.PlainAddr, smtptest.Password, "")), channels.Email, "plain@example.org", smtptest.Password)
		if f.Permanent() || !strings.Contains(f.Error(), "STARTTLS") {
			t.Error(f)
		}
	})

	t.Run("no TLS where none is asked for", func(t *testing.T) {
		for _, query := range []string{"tls=none", "tls=opportunistic"} {
			if _, err := emails(t, server, "smtp://"+server.PlainAddr+"?"+query).Send(t.Context(), channels.Email, "relaxed@example.org", fallen()); err != nil {
				t.Fatal(err)
			}
		}
		server.Mailbox("relaxed", 2)
	})

	t.Run("does not call a test an emergency", func(t *testing.T) {
		m := fallen()
		m.Test = true
		if _, err := s.Send(t.Context(), channels.Email, "trial@example.org", m); err != nil {
			t.Fatal(err)
		}
		if h := server.Mailbox("trial", 1)[0].Header; h.Get("Importance") != "" || h.Get("X-Priority") != "" {
			t.Errorf("header %v", h)
		}
	})

	t.Run("injects nothing", func(t *testing.T) {
		m := fallen()
		m.Subject = "hello\r\nBcc: spy@example.org\r\n\r\nbody"
		m.Text = "one\n.\nRCPT TO:<spy@example.org>\r\n.\r\ntwo <script>alert(1)</script>"
		m.Links[0].URL = `javascript:alert(1)`
		if _, err := s.Send(t.Context(), channels.Email, "whole@example.org", m); err != nil {
			t.Fatal(err)
		}
		got := server.Mailbox("whole", 1)[0]
		text, html := parts(t, got)
		if got.Header.Get("Bcc") != "" || !strings.Contains(text, "two <script>") || !strings.Contains(text, "one\n.\nRCPT") {
			t.Errorf("header %v, text %q", got.Header, text)
		}
		if strings.Contains(html, "<script>") || strings.Contains(html, "javascript:alert") {
			t.Error(html)
		}
	})
}

// looksAt checks an e-mail as it lies in the mailbox.
func looksAt(t *testing.T, m *mail.Message) {
	t.Helper()
	decoded := func(header string) string {
		text, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(header))
		if err != nil {
			t.Error(err)
		}
		return text
	}
	if got := decoded("Subject"); got != fallen().Subject {
		t.Errorf("subject %q", got)
	}
	if from, err := mail.ParseAddress(m.Header.Get("From")); err != nil || from.Address != "anxin@example.org" || from.Name != "Anxin 安心" {
		t.Errorf("from %v, %v", from, err)
	}
	if to := m.Header.Get("To"); to != "<li.mei@example.org>" {
		t.Errorf("to %q", to)
	}
	for header, want := range map[string]string{"Auto-Submitted": "auto-generated", "X-Priority": "1", "Importance": "high", "Content-Language": "zh-CN", "Return-Path": "<anxin@example.org>"} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if received := m.Header.Get("Received"); !strings.Contains(received, "ESMTPSA") {
		t.Errorf("received %s, want by TLS and with a password", received)
	}
	if sent, err := m.Header.Date(); err != nil || time.Since(sent) > time.Minute {
		t.Errorf("sent at %v, %v", sent, err)
	}
	text, html := parts(t, m)
	want := fallen().Text + "\n\n我来处理:\nhttps://anxin.example.org/t/abc?x=1&y=2\n\n查看:\nhttps://anxin.example.org/alerts/01J\n"
	if strings.TrimSpace(text) != strings.TrimSpace(want) {
		t.Errorf("text %q, want %q", text, want)
	}
	for _, part := range []string{`<html lang="zh-CN">`, "心率 118 次/分。", "&lt;5-2&gt;", `href="https://anxin.example.org/t/abc?x=1&amp;y=2"`, ">我来处理<"} {
		if !strings.Contains(html, part) {
			t.Errorf("the page lacks %s:\n%s", part, html)
		}
	}
}

// parts gives the text and the page of an e-mail with alternatives.
func parts(t *testing.T, m *mail.Message) (text, html string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("type %s, %v", kind, err)
	}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = part
		switch part.Header.Get("Content-Transfer-Encoding") {
		case "quoted-printable":
			body = quotedprintable.NewReader(part)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, part)
		}
		content, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		switch kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind {
		case "text/plain":
			text = strings.ReplaceAll(string(content), "\r\n", "\n")
		case "text/html":
			html = string(content)
		}
	}
}

// A server that takes the connection and says no more, or hangs up.
func TestEmailBrokenOff(t *testing.T) {
	for name, c := range map[string]struct {
		says string
		ends bool
		want string
	}{
		"hangs before it greets":     {"", false, "no answer in time"},
		"hangs after it has greeted": {"220 mail.example.org ESMTP\r\n", false, "no answer in time"},
		"closes at once":             {"", true, "closed before the answer"},
		"closes after the greeting":  {"220 mail.example.org ESMTP\r\n", true, "closed before the answer"},
		"is overrun":                 {"421 4.3.2 come back\r\n", true, "421"},
		"does not serve us":          {"554 5.7.1 go away\r\n", true, "554"},
		"is something else":          {"HTTP/1.1 400 Bad Request\r\n\r\n", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = conn.Write([]byte(c.says))
				if !c.ends {
					// Until the other side gives up: the connection must not stay open.
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
			s := newSet(t, channels.Config{SMTP: channels.SMTP{URL: "smtp://u:p4ss@" + l.Addr().String(), From: sender}, Push: push(t)})
			patience := time.Minute
			if !c.ends {
				patience = 500 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			f := fails(t, ctx, s, channels.Email, "a@example.org", "p4ss")
			if !strings.Contains(f.Error(), c.want) || f.Permanent() != (c.want == "554") || f.Gone() {
				t.Errorf("%v, permanent %t; want %q", f, f.Permanent(), c.want)
			}
			l.Close()
			<-ended
		})
	}
}

func TestEmailAddresses(t *testing.T) {
	s := newSet(t, channels.Config{SMTP: channels.SMTP{URL: "smtp://localhost", From: sender}, Push: push(t)})
	for _, address := range []string{"li.hua@example.org", "a+b@mail.example.co.uk", "x@例子.中国", "o'brien@example.org"} {
		if err := s.Check(channels.Email, address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"", "li", "li@", "@example.org", "li@localhost", "li@example.org.", "Li <li@example.org>", "a@example.org, b@example.org", "li hua@example.org",
		"\"a b\"@example.org", "li@example.org\r\nBcc: b@example.org", "李华@example.org", "li@[127.0.0.1]", "li(x)@example.org", strings.Repeat("a", 250) + "@example.org",
	} {
		refuses(t, s, channels.Email, address, channels.CodeAddress)
	}
}

func TestEmailSettings(t *testing.T) {
	for _, c := range []channels.SMTP{
		{URL: "mail.example.org:25", From: sender}, {URL: "http://mail.example.org", From: sender}, {URL: "smtp://", From: sender},
		{URL: "smtp://u:p4ss@mail.example.org:0", From: sender}, {URL: "smtp://u:p4ss@mail.example.org:99999", From: sender},
		{URL: "smtp://u:p4ss@mail.example.org?tls=maybe", From: sender}, {URL: "smtps://u:p4ss@mail.example.org?tls=none", From: sender},
		{URL: "smtp://u:p4ss@mail.example.org?starttls=no", From: sender}, {URL: "smtp://u:p4ss@mail.example.org/x", From: sender},
		{URL: "smtp://u:p4ss/@x@mail.example.org", From: sender},
		{URL: "smtp://u:p4ss@mail.example.org"}, {URL: "smtp://u:p4ss@mail.example.org", From: "anxin"},
	} {
		if _, err := channels.New(channels.Config{SMTP: c, Push: push(t)}); err == nil || strings.Contains(err.Error(), "p4ss") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
