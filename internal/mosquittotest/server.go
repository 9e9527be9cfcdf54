// Package mosquittotest runs a real Mosquitto for tests.
package mosquittotest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a Mosquitto with a folder of its own on the loopback interface. It
// lets everybody in unless it was given users. It ends with the test.
type Server struct {
	// Addr stays the same over Stop and Start.
	Addr string

	t      testing.TB
	config string
	cmd    *exec.Cmd
	done   chan struct{}

	mu  sync.Mutex
	log bytes.Buffer
}

// Option changes the configuration.
type Option func(dir string, lines *[]string)

// WithACL lets in the users (name to password) and gives them what the lines of
// an access list say.
func WithACL(t testing.TB, users map[string]string, acl string) Option {
	return func(dir string, lines *[]string) {
		passwords, list := filepath.Join(dir, "passwords"), filepath.Join(dir, "acl")
		write(t, passwords, "")
		for name, password := range users {
			if out, err := exec.Command("mosquitto_passwd", "-b", passwords, name, password).CombinedOutput(); err != nil {
				t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
			}
		}
		write(t, list, acl)
		// Mosquitto, started by root, reads its files as another user.
		for _, f := range []string{dir, passwords, list} {
			if err := os.Chmod(f, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		*lines = append(*lines, "allow_anonymous false", "password_file "+passwords, "acl_file "+list)
	}
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// New starts a server.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	if _, err := find(); err != nil {
		t.Fatal("mosquitto is missing: apt-get install mosquitto")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	dir := t.TempDir()
	s := &Server{t: t, Addr: addr.String(), config: filepath.Join(dir, "mosquitto.conf")}
	lines := []string{
		fmt.Sprintf("listener %d 127.0.0.1", addr.Port), "max_inflight_messages 2000", "max_queued_messages 1000000",
		"user root", "log_type error", "log_type warning",
	}
	if len(options) == 0 {
		lines = append(lines, "allow_anonymous true")
	}
	for _, option := range options {
		option(dir, &lines)
	}
	write(t, s.config, strings.Join(lines, "\n")+"\n")
	t.Cleanup(s.Stop)
	s.Start()
	return s
}

func find() (string, error) {
	if path, err := exec.LookPath("mosquitto"); err == nil {
		return path, nil
	}
	return exec.LookPath("/usr/sbin/mosquitto")
}

// URL is the address for clients.
func (s *Server) URL() string { return "mqtt://" + s.Addr }

// Write implements [io.Writer]: the server's log.
func (s *Server) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

// Start starts a server that was stopped, and waits until it listens.
func (s *Server) Start() {
	s.t.Helper()
	path, err := find()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(path, "-c", s.config)
	s.cmd.Stdout, s.cmd.Stderr = s, s
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("start mosquitto: %v", err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(s.cmd, s.done)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		conn, err := net.Dial("tcp", s.Addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-s.done:
			s.t.Fatalf("mosquitto ended:\n%s", s.said())
		case <-deadline:
			s.t.Fatalf("mosquitto does not listen: %v\n%s", err, s.said())
		case <-tick.C:
		}
	}
}

// Stop stops the server. What it held in memory is lost.
func (s *Server) Stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		<-s.done
		s.cmd = nil
	}
}

func (s *Server) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}
