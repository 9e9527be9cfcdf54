package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// reserve is what Append leaves free on the disk: to forget entries takes room
// too, so a log that filled its disk to the last byte while a reader was down
// could never be trimmed again. Small disks keep an eighth.
const reserve = 64 << 20

// checkRoom returns [ErrFull] when a group would take of the reserve.
func (f *File) checkRoom(g Group) error {
	free, keep, err := f.room()
	if err != nil {
		return err
	}
	need := uint64(0)
	for _, body := range g.Bodies {
		need += uint64(len(body))
	}
	for i := range g.Shelve {
		need += uint64(len(g.Shelve[i].Payload))
	}
	if free < keep || free-keep < need {
		return fmt.Errorf("%w: %d bytes are left, %d are kept for trimming", ErrFull, free, keep)
	}
	return nil
}

// room tells how many bytes the disk has left, and how many of them to keep.
func (f *File) room() (free, keep uint64, err error) {
	free, total, err := room(f.dir)
	if err != nil {
		return 0, 0, fmt.Errorf("see how full the disk is: %w", err)
	}
	return free, min(f.reserve, total/8), nil
}

// explain says what was being done to which journal, and makes a full disk
// [ErrFull].
func (f *File) explain(doing string, err error) error {
	if f.isClosed() && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		err = ErrClosed
	}
	return explain(f.dir, doing, err)
}

func explain(dir, doing string, err error) error {
	switch {
	case errors.Is(err, ErrFull):
	case isFull(dir, err):
		return fmt.Errorf("%s, journal in %s: %w: %w", doing, dir, ErrFull, err)
	}
	return fmt.Errorf("%s, journal in %s: %w", doing, dir, err)
}

// isFull reports whether err came of a full disk. SQLite says so itself when a
// write found no room, but calls it a mere I/O error when the system noticed
// late (on fsync, or on a quota); then a file is written to see.
func isFull(dir string, err error) bool {
	if isNoSpace(err) {
		return true
	}
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Code() & 0xff { // the primary code
	case lib.SQLITE_FULL:
		return true
	case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN:
		return isNoSpace(probe(dir))
	}
	return false
}

func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// probeBytes is more than the smallest commit takes, so that a disk with a
// crumb of room left is full too.
const probeBytes = 1 << 20

// probe writes a file in dir to disk and removes it.
func probe(dir string) error {
	file, err := os.CreateTemp(dir, "room-*")
	if err != nil {
		return err
	}
	_, written := file.Write(make([]byte, probeBytes))
	return errors.Join(written, file.Sync(), file.Close(), os.Remove(file.Name()))
}
