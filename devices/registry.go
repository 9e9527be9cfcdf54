package devices

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

const (
	// pollEvery is how often the tables are looked at for changes that another
	// process made, such as the command line.
	pollEvery = time.Second
	// askEvery is the least time between two looks because of an unknown device
	// or login: a flood of them must not become a flood of queries.
	askEvery = 100 * time.Millisecond
	// askWithin is how long such a look may keep its caller waiting.
	askWithin = time.Second
	// askAgain is when to look for a caller's sake again after that failed.
	askAgain = 5 * time.Second
	// refreshWithin bounds the look that follows a change.
	refreshWithin = 10 * time.Second
)

// Registry knows the devices. What the hot path asks is answered from a
// snapshot in memory, without a lock or an allocation. A change made here is in
// the snapshot when the call returns; one made by another process within a
// second, while [Registry.Run] runs, and at once when it is about a device or
// login that was unknown.
type Registry struct {
	db  *store.DB
	log *slog.Logger

	current atomic.Pointer[snapshot]
	loading sync.Mutex   // held while the next snapshot is made
	askFrom atomic.Int64 // when the next ask is allowed, Unix nanoseconds
}

// OpenRegistry returns the registry with what the tables hold.
func OpenRegistry(ctx context.Context, db *store.DB, log *slog.Logger) (*Registry, error) {
	r := &Registry{db: db, log: log}
	if err := r.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("open the device registry: %w", err)
	}
	return r, nil
}

// Run follows the changes of other processes until ctx ends.
func (r *Registry) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := r.Refresh(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			r.log.ErrorContext(ctx, "the device registry may be out of date", "error", err)
		case err == nil && failing:
			r.log.InfoContext(ctx, "the device registry is up to date again")
		}
		failing = err != nil
	}
}

// Refresh brings the snapshot up to date. It costs one small query when nothing
// has changed.
func (r *Registry) Refresh(ctx context.Context) error {
	r.loading.Lock()
	defer r.loading.Unlock()
	return r.refresh(ctx)
}

func (r *Registry) refresh(ctx context.Context) error {
	have := r.current.Load()
	if have != nil {
		version, err := readVersion(ctx, r.db)
		if err != nil {
			return err
		}
		if version == have.version {
			return nil
		}
	}
	next, err := load(ctx, r.db)
	if err != nil {
		return err
	}
	r.current.Store(next)
	return nil
}

// newer looks for a snapshot that is newer than old, because something was
// unknown there. When the tables were looked at just now for somebody else it
// does not do so again.
func (r *Registry) newer(old *snapshot) (*snapshot, bool) {
	now := time.Now()
	if from := r.askFrom.Load(); now.UnixNano() >= from &&
		r.askFrom.CompareAndSwap(from, now.Add(askEvery).UnixNano()) && r.loading.TryLock() {
		ctx, cancel := context.WithTimeout(context.Background(), askWithin)
		if err := r.refresh(ctx); err != nil {
			// Run says so; here it is only to keep the next callers from waiting too.
			r.askFrom.Store(now.Add(askAgain).UnixNano())
		}
		cancel()
		r.loading.Unlock()
	}
	s := r.current.Load()
	return s, s != old
}

// Lookup finds the device in use that a format names so. The device is shared:
// it must not be changed.
func (r *Registry) Lookup(codec, external string) (device *Device, ok bool) {
	key := name{codec, external}
	s := r.current.Load()
	e, ok := s.byName[key]
	if !ok {
		if s, ok = r.newer(s); ok {
			e, ok = s.byName[key]
		}
	}
	if !ok {
		return nil, false
	}
	return &e.device, true
}

// Device is the id of the device in use that a format names so.
func (r *Registry) Device(codec, external string) (id string, ok bool) {
	d, ok := r.Lookup(codec, external)
	if !ok {
		return "", false
	}
	return d.ID, true
}

// Version changes with what the snapshot holds.
func (r *Registry) Version() int64 { return r.current.Load().version }

// Assignment is a digest, within this process, of whose the device in use that
// a format names so is and ever was. It is not ok while that is nobody, or the
// device is not known.
func (r *Registry) Assignment(codec, external string) (digest uint64, ok bool) {
	e, ok := r.current.Load().byName[name{codec, external}]
	if !ok || len(e.fixed) == 0 && len(e.worn) == 0 {
		return 0, false
	}
	return e.assignment(), true
}

// ResidentsAt are the ids of those whom a reading of the device at that time,
// in Unix milliseconds, is about: the wearer then, or everybody who lives now
// in the home where it is fixed, sorted. None means that it is nobody's. The
// slice is shared: it must not be changed.
func (r *Registry) ResidentsAt(device string, at int64) []string {
	e, ok := r.current.Load().byID[device]
	if !ok {
		return nil
	}
	return e.residentsAt(at)
}

// Authenticate checks a device's MQTT login and password. It returns ErrRefused
// when they do not fit.
func (r *Registry) Authenticate(login, password string) (Grant, error) {
	s := r.current.Load()
	grant, ok := s.authenticate(login, password)
	if !ok {
		if s, ok = r.newer(s); ok {
			grant, ok = s.authenticate(login, password)
		}
	}
	if !ok {
		return Grant{}, ErrRefused
	}
	return grant, nil
}

// change runs a change of the tables in a transaction, and takes it into the
// snapshot.
func (r *Registry) change(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	err := r.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := do(ctx, tx); err != nil {
			return err
		}
		return r.Touch(ctx, tx)
	})
	if err != nil {
		return err
	}
	r.Changed(ctx)
	return nil
}

// Touch notes, in the transaction of a change of who lives where, that every
// process's snapshot will be out of date. [Registry.Changed] belongs after the
// commit.
func (r *Registry) Touch(ctx context.Context, tx bun.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE registry_version SET version = version + 1")
	return err
}

// Changed takes a committed change into this process's snapshot. That it is
// committed stands, whatever happens here: should the database be out of reach
// just now, the change is taken in later.
func (r *Registry) Changed(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshWithin)
	defer cancel()
	if err := r.Refresh(ctx); err != nil {
		r.log.ErrorContext(ctx, "a change of the device registry will show later", "error", err)
	}
}

func readVersion(ctx context.Context, db bun.IDB) (version int64, err error) {
	if err := db.NewRaw("SELECT version FROM registry_version").Scan(ctx, &version); err != nil {
		return 0, fmt.Errorf("read the registry's version: %w", err)
	}
	return version, nil
}
