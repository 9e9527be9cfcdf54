package channels

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	stdmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"
)

// SMTP is the server that takes the e-mails.
type SMTP struct {
	// URL is smtp://user:password@host:587, or smtps:// for TLS from the first byte
	// (port 465). With smtp:// STARTTLS is demanded; ?tls=opportunistic takes it
	// where there is some, ?tls=none never. A password goes over TLS only.
	URL string
	// From is the sender: "Anxin <anxin@example.org>".
	From string
}

// smtpServer is an [SMTP] that has been read.
type smtpServer struct {
	host           string
	port           int
	user, password string
	implicit       bool
	policy         mail.TLSPolicy
	from           *stdmail.Address
	roots          *x509.CertPool
}

// readSMTP reads where e-mails go. What it says is wrong does not repeat the
// address, which holds a password.
func readSMTP(s SMTP, roots *x509.CertPool) (*smtpServer, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("the address of the SMTP server: want smtp://user:password@host:587 or smtps://…:465, with %40 for an @ in user or password")
	}
	server := &smtpServer{host: u.Hostname(), port: 587, user: u.User.Username(), policy: mail.TLSMandatory, roots: roots}
	server.password, _ = u.User.Password()
	if u.Scheme == "smtps" {
		// By the connection itself, so that there is no STARTTLS within.
		server.implicit, server.port, server.policy = true, 465, mail.NoTLS
	}
	if port := u.Port(); port != "" {
		if server.port, err = strconv.Atoi(port); err != nil || server.port < 1 || server.port > 65535 {
			return nil, errors.New("the address of the SMTP server: want a port from 1 to 65535")
		}
	}
	for name, values := range u.Query() {
		policy, ok := map[string]mail.TLSPolicy{"mandatory": mail.TLSMandatory, "opportunistic": mail.TLSOpportunistic, "none": mail.NoTLS}[values[0]]
		if name != "tls" || !ok || server.implicit {
			return nil, errors.New("the address of the SMTP server: what may follow is ?tls=mandatory, opportunistic or none, after smtp:// only")
		}
		server.policy = policy
	}
	if server.from, err = stdmail.ParseAddress(s.From); err != nil || checkMailbox(server.from.Address) != nil {
		return nil, errors.New("the sender of e-mails: want such as Anxin <anxin@example.org>")
	}
	return server, nil
}

// domain is the sender's, in which message ids are made.
func (s *smtpServer) domain() string {
	return s.from.Address[strings.LastIndex(s.from.Address, "@")+1:]
}

// send hands a message over, until ctx ends.
func (s *smtpServer) send(ctx context.Context, m *mail.Msg) error {
	patience := 30 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		patience = max(time.Until(deadline), time.Millisecond)
	}
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTLSPolicy(s.policy), mail.WithTLSConfig(s.tls()), mail.WithTimeout(patience), mail.WithoutNoop(),
		// Nothing in our e-mails needs it, and servers further on that do not know it
		// would send them back.
		mail.WithoutSMTPUTF8(),
		mail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(dialing, network, address)
			if err != nil {
				return nil, err
			}
			// The library looks at the context for the dialing alone, and leaves the
			// connection open when what follows fails.
			context.AfterFunc(ctx, func() { conn.Close() })
			if !s.implicit {
				return conn, nil
			}
			secured := tls.Client(conn, s.tls())
			return secured, secured.HandshakeContext(dialing)
		}),
	}
	if s.user != "" {
		options = append(options, mail.WithUsername(s.user), mail.WithPassword(s.password), mail.WithOpportunisticSMTPAuth(
			mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
	}
	client, err := mail.NewClient(s.host, options...)
	if err != nil {
		return fmt.Errorf("set up the SMTP client: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() {
		// It was taken; that the good-bye went wrong changes nothing.
		return nil
	}
	return err
}

func (s *smtpServer) tls() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
}
