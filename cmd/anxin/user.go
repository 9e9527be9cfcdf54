package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// stores are the settings of commands that work on the records.
type stores struct {
	DataDir     string `name:"data-dir" env:"ANXIN_DATA_DIR" default:"./data" help:"Folder of the embedded stores."`
	DatabaseURL string `name:"database-url" env:"ANXIN_DATABASE_URL" help:"PostgreSQL for the records; unset, SQLite in the data folder."`
}

// open opens the records. A service that runs on them sees the changes.
func (s *stores) open(e *env) (*service.Service, error) {
	return s.openWith(e, service.Config{})
}

// openWith is open with further settings.
func (s *stores) openWith(e *env, cfg service.Config) (*service.Service, error) {
	cfg.DataDir, cfg.DatabaseURL, cfg.LogLevel = s.DataDir, s.DatabaseURL, "warn"
	log, err := e.logger(&cfg)
	if err != nil {
		return nil, err
	}
	e.ctx = audit.In(e.ctx, audit.Piece{Via: audit.Command, What: e.command})
	opened, err := service.OpenRecords(e.ctx, cfg, log)
	if err != nil || e.touching == nil {
		return opened, err
	}
	if err := e.note(opened, e.touching.touches()); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return opened, nil
}

type userCommand struct {
	Add     userAdd     `cmd:"" help:"Add a user; prints the password unless it is given."`
	Token   userToken   `cmd:"" help:"Make a token for a user's programs, and print it."`
	List    userList    `cmd:"" help:"List users."`
	Disable userDisable `cmd:"" help:"Let a user in no more: sessions and tokens are worth nothing at once."`
	Enable  userEnable  `cmd:"" help:"Let a user in again."`
	Reset   userReset   `cmd:"" help:"Print the path of a link by which a user chooses another password."`
}

type userAdd struct {
	stores
	Login         string `arg:"" help:"What the user signs in with."`
	Name          string `help:"The person's name; default the login."`
	Role          string `enum:"administrator,caregiver,family,expert" default:"administrator" help:"administrator, caregiver, family or expert; a family sees those in whose care team its contact is, an expert only what a panel is asked."`
	Language      string `help:"Language of the pages, en or zh-CN; default the browser's."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from standard input instead of making one up."`
}

func (c *userAdd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	password := service.NewPassword()
	if c.PasswordStdin {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("read the password: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	name := c.Name
	if name == "" {
		name = c.Login
	}
	user, err := s.AddUser(e.ctx, records.User{Login: c.Login, Name: name, Language: c.Language, Role: records.Role(c.Role)}, password)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "login\t%s\n", user.Login)
	fmt.Fprintf(w, "role\t%s\n", user.Role)
	if !c.PasswordStdin {
		fmt.Fprintf(w, "password\t%s\t(shown once)\n", password)
	}
	return w.Flush()
}

type userToken struct {
	stores
	Login    string   `arg:"" help:"Whose token."`
	Label    string   `default:"command line" help:"What it is for."`
	Scopes   []string `placeholder:"SCOPE" help:"The kinds of residents' data that it may see, of those that its user may: status, vitals, alerts, file, documents. With this, --service and --changes unset, it may all that its user may."`
	Service  bool     `help:"With --scopes: it may go about homes, devices, rules and people, too."`
	Changes  bool     `help:"With --scopes: it may change something, and not only read."`
	ReadOnly bool     `name:"read-only" help:"It may read all that its user may, and change nothing."`
	Expires  lifetime `default:"365d" help:"After how long it ends, such as 90d or 12h; at most ten years."`
}

// bound is what the token may at most.
func (c *userToken) bound() (records.Bound, error) {
	switch {
	case c.ReadOnly && (len(c.Scopes) > 0 || c.Service || c.Changes):
		return records.Bound{}, errors.New("--read-only is by itself: a token with --scopes reads unless it has --changes")
	case c.ReadOnly:
		return records.Bound{Bounded: true, Scope: records.Everything, Service: true}, nil
	case len(c.Scopes) == 0 && !c.Service && !c.Changes:
		return records.Bound{}, nil
	}
	scope, err := records.ParseScope(c.Scopes...)
	return records.Bound{Bounded: true, Scope: scope, Service: c.Service, Changes: c.Changes}, err
}

func (c *userToken) Run(e *env) error {
	bound, err := c.bound()
	if err != nil {
		return err
	}
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	user, err := s.Users.ByLogin(e.ctx, c.Login)
	if err != nil {
		return err
	}
	secret, _, err := s.Users.IssueToken(e.ctx, records.Token{UserID: user.ID, Label: c.Label, Bound: bound, ExpiresAt: time.Now().Add(time.Duration(c.Expires))}, "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, secret)
	return err
}

// lifetime is a duration that can be said in days, too.
type lifetime time.Duration

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *lifetime) UnmarshalText(text []byte) error {
	said := string(text)
	d, err := time.ParseDuration(said)
	if days, ok := strings.CutSuffix(said, "d"); ok {
		var n int
		if n, err = strconv.Atoi(days); err == nil && n > 36500 {
			err = strconv.ErrRange
		}
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return fmt.Errorf("%q: want a time such as 90d or 12h", said)
	}
	*l = lifetime(d)
	return nil
}

type userList struct{ stores }

func (c *userList) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	users, err := s.Users.List(e.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LOGIN\tNAME\tROLE\tSINCE\t")
	for _, u := range users {
		state := ""
		if !u.DisabledAt.IsZero() {
			state = "disabled"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Login, u.Name, u.Role, u.CreatedAt.Format(time.DateOnly), state)
	}
	return w.Flush()
}

type userDisable struct {
	stores
	Login string `arg:"" help:"Who."`
}

func (c *userDisable) Run(e *env) error {
	return c.with(e, c.Login, func(s *service.Service, u records.User) error { return s.Users.Disable(e.ctx, u.ID, "") })
}

type userEnable struct {
	stores
	Login string `arg:"" help:"Who."`
}

func (c *userEnable) Run(e *env) error {
	return c.with(e, c.Login, func(s *service.Service, u records.User) error { return s.Users.Enable(e.ctx, u.ID, "") })
}

type userReset struct {
	stores
	Login string `arg:"" help:"Whose password."`
}

func (c *userReset) Run(e *env) error {
	return c.with(e, c.Login, func(s *service.Service, u records.User) error {
		secret, expires, err := s.Users.Reset(e.ctx, u.ID, "")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.stdout, "/reset/%s\t(good once, until %s)\n", secret, expires.Local().Format(time.DateTime))
		return err
	})
}

// with does something about the user with a login.
func (s *stores) with(e *env, login string, do func(*service.Service, records.User) error) error {
	opened, err := s.open(e)
	if err != nil {
		return err
	}
	defer opened.Close()
	u, err := opened.Users.ByLogin(e.ctx, login)
	if err != nil {
		return err
	}
	return do(opened, u)
}
