package channels

import "errors"

const (
	// maxAddress is the longest address, in bytes; browsers' subscriptions are the
	// longest ones.
	maxAddress = 4 << 10
	// userAgent says who is calling.
	userAgent = "Anxin"
)

// badAddress is the failure of an address that was kept before it was refused, or
// while something was set up that is no longer.
func badAddress(kind Kind, err error) *Failure {
	f := refused(kind, "the address is not one, or is no longer allowed")
	f.cause = err
	return f
}

// gone marks a failure as that of an address that has come to its end.
func gone(err error, ended bool) error {
	if f, ok := errors.AsType[*Failure](err); ok && ended {
		f.gone = true
	}
	return err
}
