package service_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
)

// A start while InfluxDB is away: what is live does not wait for it, and the
// stop is a clean one.
func TestStartWithoutInfluxDB(t *testing.T) {
	cfg := testConfig(t)
	cfg.InfluxURL, cfg.InfluxBucket = "http://"+freeAddr(t), "anxin"
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) { passwords = wearers(t, s, 1) })
	p.start()
	c := p.connect("d-0", passwords[0])
	if token := c.Publish("anxin/v1/devices/d-0/readings", 1, false, `{"heart_rate":72}`); !token.WaitTimeout(time.Minute) {
		t.Fatal("not acknowledged")
	}
	p.waitFor("the live readers", func() error {
		f, err := p.figures()
		if err != nil {
			return err
		}
		for _, reader := range []string{"live", "devices"} {
			if n := f[`anxin_journal_lag_entries{reader="`+reader+`"}`]; n > 0 {
				return fmt.Errorf("%s is %d entries behind", reader, n)
			}
		}
		return nil
	})
	p.waitFor("the timeline's reader to be said to fail", func() error {
		f, err := p.figures()
		if err == nil && f[`anxin_journal_reader_failing{reader="timeline"}`] != 1 {
			err = errors.New("it is not")
		}
		return err
	})
	c.Disconnect(0)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("ended with %d:\n%s", code, p.said())
	}
	if strings.Contains(p.said(), "panic") {
		t.Error(p.said())
	}
}
