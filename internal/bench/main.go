package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
)

type options struct {
	anxin, influxd, telegraf string
	devices, messages        int
	window                   int
	only                     string
	profile                  string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "load" {
		loadMain()
		return
	}
	var o options
	flag.StringVar(&o.anxin, "anxin", "bin/anxin", "the anxin binary")
	flag.StringVar(&o.influxd, "influxd", ".tools/bin/influxd", "the influxd binary, 1.8")
	flag.StringVar(&o.telegraf, "telegraf", ".tools/bin/telegraf", "the telegraf binary; absent, the reference is left out")
	flag.IntVar(&o.devices, "devices", 1000, "devices, each with a connection of its own")
	flag.IntVar(&o.messages, "messages", 1_000_000, "messages in all, five readings each")
	flag.IntVar(&o.window, "window", 20, "unacknowledged messages of one device")
	flag.StringVar(&o.only, "only", "", "measure only the set-ups whose name holds this")
	flag.StringVar(&o.profile, "profile", "", "folder for a CPU profile of anxin in each set-up")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// setup is a way to put the parts together.
type setup struct {
	name                     string
	mosquitto, influx, anxin bool
	telegraf                 bool
}

var setups = []setup{
	{name: "built-in broker + SQLite", anxin: true},
	{name: "built-in broker + InfluxDB", anxin: true, influx: true},
	{name: "Mosquitto + paho + InfluxDB", anxin: true, influx: true, mosquitto: true},
	{name: "Mosquitto + Telegraf + InfluxDB", telegraf: true, influx: true, mosquitto: true},
}

// result is what was measured of one set-up.
type result struct {
	name             string
	acked, stored    float64 // messages a second
	cpu              float64 // microseconds a message, of all that is measured
	cpuAnxin         float64 // of that, Anxin's or Telegraf's
	p50, p99         float64 // milliseconds to the acknowledgement, at half load
	query50, query99 float64 // milliseconds until a query finds it, at half load
	// alert50 and alert99 are the milliseconds from publishing until the stream shows
	// the alert, at half load; alerts is of how many.
	alert50, alert99 float64
	alerts           int
	// Beside the same load: milliseconds to the acknowledgement, and until a page that
	// a program of its own writes is on the disk.
	beside50, beside99 float64
	disk50, disk99     float64
	memory             float64 // MiB, the most that Anxin or Telegraf had
}

func run(ctx context.Context, o options) error {
	var results []result
	for _, s := range setups {
		if !strings.Contains(s.name, o.only) {
			continue
		}
		if _, err := os.Stat(o.telegraf); s.telegraf && err != nil {
			fmt.Fprintf(os.Stderr, "%s: left out: %v\n", s.name, err)
			continue
		}
		fmt.Fprintf(os.Stderr, "%s …\n", s.name)
		r, err := measure(ctx, o, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		results = append(results, r)
		fmt.Fprintf(os.Stderr, "%s: %.0f acknowledged/s, %.0f stored/s\n", r.name, r.acked, r.stored)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "set-up\tacknowledged/s\tstored/s\tCPU µs/msg\tof it ours\tack p50 ms\tack p99 ms\tqueryable p50 ms\tp99 ms\talerts\talert p50 ms\tp99 ms\tack p50 ms\tp99 ms\tdisk p50 ms\tp99 ms\tpeak MiB\t")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.0f\t\n",
			r.name, r.acked, r.stored, r.cpu, r.cpuAnxin, r.p50, r.p99, r.query50, r.query99, r.alerts, r.alert50, r.alert99, r.beside50, r.beside99, r.disk50, r.disk99, r.memory)
	}
	return w.Flush()
}

// measure runs one set-up: all out for the throughput, then at a rate that
// leaves room for the latencies.
func measure(ctx context.Context, o options, s setup) (result, error) {
	dir, err := os.MkdirTemp("", "anxin-bench-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	w, err := build(ctx, o, s, dir)
	defer w.stop()
	if err != nil {
		return result{}, err
	}
	r := result{name: s.name}

	if o.profile != "" && w.http != "" {
		go w.saveProfile(ctx, filepath.Join(o.profile, strings.ReplaceAll(s.name, " ", "-")+".pprof"))
	}
	before, err := w.cpu()
	if err != nil {
		return r, err
	}
	begin := time.Now()
	load, err := w.load(ctx, o.messages, 0)
	if err != nil {
		return r, err
	}
	r.acked = float64(load.Acknowledged) / load.Seconds
	if err := w.waitStored(ctx, o.messages); err != nil {
		return r, err
	}
	r.stored = float64(o.messages) / time.Since(begin).Seconds()
	after, err := w.cpu()
	if err != nil {
		return r, err
	}
	perMessage := func(name string) (us float64) {
		for p, used := range after {
			if name == "" || p == name {
				us += float64((used - before[p]).Microseconds()) / float64(o.messages)
			}
		}
		return us
	}
	r.cpu, r.cpuAnxin = perMessage(""), perMessage("anxin")+perMessage("telegraf")

	rate := 5000
	probe := make(chan []float64, 1)
	probing, stopProbe := context.WithCancel(ctx)
	defer stopProbe()
	go func() { probe <- w.probe(probing) }()
	load, err = w.load(ctx, rate*10, rate)
	if err != nil {
		return r, err
	}
	stopProbe()
	r.p50, r.p99 = load.P50, load.P99
	if took := <-probe; len(took) > 0 {
		r.query50, r.query99 = took[len(took)/2], took[len(took)*99/100]
	} else {
		return r, errors.New("no probe message was ever found by a query")
	}
	if s.anxin {
		if err := w.measureAlerts(ctx, dir, rate, &r); err != nil {
			return r, err
		}
	}
	r.memory, err = w.subject.peakMemory()
	return r, err
}

// alertSeconds is how long alerts are measured: some hundred of them, or a p99 says
// little.
const alertSeconds = 60

// measureAlerts measures how soon alerts are seen while a load goes on beside
// them, and what the disk needs meanwhile.
func (w *world) measureAlerts(ctx context.Context, dir string, rate int, r *result) error {
	probing, stop := context.WithCancel(ctx)
	defer stop()
	var alerts, disk []float64
	probes, probing := errgroup.WithContext(probing)
	probes.Go(func() (err error) {
		alerts, err = w.probeAlerts(probing)
		return err
	})
	probes.Go(func() (err error) {
		disk, err = probeDisk(probing, dir)
		return err
	})
	load, err := w.load(ctx, rate*alertSeconds, rate)
	stop()
	if err := errors.Join(err, probes.Wait()); err != nil {
		return err
	}
	r.alerts = len(alerts)
	r.alert50, r.alert99 = alerts[len(alerts)/2], alerts[len(alerts)*99/100]
	r.disk50, r.disk99 = disk[len(disk)/2], disk[len(disk)*99/100]
	r.beside50, r.beside99 = load.P50, load.P99
	return nil
}

// load runs this program again as the load, in a process of its own.
func (w *world) load(ctx context.Context, messages, rate int) (loadResult, error) {
	cfg, err := json.Marshal(loadConfig{
		Addr: w.mqtt, Devices: w.o.devices, Messages: messages, Window: w.o.window, Rate: rate, Logins: w.logins,
	})
	if err != nil {
		return loadResult{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return loadResult{}, err
	}
	cmd := exec.CommandContext(ctx, self, "load")
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(cfg)), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return loadResult{}, fmt.Errorf("load: %w\n%s", err, w.subject.log.String())
	}
	var r loadResult
	return r, json.Unmarshal(out, &r)
}
