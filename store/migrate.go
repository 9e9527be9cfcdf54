package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/uptrace/bun/dialect"
)

// migrations are numbered and only go forward: what was released is never
// changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrateAttempts bounds how often a migration that another process was faster
// with is looked at again.
const migrateAttempts = 5

// migrateUp brings the schema up to date.
func migrateUp(ctx context.Context, db *DB) error {
	provider, err := newProvider(db)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	for attempt := 1; ; attempt++ {
		_, err := provider.Up(ctx)
		if err == nil {
			break
		}
		// SQLite has no lock that outlasts a transaction. Of two processes that
		// start on a new file the slower one finds its step already taken.
		if attempt == migrateAttempts || db.turn == nil || ctx.Err() != nil {
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
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		return goose.NewProvider(goose.DialectPostgres, db.DB.DB, files, append(options, goose.WithSessionLocker(locker))...)
	default:
		return nil, errors.New("no migrations for " + name.String())
	}
}
