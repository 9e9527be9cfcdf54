package timeline

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// unfit are the marks that keep a value out of aggregates.
func unfit() (marks vitals.Marks) {
	for m := vitals.Marks(1); m != 0; m <<= 1 {
		if m.Unfit() {
			marks |= m
		}
	}
	return marks
}

// Aggregate implements [Store].
func (s *SQL) Aggregate(ctx context.Context, q Query, every time.Duration, fn Fn) ([]Point, error) {
	if err := fn.check(); err != nil {
		return nil, err
	}
	length, err := windowLength(every)
	if err != nil {
		return nil, err
	}
	all := newWindows(length)
	if err := s.gather(ctx, q, all, fn); err != nil {
		return nil, fmt.Errorf("aggregate: %w", q.failed(unavailable(err)))
	}
	return all.points(fn), nil
}

// gather reads in one transaction, so that Retain cannot move anything between.
func (s *SQL) gather(ctx context.Context, q Query, all *windows, fn Fn) error {
	tx, err := s.reads.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was changed
	if all.every%hour == 0 {
		if err := s.rollups(ctx, tx, q, all); err != nil {
			return err
		}
	}
	return s.raw(ctx, tx, q, all, fn)
}

// raw adds the readings that are fit, window by window.
func (s *SQL) raw(ctx context.Context, tx *sql.Tx, q Query, all *windows, fn Fn) error {
	where, args := s.where(q, "r")
	where += ` AND (r.marks & ?) = 0`
	args = append(args, int64(unfit()))
	if fn == First || fn == Last {
		return s.rawEnds(ctx, tx, where, args, all, fn)
	}
	// Integers divide towards zero, so windows before 1970 need the shift.
	const query = `
		SELECT start, count(number), sum(number), min(number), max(number) FROM (
			SELECT (r.at - ((r.at % ?) + ?) % ?) AS start, r.number AS number FROM readings r WHERE WHERE_
		) AS w GROUP BY start`
	args = append([]any{all.every, all.every, all.every}, args...)
	rows, err := tx.QueryContext(ctx, s.dialect.bind(strings.Replace(query, "WHERE_", where, 1)), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var w window
		if err := rows.Scan(&w.start, &w.count, &w.sum, &w.min, &w.max); err != nil {
			return err
		}
		all.add(w)
	}
	return rows.Err()
}

// rawEnds adds each window's first or last reading, of each device that has one
// at that time.
func (s *SQL) rawEnds(ctx context.Context, tx *sql.Tx, where string, args []any, all *windows, fn Fn) error {
	end := map[Fn]string{First: "min", Last: "max"}[fn]
	query := `
		SELECT e.at, d.name, r.number FROM (
			SELECT ` + end + `(r.at) AS at FROM readings r WHERE ` + where + `
			GROUP BY (r.at - ((r.at % ?) + ?) % ?)
		) AS e CROSS JOIN readings r CROSS JOIN devices d
		WHERE r.at = e.at AND d.id = r.device AND ` + where
	twice := append(append(append([]any{}, args...), all.every, all.every, all.every), args...)
	rows, err := tx.QueryContext(ctx, s.dialect.bind(query), twice...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var i instant
		if err := rows.Scan(&i.at, &i.device, &i.number); err != nil {
			return err
		}
		all.add(newWindow(i.at, i))
	}
	return rows.Err()
}

// rollups adds the hours whose raw readings are gone.
func (s *SQL) rollups(ctx context.Context, tx *sql.Tx, q Query, all *windows) error {
	where, args := s.where(q, "h")
	rows, err := tx.QueryContext(ctx, s.dialect.bind(`
		SELECT h.at, d.name, h.count, h.sum, h.min, h.max, h.first_at, h.first, h.last_at, h.last
		FROM rollups h CROSS JOIN devices d WHERE d.id = h.device AND `+where), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var w window
		if err := rows.Scan(&w.start, &w.first.device, &w.count, &w.sum, &w.min, &w.max,
			&w.first.at, &w.first.number, &w.last.at, &w.last.number); err != nil {
			return err
		}
		w.last.device = w.first.device
		all.add(w)
	}
	return rows.Err()
}
