// Anxin (安心) watches over elderly people who live at home: it takes in what
// the sensors in the home publish, keeps it, and shows it to those who care.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the image has no time zones of its own

	"github.com/alecthomas/kong"
	"modernc.org/sqlite"

	"github.com/anxin-care/anxin/internal/service"
)

// cli is the command line: each command is a file of this folder.
type cli struct {
	Config kong.ConfigFlag `name:"config" env:"ANXIN_CONFIG" type:"existingfile" help:"A YAML file with any of the settings, by the flags' names."`

	Serve      serveCommand      `cmd:"" help:"Run the service."`
	Demo       demoCommand       `cmd:"" help:"Run the service with a neighbourhood of simulated homes."`
	Simulate   simulateCommand   `cmd:"" help:"Play residents' devices against any MQTT broker."`
	Resident   residentCommand   `cmd:"" help:"Add residents, and say what is known of them."`
	Device     deviceCommand     `cmd:"" help:"Add, list, claim and retire devices."`
	Contact    contactCommand    `cmd:"" help:"Add people who can be told, and say how they are reached."`
	Reminder   reminderCommand   `cmd:"" help:"Remind residents of things, and see what became of it."`
	Team       teamCommand       `cmd:"" help:"Add teams of staff, and say who is on duty when."`
	User       userCommand       `cmd:"" help:"Add users, and give them tokens."`
	Audit      auditCommand      `cmd:"" help:"Check and list who saw and changed what."`
	Quarantine quarantineCommand `cmd:"" help:"List and replay messages that could not be read."`
	Rules      rulesCommand      `cmd:"" help:"Check rules of your own, and list the default ones."`
	Doctor     doctorCommand     `cmd:"" help:"Ask a running service how it is."`
}

// env is what commands get besides their flags.
type env struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
	stdin  io.Reader // nil for the process's own

	// command is what runs, "anxin resident set", and touching what it is to residents;
	// nil for nothing.
	command  string
	touching touching
}

// input is where somebody types.
func (e *env) input() io.Reader {
	if e.stdin != nil {
		return e.stdin
	}
	return os.Stdin
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if _, err := sqlite.Fdatasync(true); err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		fmt.Fprintln(os.Stderr, "anxin: choose how SQLite syncs:", err)
		os.Exit(1)
	}
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "anxin:", err)
		os.Exit(1)
	}
}

// run carries out one command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("anxin"),
		kong.Description("An electronic guardian for elderly people at home. Not a medical device, and not the only line."),
		kong.Configuration(loadSettings),
		kong.Writers(stdout, stderr),
		kong.UsageOnError(),
		kong.Vars{"version": service.Version(), "zones": zones()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	name, _, _ := strings.Cut(command.Command(), " <")
	e := &env{ctx: ctx, stdout: stdout, stderr: stderr, command: "anxin " + name}
	e.touching, _ = command.Selected().Target.Addr().Interface().(touching)
	return command.Run(e)
}

// logger writes to stderr as the configuration says.
func (e *env) logger(cfg *service.Config) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		return nil, fmt.Errorf("log-level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(e.stderr, options)), nil
	}
	return slog.New(slog.NewTextHandler(e.stderr, options)), nil
}
