package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/smtp"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/rules"
)

func serve(t *testing.T) (*Box, *Server) {
	t.Helper()
	box := &Box{}
	s, err := Listen(t.Context(), box, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return box, s
}

// What Anxin sends arrives as it was written, over the very channel that sends it to
// real people.
func TestAnEmailArrives(t *testing.T) {
	box, server := serve(t)
	keys, err := channels.NewVAPID()
	if err != nil {
		t.Fatal(err)
	}
	ways, err := channels.New(channels.Config{SMTP: channels.SMTP{URL: server.URL(), From: "Anxin 安心 <anxin@example.org>"}, Push: channels.Push{VAPID: keys}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ways.Send(t.Context(), channels.Email, "hong@example.org", channels.Message{
		ID: "d-1", Key: "d-1", Number: "a-1", Severity: rules.Critical, Language: "zh-CN", Subject: "紧急呼叫：李桂芳", Text: "请立即回应。\n\n您可以打电话。",
		Links: []channels.Link{{Kind: channels.LinkClaim, Label: "我来处理", URL: "http://127.0.0.1:1/t/abc"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	letters := box.Letters("hong@example.org")
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	l := letters[0]
	if l.N != 1 || l.Subject != "紧急呼叫：李桂芳" || l.Language != "zh-CN" || !l.Urgent || l.At.IsZero() {
		t.Errorf("letter: %+v", l)
	}
	for _, said := range []string{l.Text, l.HTML} {
		if !strings.Contains(said, "请立即回应。") || !strings.Contains(said, "我来处理") || !strings.Contains(said, "http://127.0.0.1:1/t/abc") {
			t.Errorf("it says %q", said)
		}
	}
	if len(box.Letters("")) != 1 || len(box.Letters("somebody@example.org")) != 0 {
		t.Error("it came to somebody else, too")
	}
}

// What is no e-mail, or is too long, is refused and not kept.
func TestWhatIsRefused(t *testing.T) {
	box, server := serve(t)
	addr := server.listener.Addr().String()
	for name, body := range map[string]string{
		"no header":  "\x00\x01\r\n",
		"too long":   "Subject: x\r\n\r\n" + strings.Repeat("word ", largest/5+1),
		"no such":    "Content-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: nonsense\r\n\r\nx",
		"broken off": "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx",
	} {
		if err := smtp.SendMail(addr, nil, "a@example.org", []string{"b@example.org"}, []byte(body)); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
	if n := len(box.Letters("")); n != 0 {
		t.Errorf("%d letters are kept", n)
	}
}

func TestOnlyTheLastLettersAreKept(t *testing.T) {
	box := &Box{}
	for i := range Kept + 3 {
		box.put(Letter{Subject: fmt.Sprint(i)})
	}
	all := box.Letters("")
	if len(all) != Kept || all[0].N != Kept+3 || all[Kept-1].N != 4 {
		t.Errorf("%d letters from %d to %d", len(all), all[len(all)-1].N, all[0].N)
	}
	if _, ok := box.Letter(3); ok {
		t.Error("the oldest is still there")
	}
	if l, ok := box.Letter(4); !ok || l.Subject != "3" {
		t.Errorf("letter 4: %+v", l)
	}
}

// A server that never ran is closed, too.
func TestClose(t *testing.T) {
	s, err := Listen(t.Context(), &Box{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", s.listener.Addr().String()); err == nil {
		t.Error("its port is still open")
	}
	if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
