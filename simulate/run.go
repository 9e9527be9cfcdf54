package simulate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Config says what to play, and where.
type Config struct {
	// URL is the broker: mqtt://host:port, mqtts://, ws://, wss://.
	URL   string
	Homes Homes
	// Password of a login; "" signs in without.
	Password func(login string) string
	// Speed is how many seconds of theirs pass in one of ours.
	Speed float64
	// Often multiplies how often devices say something.
	Often float64
	// From is when their time begins; the zero time is now.
	From time.Time
	Log  *slog.Logger
}

// Player plays a neighbourhood against a broker.
type Player struct {
	cfg     Config
	begin   time.Time
	persons map[string]*Person
	links   []*link

	published, acknowledged, failed atomic.Int64
	// unreached is said once, for all connections.
	unreached sync.Once
}

// Stats is how many messages went out, and what became of them.
type Stats struct{ Published, Acknowledged, Failed int64 }

// link is one connection and the devices that publish over it.
type link struct {
	login   string
	player  *Player
	client  paho.Client
	devices []*player
	slots   chan struct{}
}

const (
	// inFlight is how many messages of one connection may wait for their
	// acknowledgement; more are not made up until some have it.
	inFlight = 200
	// firstWithin is how soon after the start each device has said something.
	firstWithin = 4 * time.Second
	// refusedFor is how long a login may be refused: what was enrolled beside a
	// running service is known there a moment later.
	refusedFor = 8 * time.Second
	retryAfter = time.Second
)

// New connects every device that signs in by itself, and every hub. It waits
// for a broker that cannot be reached until ctx ends, and says so in the log; a
// login that stays refused is an error.
func New(ctx context.Context, cfg Config) (*Player, error) {
	if cfg.Speed <= 0 || cfg.Often <= 0 {
		return nil, errors.New("speed and often must be more than 0")
	}
	broker, err := brokerURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.From.IsZero() {
		cfg.From = time.Now()
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	p := &Player{cfg: cfg, persons: map[string]*Person{}}
	for i := range cfg.Homes.Residents {
		r := &cfg.Homes.Residents[i]
		p.persons[r.ID] = &r.Person
		if p.persons[r.Home] == nil {
			p.persons[r.Home] = &r.Person // the home's sensors follow its first resident
		}
	}
	links := map[string]*link{}
	for i := range cfg.Homes.Devices {
		d := &cfg.Homes.Devices[i]
		l := links[d.Login()]
		if l == nil {
			l = &link{login: d.Login(), player: p, slots: make(chan struct{}, inFlight)}
			links[d.Login()] = l
			p.links = append(p.links, l)
		}
		person := p.persons[d.Resident]
		if person == nil {
			person = p.persons[d.Home]
		}
		l.devices = append(l.devices, newPlayer(d, person))
	}
	var connecting sync.WaitGroup
	errs := make(chan error, len(p.links))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for _, l := range p.links {
		connecting.Go(func() {
			err := l.connect(ctx, broker)
			if err != nil {
				stop(err) // the others need not try any longer
			}
			errs <- err
		})
	}
	connecting.Wait()
	for range p.links {
		if err := <-errs; err != nil {
			p.Close()
			return nil, err
		}
	}
	return p, nil
}

func brokerURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("broker %q: want mqtt://host:port", address)
	}
	scheme, ok := map[string]string{"mqtt": "tcp", "tcp": "tcp", "mqtts": "ssl", "ssl": "ssl", "ws": "ws", "wss": "wss"}[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("broker %q: want mqtt://, mqtts://, ws:// or wss://", u.Redacted())
	}
	u.Scheme = scheme
	return u, nil
}

func (l *link) connect(ctx context.Context, broker *url.URL) error {
	bare := *broker
	bare.User = nil
	o := paho.NewClientOptions().AddBroker(bare.String()).SetClientID(l.login).SetUsername(l.login).
		SetCleanSession(false).SetAutoReconnect(true).SetMaxReconnectInterval(30 * time.Second).
		SetProtocolVersion(4).SetConnectTimeout(10 * time.Second).
		SetKeepAlive(60 * time.Second).SetOrderMatters(false)
	if l.player.cfg.Password != nil {
		o.SetPassword(l.player.cfg.Password(l.login))
	} else if broker.User != nil {
		password, _ := broker.User.Password()
		o.SetUsername(broker.User.Username()).SetPassword(password)
	}
	o.SetWill(l.status(), "offline", 1, true)
	o.SetOnConnectHandler(func(c paho.Client) { c.Publish(l.status(), 1, true, "online") })
	l.client = paho.NewClient(o)
	return l.dial(ctx, bare.Host)
}

// dial tries until the connection stands.
func (l *link) dial(ctx context.Context, host string) error {
	start := time.Now()
	failed := context.Canceled
	for {
		token := l.client.Connect()
		select {
		case <-token.Done():
		case <-ctx.Done():
			return gaveUp(ctx, host, failed)
		}
		err := token.Error()
		failed = err
		switch {
		case err == nil:
			return nil
		case errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword), errors.Is(err, packets.ErrorRefusedNotAuthorised):
			if time.Since(start) > refusedFor {
				return fmt.Errorf("the broker at %s refuses %s (%w): name the file of passwords that --enrol wrote, or put a login into the address", host, l.login, err)
			}
		default:
			l.player.unreached.Do(func() {
				l.player.cfg.Log.Warn("no connection to the broker, trying again", "broker", host, "login", l.login, "error", err)
			})
		}
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
			return gaveUp(ctx, host, failed)
		}
	}
}

// gaveUp tells why there is no connection when ctx ended: what another one met,
// or the last that this one did.
func gaveUp(ctx context.Context, host string, last error) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return fmt.Errorf("no connection to the broker at %s: %w", host, last)
}

func (l *link) status() string { return "anxin/v1/devices/" + l.login + "/status" }

// Run plays until ctx ends.
func (p *Player) Run(ctx context.Context) {
	p.begin = time.Now()
	var playing sync.WaitGroup
	for _, l := range p.links {
		playing.Go(func() { l.run(ctx) })
	}
	playing.Wait()
}

// Close says goodbye for every device and disconnects.
func (p *Player) Close() {
	var leaving sync.WaitGroup
	for _, l := range p.links {
		if l.client == nil || !l.client.IsConnectionOpen() {
			continue
		}
		leaving.Go(func() {
			l.client.Publish(l.status(), 1, true, "offline").WaitTimeout(2 * time.Second)
			l.client.Disconnect(100)
		})
	}
	leaving.Wait()
}

// Stats tells how it goes.
func (p *Player) Stats() Stats {
	return Stats{p.published.Load(), p.acknowledged.Load(), p.failed.Load()}
}

// now is the neighbourhood's time.
func (p *Player) now() time.Time {
	return p.cfg.From.Add(time.Duration(float64(time.Since(p.begin)) * p.cfg.Speed))
}

// run makes one connection's devices speak, each in its turn.
func (l *link) run(ctx context.Context) {
	due := make([]time.Time, len(l.devices))
	start := time.Now()
	for i, d := range l.devices {
		due[i] = start.Add(time.Duration(chance(d.seed, time.Time{}, time.Hour) * float64(firstWithin)))
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next := 0
		for i := range due {
			if due[i].Before(due[next]) {
				next = i
			}
		}
		timer.Reset(time.Until(due[next]))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		d := l.devices[next]
		for _, m := range d.messages(l.player.now()) {
			if !l.publish(ctx, m) {
				return
			}
		}
		every := time.Duration(float64(cadence[d.device.Make]) / l.player.cfg.Speed / l.player.cfg.Often)
		if due[next] = due[next].Add(every); time.Since(due[next]) > every {
			due[next] = time.Now() // it cannot keep up: no debt is carried
		}
	}
}

// publish sends a message with QoS 1. What cannot be sent now is kept and sent
// when the connection is back; it waits when too much is kept.
func (l *link) publish(ctx context.Context, m Message) bool {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	l.player.published.Add(1)
	token := l.client.Publish(m.Topic, 1, m.Retain, m.Payload)
	go func() {
		<-token.Done()
		<-l.slots
		if token.Error() != nil {
			l.player.failed.Add(1)
		} else {
			l.player.acknowledged.Add(1)
		}
	}()
	return true
}
