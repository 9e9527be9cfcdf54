package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/simulate"
)

type simulateCommand struct {
	URL       string        `arg:"" optional:"" env:"ANXIN_MQTT_URL" default:"mqtt://127.0.0.1:1883" help:"The broker: mqtt://user:password@host:port, mqtts://, ws://, wss://."`
	Residents int           `default:"10" help:"How many residents to play."`
	Seed      uint64        `default:"1" help:"Another seed plays other people."`
	Speed     float64       `default:"1" help:"How many seconds of theirs pass in one of ours."`
	Often     float64       `default:"1" help:"How many times as often as usual devices say something."`
	Episode   []string      `help:"What happens to the first residents, one each: fall, hypoxia, fever, hypo, tachycardia, wandering, silence."`
	After     time.Duration `default:"1m" help:"When that begins, in their time."`
	Passwords string        `type:"path" help:"YAML file of logins and passwords, one for each device that signs in; see --enrol."`
	Enrol     string        `type:"path" placeholder:"DATA-DIR" help:"Register residents and devices in the stores of that folder first, and write their passwords to --passwords."`
	For       time.Duration `help:"How long to play; default until Ctrl-C."`
}

func (c *simulateCommand) Run(e *env) error {
	homes := simulate.Generate(c.Residents, c.Seed)
	from := time.Now()
	if len(c.Episode) > len(homes.Residents) {
		return fmt.Errorf("%d episodes for %d residents", len(c.Episode), len(homes.Residents))
	}
	for i, kind := range c.Episode {
		episode, err := simulate.NewEpisode(kind, from.Add(c.After))
		if err != nil {
			return err
		}
		p := &homes.Residents[i].Person
		p.Episodes = append(p.Episodes, episode)
	}
	if c.Enrol != "" {
		if err := c.enrol(e, homes); err != nil {
			return err
		}
	}
	password, err := c.passwords()
	if err != nil {
		return err
	}
	player, err := simulate.New(e.ctx, simulate.Config{
		URL: c.URL, Homes: homes, Password: password, Speed: c.Speed, Often: c.Often, From: from,
	})
	if err != nil {
		return err
	}
	defer player.Close()
	fmt.Fprintf(e.stdout, "playing %d residents with %d devices\n", len(homes.Residents), len(homes.Devices))
	ctx := e.ctx
	if c.For > 0 {
		limited, stop := context.WithTimeout(ctx, c.For)
		defer stop()
		ctx = limited
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		player.Run(ctx)
	}()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s := player.Stats()
			fmt.Fprintf(e.stdout, "published %d, acknowledged %d, failed %d\n", s.Published, s.Acknowledged, s.Failed)
		case <-done:
			s := player.Stats()
			fmt.Fprintf(e.stdout, "published %d, acknowledged %d, failed %d\n", s.Published, s.Acknowledged, s.Failed)
			return nil
		}
	}
}

// enrol registers what is not there yet, beside a service that may be running.
func (c *simulateCommand) enrol(e *env, homes simulate.Homes) error {
	if c.Passwords == "" {
		return errors.New("--enrol needs --passwords: the file to write the devices' passwords to")
	}
	in := stores{DataDir: c.Enrol}
	s, err := in.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	state := &demoState{Passwords: map[string]string{}}
	if _, err := s.Residents.Get(e.ctx, homes.Residents[0].ID); err == nil {
		return errors.New("the simulated residents are enrolled there already: leave --enrol out")
	} else if !errors.Is(err, records.ErrNotFound) && !errors.Is(err, devices.ErrNotFound) {
		return err
	}
	if err := enrol(e.ctx, s, homes, state); err != nil {
		return err
	}
	text, err := yaml.Marshal(state.Passwords)
	if err != nil {
		return err
	}
	return os.WriteFile(c.Passwords, text, 0o600)
}

// passwords reads the file of passwords; without one all sign in as the
// address says.
func (c *simulateCommand) passwords() (func(string) string, error) {
	if c.Passwords == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Passwords)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	if err := yaml.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("read %s: %w", c.Passwords, err)
	}
	return func(login string) string { return known[login] }, nil
}

func split(addr string) (host, port string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr, ""
	}
	return host, port
}
