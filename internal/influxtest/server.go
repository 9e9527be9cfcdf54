package influxtest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is an InfluxDB with data of its own, on the loopback interface, with
// Flux and without authentication. It ends with the test.
type Server struct {
	// URL stays the same over Stop, Kill and Start.
	URL string

	t      testing.TB
	binary string
	dir    string
	addr   string
	backup string // address of the backup service
	output lockedBuffer

	cmd  *exec.Cmd
	done chan struct{}
}

const startTimeout = 30 * time.Second

// New starts a server.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, binary: Binary(t), dir: t.TempDir(), addr: freeAddr(t), backup: freeAddr(t)}
	s.URL = "http://" + s.addr
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("influxd said:\n%s", s.output.String())
		}
	})
	s.Start()
	return s
}

// Binary finds influxd: the one that ANXIN_INFLUXD names, the one that the
// Makefile builds, or one on the PATH. Without one the test fails, because what
// it would show stays unknown.
func Binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("ANXIN_INFLUXD"); path != "" {
		return path
	}
	_, here, _, _ := runtime.Caller(0)
	built := filepath.Join(filepath.Dir(here), "..", "..", ".tools", "bin", "influxd")
	if _, err := os.Stat(built); err == nil {
		return built
	}
	if path, err := exec.LookPath("influxd"); err == nil {
		return path
	}
	t.Fatal("influxd is missing: run `make .tools/bin/influxd`, which builds it, or name one in ANXIN_INFLUXD")
	return ""
}

// Start starts a server that was stopped, with the same address and data, and
// waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	if s.cmd != nil {
		s.t.Fatal("influxd runs already")
	}
	cmd := exec.Command(s.binary, "run", "-config", os.DevNull)
	cmd.Env = append(os.Environ(),
		"INFLUXDB_REPORTING_DISABLED=true",
		"INFLUXDB_BIND_ADDRESS="+s.backup,
		"INFLUXDB_HTTP_BIND_ADDRESS="+s.addr,
		"INFLUXDB_HTTP_FLUX_ENABLED=true",
		"INFLUXDB_HTTP_LOG_ENABLED=false",
		"INFLUXDB_LOGGING_LEVEL=error",
		"INFLUXDB_LOGGING_SUPPRESS_LOGO=true",
		"INFLUXDB_MONITOR_STORE_ENABLED=false",
		"INFLUXDB_META_DIR="+filepath.Join(s.dir, "meta"),
		"INFLUXDB_DATA_DIR="+filepath.Join(s.dir, "data"),
		"INFLUXDB_DATA_WAL_DIR="+filepath.Join(s.dir, "wal"),
		"INFLUXDB_DATA_QUERY_LOG_ENABLED=false",
	)
	cmd.Stdout, cmd.Stderr = &s.output, &s.output
	cmd.SysProcAttr = withParent()
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start influxd: %v", err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	s.cmd, s.done = cmd, done
	s.await()
}

func (s *Server) await() {
	s.t.Helper()
	client := &http.Client{Timeout: time.Second}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(startTimeout)
	for {
		if resp, err := client.Get(s.URL + "/ping"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode < 300 {
				return
			}
		}
		select {
		case <-tick.C:
		case <-s.done:
			s.t.Fatalf("influxd ended:\n%s", s.output.String())
		case <-deadline:
			s.t.Fatalf("influxd does not answer after %s:\n%s", startTimeout, s.output.String())
		}
	}
}

// Stop ends the server in good order. It can be started again.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the server as a crash would.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Pause halts the server: connections are taken and nothing is answered.
func (s *Server) Pause() {
	s.t.Helper()
	s.signal(syscall.SIGSTOP)
	// A thread that is in a system call stops when that returns.
	for !s.stopped() {
		runtime.Gosched()
	}
}

// stopped reports whether all threads of the server are stopped, as proc(5) has it.
func (s *Server) stopped() bool {
	s.t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.cmd.Process.Pid))
	if err != nil || len(threads) == 0 {
		s.t.Fatalf("look at the threads of influxd: %d, %v", len(threads), err)
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			s.t.Fatal(err)
		}
		// The state follows the name, which is in parentheses and may hold anything.
		if after := stat[bytes.LastIndexByte(stat, ')')+1:]; !bytes.HasPrefix(after, []byte(" T")) {
			return false
		}
	}
	return true
}

// Resume lets a paused server go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("send %s to influxd: %v", sig, err)
	}
}

func (s *Server) end(sig os.Signal) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig) // it may have ended by itself
	<-s.done
	s.cmd = nil
}

// Wipe ends the server and throws its data away, as after a disk was lost.
func (s *Server) Wipe() {
	s.t.Helper()
	s.Kill()
	for _, dir := range []string{"meta", "data", "wal"} {
		if err := os.RemoveAll(filepath.Join(s.dir, dir)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// Backup copies the data of a server that was stopped, and returns a function
// that puts the copy back.
func (s *Server) Backup() (restore func()) {
	s.t.Helper()
	if s.cmd != nil {
		s.t.Fatal("stop influxd before its data is copied")
	}
	backup := filepath.Join(s.t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(s.dir)); err != nil {
		s.t.Fatalf("copy influxd's data: %v", err)
	}
	return func() {
		s.t.Helper()
		s.Wipe()
		if err := os.CopyFS(s.dir, os.DirFS(backup)); err != nil {
			s.t.Fatalf("put influxd's data back: %v", err)
		}
	}
}

// freeAddr is a loopback address that nobody listens on.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(fmt.Errorf("find a free port: %w", err))
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// lockedBuffer is written by the process's two outputs and read when it fails.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
