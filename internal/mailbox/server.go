package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"
)

const (
	// largest is how long a letter may be; Anxin's have some kilobytes.
	largest = 256 << 10
	// mostAddressees is how many may be named for one letter.
	mostAddressees = 10
	// patience is how long a sender may say nothing.
	patience = 30 * time.Second
)

// Server takes e-mails for every address and puts them into a box.
type Server struct {
	box      *Box
	listener net.Listener
	smtp     *smtp.Server
}

// Listen opens a free port on the loopback interface. What it returns is to be run,
// or closed.
func Listen(ctx context.Context, box *Box, log *slog.Logger) (*Server, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for e-mails: %w", err)
	}
	s := &Server{box: box, listener: listener}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: box}, nil }))
	s.smtp.Domain, s.smtp.MaxMessageBytes, s.smtp.MaxRecipients = "localhost", largest, mostAddressees
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = patience, patience
	s.smtp.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	return s, nil
}

// URL is where to send e-mails, as Anxin's settings have it: without TLS, for it
// does not leave the machine.
func (s *Server) URL() string { return "smtp://" + s.listener.Addr().String() + "?tls=none" }

// Run takes e-mails until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = s.smtp.Close() })()
	if err := s.smtp.Serve(s.listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("take e-mails: %w", err)
	}
	return nil
}

// Close closes the port.
func (s *Server) Close() error {
	err := errors.Join(s.smtp.Close(), s.listener.Close())
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// session is one connection's.
type session struct {
	box *Box
	to  []string
}

// Mail implements [smtp.Session].
func (*session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt implements [smtp.Session].
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data implements [smtp.Session].
func (s *session) Data(r io.Reader) error {
	letter, err := read(r)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "this cannot be read"}
	}
	letter.At = time.Now()
	for _, to := range s.to {
		letter.To = to
		s.box.put(letter)
	}
	return nil
}

// Reset implements [smtp.Session].
func (s *session) Reset() { s.to = nil }

// Logout implements [smtp.Session].
func (*session) Logout() error { return nil }

// read takes an e-mail apart.
func read(r io.Reader) (Letter, error) {
	m, err := mail.CreateReader(r)
	if err != nil {
		return Letter{}, fmt.Errorf("read an e-mail: %w", err)
	}
	defer m.Close()
	l := Letter{Language: m.Header.Get("Content-Language"), Urgent: m.Header.Get("Importance") == "high"}
	if l.Subject, err = m.Header.Subject(); err != nil {
		return l, fmt.Errorf("read the subject of an e-mail: %w", err)
	}
	for {
		part, err := m.NextPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, fmt.Errorf("read a part of an e-mail: %w", err)
		}
		words, ok := part.Header.(*mail.InlineHeader)
		if !ok {
			continue // an attachment, which Anxin sends none of
		}
		kind, _, err := words.ContentType()
		if err != nil {
			return l, fmt.Errorf("read what a part of an e-mail is: %w", err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			return l, fmt.Errorf("read the words of an e-mail: %w", err)
		}
		switch kind {
		case "text/plain":
			l.Text = string(body)
		case "text/html":
			l.HTML = string(body)
		}
	}
}
