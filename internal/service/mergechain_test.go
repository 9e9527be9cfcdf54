package service

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/vitals"
)

// chain is a service whose residents press their buttons, by the names that the
// journal has of them.
type chain struct {
	*testing.T
	cfg     Config
	s       *Service
	journal []journal.Entry
}

func (c *chain) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// restart opens the service, again where it is open.
func (c *chain) restart() {
	c.Helper()
	if c.s != nil {
		c.must(c.s.Close())
	}
	var err error
	c.s, err = Open(c.Context(), c.cfg, slog.New(slog.DiscardHandler))
	c.must(err)
	if heard := c.s.judge.Cursor(); heard < uint64(len(c.journal)) {
		c.hear(c.journal[heard:]...)
	}
	_, err = c.s.enrolResidents(c.Context(), enrolled{}, time.Now())
	c.must(err)
}

// hear has the judge's reader hear entries of the journal.
func (c *chain) hear(entries ...journal.Entry) {
	c.Helper()
	c.must(toJudge(&c.s.decoder, &c.s.attribution, c.s.judge, &c.s.pace, c.s.takeInAgain)(c.Context(), entries))
}

func (c *chain) merge(other, survivor string) (id string) {
	c.Helper()
	p, err := c.s.Merges.Preview(c.Context(), survivor, other)
	c.must(err)
	m, err := c.s.Merges.Merge(c.Context(), merging.Request{Survivor: survivor, Other: other, Reason: "one person", By: "u", Tag: p.Tag, Care: merging.KeepCare})
	c.must(err)
	c.follow()
	return m.ID
}

func (c *chain) undo(id string) {
	c.Helper()
	_, err := c.s.Merges.Undo(c.Context(), id, "u", "two persons")
	c.must(err)
}

func (c *chain) follow() {
	c.Helper()
	c.must(c.s.Merges.Readings(c.Context(), c.s.Timeline, func(context.Context, uint64) error { return nil }, c.s.mergeFollowed))
}

// pressed is in the journal since a button was pressed that was a resident's then.
func (c *chain) pressed(resident string) (journal.Entry, vitals.Report) {
	c.Helper()
	at := time.Now().UnixMilli()
	r := vitals.Report{Device: "button-" + resident, Residents: []string{resident}, Received: at, Samples: []vitals.Sample{
		{At: at, Values: []vitals.Value{{Metric: vitals.SOSButton, Number: 1}}},
	}}
	body, err := r.AppendBinary(nil)
	c.must(err)
	c.journal = append(c.journal, journal.Entry{Seq: uint64(len(c.journal) + 1), Body: body})
	return c.journal[len(c.journal)-1], r
}

func (c *chain) presses(resident string) {
	c.Helper()
	entry, _ := c.pressed(resident)
	c.hear(entry)
}

// alarms checks whose alarm there is, and closes it.
func (c *chain) alarms(when, resident string) {
	c.Helper()
	open, err := alerts.NewAlerts(c.s.Records).List(c.Context(), alerts.Query{Open: true, Rule: "sos", Limit: 10})
	c.must(err)
	if len(open) != 1 || open[0].Resident != resident {
		c.Fatalf("%s: want one alarm of %s, there are %+v", when, resident, open)
	}
	c.must(c.s.judge.Resolve(c.Context(), open[0].ID, "u", "true", ""))
}

// A file that went into one that went into a third is heard as the third's, and comes
// back step by step, whatever was restarted in between.
func TestChainsOfMergesComeApartStepByStep(t *testing.T) {
	cfg := Default()
	cfg.HTTPAddr, cfg.MQTTAddr = "127.0.0.1:0", "127.0.0.1:0"
	for name, restarts := range map[string]bool{"in one run": false, "restarted": true} {
		t.Run(name, func(t *testing.T) {
			c := &chain{T: t, cfg: cfg}
			c.cfg.DataDir = t.TempDir()
			again := func() {
				if restarts {
					c.restart()
				}
			}
			c.restart()
			defer func() { c.must(c.s.Close()) }()
			for _, id := range []string{"first", "second", "third"} {
				_, err := c.s.Residents.Create(c.Context(), records.Resident{ID: id, Name: id, TimeZone: "Asia/Shanghai"})
				c.must(err)
			}
			inner := c.merge("first", "second")
			again()
			c.presses("first")
			c.alarms("one went into another", "second")
			outer := c.merge("second", "third")
			again()
			c.presses("first")
			c.alarms("which went into the third", "third")
			c.presses("second")
			c.alarms("so did its own", "third")

			again()
			c.undo(outer)
			// A reader may have decoded by the old names what it hears of now.
			entry, report := c.pressed("first")
			c.must(c.s.judge.Hear(c.Context(), []alerts.Passed{{Seq: entry.Seq, Report: report}}))
			c.alarms("the third is alone again", "second")
			c.follow()
			again()
			c.presses("first")
			c.alarms("the third is alone again, and all has followed", "second")
			c.presses("third")
			c.alarms("the third's own", "third")

			again()
			c.undo(inner)
			c.follow()
			again()
			for _, id := range []string{"first", "second", "third"} {
				c.presses(id)
				c.alarms("all are three again", id)
			}
		})
	}
}
