package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun/dialect"
)

// migrations are numbered and only go forward: what was released is never
// changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrateUp brings the schema up to date.
func migrateUp(ctx context.Context, db *DB) error {
	provider, err := newProvider(db)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	attempts := 1
	if db.Dialect().Name() == dialect.SQLite {
		// SQLite has no lock that outlasts a transaction. Of two processes that
		// start on a new file the slower one finds a step taken when it tries to
		// take it. That can happen once for each step, and for goose's own table.
		attempts += 1 + len(provider.ListSources())
	}
	for {
		_, err := provider.Up(ctx)
		if err == nil {
			break
		}
		if attempts--; attempts == 0 || ctx.Err() != nil {
			return fmt.Errorf("bring the schema up to date: %w", err)
		}
	}
	current, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if current > known {
		return fmt.Errorf("the schema has version %d, this program knows up to %d: it was written by a later one", current, known)
	}
	return nil
}

func newProvider(db *DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	switch name := db.Dialect().Name(); name {
	case dialect.SQLite:
		return goose.NewProvider(goose.DialectSQLite3, db.DB.DB, files, options...)
	case dialect.PG:
		return goose.NewProvider(goose.DialectPostgres, db.DB.DB, files, append(options, goose.WithSessionLocker(schemaLock{}))...)
	default:
		return nil, errors.New("no migrations for " + name.String())
	}
}

// schemaLock lets one process at a time change a schema of PostgreSQL. Unlike
// goose's own lock it waits in the database, not by asking every few seconds.
type schemaLock struct{}

// schemaLockID tells the schema's lock from other advisory locks.
const schemaLockID = "hashtext('anxin migrations in ' || current_schema())"

// SessionLock implements goose's lock.SessionLocker.
func (schemaLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+schemaLockID+")")
	return err
}

// SessionUnlock implements goose's lock.SessionLocker.
func (schemaLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock("+schemaLockID+")")
	return err
}
