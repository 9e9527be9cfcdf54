package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
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
	return service.OpenRecords(e.ctx, cfg, log)
}

type userCommand struct {
	Add   userAdd   `cmd:"" help:"Add a user; prints the password unless it is given."`
	Token userToken `cmd:"" help:"Make a token for a user's programs, and print it."`
	List  userList  `cmd:"" help:"List users."`
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
	Login   string        `arg:"" help:"Whose token."`
	Label   string        `default:"command line" help:"What it is for."`
	Expires time.Duration `help:"After how long it ends, such as 720h; default never."`
}

func (c *userToken) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	user, err := s.Users.ByLogin(e.ctx, c.Login)
	if err != nil {
		return err
	}
	var expires time.Time
	if c.Expires > 0 {
		expires = time.Now().Add(c.Expires)
	}
	secret, _, err := s.Users.IssueToken(e.ctx, user.ID, c.Label, expires)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, secret)
	return err
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
	fmt.Fprintln(w, "LOGIN\tNAME\tROLE\tSINCE")
	for _, u := range users {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Login, u.Name, u.Role, u.CreatedAt.Format(time.DateOnly))
	}
	return w.Flush()
}
