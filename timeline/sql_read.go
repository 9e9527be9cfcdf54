package timeline

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Range implements [Store].
func (s *SQL) Range(ctx context.Context, q Query) iter.Seq2[vitals.Reading, error] {
	newest := q.Newest && q.Limit > 0
	where, args := s.where(q, "r")
	order := `ORDER BY r.at, d.name`
	if newest {
		order = `ORDER BY r.at DESC, d.name DESC`
	}
	query := `SELECT r.at, d.name, r.number, r.marks, r.delay
		FROM readings r CROSS JOIN devices d WHERE d.id = r.device AND ` + where + ` ` + order
	if q.Limit > 0 {
		query += ` LIMIT ?`
		args = append(args, q.Limit)
	}
	readings := func(yield func(vitals.Reading, error) bool) {
		rows, err := s.reads.QueryContext(ctx, s.dialect.bind(query), args...)
		if err != nil {
			yield(vitals.Reading{}, q.failed(unavailable(err)))
			return
		}
		defer func() { _ = rows.Close() }()
		r := vitals.Reading{Resident: q.Resident, Metric: q.Metric}
		for rows.Next() {
			var at, delay int64
			if err := rows.Scan(&at, &r.Device, &r.Number, &r.Marks, &delay); err != nil {
				yield(vitals.Reading{}, q.failed(err))
				return
			}
			r.At, r.Received = time.UnixMilli(at).UTC(), time.UnixMilli(at+delay).UTC()
			if !yield(r, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(vitals.Reading{}, q.failed(unavailable(err)))
		}
	}
	if newest {
		return backwards(readings)
	}
	return readings
}

func (q Query) failed(err error) error {
	return fmt.Errorf("read %s of resident %s: %w", q.Metric, q.Resident, err)
}

// where is the condition for the query's readings in a table.
func (s *SQL) where(q Query, table string) (string, []any) {
	condition := table + `.resident = (SELECT id FROM residents WHERE name = ?) AND ` +
		table + `.metric = ? AND ` + table + `.at >= ? AND ` + table + `.at < ?`
	args := []any{q.Resident, int64(q.Metric), millis(q.From), millis(q.To)}
	if q.Device != "" {
		condition += ` AND ` + table + `.device = (SELECT id FROM devices WHERE name = ?)`
		args = append(args, q.Device)
	}
	return condition, args
}

// backwards turns an answer round; an error ends it.
func backwards(readings iter.Seq2[vitals.Reading, error]) iter.Seq2[vitals.Reading, error] {
	return func(yield func(vitals.Reading, error) bool) {
		var all []vitals.Reading
		for r, err := range readings {
			if err != nil {
				yield(vitals.Reading{}, err)
				return
			}
			all = append(all, r)
		}
		for _, r := range slices.Backward(all) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// namesAtOnce is how many residents one statement asks for.
const namesAtOnce = 500

// Latest implements [Store]. It steps from metric to metric along the table's
// key, and takes the end of each: two look-ups a metric, however many readings
// there are.
func (s *SQL) Latest(ctx context.Context, since time.Time, residents ...string) ([]vitals.Reading, error) {
	const query = `
		WITH RECURSIVE pairs (resident, metric) AS (
			SELECT p.id, (SELECT min(metric) FROM readings WHERE resident = p.id) FROM residents p%s
			UNION ALL
			SELECT q.resident, (SELECT min(metric) FROM readings n WHERE n.resident = q.resident AND n.metric > q.metric)
			FROM pairs q WHERE q.metric IS NOT NULL
		)
		SELECT p.name, q.metric, r.at, d.name, r.number, r.marks, r.delay
		FROM pairs q CROSS JOIN readings r CROSS JOIN residents p CROSS JOIN devices d
		WHERE r.resident = q.resident AND r.metric = q.metric AND r.at >= ?
			AND r.at = (SELECT max(at) FROM readings n WHERE n.resident = q.resident AND n.metric = q.metric)
			AND p.id = q.resident AND d.id = r.device
		ORDER BY p.name, q.metric, d.name`
	var latest []vitals.Reading
	read := func(some []string) error {
		condition, args := "", make([]any, 0, len(some)+1)
		if len(some) > 0 {
			condition = ` WHERE p.name IN (?` + strings.Repeat(`,?`, len(some)-1) + `)`
		}
		for _, name := range some {
			args = append(args, name)
		}
		rows, err := s.reads.QueryContext(ctx, s.dialect.bind(fmt.Sprintf(query, condition)), append(args, millis(since))...)
		if err != nil {
			return err
		}
		latest, err = appendLatest(latest, rows)
		return err
	}
	if len(residents) == 0 {
		if err := read(nil); err != nil {
			return nil, fmt.Errorf("read latest of all residents: %w", unavailable(err))
		}
		return latest, nil
	}
	for some := range slices.Chunk(distinct(residents), namesAtOnce) {
		if err := read(some); err != nil {
			return nil, fmt.Errorf("read latest of %d residents: %w", len(residents), unavailable(err))
		}
	}
	return latest, nil
}

func distinct(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

// appendLatest keeps the last of rows that differ only in their device.
func appendLatest(latest []vitals.Reading, rows *sql.Rows) ([]vitals.Reading, error) {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r vitals.Reading
		var at, delay int64
		if err := rows.Scan(&r.Resident, &r.Metric, &at, &r.Device, &r.Number, &r.Marks, &delay); err != nil {
			return nil, err
		}
		r.At, r.Received = time.UnixMilli(at).UTC(), time.UnixMilli(at+delay).UTC()
		if n := len(latest); n > 0 && latest[n-1].Resident == r.Resident && latest[n-1].Metric == r.Metric {
			latest[n-1] = r
			continue
		}
		latest = append(latest, r)
	}
	return latest, rows.Err()
}

// askAtOnce is how many readings one statement looks up.
const askAtOnce = 500

// Has implements [Store].
func (s *SQL) Has(ctx context.Context, readings []vitals.Reading) ([]bool, error) {
	have := make([]bool, len(readings))
	for base := 0; base < len(readings); base += askAtOnce {
		some := readings[base:min(base+askAtOnce, len(readings))]
		args := make([]any, 0, 4*len(some))
		for i, r := range some {
			args = append(args, base+i, r.Device, int64(r.Metric), r.At.UnixMilli())
		}
		rows, err := s.reads.QueryContext(ctx, `
			WITH asked (i, device, metric, at) AS (VALUES `+s.dialect.rows(len(some), 4)+`)
			SELECT a.i FROM asked a CROSS JOIN devices d CROSS JOIN wearers w CROSS JOIN readings r
			WHERE d.name = a.device AND w.device = d.id
				AND r.resident = w.resident AND r.metric = a.metric AND r.at = a.at AND r.device = d.id`, args...)
		if err == nil {
			err = markFound(have, rows)
		}
		if err != nil {
			return nil, fmt.Errorf("look up %d readings: %w", len(readings), unavailable(err))
		}
	}
	return have, nil
}

func markFound(have []bool, rows *sql.Rows) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var i int
		if err := rows.Scan(&i); err != nil {
			return err
		}
		have[i] = true
	}
	return rows.Err()
}
