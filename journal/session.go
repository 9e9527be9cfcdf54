package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// session is one connection that writes, with its statements prepared once.
// It is used by one goroutine at a time.
type session struct {
	db         *sql.DB
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

// openSession connects to the file in dir for writing.
func openSession(ctx context.Context, dir string, a access) (*session, error) {
	db, err := connect(dir, a, 1)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &session{db: db, conn: conn, statements: map[string]*sql.Stmt{}}, nil
}

func (s *session) close() error {
	var errs []error
	for _, statement := range s.statements {
		errs = append(errs, statement.Close())
	}
	return errors.Join(append(errs, s.conn.Close(), s.db.Close())...)
}

// prepared returns the statement for a constant text.
func (s *session) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if statement, ok := s.statements[text]; ok {
		return statement, nil
	}
	statement, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.statements[text] = statement
	return statement, nil
}

// exec runs a constant text and returns how many rows it changed.
func (s *session) exec(ctx context.Context, text string, args ...any) (int64, error) {
	statement, err := s.prepared(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row runs a constant text that returns one row.
func (s *session) row(ctx context.Context, text string, args []any, into ...any) error {
	statement, err := s.prepared(ctx, text)
	if err != nil {
		return err
	}
	return statement.QueryRowContext(ctx, args...).Scan(into...)
}

// transact commits what do changes, or nothing of it.
func (s *session) transact(ctx context.Context, do func() error) error {
	if _, err := s.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	err := do()
	if err == nil {
		if _, err = s.exec(ctx, "COMMIT"); err == nil {
			return nil
		}
		err = fmt.Errorf("commit: %w", err)
	}
	// SQLite has rolled back by itself after some errors; then this one says
	// that there is nothing to roll back, which is as good. The caller's context
	// may have ended, and the connection must not stay in the transaction.
	_, _ = s.exec(context.WithoutCancel(ctx), "ROLLBACK")
	return err
}
