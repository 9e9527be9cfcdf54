package channels

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
	"time"
)

// Failure is why nobody was told, in words that repeat no address and no secret.
type Failure struct {
	kind            Kind
	permanent, gone bool
	wait            time.Duration
	answer          string
	reason          string
	cause           error
}

// Kind is that of the channel.
func (f *Failure) Kind() Kind { return f.kind }

// Permanent reports that the same again would fail again: the next channel's turn
// has come. Otherwise it may help to try once more.
func (f *Failure) Permanent() bool { return f.permanent }

// Gone reports that the address itself has come to its end: a mailbox that does
// not exist, a browser that does not want to hear any more.
func (f *Failure) Gone() bool { return f.gone }

// RetryAfter is how long the provider wants to be left alone, 0 when it did not
// say.
func (f *Failure) RetryAfter() time.Duration { return f.wait }

// Answer is the provider's, shortened, "" when there was none.
func (f *Failure) Answer() string { return f.answer }

// Error says over what kind of channel, and why.
func (f *Failure) Error() string { return "tell somebody over " + string(f.kind) + ": " + f.reason }

// Unwrap gives the cause, for errors.Is. It may hold an address: do not print it.
func (f *Failure) Unwrap() error { return f.cause }

// refused is the failure of what would fail again.
func refused(kind Kind, reason string) *Failure {
	return &Failure{kind: kind, permanent: true, reason: reason}
}

// unheard is the failure of a sending whose answer was not heard.
func unheard(kind Kind, err error) *Failure {
	f := &Failure{kind: kind, reason: cmp.Or(whyUnheard(err), "the connection failed"), cause: err}
	// A name that stands for a forbidden place stands for it the next time, too.
	f.permanent = errors.Is(err, errForbidden)
	return f
}

// whyUnheard says it without the words of the error, which name addresses; ""
// when it is none of the usual.
func whyUnheard(err error) string {
	if errors.Is(err, context.Canceled) {
		return "it was stopped"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "there was no answer in time"
	}
	if errors.Is(err, errForbidden) {
		return errForbidden.Error()
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "its host was not found"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was closed before the answer"
	}
	return ""
}
