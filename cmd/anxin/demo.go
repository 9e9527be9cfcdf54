package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/mailbox"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/simulate"
)

type demoCommand struct {
	HTTPAddr string  `name:"http-addr" env:"ANXIN_HTTP_ADDR" default:"127.0.0.1:8080" help:"Address of the dashboard and the API."`
	Public   string  `name:"public-url" env:"ANXIN_PUBLIC_URL" help:"Address at which browsers reach the dashboard, for the links in e-mails; unset, that of the dashboard."`
	MQTTAddr string  `name:"mqtt-addr" env:"ANXIN_MQTT_ADDR" default:"127.0.0.1:1883" help:"Address of the built-in broker."`
	DataDir  string  `name:"data-dir" env:"ANXIN_DATA_DIR" default:"./data/demo" help:"Folder of the demo's stores."`
	Reset    bool    `help:"Begin anew: forget what earlier demos left in the folder."`
	Speed    float64 `default:"1" help:"How many seconds of the neighbourhood pass in one of ours."`
	LogLevel string  `name:"log-level" env:"ANXIN_LOG_LEVEL" enum:"debug,info,warn,error" default:"warn" help:"debug, info, warn or error."`
}

// demoFile keeps what the demo must know at its next start.
const demoFile = "demo.json"

// demoState is the demo's own: the passwords of its devices and users, which
// the records only know by their hashes. All of it is made up.
type demoState struct {
	Passwords  map[string]string `json:"passwords"` // of devices
	Users      []demoUser        `json:"users"`
	Backfilled bool              `json:"backfilled"`
}

type demoUser struct{ Login, Password, Role string }

// backfillDays is how much of a past the demo's residents have: the last week is a whole
// one.
const backfillDays = 14

func (c *demoCommand) Run(e *env) error {
	if c.Reset {
		if err := c.reset(); err != nil {
			return err
		}
	}
	cfg := service.Default()
	cfg.HTTPAddr, cfg.MQTTAddr, cfg.DataDir, cfg.LogLevel = c.HTTPAddr, c.MQTTAddr, c.DataDir, c.LogLevel
	log, err := e.logger(&cfg)
	if err != nil {
		return err
	}
	post, err := openPost(e.ctx, log)
	if err != nil {
		return err
	}
	defer post.Close()
	cfg.SMTPURL, cfg.SMTPFrom, cfg.PublicURL = post.URL(), demoSender, c.publicURL()
	s, err := service.Open(e.ctx, cfg, log)
	if err != nil {
		return fmt.Errorf("start the demo: %w", withWayOut(err))
	}
	defer s.Close()
	homes := simulate.Neighbourhood()
	state, err := c.prepare(e.ctx, s, homes)
	if err != nil {
		return err
	}
	if err := proveReach(e.ctx, s); err != nil {
		return err
	}
	if err := post.show(e.ctx, s, &homes.Residents[0]); err != nil {
		return err
	}
	c.greet(e, s, homes, state)

	g, ctx := errgroup.WithContext(e.ctx)
	g.Go(func() error { return post.Run(ctx) })
	g.Go(func() error { return s.Run(ctx) })
	g.Go(func() error { return c.play(ctx, s, homes, state, post, log) })
	err = g.Wait()
	fmt.Fprintln(e.stdout, "Stopped. The next start goes on from here; --reset begins anew.")
	return err
}

// reset removes the demo's own files and nothing else of the folder.
func (c *demoCommand) reset() error {
	release, err := service.LockFolder(c.DataDir)
	if err != nil {
		return fmt.Errorf("reset the demo: %w", err)
	}
	defer release()
	for _, name := range []string{"journal.db", "records.db", "timeline.db"} {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(filepath.Join(c.DataDir, name+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("reset the demo: %w", err)
			}
		}
	}
	if err := os.Remove(filepath.Join(c.DataDir, demoFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reset the demo: %w", err)
	}
	return nil
}

// prepare enrols the neighbourhood at the first start, and reads back what that
// start left at every other.
func (c *demoCommand) prepare(ctx context.Context, s *service.Service, homes simulate.Homes) (*demoState, error) {
	file := filepath.Join(c.DataDir, demoFile)
	text, err := os.ReadFile(file)
	if err == nil {
		var state demoState
		if err := json.Unmarshal(text, &state); err != nil {
			return nil, fmt.Errorf("read %s: %w: begin anew with --reset", file, err)
		}
		return &state, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the demo's passwords: %w", err)
	}
	if there, err := s.Residents.List(ctx, records.ResidentQuery{Limit: 1}); err != nil || len(there) > 0 {
		return nil, errors.Join(err, fmt.Errorf("%s holds residents that are not the demo's: choose another --data-dir", c.DataDir))
	}
	state := &demoState{Passwords: map[string]string{}}
	if err := enrol(ctx, s, homes, state); err != nil {
		return nil, err
	}
	users := map[string]string{}
	for _, role := range []records.Role{records.Administrator, records.Caregiver, records.Family} {
		u := demoUser{Login: string(role), Password: service.NewPassword(), Role: string(role)}
		if role == records.Administrator {
			u.Login = "admin"
		}
		added, err := s.AddUser(ctx, records.User{Login: u.Login, Name: u.Login, Role: role}, u.Password)
		if err != nil {
			return nil, err
		}
		users[u.Login] = added.ID
		state.Users = append(state.Users, u)
	}
	for _, e := range demoExperts {
		u := demoUser{Login: e.login, Password: service.NewPassword(), Role: string(records.Expert)}
		if _, err := s.AddUser(ctx, records.User{Login: u.Login, Name: e.name, Role: records.Expert}, u.Password); err != nil {
			return nil, err
		}
		state.Users = append(state.Users, u)
	}
	if err := peopled(ctx, s, homes, users); err != nil {
		return nil, err
	}
	if err := remindNeighbourhood(ctx, s, homes); err != nil {
		return nil, err
	}
	return state, state.save(file)
}

func (d *demoState) save(file string) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// enrol registers homes, residents and devices.
func enrol(ctx context.Context, s *service.Service, homes simulate.Homes, state *demoState) error {
	for _, h := range homes.Homes {
		if _, err := s.Registry.AddHome(ctx, devices.Home{ID: h.ID, Name: h.Name, TimeZone: "Asia/Shanghai"}); err != nil {
			return err
		}
	}
	for _, r := range homes.Residents {
		born, err := records.ParseDate(r.BirthDate)
		if err != nil {
			return err
		}
		_, err = s.Residents.Create(ctx, records.Resident{
			ID: r.ID, Name: r.Name + " " + r.Pinyin, BirthDate: born, Sex: records.Sex(r.Sex), HomeID: r.Home, TimeZone: "Asia/Shanghai", Language: "zh-CN",
		}, s.Care.With(records.Care{Conditions: conditionsOf(r.Person)}, records.Change{}))
		if err != nil {
			return err
		}
	}
	var enrolments []devices.Enrolment
	for _, d := range homes.Devices {
		device := devices.Device{
			ID: d.ID, Name: d.Name, Kind: d.Kind, Model: d.Model, Codec: d.Codec, External: d.External, Gateway: d.Gateway, Filters: d.Filters, Zone: devices.Zone(d.Zone),
		}
		if d.Resident == "" {
			device.HomeID = d.Home
		}
		enrolments = append(enrolments, devices.Enrolment{Device: device, Resident: d.Resident, From: devices.FirstReading()})
	}
	added, secrets, err := s.Registry.Enrol(ctx, enrolments)
	if err != nil {
		return err
	}
	for i, d := range added {
		state.Passwords[d.ID] = secrets[i]
	}
	return nil
}

// conditionsOf are those of a simulated person that the rules ask for. The others
// show in the readings alone.
func conditionsOf(p simulate.Person) (names []string) {
	for _, c := range p.Conditions {
		if c == simulate.COPD || c == simulate.AtrialFibrillation {
			names = append(names, string(c))
		}
	}
	return names
}

// play makes the devices publish until ctx ends, and at the first start sends
// what they stored over the last days.
func (c *demoCommand) play(ctx context.Context, s *service.Service, homes simulate.Homes, state *demoState, post *demoPost, log *slog.Logger) error {
	player, err := simulate.New(ctx, simulate.Config{
		URL: "mqtt://" + s.MQTTAddrs()[0], Homes: homes, Password: func(login string) string { return state.Passwords[login] },
		Speed: c.Speed, Often: 1, Log: log,
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("connect the simulated devices: %w", err)
	}
	defer player.Close()
	post.player.Store(player)
	go func() {
		if state.Backfilled {
			return
		}
		now := time.Now()
		if err := player.Backfill(ctx, now.AddDate(0, 0, -backfillDays), now); err != nil {
			return // the next start sends it again; what arrived is known then
		}
		state.Backfilled = true
		if err := state.save(filepath.Join(c.DataDir, demoFile)); err != nil {
			log.Error("remember the demo's state", "error", err)
		}
		if err := consult(ctx, s, homes, now); err != nil {
			log.Error("ask experts", "error", err)
		}
		if err := demoWeek(ctx, s, homes, now); err != nil {
			log.Error("tell what the last week was like", "error", err)
		}
	}()
	player.Run(ctx)
	return nil
}

// greet says what was started, where to look, and what to try.
func (c *demoCommand) greet(e *env, s *service.Service, homes simulate.Homes, state *demoState) {
	host, port := split(s.MQTTAddrs()[0])
	first := homes.Residents[0]
	cuff := cuffOf(homes, first.ID)
	button, press, _ := homes.SOS(first.ID)
	fmt.Fprintf(e.stdout, `Anxin (安心) demo

  dashboard    %s
  mailbox      %s
               the e-mails that families, neighbours and staff get; their links work
  MQTT broker  %s, built in
  data         %s
  playing      %d residents in %d homes with %d devices; simulated, no real person

  sign in as
`, c.publicURL(), c.publicURL()+mailbox.Path, s.MQTTAddrs()[0], c.DataDir, len(homes.Residents), len(homes.Homes), len(homes.Devices))
	for _, u := range state.Users {
		fmt.Fprintf(e.stdout, "    %-10s  %s\n", u.Login, u.Password)
	}
	fmt.Fprintf(e.stdout, `
  call for help as the first resident, %s: press the button on the mailbox's page, or
    mosquitto_pub -h %[2]s -p %[3]s -u %[4]s -P %[5]s -q 1 \
      -t '%[6]s' -m '%[7]s'
  then open the daughter's e-mail, and tap "I have it"

  publish a reading of hers yourself
    mosquitto_pub -h %[2]s -p %[3]s -u %[8]s -P %[9]s -q 1 \
      -t anxin/v1/devices/%[8]s/readings -m '{"bp_systolic": 138, "bp_diastolic": 84}'

  Ctrl-C stops it.
`, first.Name, host, port, button.Login(), state.Passwords[button.Login()], press.Topic, press.Payload, cuff, state.Passwords[cuff])
}

// publicURL is where browsers reach the dashboard.
func (c *demoCommand) publicURL() string {
	if c.Public != "" {
		return strings.TrimSuffix(c.Public, "/")
	}
	host, port := split(c.HTTPAddr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// cuffOf is the blood-pressure cuff of a resident: it speaks so seldom that what
// the reader publishes in its name stays on the page.
func cuffOf(homes simulate.Homes, resident string) string {
	for _, d := range homes.Devices {
		if d.Resident == resident && d.Make == simulate.Cuff {
			return d.ID
		}
	}
	return ""
}
