package timeline

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"
)

// pair is one resident's metric.
type pair struct{ resident, metric int64 }

// Retain implements [Store]. Each resident's metric is one transaction, so that
// Append waits for none of them long.
func (s *SQL) Retain(ctx context.Context, before time.Time) error {
	limit := windowStart(before.UnixMilli(), hour)
	pairs, err := s.older(ctx, limit)
	if err != nil {
		return fmt.Errorf("find readings to roll up: %w", unavailable(err))
	}
	for _, p := range pairs {
		if err := s.write(ctx, func(tx *sql.Tx) error { return s.rollUp(ctx, tx, p, limit) }); err != nil {
			return fmt.Errorf("roll up readings from before %s: %w", time.UnixMilli(limit).UTC().Format(time.RFC3339), err)
		}
	}
	return nil
}

// older lists the pairs that have readings from before the limit.
func (s *SQL) older(ctx context.Context, limit int64) ([]pair, error) {
	rows, err := s.reads.QueryContext(ctx, s.dialect.bind(`
		WITH RECURSIVE pairs (resident, metric) AS (
			SELECT p.id, (SELECT min(metric) FROM readings WHERE resident = p.id) FROM residents p
			UNION ALL
			SELECT q.resident, (SELECT min(metric) FROM readings n WHERE n.resident = q.resident AND n.metric > q.metric)
			FROM pairs q WHERE q.metric IS NOT NULL
		)
		SELECT q.resident, q.metric FROM pairs q WHERE q.metric IS NOT NULL
			AND (SELECT min(r.at) FROM readings r WHERE r.resident = q.resident AND r.metric = q.metric) < ?`), limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var pairs []pair
	for rows.Next() {
		var p pair
		if err := rows.Scan(&p.resident, &p.metric); err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, rows.Err()
}

// addHour ends an insertion of roll-ups: to what is there of an hour it is added.
const addHour = `
	ON CONFLICT (resident, metric, at, device) DO UPDATE SET
		count = old.count + excluded.count,
		sum = old.sum + excluded.sum,
		min = CASE WHEN excluded.min < old.min THEN excluded.min ELSE old.min END,
		max = CASE WHEN excluded.max > old.max THEN excluded.max ELSE old.max END,
		first = CASE WHEN excluded.first_at < old.first_at THEN excluded.first ELSE old.first END,
		first_at = CASE WHEN excluded.first_at < old.first_at THEN excluded.first_at ELSE old.first_at END,
		last = CASE WHEN excluded.last_at > old.last_at THEN excluded.last ELSE old.last END,
		last_at = CASE WHEN excluded.last_at > old.last_at THEN excluded.last_at ELSE old.last_at END`

// rollUp turns a pair's old readings into hours, and adds them to what earlier
// ones left.
func (s *SQL) rollUp(ctx context.Context, tx *sql.Tx, p pair, limit int64) error {
	byDevice, err := s.hours(ctx, tx, p, limit)
	if err != nil {
		return err
	}
	add, err := tx.PrepareContext(ctx, s.dialect.bind(`
		INSERT INTO rollups AS old (resident, metric, at, device, count, sum, min, max, first_at, first, last_at, last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) `+addHour))
	if err != nil {
		return err
	}
	defer func() { _ = add.Close() }()
	for _, device := range slices.Sorted(maps.Keys(byDevice)) {
		hours := byDevice[device].all
		slices.SortFunc(hours, func(a, b window) int { return cmp.Compare(a.start, b.start) })
		for _, h := range hours {
			if _, err := add.ExecContext(ctx, p.resident, p.metric, h.start, device, int64(h.count), h.sum, h.min, h.max,
				h.first.at, h.first.number, h.last.at, h.last.number); err != nil {
				return err
			}
		}
	}
	_, err = tx.ExecContext(ctx, s.dialect.bind(`DELETE FROM readings WHERE resident = ? AND metric = ? AND at < ?`),
		p.resident, p.metric, limit)
	return err
}

// hours gathers a pair's old readings that are fit, for each device.
func (s *SQL) hours(ctx context.Context, tx *sql.Tx, p pair, limit int64) (map[int64]*windows, error) {
	rows, err := tx.QueryContext(ctx, s.dialect.bind(`
		SELECT device, at, number FROM readings
		WHERE resident = ? AND metric = ? AND at < ? AND (marks & ?) = 0 ORDER BY at`),
		p.resident, p.metric, limit, int64(unfit()))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	byDevice := map[int64]*windows{}
	for rows.Next() {
		var device int64
		var i instant
		if err := rows.Scan(&device, &i.at, &i.number); err != nil {
			return nil, err
		}
		if byDevice[device] == nil {
			byDevice[device] = newWindows(hour)
		}
		byDevice[device].add(newWindow(i.at, i))
	}
	return byDevice, rows.Err()
}
