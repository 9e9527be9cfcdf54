package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/internal/mosquittotest"
	"github.com/anxin-care/anxin/internal/service"
)

const kills = 20

// sender publishes readings with times of their own, QoS 1, and notes which
// were acknowledged. What was not, it sends again after each connection.
type sender struct {
	client paho.Client
	topic  string
	from   int64

	mu    sync.Mutex
	acked map[int64]bool
}

func newSender(t *testing.T, addr, id, password string, from int64) *sender {
	t.Helper()
	o := paho.NewClientOptions().AddBroker("tcp://" + addr).SetClientID(id).SetUsername(id).SetPassword(password).
		SetCleanSession(false).SetAutoReconnect(true).SetMaxReconnectInterval(50 * time.Millisecond).
		SetConnectRetry(true).SetConnectRetryInterval(50 * time.Millisecond).SetKeepAlive(5 * time.Second).
		SetConnectTimeout(5 * time.Second)
	s := &sender{client: paho.NewClient(o), topic: "anxin/v1/devices/" + id + "/readings", from: from, acked: map[int64]bool{}}
	if token := s.client.Connect(); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatalf("connect %s: %v", id, token.Error())
	}
	t.Cleanup(func() { s.client.Disconnect(0) })
	return s
}

// run publishes, one reading in each pace, until stop is closed, then waits for
// every acknowledgement.
func (s *sender) run(t *testing.T, pace time.Duration, stop <-chan struct{}) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	const window = 100
	slots := make(chan struct{}, window)
	var waiting sync.WaitGroup
	for n := int64(0); ; n++ {
		select {
		case <-stop:
			waiting.Wait()
			return
		case slots <- struct{}{}:
		}
		<-tick.C
		at := s.from + n
		token := s.client.Publish(s.topic, 1, false, fmt.Sprintf(`{"ts":%d,"heart_rate":%d,"spo2":97}`, at, 60+n%40))
		waiting.Go(func() {
			defer func() { <-slots }()
			if !token.WaitTimeout(2 * time.Minute) {
				t.Errorf("%s: reading of %d was never acknowledged", s.topic, at)
				return
			}
			if token.Error() == nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.acked[at] = true
			}
		})
	}
}

// press is the SOS button.
func (s *sender) press() {
	s.client.Publish(s.topic, 1, false, fmt.Sprintf(`{"ts":%d,"sos_button":"pressed"}`, time.Now().UnixMilli()))
}

type shownAlert struct {
	ID, Rule, Status string
	Transitions      []struct{ Cause string }
}

func (p *process) alerts(query string) (list []shownAlert) {
	p.t.Helper()
	p.waitFor("the alerts", func() error {
		body, err := p.get("/api/v1/alerts?limit=500" + query)
		if err != nil {
			return err
		}
		return json.Unmarshal(body, &list)
	})
	return list
}

// answers waits until somebody is told of the resident's alert, and closes it: of
// what is over before, nobody is told.
func (p *process) answers(resident string) {
	p.t.Helper()
	p.waitFor("the alert of "+resident, func() error {
		open := p.alerts("&status=open&rule=sos&resident=" + resident)
		if len(open) != 1 {
			return fmt.Errorf("%d alerts are open", len(open))
		}
		var file struct{ Steps []struct{} }
		if p.ask(p.t, "/api/v1/alerts/"+open[0].ID+"/escalation", &file); len(file.Steps) == 0 {
			return errors.New("nobody is told yet")
		}
		return p.post("/api/v1/alerts/"+open[0].ID+"/resolve", `{"verdict":"true"}`)
	})
}

// alertedOnce fails the test unless there are just so many alerts, each of which
// went just these ways: how often a call is repeated is the senders' matter.
func (p *process) alertedOnce(want int, causes ...string) {
	p.t.Helper()
	p.waitFor("the alerts to be judged", func() error {
		f, err := p.figures()
		if n := f[`anxin_journal_lag_entries{reader="alerts"}`]; err == nil && n > 0 {
			err = fmt.Errorf("%d entries behind", n)
		}
		return err
	})
	all := p.alerts("&rule=sos")
	if len(all) != want {
		p.t.Errorf("%d alerts, want %d", len(all), want)
	}
	for _, a := range all {
		body, err := p.get("/api/v1/alerts/" + a.ID)
		if err != nil {
			p.t.Fatal(err)
		}
		if err := json.Unmarshal(body, &a); err != nil {
			p.t.Fatal(err)
		}
		var went []string
		for _, step := range a.Transitions {
			went = append(went, step.Cause)
		}
		if went = slices.Compact(went); !slices.Equal(went, causes) {
			p.t.Errorf("alert %s went %q, want %q", a.ID, went, causes)
		}
	}
}

// survive publishes over several connections while the service is killed
// again and again, and while trouble goes on beside; afterwards every
// acknowledged reading is in the timeline exactly once, so is each alert, and of
// each alert each of its steps is told once.
func survive(t *testing.T, cfg service.Config, broker string, builtIn bool, trouble func(round int)) {
	const connections = 4
	var passwords []string
	hooks := newReceiver(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	p := newProcess(t, cfg, func(s *service.Service) {
		passwords = wearers(t, s, connections)
		circled(t, s, connections, hooks.URL)
	})
	p.start()
	// A broker keeps messages for a subscriber only once it knows of it.
	p.waitFor("the service to be ready", func() error {
		_, err := p.get("/readyz")
		return err
	})
	// The built-in broker holds its senders back. One in front does not: they would
	// leave it with more than a service that is killed all the time can take.
	pace := time.Millisecond
	if !builtIn {
		pace = 4 * time.Millisecond
	}
	stop := make(chan struct{})
	var senders []*sender
	var running sync.WaitGroup
	begin := time.Now().Add(-24 * time.Hour).UnixMilli()
	for i := range connections {
		if !builtIn {
			passwords[i] = ""
		}
		s := newSender(t, broker, fmt.Sprint("d-", i), passwords[i], begin)
		senders = append(senders, s)
		running.Go(func() { s.run(t, pace, stop) })
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for round := range kills {
		pressed := round % connections
		senders[pressed].press()
		<-time.After(time.Duration(20+rng.IntN(250)) * time.Millisecond) // a random moment
		p.kill()
		if trouble != nil {
			trouble(round)
		}
		p.start()
		p.balanced()
		if builtIn {
			p.answers(fmt.Sprint("r-", pressed))
		}
	}
	close(stop)
	running.Wait()
	total := 0
	for _, s := range senders {
		total += len(s.acked)
	}
	// A broker in front has acknowledged what it may still be handing on.
	p.waitFor("what the broker has taken", func() error {
		if stored := p.balanced()["anxin_messages_stored_total"]; stored < int64(total) {
			return fmt.Errorf("%d of %d messages stored", stored, total)
		}
		return nil
	})
	p.settled()
	figures := p.balanced()
	for i, s := range senders {
		found := p.readings(fmt.Sprint("r-", i), "heart_rate")
		for at := range s.acked {
			values := found[at]
			if len(values) != 1 {
				t.Fatalf("d-%d: the acknowledged reading of %d is %d times in the timeline", i, at, len(values))
			}
			if want := float64(60 + (at-begin)%40); values[0] != want {
				t.Fatalf("d-%d: the reading of %d is %v, want %v", i, at, values[0], want)
			}
		}
		for at, values := range found {
			if len(values) != 1 {
				t.Fatalf("d-%d: the reading of %d is %d times in the timeline", i, at, len(values))
			}
		}
		if len(s.acked) == 0 {
			t.Errorf("d-%d: nothing was acknowledged", i)
		}
	}
	if builtIn {
		p.alertedOnce(kills, "began", "resolved")
	} else {
		// What waits in the broker is not waited for round by round: all presses of a
		// resident come to one alert that nobody has answered.
		p.alertedOnce(connections, "began", "repeated")
	}
	p.toldOnce(hooks)
	t.Logf("%d kills, %d acknowledged readings; messages received %d, stored %d, duplicate %d", kills, total,
		figures["anxin_messages_received_total"], figures["anxin_messages_stored_total"], figures["anxin_messages_duplicate_total"])
	verified(t, p) // who asked for the alerts is in the audit, too
}

func TestKilledWithBuiltInBrokerAndSQL(t *testing.T) {
	cfg := testConfig(t)
	survive(t, cfg, cfg.MQTTAddr, true, nil)
}

func TestKilledWithInfluxDBThatGoesAway(t *testing.T) {
	influx := influxtest.New(t)
	cfg := testConfig(t)
	cfg.InfluxURL, cfg.InfluxBucket = influx.URL, "anxin"
	survive(t, cfg, cfg.MQTTAddr, true, func(round int) {
		switch round {
		case 6:
			influx.Stop()
		case 12:
			influx.Start()
		}
	})
}

func TestKilledBehindMosquitto(t *testing.T) {
	broker, influx := mosquittotest.New(t), influxtest.New(t)
	cfg := testConfig(t)
	cfg.MQTTURL, cfg.InfluxURL, cfg.InfluxBucket = broker.URL(), influx.URL, "anxin"
	survive(t, cfg, broker.Addr, false, nil)
}
