package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
)

type deviceCommand struct {
	Add       deviceAdd       `cmd:"" help:"Add a device; prints its password, once."`
	Import    deviceImport    `cmd:"" help:"Add many native devices from a CSV file of id and resident; prints id and password."`
	List      deviceList      `cmd:"" help:"List devices."`
	Unclaimed deviceUnclaimed `cmd:"" help:"List unknown devices whose messages are held."`
	Claim     deviceClaim     `cmd:"" help:"Make an unknown device known, and take in what was held."`
	Wear      deviceWear      `cmd:"" help:"Say who wears a device from now on, and take in what was held."`
	Set       deviceSet       `cmd:"" help:"Change how a device is called, and where it stands."`
	TakeOff   deviceTakeOff   `cmd:"" help:"Say that a device is not worn any more."`
	Password  devicePassword  `cmd:"" help:"Give a device a new password; prints it, once."`

	Reattribute deviceReattribute `cmd:"" help:"Correct who wore a device for a time that has passed: readings move, alerts are judged again."`
	Wearings    deviceWearings    `cmd:"" help:"List who wore a device, and what was corrected."`

	Retire deviceRetire `cmd:"" help:"Take a device out of use."`
}

// whose says who wears a device, or where it is fixed.
type whose struct {
	Resident string `xor:"whose" help:"Id of the resident who wears it."`
	Home     string `xor:"whose" help:"Id of the home where it is fixed; one that is not there is made."`
	Name     string `help:"What people call it, such as Bracelet."`
	Kind     string `help:"What sort of thing it is, such as bracelet."`
	Model    string `help:"Its make."`
	Zone     string `help:"Where it stands: ${zones}; default what its name says."`
}

// zones are the names of all, for the help.
func zones() string {
	var names []string
	for _, z := range devices.Zones() {
		names = append(names, string(z))
	}
	return strings.Join(names, ", ")
}

func (w *whose) enrolment(d devices.Device) devices.Enrolment {
	d.Name, d.Kind, d.Model, d.HomeID, d.Zone = w.Name, w.Kind, w.Model, w.Home, devices.Zone(w.Zone)
	return devices.Enrolment{Device: d, Resident: w.Resident, From: devices.FirstReading()}
}

type deviceAdd struct {
	stores
	whose
	ID       string   `arg:"" optional:"" help:"Letters, digits, dots and hyphens; default one is made up."`
	Codec    string   `default:"native" help:"The format that it is heard in."`
	External string   `help:"How that format names it, when it is not native."`
	Gateway  bool     `help:"It is a hub that publishes what other devices say."`
	Filter   []string `help:"Topics that a gateway may publish on, such as zigbee2mqtt/#."`
}

func (c *deviceAdd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.EnsureHome(e.ctx, devices.Home{ID: c.Home, Name: c.Home, TimeZone: defaultTimeZone}); err != nil {
		return err
	}
	d := devices.Device{ID: c.ID, Codec: c.Codec, External: c.External, Gateway: c.Gateway, Filters: c.Filter}
	if c.Resident != "" {
		if err := e.note(s, changes(records.Status, c.Resident)); err != nil {
			return err
		}
	}
	added, secrets, err := s.Registry.Enrol(e.ctx, []devices.Enrolment{c.enrolment(d)})
	if err != nil {
		return err
	}
	return printDevice(e, added[0], secrets[0])
}

func printDevice(e *env, d devices.Device, secret string) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "device\t%s\n", d.ID)
	if d.Zone != "" {
		fmt.Fprintf(w, "zone\t%s\n", d.Zone)
	}
	if d.Codec == devices.Native && !d.Gateway {
		fmt.Fprintf(w, "topic\tanxin/v1/devices/%s/readings\n", d.ID)
	}
	for _, f := range d.Filters {
		fmt.Fprintf(w, "topics\t%s\n", f)
	}
	if secret != "" {
		fmt.Fprintf(w, "login\t%s\n", d.ID)
		fmt.Fprintf(w, "password\t%s\t(shown once)\n", secret)
	}
	return w.Flush()
}

type deviceImport struct {
	stores
	File string `arg:"" type:"existingfile" help:"CSV: id, resident."`
}

func (c *deviceImport) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	reader := csv.NewReader(f)
	reader.FieldsPerRecord = 2
	rows, err := reader.ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	var enrolments []devices.Enrolment
	for _, row := range rows {
		enrolments = append(enrolments, devices.Enrolment{
			Device: devices.Device{ID: row[0]}, Resident: row[1], From: devices.FirstReading(),
		})
	}
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, one := range enrolments {
		if err := e.note(s, changes(records.Status, one.Resident)); err != nil {
			return err
		}
	}
	added, secrets, err := s.Registry.Enrol(e.ctx, enrolments)
	if err != nil {
		return err
	}
	out := csv.NewWriter(e.stdout)
	for i, d := range added {
		if err := out.Write([]string{d.ID, secrets[i]}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

type deviceList struct{ stores }

func (c *deviceList) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	list, err := s.Registry.List(e.ctx, devices.Query{})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tFORMAT\tNAMED THERE\tHOME\tZONE\tREADINGS ARE OF")
	now := time.Now().UnixMilli()
	for _, d := range list {
		of := strings.Join(s.Registry.ResidentsAt(d.ID, now), ", ")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Name, d.Codec, d.External, d.HomeID, d.Zone, of)
	}
	return w.Flush()
}

type deviceUnclaimed struct{ stores }

func (c *deviceUnclaimed) Run(e *env) error {
	shelf, err := journal.OpenReader(e.ctx, c.DataDir)
	if errors.Is(err, os.ErrNotExist) {
		return noJournal(c.DataDir)
	}
	if err != nil {
		return err
	}
	defer shelf.Close()
	summaries, err := shelf.Summaries(e.ctx, 1000)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFORMAT\tMESSAGES\tLAST\tTOPIC")
	for _, s := range summaries {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", s.Device, s.Codec, s.Messages, time.UnixMilli(s.Last).Format(time.DateTime), s.Example.Topic)
	}
	return w.Flush()
}

func noJournal(dir string) error {
	return fmt.Errorf("there is no journal in %s yet: is --data-dir that of the service?", dir)
}

type deviceClaim struct {
	stores
	whose
	External string `arg:"" help:"The device's name, as anxin device unclaimed lists it."`
	Codec    string `default:"native" help:"Its format, as listed there."`
	ID       string `name:"id" help:"The id it shall have; a native device keeps its own."`
}

func (c *deviceClaim) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.EnsureHome(e.ctx, devices.Home{ID: c.Home, Name: c.Home, TimeZone: defaultTimeZone}); err != nil {
		return err
	}
	if c.Resident != "" {
		if err := e.note(s, changes(records.Status, c.Resident)); err != nil {
			return err
		}
	}
	d, secret, err := s.Registry.Claim(e.ctx, c.enrolment(devices.Device{ID: c.ID, Codec: c.Codec, External: c.External}))
	if err != nil {
		return err
	}
	if err := replayHeld(e, c.DataDir, d); err != nil {
		return err
	}
	return printDevice(e, d, secret)
}

// replayHeld asks the service, or the next one to start, to take in what was
// held of a device.
func replayHeld(e *env, dir string, d devices.Device) error {
	shelf, err := journal.OpenReader(e.ctx, dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer shelf.Close()
	return journal.ReplayHeld(e.ctx, shelf, d.Codec, d.External)
}

type deviceWear struct {
	stores
	Device   string    `arg:"" help:"Device id."`
	Resident string    `arg:"" help:"Resident id."`
	From     time.Time `help:"Since when, as 2026-11-23T08:00:00Z; default now."`
}

func (c *deviceWear) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Registry.Wear(e.ctx, c.Device, c.Resident, c.From); err != nil {
		return err
	}
	d, err := s.Registry.Get(e.ctx, c.Device)
	if err != nil {
		return err
	}
	return replayHeld(e, c.DataDir, d)
}

type deviceSet struct {
	stores
	Device string        `arg:"" help:"Device id."`
	Name   *string       `help:"What people call it, such as Bracelet."`
	Kind   *string       `help:"What sort of thing it is, such as bracelet."`
	Model  *string       `help:"Its make."`
	Zone   *devices.Zone `help:"Where it stands: ${zones}; empty for not known."`
}

func (c *deviceSet) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Registry.Describe(e.ctx, c.Device, devices.Description{Name: c.Name, Kind: c.Kind, Model: c.Model, Zone: c.Zone})
}

type deviceTakeOff struct {
	stores
	Device string `arg:"" help:"Device id."`
}

func (c *deviceTakeOff) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	worn, err := s.Registry.Wearings(e.ctx, c.Device)
	if err != nil {
		return err
	}
	for _, w := range worn {
		if !w.To.IsZero() {
			continue
		}
		if err := e.note(s, changes(records.Status, w.Resident)); err != nil {
			return err
		}
	}
	return s.Registry.TakeOff(e.ctx, c.Device, time.Time{})
}

type devicePassword struct {
	stores
	Device string `arg:"" help:"Device id."`
}

func (c *devicePassword) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	secret, err := s.Registry.RotateCredential(e.ctx, c.Device)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, secret)
	return err
}

type deviceRetire struct {
	stores
	Device string `arg:"" help:"Device id."`
}

func (c *deviceRetire) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Registry.Retire(e.ctx, c.Device)
}
