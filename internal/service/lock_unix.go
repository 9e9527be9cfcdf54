//go:build linux || darwin

package service

import (
	"errors"
	"os"
	"syscall"
)

// lock takes a lock that ends with the file's last descriptor, so also with the
// process, however that ends.
func lock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errInUse
		}
		return err
	}
}
