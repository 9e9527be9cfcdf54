package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/rights"
)

// timelines are the settings of commands that read or write the timeline.
type timelines struct {
	stores
	InfluxURL    string `name:"influx-url" env:"ANXIN_INFLUX_URL" help:"InfluxDB of the timeline; unset, SQL."`
	InfluxToken  string `name:"influx-token" env:"ANXIN_INFLUX_TOKEN" help:"Token (2.x), or user:password (1.8)."`
	InfluxOrg    string `name:"influx-org" env:"ANXIN_INFLUX_ORG" help:"Organisation (2.x)."`
	InfluxBucket string `name:"influx-bucket" env:"ANXIN_INFLUX_BUCKET" default:"anxin" help:"Bucket (2.x), or database (1.8)."`
}

func (t *timelines) config() service.Config {
	return service.Config{InfluxURL: t.InfluxURL, InfluxToken: t.InfluxToken, InfluxOrg: t.InfluxOrg, InfluxBucket: t.InfluxBucket}
}

type residentExport struct {
	timelines
	ID  string `arg:"" help:"Resident id."`
	Out string `required:"" type:"path" help:"The zip to be written; it must not be there yet."`
}

// Run writes all that is kept of a resident into a zip.
func (c *residentExport) Run(e *env) (err error) {
	s, err := c.openWith(e, c.config())
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Residents.Get(e.ctx, c.ID); err != nil {
		return err
	}
	if err := s.OpenTimeline(e.ctx); err != nil {
		return err
	}
	kinds := records.Everything
	// Written down before anything is handed out.
	if err := s.Audit.Append(e.ctx, audit.Entry{Action: audit.Export, Resident: c.ID, Scope: kinds.String(), Ground: operator}); err != nil {
		return err
	}
	file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // for the owner alone
	if err != nil {
		return fmt.Errorf("make the zip: %w", err)
	}
	out := bufio.NewWriterSize(file, 1<<20)
	err = errors.Join(s.Exporter().Write(e.ctx, out, rights.Copy{Resident: c.ID, Kinds: kinds.Names()}), out.Flush(), file.Sync(), file.Close())
	if err != nil {
		return errors.Join(err, os.Remove(c.Out)) // half of it would pass for all
	}
	_, err = fmt.Fprintf(e.stdout, "All that is kept of %s is in %s. Whoever has it can read it: hand it over, and delete it here.\n", c.ID, c.Out)
	return err
}

type residentErase struct {
	timelines
	ID     string `arg:"" help:"Resident id."`
	Reason string `required:"" help:"Who asked for it, and why; without a name, for it is kept."`
	Yes    bool   `help:"Do not ask for the id again."`
}

// errUnsure is that the id was not typed again.
var errUnsure = errors.New("nothing was erased: the id that was typed is another")

// Run erases a resident: by the service that runs on the folder, or, where none does,
// by itself.
func (c *residentErase) Run(e *env) error {
	if !c.Yes {
		if _, err := fmt.Fprintf(e.stdout, "All that is kept of %s will be erased, and cannot be brought back. Take a copy first: anxin resident export.\nType the id again: ", c.ID); err != nil {
			return err
		}
		line, err := bufio.NewReader(e.input()).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if strings.TrimSpace(line) != c.ID {
			return errUnsure
		}
	}
	cfg := c.config()
	cfg.DataDir, cfg.DatabaseURL, cfg.LogLevel = c.DataDir, c.DatabaseURL, "warn"
	log, err := e.logger(&cfg)
	if err != nil {
		return err
	}
	e.ctx = audit.In(e.ctx, audit.Piece{Via: audit.Command, What: e.command})
	s, alone, err := service.OpenEraser(e.ctx, cfg, log)
	if err != nil {
		return err
	}
	defer s.Close()
	one, err := s.Erasures.Ask(e.ctx, c.ID, "", c.Reason)
	if err != nil {
		return err
	}
	if one, err = c.await(e, s, one, alone); err != nil {
		return err
	}
	return showErased(e, one)
}

// waits is how long the command waits for the service, which goes on afterwards.
const waits = 2 * time.Minute

func (c *residentErase) await(e *env, s *service.Service, one rights.Erasure, alone bool) (rights.Erasure, error) {
	if alone {
		return s.Erasures.CarryOut(e.ctx, one.ID)
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(waits); !one.Done() && time.Now().Before(end); {
		select {
		case <-e.ctx.Done():
			return one, e.ctx.Err()
		case <-tick.C:
		}
		var err error
		if one, err = s.Erasures.Get(e.ctx, one.ID); err != nil {
			return one, err
		}
	}
	return one, nil
}

// errPending is that not all could be erased yet.
var errPending = errors.New("it is not done yet: the service tries again every ten seconds once it runs; anxin resident erasures says how it stands")

func showErased(e *env, one rights.Erasure) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STORE\tWHAT\tBEFORE\tAFTER\tKEPT")
	for _, p := range one.Places {
		if p.Before == 0 && p.After == 0 {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Store, p.What, counted(p.Before), counted(p.After), p.Kept)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if !one.Done() {
		if one.Problem != "" {
			fmt.Fprintln(e.stdout, one.Problem)
		}
		return errPending
	}
	_, err := fmt.Fprintf(e.stdout, "Resident %s is erased, and it was read back that nothing else is left. The proof, erasure %s, has the SHA-256\n%s\n", one.Resident, one.ID, one.Hash)
	return err
}

func counted(n int64) string {
	if n == rights.Unknown {
		return "?"
	}
	return fmt.Sprint(n)
}

type residentErasures struct{ stores }

// Run lists who was erased.
func (c *residentErasures) Run(e *env) error {
	s, err := c.opened(e)
	if err != nil {
		return err
	}
	defer s.Close()
	list, err := s.AskErasures().List(e.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tRESIDENT\tASKED\tDONE\tPROOF OR PROBLEM")
	for _, one := range list {
		done, says := "-", one.Problem
		if one.Done() {
			done, says = one.DoneAt.Local().Format(time.DateTime), one.Hash
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", one.ID, one.Resident, one.AskedAt.Local().Format(time.DateTime), done, says)
	}
	return w.Flush()
}
