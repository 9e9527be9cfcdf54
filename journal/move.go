package journal

import (
	"context"
	"sync"
)

// mover moves what the write-ahead log holds to its place in the database file,
// beside the appends. SQLite would do it within the commit that made the log too
// long: whoever waited for that one waited for megabytes to be on the disk.
type mover struct {
	file    *File
	session *session
	grown   chan struct{} // signalled after a commit
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// mostRounds is how often what has come meanwhile is moved without holding
// appends up, before the rest is moved while they wait: each round is shorter
// than the one before, unless more comes than the disk takes.
const mostRounds = 4

// restPages is a rest that appends may wait for.
const restPages = walPages / 16

func startMover(ctx context.Context, f *File) (*mover, error) {
	s, err := openSession(ctx, f.dir, lazy)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	m := &mover{file: f, session: s, grown: make(chan struct{}, 1), stop: stop}
	m.stopped.Go(func() { m.run(ctx) })
	return m, nil
}

func (m *mover) close() error {
	m.stop()
	m.stopped.Wait()
	return m.session.close()
}

// look has the mover look how long the log is. It does not block.
func (m *mover) look() {
	select {
	case m.grown <- struct{}{}:
	default:
	}
}

func (m *mover) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.grown:
		}
		// What cannot be moved, because the disk is full perhaps, stays in the log, where
		// it is as safe: it is tried again after the next commit.
		_ = m.move(ctx)
	}
}

// move moves the log when it is long. The next commit begins it anew, if nobody
// reads it then: for that nothing may have been appended since the last page was
// moved, so the end of the log is moved while appends wait.
func (m *mover) move(ctx context.Context) error {
	if left, err := m.checkpoint(ctx, "NOOP"); err != nil || left < walPages {
		return err
	}
	for range mostRounds {
		if _, err := m.checkpoint(ctx, "PASSIVE"); err != nil {
			return err
		}
		if left, err := m.checkpoint(ctx, "NOOP"); err != nil || left < restPages {
			break
		}
	}
	if err := m.file.enter(ctx); err != nil {
		return err
	}
	defer m.file.leave()
	_, err := m.checkpoint(context.WithoutCancel(ctx), "PASSIVE")
	return err
}

// checkpoint moves what nobody is reading, or with NOOP nothing, and tells how
// many pages of the log are not moved then.
func (m *mover) checkpoint(ctx context.Context, mode string) (left int, err error) {
	var busy, size, moved int
	err = m.session.row(ctx, "PRAGMA wal_checkpoint("+mode+")", nil, &busy, &size, &moved)
	return size - moved, err
}
