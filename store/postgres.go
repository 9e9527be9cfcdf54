package store

import (
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// postgresConns is how many connections one process keeps; PostgreSQL allows
// 100 in all unless told otherwise.
const postgresConns = 16

func openPostgres(cfg Config) (*DB, error) {
	conn, err := pgx.ParseConfig(cfg.URL)
	if err != nil {
		return nil, errors.New("the URL cannot be read: want postgres://user:password@host/database")
	}
	// bun writes values into the SQL text, so statements that are prepared and
	// kept would pile up and never be used twice.
	conn.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn.RuntimeParams["timezone"] = "UTC"
	if conn.RuntimeParams["application_name"] == "" {
		conn.RuntimeParams["application_name"] = "anxin"
	}
	conns := stdlib.OpenDB(*conn)
	conns.SetMaxOpenConns(postgresConns)
	conns.SetMaxIdleConns(postgresConns / 2)
	conns.SetConnMaxIdleTime(5 * time.Minute)
	return &DB{
		DB:       bun.NewDB(conns, pgdialect.New(), bun.WithDiscardUnknownColumns()),
		snapshot: sql.LevelRepeatableRead,
	}, nil
}
