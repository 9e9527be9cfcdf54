package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errInUse is of a data folder that another process has locked.
var errInUse = errors.New("another Anxin is running on it: stop that one, or give this one a folder of its own by --data-dir")

// LockFolder makes a data folder this process's own, until the lock is released
// or the process ends, and makes the folder where there is none. Commands that
// work beside a running service need no lock.
//
// Two services on one folder would each take the journal for what it was at
// their start, and the second could never write to it.
func LockFolder(dir string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "anxin.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := lock(file); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the data folder %s: %w", dir, err), file.Close())
	}
	return file.Close, nil
}
