package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"modernc.org/sqlite"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store/storetest"
)

// presses is of how many alerts the benchmark measures how soon they are told: a
// p99 of fewer says little.
const presses = 500

// BenchmarkFromTheButtonToTheProvider measures how long it takes from the publishing
// of an SOS until a provider has been called with it: taking in, the journal's
// commit, judging, planning the escalation, queueing, and the first webhook, over
// real connections and on a real disk. Residents press one after the other, each
// once, while all bracelets publish. The aim is a p99 of 100 ms.
func BenchmarkFromTheButtonToTheProvider(b *testing.B) {
	for _, records := range []string{"sqlite", "postgres"} {
		b.Run(records, func(b *testing.B) {
			var took, disk []time.Duration
			for b.Loop() {
				url := ""
				if records == "postgres" {
					url = storetest.Postgres(b).URL
				}
				pages := watchDisk(b)
				took = append(took, pressAll(b, url)...)
				disk = append(disk, pages()...)
			}
			slices.Sort(took)
			slices.Sort(disk)
			millis := func(all []time.Duration, part int) float64 {
				return float64(all[len(all)*part/100].Microseconds()) / 1000
			}
			b.ReportMetric(millis(took, 50), "p50-ms")
			b.ReportMetric(millis(took, 99), "p99-ms")
			b.ReportMetric(millis(disk, 50), "disk-p50-ms")
			b.ReportMetric(millis(disk, 99), "disk-p99-ms")
		})
	}
}

// pressAll starts a service, has each of its residents press, and returns how long
// it took until each one's daughter was called.
func pressAll(b *testing.B, databaseURL string) (took []time.Duration) {
	b.Helper()
	if _, err := sqlite.Fdatasync(true); err != nil { // as the command does
		b.Log(err)
	}
	hooks := newReceiver(b)
	cfg := testConfig(b)
	cfg.DatabaseURL, cfg.TellNetworks, cfg.PublicURL = databaseURL, []string{"127.0.0.0/8"}, "http://"+cfg.HTTPAddr
	s, err := service.Open(b.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	passwords := wearers(b, s, presses)
	for i := range presses {
		daughter, resident := fmt.Sprint("daughter-", i), fmt.Sprint("r-", i)
		add(b, s, daughter, "Hong", "", hooks.URL)
		if err := s.People.SetMember(b.Context(), records.Membership{Resident: resident, Contact: daughter, Relation: records.AsFamily}); err != nil {
			b.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}()

	// Each of the bracelets says something every second.
	var clients []paho.Client
	for i := range presses {
		id := fmt.Sprint("d-", i)
		c := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + s.MQTTAddrs()[0]).SetClientID(id).SetUsername(id).SetPassword(passwords[i]))
		if token := c.Connect(); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			b.Fatal(token.Error())
		}
		defer c.Disconnect(0)
		clients = append(clients, c)
	}
	publish := func(i int, payload string) paho.Token {
		return clients[i].Publish(fmt.Sprint("anxin/v1/devices/d-", i, "/readings"), 1, false, payload)
	}
	go func() {
		tick := time.NewTicker(time.Second / presses)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				publish(n%presses, fmt.Sprintf(`{"heart_rate":%d,"spo2":97,"respiratory_rate":15}`, 65+n%20))
			}
		}
	}()

	rng := rand.New(rand.NewPCG(1, 1))
	for _, i := range rng.Perm(presses) {
		<-time.After(time.Duration(20+rng.IntN(40)) * time.Millisecond) // whatever else goes on, at any moment of it
		began := time.Now()
		publish(i, `{"sos_button":"pressed"}`)
		call := hooks.next(b, fmt.Sprint("daughter-", i))
		took = append(took, call.at.Sub(began))
	}
	return took
}

// watchDisk writes a page now and then where the service has its data, until it is
// asked how long each took to be on the disk: on a disk that others keep busy alerts
// wait for it, too.
func watchDisk(b *testing.B) (pages func() []time.Duration) {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "page"))
	if err != nil {
		b.Fatal(err)
	}
	stop, took := make(chan struct{}), make(chan []time.Duration)
	go func() {
		defer f.Close()
		var all []time.Duration
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for page := make([]byte, 4096); ; {
			began := time.Now()
			if _, err := f.Write(page); err != nil {
				b.Error(err)
			}
			if err := f.Sync(); err != nil {
				b.Error(err)
			}
			all = append(all, time.Since(began))
			select {
			case <-stop:
				took <- all
				return
			case <-tick.C:
			}
		}
	}()
	return func() []time.Duration {
		close(stop)
		return <-took
	}
}
