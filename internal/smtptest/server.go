// Package smtptest runs a real mail server for tests: a Postfix with a folder of
// its own, STARTTLS with a certificate made for it, one user who may send, and
// mailboxes that tests read.
package smtptest

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Who may send, and the domain whose mailboxes the server has: each local part
// is one, but those that Recipients refuses.
const (
	User     = "anxin"
	Password = "correct horse: battery/staple?"
	Domain   = "example.org"
)

// Server is a Postfix on the loopback interface. It ends with the test.
type Server struct {
	// Addr speaks SMTP with STARTTLS, TLSAddr SMTP within TLS, and PlainAddr SMTP
	// that offers no STARTTLS. The first two let [User] in alone.
	Addr, TLSAddr, PlainAddr string
	// Roots trusts the server's certificate, which is for 127.0.0.1.
	Roots *x509.CertPool

	t   testing.TB
	dir string

	mu  sync.Mutex
	log bytes.Buffer
}

// New starts a server. What refusals says of a recipient ("450 4.2.0 later") is
// answered to whoever would send there.
func New(t testing.TB, refusals map[string]string) *Server {
	t.Helper()
	for _, program := range []string{"/usr/sbin/postfix", "/usr/sbin/saslpasswd2"} {
		if _, err := os.Stat(program); err != nil {
			t.Fatal("Postfix is missing: apt-get install postfix libsasl2-modules sasl2-bin")
		}
	}
	if os.Getuid() != 0 {
		t.Skip("Postfix starts as root only")
	}
	// Its parts run as another user, who may not enter a test's own folder.
	dir, err := os.MkdirTemp("", "anxin-smtp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Server{t: t, dir: dir}
	s.configure(refusals)
	s.start()
	return s
}

func (s *Server) configure(refusals map[string]string) {
	s.t.Helper()
	uid, gid := s.owner()
	for _, folder := range []string{"", "spool", "data", "mail", "sasl"} {
		if err := os.MkdirAll(s.path(folder), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.Chmod(s.path(folder), 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, folder := range []string{"data", "mail"} {
		if err := os.Chown(s.path(folder), uid, gid); err != nil {
			s.t.Fatal(err)
		}
	}
	certificate, key, roots := certificateFor(s.t, "127.0.0.1")
	s.Roots = roots
	s.write("cert.pem", certificate)
	s.write("key.pem", key)
	s.write("sasl/smtpd.conf", fmt.Sprintf("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\nmech_list: PLAIN LOGIN\n", s.path("sasldb")))
	set := exec.Command("/usr/sbin/saslpasswd2", "-c", "-p", "-f", s.path("sasldb"), "-u", Domain, User)
	set.Stdin = strings.NewReader(Password)
	if out, err := set.CombinedOutput(); err != nil {
		s.t.Fatalf("saslpasswd2: %v\n%s", err, out)
	}
	if err := os.Chown(s.path("sasldb"), uid, gid); err != nil {
		s.t.Fatal(err)
	}
	var refused strings.Builder
	for recipient, answer := range refusals {
		fmt.Fprintf(&refused, "%s %s\n", recipient, answer)
	}
	s.write("refused", refused.String())
	s.write("main.cf", strings.NewReplacer("DIR", s.dir, "UID", strconv.Itoa(uid), "GID", strconv.Itoa(gid), "DOMAIN", Domain).Replace(mainCf))
	s.Addr, s.TLSAddr, s.PlainAddr = freeAddr(s.t), freeAddr(s.t), freeAddr(s.t)
	s.write("master.cf", fmt.Sprintf(masterCf, s.Addr, s.TLSAddr, s.PlainAddr))
}

// owner is the user whom Debian's Postfix runs as.
func (s *Server) owner() (uid, gid int) {
	s.t.Helper()
	u, err := user.Lookup("postfix")
	if err != nil {
		s.t.Fatal(err)
	}
	uid, errU := strconv.Atoi(u.Uid)
	gid, errG := strconv.Atoi(u.Gid)
	if errU != nil || errG != nil {
		s.t.Fatalf("the ids of postfix: %s, %s", u.Uid, u.Gid)
	}
	return uid, gid
}

const mainCf = `compatibility_level = 3.6
queue_directory = DIR/spool
data_directory = DIR/data
myhostname = mail.DOMAIN
mydestination =
inet_protocols = ipv4
inet_interfaces = 127.0.0.1
mynetworks =
biff = no
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = DOMAIN
virtual_mailbox_base = DIR/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:UID
virtual_gid_maps = static:GID
virtual_minimum_uid = 1
smtpd_tls_cert_file = DIR/cert.pem
smtpd_tls_key_file = DIR/key.pem
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = DOMAIN
cyrus_sasl_config_path = DIR/sasl
smtpd_relay_restrictions =
smtpd_recipient_restrictions = check_recipient_access texthash:DIR/refused, permit_sasl_authenticated, reject
smtpd_delay_reject = yes
maillog_file = /dev/stdout
`

const masterCf = `%s inet n - n - - smtpd
%s inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
%s inet n - n - - smtpd
  -o smtpd_tls_security_level=none -o smtpd_recipient_restrictions=reject_unauth_destination
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
`

func (s *Server) start() {
	s.t.Helper()
	if out, err := exec.Command("/usr/sbin/postfix", "-c", s.dir, "check").CombinedOutput(); err != nil {
		s.t.Fatalf("postfix check: %v\n%s", err, out)
	}
	// Its master itself, for "postfix start" puts that out of reach.
	master := exec.Command("/usr/lib/postfix/sbin/master", "-c", s.dir, "-d")
	master.Stdout, master.Stderr = s, s
	master.SysProcAttr = withParent()
	// A part of it that outlives it may hold its output open.
	master.WaitDelay = time.Second
	if err := master.Start(); err != nil {
		s.t.Fatalf("start postfix: %v", err)
	}
	done := make(chan struct{})
	go func() {
		_ = master.Wait()
		close(done)
	}()
	s.t.Cleanup(func() {
		_ = syscall.Kill(-master.Process.Pid, syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-master.Process.Pid, syscall.SIGKILL)
			<-done
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		conn, err := net.Dial("tcp", s.PlainAddr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-done:
			s.t.Fatalf("postfix ended:\n%s", s.said())
		case <-deadline:
			s.t.Fatalf("postfix does not listen: %v\n%s", err, s.said())
		case <-tick.C:
		}
	}
}

// Mailbox waits until somebody at [Domain] has got n messages, and gives them in
// no particular order. More of them fail the test, as fewer do.
func (s *Server) Mailbox(local string, n int) []*mail.Message {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		messages := s.delivered(local + "@" + Domain)
		if len(messages) == n {
			return messages
		}
		select {
		case <-deadline:
			s.t.Fatalf("%d messages for %s, want %d\n%s", len(messages), local, n, s.said())
		case <-tick.C:
		}
	}
}

// delivered reads the one folder in which all of the domain's messages are.
func (s *Server) delivered(to string) []*mail.Message {
	s.t.Helper()
	files, err := filepath.Glob(s.path("mail/all/new/*"))
	if err != nil {
		s.t.Fatal(err)
	}
	var messages []*mail.Message
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			s.t.Fatalf("%v in\n%s", err, text)
		}
		if m.Header.Get("Delivered-To") == to {
			messages = append(messages, m)
		}
	}
	return messages
}

// Write implements [io.Writer]: the server's log.
func (s *Server) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(b)
}

func (s *Server) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
