package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// world is one set-up, running.
type world struct {
	o         options
	processes []*process
	subject   *process // whose figures count: anxin or telegraf
	mqtt      string   // address that the load publishes to
	http      string   // Anxin's base URL
	token     string
	influx    string // InfluxDB's base URL
	logins    []login
	prober    login
	resident  string
}

func (w *world) stop() {
	for _, p := range slices.Backward(w.processes) {
		p.stop()
	}
}

func (w *world) add(p *process) *process {
	w.processes = append(w.processes, p)
	return p
}

// build starts the parts. What it returns is to be stopped, with an error too.
func build(ctx context.Context, o options, s setup, dir string) (*world, error) {
	w := &world{o: o}
	env := []string{"ANXIN_DATA_DIR=" + filepath.Join(dir, "anxin"), "ANXIN_LOG_LEVEL=warn"}
	if s.influx {
		p, url, err := startInflux(o.influxd, filepath.Join(dir, "influx"))
		if err != nil {
			return w, err
		}
		w.add(p)
		w.influx = url
		env = append(env, "ANXIN_INFLUX_URL="+url, "ANXIN_INFLUX_BUCKET=bench")
	}
	if s.mosquitto {
		p, addr, err := startMosquitto(dir)
		if err != nil {
			return w, err
		}
		w.add(p)
		w.mqtt = addr
		env = append(env, "ANXIN_MQTT_URL=mqtt://"+addr)
	}
	if s.telegraf {
		return w, w.startTelegraf(dir)
	}
	if err := w.enrol(ctx, env); err != nil {
		return w, err
	}
	return w, w.startAnxin(ctx, env)
}

// enrol registers one resident for each hundred devices, the devices, and a
// user who may query.
func (w *world) enrol(ctx context.Context, env []string) error {
	anxin := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, w.o.anxin, args...)
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.Output()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("anxin %s: %w: %s", strings.Join(args, " "), err, exit.Stderr)
		}
		return out, err
	}
	for i := 0; i <= w.o.devices; i += 100 {
		if _, err := anxin("resident", "add", "Bench "+strconv.Itoa(i), "--id", residentOf(i)); err != nil {
			return err
		}
	}
	w.resident = residentOf(w.o.devices)
	// All devices in one call: each call of the command opens the database anew.
	var list strings.Builder
	for i := range w.o.devices + 1 {
		fmt.Fprintf(&list, "bench-%d,%s\n", i, residentOf(i))
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("anxin-bench-devices-%d.csv", os.Getpid()))
	if err := os.WriteFile(file, []byte(list.String()), 0o600); err != nil {
		return err
	}
	defer os.Remove(file)
	out, err := anxin("device", "import", file)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		if id, password, ok := strings.Cut(strings.TrimSpace(line), ","); ok {
			w.logins = append(w.logins, login{ID: id, Password: password})
		}
	}
	if len(w.logins) != w.o.devices+1 {
		return fmt.Errorf("enrol: %d devices of %d have a password", len(w.logins), w.o.devices+1)
	}
	w.logins, w.prober = w.logins[:w.o.devices], w.logins[w.o.devices]
	if w.mqtt != "" { // Mosquitto lets everybody in here
		w.logins, w.prober.Password = nil, ""
	}
	if _, err := anxin("user", "add", "bench"); err != nil {
		return err
	}
	token, err := anxin("user", "token", "bench")
	w.token = strings.TrimSpace(string(token))
	return err
}

func residentOf(device int) string { return fmt.Sprintf("bench-%d", device/100) }

func (w *world) startAnxin(ctx context.Context, env []string) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	w.http = "http://" + addr
	env = append(env, "ANXIN_HTTP_ADDR="+addr)
	if w.mqtt == "" {
		if w.mqtt, err = freeAddr(); err != nil {
			return err
		}
		env = append(env, "ANXIN_MQTT_ADDR="+w.mqtt)
	}
	p, err := start("anxin", env, w.o.anxin, "serve")
	if err != nil {
		return err
	}
	w.subject = w.add(p)
	err = within(20*time.Second, "start anxin", func() error {
		_, err := get(ctx, w.http+"/readyz", "")
		return err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.log.String())
	}
	return nil
}

const telegrafConfig = `
[agent]
  interval = "1s"
  flush_interval = "200ms"
  metric_batch_size = 5000
  metric_buffer_limit = 2000000
  omit_hostname = true
  quiet = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://%s"]
  topics = ["anxin/v1/devices/+/readings"]
  qos = 1
  client_id = "telegraf"
  persistent_session = true
  max_undelivered_messages = 20000
  data_format = "json"
  json_time_key = "ts"
  json_time_format = "unix_ms"
  name_override = "readings"
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "anxin/v1/devices/+/readings"
    tags = "_/_/_/device/_"
[[outputs.influxdb_v2]]
  urls = ["%s"]
  token = ""
  organization = ""
  bucket = "bench"
  content_encoding = "identity"
`

func (w *world) startTelegraf(dir string) error {
	conf := filepath.Join(dir, "telegraf.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, telegrafConfig, w.mqtt, w.influx), 0o600); err != nil {
		return err
	}
	p, err := start("telegraf", nil, w.o.telegraf, "--config", conf)
	if err != nil {
		return err
	}
	w.subject = w.add(p)
	w.prober = login{ID: fmt.Sprintf("bench-%d", w.o.devices)}
	// It says nothing when it has subscribed: a first message of the prober that
	// arrives shows it.
	err = within(20*time.Second, "start telegraf", func() error {
		_, err := w.publishAndFind(context.Background(), time.Now().UnixMilli(), time.Second)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.log.String())
	}
	return nil
}

func (w *world) cpu() (map[string]time.Duration, error) {
	used := map[string]time.Duration{}
	for _, p := range w.processes {
		d, err := p.cpu()
		if err != nil {
			return nil, err
		}
		used[p.name] = d
	}
	return used, nil
}

// waitStored waits until the timeline holds all messages.
func (w *world) waitStored(ctx context.Context, messages int) error {
	return within(10*time.Minute, "store all messages", func() error {
		n, err := w.stored(ctx)
		if err != nil {
			return err
		}
		if n < messages {
			return fmt.Errorf("%d of %d stored\n%s", n, messages, w.subject.log.String())
		}
		return nil
	})
}

// stored is how many messages can be queried: InfluxDB's own count, or, with
// SQL, what the timeline's reader has passed of the journal.
func (w *world) stored(ctx context.Context) (int, error) {
	if w.influx != "" {
		return w.influxCount(ctx, "SELECT count(heart_rate) FROM readings")
	}
	body, err := get(ctx, w.http+"/metrics", "")
	if err != nil {
		return 0, err
	}
	figure := func(name string) int {
		for line := range strings.Lines(string(body)) {
			if rest, ok := strings.CutPrefix(line, name+" "); ok {
				f, _ := strconv.ParseFloat(strings.TrimSpace(rest), 64)
				return int(f)
			}
		}
		return 0
	}
	return figure("anxin_messages_stored_total") - figure(`anxin_journal_lag_entries{reader="timeline"}`), nil
}

func (w *world) influxCount(ctx context.Context, query string) (int, error) {
	body, err := get(ctx, w.influx+"/query?db=bench&q="+url.QueryEscape(query), "")
	if err != nil {
		return 0, err
	}
	var answer struct {
		Results []struct{ Series []struct{ Values [][]any } }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, err
	}
	if len(answer.Results) == 0 || len(answer.Results[0].Series) == 0 {
		return 0, nil
	}
	n, _ := answer.Results[0].Series[0].Values[0][1].(float64)
	return int(n), nil
}

// probe publishes single messages until ctx ends and measures how long each
// takes until a query finds it. It returns the times, sorted, in milliseconds.
func (w *world) probe(ctx context.Context) []float64 {
	var took []float64
	for ctx.Err() == nil {
		d, err := w.publishAndFind(ctx, time.Now().UnixMilli(), 30*time.Second)
		if err != nil {
			break
		}
		took = append(took, millis(d))
		time.Sleep(20 * time.Millisecond)
	}
	slices.Sort(took)
	return took
}

var errNotFound = errors.New("not found")

func (w *world) publishAndFind(ctx context.Context, at int64, limit time.Duration) (time.Duration, error) {
	c, err := dialLoad(w.mqtt, w.prober, 1)
	if err != nil {
		return 0, err
	}
	defer c.conn.Close()
	start := time.Now()
	if err := c.publish(1, fmt.Appendf(nil, `{"ts":%d,"heart_rate":77}`, at)); err != nil {
		return 0, err
	}
	for time.Since(start) < limit {
		err := w.find(ctx, at)
		if err == nil {
			return time.Since(start), nil
		}
		if !errors.Is(err, errNotFound) {
			return 0, err
		}
	}
	return 0, fmt.Errorf("reading of %d: %w in %s", at, errNotFound, limit)
}

// find asks for the prober's reading of that time, of Anxin where there is one.
func (w *world) find(ctx context.Context, at int64) error {
	if w.http == "" {
		n, err := w.influxCount(ctx, fmt.Sprintf("SELECT count(heart_rate) FROM readings WHERE device='%s' AND time=%dms", w.prober.ID, at))
		if err == nil && n == 0 {
			err = errNotFound
		}
		return err
	}
	body, err := get(ctx, fmt.Sprintf("%s/api/v1/residents/%s/readings?metric=heart_rate&device=%s&from=%d&to=%d",
		w.http, w.resident, w.prober.ID, at, at+1), w.token)
	if err != nil {
		return err
	}
	var answer struct{ Readings []struct{} }
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	if len(answer.Readings) == 0 {
		return errNotFound
	}
	return nil
}

// saveProfile keeps a CPU profile of Anxin under load.
func (w *world) saveProfile(ctx context.Context, file string) {
	time.Sleep(3 * time.Second)
	body, err := get(ctx, w.http+"/debug/pprof/profile?seconds=8", w.token)
	if err == nil {
		err = os.WriteFile(file, body, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
	}
}
