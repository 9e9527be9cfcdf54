package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/journal"
)

type quarantineCommand struct {
	List   quarantineList   `cmd:"" help:"List messages that could not be read, and why."`
	Replay quarantineReplay `cmd:"" help:"Try messages again, after a binding or a newer version may read them."`
	Drop   quarantineDrop   `cmd:"" help:"Throw messages away."`
}

// shelf opens the journal's shelf, beside a service that may be running.
func (s *stores) shelf(e *env) (*journal.Reader, error) {
	reader, err := journal.OpenReader(e.ctx, s.DataDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, noJournal(s.DataDir)
	}
	return reader, err
}

type quarantineList struct {
	stores
	Limit   int  `default:"100" help:"At most so many, the oldest."`
	Payload bool `help:"Show the payloads whole."`
}

func (c *quarantineList) Run(e *env) error {
	shelf, err := c.shelf(e)
	if err != nil {
		return err
	}
	defer shelf.Close()
	messages, err := shelf.Shelf(e.ctx, journal.Quarantined, "", "", 0, c.Limit)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tRECEIVED\tTOPIC\tERROR\tPAYLOAD")
	for _, m := range messages {
		payload := m.Payload
		if !c.Payload && len(payload) > 60 {
			payload = payload[:60]
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%q\n", m.ID, time.UnixMilli(m.Received).Format(time.DateTime), m.Topic, m.Error, payload)
	}
	return w.Flush()
}

type quarantineReplay struct {
	stores
	IDs  []string `arg:"" optional:"" name:"id" help:"Ids, as listed; or --all."`
	All  bool     `help:"All of them."`
	Wait bool     `default:"true" negatable:"" help:"Wait until the service has tried them."`
}

func (c *quarantineReplay) Run(e *env) error {
	shelf, err := c.shelf(e)
	if err != nil {
		return err
	}
	defer shelf.Close()
	ids, err := chosen(e, shelf, c.IDs, c.All)
	if err != nil {
		return err
	}
	before, err := shelf.Counts(e.ctx)
	if err != nil {
		return err
	}
	found, err := shelf.RequestReplay(e.ctx, ids)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%d to be tried again by the service\n", found)
	if !c.Wait || found == 0 {
		return nil
	}
	// The service looks every half second.
	deadline := time.After(5 * time.Second)
	for {
		select {
		case <-e.ctx.Done():
			return e.ctx.Err()
		case <-deadline:
			after, err := shelf.Counts(e.ctx)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.stdout, "%d are off the shelf so far; the others could not be read again, or no service is running\n", before.Quarantined-after.Quarantined)
			return err
		case <-time.After(200 * time.Millisecond):
			after, err := shelf.Counts(e.ctx)
			if err != nil {
				return err
			}
			if before.Quarantined-after.Quarantined >= int64(found) {
				_, err := fmt.Fprintln(e.stdout, "all of them were read")
				return err
			}
		}
	}
}

type quarantineDrop struct {
	stores
	IDs []string `arg:"" optional:"" name:"id" help:"Ids, as listed; or --all."`
	All bool     `help:"All of them."`
}

func (c *quarantineDrop) Run(e *env) error {
	shelf, err := c.shelf(e)
	if err != nil {
		return err
	}
	defer shelf.Close()
	ids, err := chosen(e, shelf, c.IDs, c.All)
	if err != nil {
		return err
	}
	return shelf.Drop(e.ctx, ids...)
}

// chosen are the ids that were named, or all that are in the quarantine.
func chosen(e *env, shelf *journal.Reader, named []string, all bool) (ids []uint64, err error) {
	if all == (len(named) > 0) {
		return nil, errors.New("name the ids, as anxin quarantine list shows them, or say --all")
	}
	for _, s := range named {
		id, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("id %q is not a number", s)
		}
		ids = append(ids, id)
	}
	for after := uint64(0); all; {
		page, err := shelf.Shelf(e.ctx, journal.Quarantined, "", "", after, 1000)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, m := range page {
			ids = append(ids, m.ID)
			after = m.ID
		}
	}
	return ids, nil
}
