package channels

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const telegramURL = "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram?chats=-100042"

func telegramTo(t *testing.T, h http.HandlerFunc) func(ctx context.Context) (Receipt, error) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	u, err := url.Parse(telegramURL)
	if err != nil {
		t.Fatal(err)
	}
	c := telegram{client: server.Client(), api: server.URL}
	return func(ctx context.Context) (Receipt, error) { return c.send(ctx, u, "她摔倒了") }
}

func TestTelegram(t *testing.T) {
	send := telegramTo(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var got struct {
			ChatID string `json:"chat_id"`
			Text   string `json:"text"`
		}
		if err := json.Unmarshal(body, &got); err != nil || got.ChatID != "-100042" || got.Text != "她摔倒了" || r.URL.Path != "/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage" {
			t.Errorf("%s: %s, %v", r.URL, body, err)
		}
		_, _ = io.WriteString(w, `{"ok": true, "result": {"message_id": 7}}`)
	})
	if receipt, err := send(t.Context()); err != nil || receipt.Delivered {
		t.Errorf("%+v, %v", receipt, err)
	}
}

// The library that knows the other services takes each of these for a success.
func TestTelegramIsNotReached(t *testing.T) {
	for name, c := range map[string]struct {
		answer    http.HandlerFunc
		permanent bool
	}{
		"another page": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>sign in to the hotel's network")
		}, false},
		"a proxy is down": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, false},
		"hangs": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, false},
		"closes": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false},
		"left the chat": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, `{"ok": false}`)
		}, true},
		"not ok, says 200": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"ok": false}`) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			patience := time.Minute
			if name == "hangs" {
				patience = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := telegramTo(t, c.answer)(ctx)
			f, ok := errors.AsType[*Failure](err)
			if !ok || f.Permanent() != c.permanent {
				t.Fatalf("%v, want a failure", err)
			}
			if strings.Contains(f.Error()+f.Answer(), "AAHdq") {
				t.Errorf("the token is repeated: %v", f)
			}
		})
	}
}
