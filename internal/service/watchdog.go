package service

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/ingest"
	"github.com/anxin-care/anxin/internal/heartbeat"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/web"
)

// slowest is how far the judging may be behind while it still moves: a start reads
// what has come meanwhile in less.
const slowest = time.Minute

// parts are what must move for people to be told in time.
func (s *Service) parts() []heartbeat.Part {
	return []heartbeat.Part{
		{Name: string(web.BrokerPart), Moves: s.brokerMoves},
		{Name: string(web.JournalPart), Moves: s.journalMoves},
		{Name: string(web.EnginePart), Moves: s.engineMoves},
		{Name: string(web.EscalationPart), Moves: s.escalationMoves},
		{Name: string(web.DeliveriesPart), Moves: s.deliveries.Moves},
		{Name: string(web.SomebodyPart), Moves: s.somebodyIsTold},
	}
}

func (s *Service) journalMoves(context.Context) error {
	if s.metrics.Stalled() {
		return errors.New("the journal cannot be written")
	}
	return nil
}

func (s *Service) engineMoves(context.Context) error {
	if behind := s.pace.behind(time.Now()); behind > slowest {
		return fmt.Errorf("the judging is %s behind", behind.Round(time.Second))
	}
	if s.follower(alertsReader).Stuck() {
		return errors.New("the judging cannot go on")
	}
	return nil
}

// overdue is how late a step may be made while telling people still moves.
const overdue = 30 * time.Second

func (s *Service) escalationMoves(ctx context.Context) error {
	waits, err := s.escalation.Overdue(ctx)
	if err == nil && waits > overdue {
		err = fmt.Errorf("somebody should have been told %s ago", waits.Round(time.Second))
	}
	return err
}

func (s *Service) somebodyIsTold(ctx context.Context) error {
	// The staff hears of an alert that reaches nobody else. When the staff is not
	// reached either, whoever listens for the heartbeat is all that is left.
	n, err := s.escalation.Unheard(ctx)
	if err == nil && n > 0 {
		err = fmt.Errorf("of %d open alerts nobody can be told, the service's staff neither", n)
	}
	return err
}

// brokerMoves finds out whether devices are heard: at an external broker by the
// canary that the subscriber sends to itself, at ours by signing in as they do.
func (s *Service) brokerMoves(ctx context.Context) error {
	if s.subscriber != nil {
		if !s.subscriber.Connected() {
			return errors.New("not subscribed at the external broker")
		}
		return nil
	}
	return s.sendCanary(ctx)
}

// canaryLogin is what our own canary signs in as at the built-in broker. It is no
// device's: those are lower case.
const canaryLogin = "CANARY"

// canary may sign in, and nothing else.
type canary struct{}

// MayPublish implements [ingest.Grant].
func (canary) MayPublish(string) bool { return false }

// MaySubscribe implements [ingest.Grant].
func (canary) MaySubscribe(string) bool { return false }

func (s *Service) letCanaryIn(password string) (ingest.Grant, error) {
	if subtle.ConstantTimeCompare([]byte(password), []byte(s.canaryKey)) != 1 {
		return nil, records.ErrSignIn
	}
	return canary{}, nil
}

// sendCanary signs in at the built-in broker.
func (s *Service) sendCanary(ctx context.Context) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(10 * time.Second)
	}
	options := paho.NewClientOptions().AddBroker(s.brokerURL()).SetClientID("anxin-canary").SetUsername(canaryLogin).SetPassword(s.canaryKey).
		SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(time.Until(deadline)).
		// The certificate is for the name that devices use, and this is our own door.
		SetTLSConfig(&tls.Config{InsecureSkipVerify: true})
	client := paho.NewClient(options)
	token := client.Connect()
	defer client.Disconnect(0)
	select {
	case <-token.Done():
	case <-ctx.Done():
		return fmt.Errorf("the broker does not answer: %w", ctx.Err())
	}
	if err := token.Error(); err != nil {
		return fmt.Errorf("the broker lets nobody in: %w", err)
	}
	return nil
}

// brokerURL is where this machine reaches the built-in broker.
func (s *Service) brokerURL() string {
	scheme, path := "tcp", ""
	if s.cfg.MQTTAddr == "" {
		scheme, path = "ws", "/mqtt"
	}
	if s.cfg.MQTTTLSCert != "" {
		scheme = map[string]string{"tcp": "ssl", "ws": "wss"}[scheme]
	}
	at := s.broker.Addrs()[0].String()
	if host, port, err := net.SplitHostPort(at); err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			at = net.JoinHostPort("localhost", port)
		}
	}
	return scheme + "://" + at + path
}
