package service_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/internal/service"
)

// A whole service beats at a real address: its own broker lets its canary in.
func TestAWholeServiceBeats(t *testing.T) {
	beats := make(chan struct{}, 100)
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats <- struct{}{} }))
	defer outside.Close()
	cfg := testConfig(t)
	cfg.HeartbeatURL = outside.URL
	s, err := service.Open(t.Context(), cfg, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	select {
	case <-beats:
	case <-time.After(30 * time.Second):
		t.Error("no beat")
	}
	client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + s.MQTTAddrs()[0]).SetUsername("CANARY").SetPassword("guessed").SetConnectRetry(false))
	if token := client.Connect(); !token.WaitTimeout(10*time.Second) || token.Error() == nil || !strings.Contains(token.Error().Error(), "not Authorized") && !strings.Contains(token.Error().Error(), "bad user name or password") {
		t.Errorf("somebody else signs in as the canary: %v", token.Error())
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
