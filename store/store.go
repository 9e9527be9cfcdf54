package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"
)

// Config says which database holds the records.
type Config struct {
	// Dir is the folder of the SQLite file, records.db. It is made when missing.
	Dir string
	// URL is a PostgreSQL connection URL, "postgres://user:password@host/database";
	// set, it takes the place of the file.
	URL string
}

// Exists reports whether there is such a database already, as far as that can be
// told without opening it: of PostgreSQL it always may be.
func (c Config) Exists() bool {
	if c.URL != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(c.Dir, fileName))
	return !errors.Is(err, fs.ErrNotExist)
}

// DB is the open database. Single statements run on it directly; what belongs
// together runs in [DB.Transact] or [DB.View]. Other processes may use the same
// database meanwhile.
type DB struct {
	*bun.DB
	// turn queues this process's writers. Only SQLite needs it: it lets one
	// write at a time, and those that it keeps waiting poll for their chance.
	turn chan struct{}
	// snapshot is the isolation under which one transaction's reads agree.
	snapshot sql.IsolationLevel
}

// Open opens the database and brings its schema up to date. A database that a
// later version has written is refused.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	open, name := openSQLite, "records database in "+cfg.Dir
	if cfg.URL != "" {
		// The URL may hold a password, so it is not named.
		open, name = openPostgres, "records database (PostgreSQL)"
	}
	db, err := open(cfg)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	if err := migrateUp(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", name, err), db.Close())
	}
	return db, nil
}

// attempts is how often a transaction is tried. With the pauses between them
// a conflict has about two seconds to pass.
const attempts = 8

// Transact runs do in a serializable transaction: it commits when do returns
// nil and rolls back otherwise. When the database was busy, or another
// transaction came in between, it runs do again, so do must not have effects
// outside of tx.
func (db *DB) Transact(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	if db.turn != nil {
		select {
		case db.turn <- struct{}{}:
			defer func() { <-db.turn }()
		case <-ctx.Done():
			return fmt.Errorf("wait to write to the records database: %w", ctx.Err())
		}
	}
	return retry(ctx, func() error {
		return db.RunInTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, do)
	})
}

// View runs do in a transaction that only reads, and in which everything read
// is of one moment. It may run do again, as [DB.Transact] does.
func (db *DB) View(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	return retry(ctx, func() error {
		return db.RunInTx(ctx, &sql.TxOptions{Isolation: db.snapshot, ReadOnly: true}, do)
	})
}

// retry repeats do while it fails for a reason that passes by itself.
func retry(ctx context.Context, do func() error) error {
	pause := 10 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || !passes(err) {
			return err
		}
		if attempt == attempts {
			return fmt.Errorf("tried %d times: %w", attempts, err)
		}
		select {
		case <-time.After(jitter(pause)):
			pause *= 2
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}
