//go:build !linux && !darwin

package service

import "os"

// lock does nothing here: only the journal notices a second service, when it
// writes.
func lock(*os.File) error { return nil }
