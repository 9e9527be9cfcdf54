package timeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Move implements [Store]. Each metric is one transaction, so that Append waits
// for none of them long; the roll-ups are another.
func (s *SQL) Move(ctx context.Context, m Move) (Moved, error) {
	moved := Moved{Readings: map[vitals.Metric]int{}}
	if err := m.check(); err != nil {
		return moved, err
	}
	metrics, err := s.metricsOf(ctx, m.From)
	if err != nil {
		return moved, m.failed(err)
	}
	for _, metric := range metrics {
		if err := s.write(ctx, func(tx *sql.Tx) error {
			n, err := s.moveReadings(ctx, tx, m, metric)
			moved.add(metric, n)
			return err
		}); err != nil {
			return moved, m.failed(err)
		}
	}
	err = s.write(ctx, func(tx *sql.Tx) (err error) {
		moved.Hours, moved.Mixed, err = s.moveRollups(ctx, tx, m)
		return err
	})
	return moved, m.failed(err)
}

// Movable implements [Store].
func (s *SQL) Movable(ctx context.Context, m Move) (Moved, error) {
	moved := Moved{Readings: map[vitals.Metric]int{}}
	if err := m.check(); err != nil {
		return moved, err
	}
	metrics, err := s.metricsOf(ctx, m.From)
	if err != nil {
		return moved, m.failed(err)
	}
	for _, metric := range metrics {
		var n int
		where, args := s.leaving(m, m.span(), "r")
		if err := s.reads.QueryRowContext(ctx, s.dialect.bind(`SELECT count(*) FROM readings r WHERE r.metric = ? AND `+where),
			append([]any{int64(metric)}, args...)...).Scan(&n); err != nil {
			return moved, m.failed(unavailable(err))
		}
		moved.add(metric, n)
	}
	hours, err := s.leavingHours(ctx, s.reads, m)
	moved.Hours, moved.Mixed = hours.whole, hours.mixed
	return moved, m.failed(unavailable(err))
}

// metricsOf steps along the table's key from one metric of a resident to the next.
func (s *SQL) metricsOf(ctx context.Context, resident string) (metrics []vitals.Metric, err error) {
	query := s.dialect.bind(`SELECT min(metric) FROM readings
		WHERE resident = (SELECT id FROM residents WHERE name = ?) AND metric > ?`)
	for last := int64(-1); ; {
		var next sql.NullInt64
		if err := s.reads.QueryRowContext(ctx, query, resident, last).Scan(&next); err != nil {
			return nil, unavailable(err)
		}
		if !next.Valid {
			return metrics, nil
		}
		last = next.Int64
		metrics = append(metrics, vitals.Metric(last))
	}
}

// leaving is the condition for what is to leave a table.
func (s *SQL) leaving(m Move, p span, table string) (string, []any) {
	condition := table + `.resident = (SELECT id FROM residents WHERE name = ?) AND ` + table + `.at >= ? AND ` + table + `.at < ?`
	args := []any{m.From, p.start, p.stop}
	if m.Device != "" {
		condition += ` AND ` + table + `.device = (SELECT id FROM devices WHERE name = ?)`
		args = append(args, m.Device)
	}
	return condition, args
}

// errNotThere says that what was copied is not all where it should be.
var errNotThere = errors.New("what was copied is not all there: nothing is taken away")

// moveReadings moves one metric, and reports how many readings left.
func (s *SQL) moveReadings(ctx context.Context, tx *sql.Tx, m Move, metric vitals.Metric) (int, error) {
	where, args := s.leaving(m, m.span(), "r")
	where = `r.metric = ? AND ` + where
	args = append([]any{int64(metric)}, args...)
	devices, err := numbers(ctx, tx, s.dialect.bind(`SELECT DISTINCT r.device FROM readings r WHERE `+where), args...)
	if err != nil || len(devices) == 0 {
		return 0, err
	}
	to, err := s.ids.residents.id(ctx, tx, s.dialect, m.To)
	if err != nil {
		return 0, err
	}
	for _, device := range devices {
		if err := s.ids.wear(ctx, tx, s.dialect, wearer{device, to}); err != nil {
			return 0, err
		}
	}
	if _, err := tx.ExecContext(ctx, s.dialect.bind(`
		INSERT INTO readings (resident, metric, at, device, number, marks, delay)
		SELECT ?, r.metric, r.at, r.device, r.number, r.marks, r.delay FROM readings r WHERE `+where+` ON CONFLICT DO NOTHING`),
		append([]any{to}, args...)...); err != nil {
		return 0, err
	}
	missing, err := numbers(ctx, tx, s.dialect.bind(`
		SELECT count(*) FROM readings r WHERE NOT EXISTS (SELECT 1 FROM readings n
			WHERE n.resident = ? AND n.metric = r.metric AND n.at = r.at AND n.device = r.device) AND `+where),
		append([]any{to}, args...)...)
	switch {
	case err != nil:
		return 0, err
	case missing[0] > 0:
		return 0, fmt.Errorf("%d readings of %s: %w", missing[0], metric, errNotThere)
	case m.Both:
		there, err := numbers(ctx, tx, s.dialect.bind(`SELECT count(*) FROM readings r WHERE `+where), args...)
		if err != nil {
			return 0, err
		}
		return int(there[0]), nil
	}
	gone, err := tx.ExecContext(ctx, s.dialect.bind(`DELETE FROM readings AS r WHERE `+where), args...)
	if err != nil {
		return 0, err
	}
	n, err := gone.RowsAffected()
	return int(n), err
}

// leavingHours are the roll-ups that Move looks at.
type leavingHours struct {
	whole, mixed int
	devices      []int64 // of those that leave
	// where picks those that leave.
	where string
	args  []any
}

// leavingHours finds out which hours leave: of a device, all its roll-ups of an
// hour or none.
func (s *SQL) leavingHours(ctx context.Context, from asker, m Move) (l leavingHours, err error) {
	p := m.span()
	l.where, l.args = s.leaving(m, p.hours(), "h")
	rows, err := from.QueryContext(ctx, s.dialect.bind(`
		SELECT h.device, h.at, count(*), min(h.first_at), max(h.last_at) FROM rollups h WHERE `+l.where+` GROUP BY h.device, h.at`), l.args...)
	if err != nil {
		return l, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var device, at, first, last int64
		var count int
		if err := rows.Scan(&device, &at, &count, &first, &last); err != nil {
			return l, err
		}
		all, any := p.holds(first, last)
		if all {
			l.whole += count
			if !slices.Contains(l.devices, device) {
				l.devices = append(l.devices, device)
			}
			continue
		}
		if any {
			l.mixed += count
		}
		l.where += ` AND NOT (h.device = ? AND h.at = ?)`
		l.args = append(l.args, device, at)
	}
	return l, rows.Err()
}

// moveRollups moves the hours that lie within the span.
func (s *SQL) moveRollups(ctx context.Context, tx *sql.Tx, m Move) (moved, mixed int, err error) {
	l, err := s.leavingHours(ctx, tx, m)
	if err != nil || l.whole == 0 {
		return 0, l.mixed, err
	}
	to, err := s.ids.residents.id(ctx, tx, s.dialect, m.To)
	if err != nil {
		return 0, 0, err
	}
	for _, device := range l.devices {
		if err := s.ids.wear(ctx, tx, s.dialect, wearer{device, to}); err != nil {
			return 0, 0, err
		}
	}
	unlessThere := addHour + `
		WHERE NOT (old.count = excluded.count AND old.min = excluded.min AND old.max = excluded.max
			AND old.first_at = excluded.first_at AND old.first = excluded.first
			AND old.last_at = excluded.last_at AND old.last = excluded.last)`
	if m.Both {
		unlessThere = ` ON CONFLICT DO NOTHING`
	}
	if _, err := tx.ExecContext(ctx, s.dialect.bind(`
		INSERT INTO rollups AS old (resident, metric, at, device, count, sum, min, max, first_at, first, last_at, last)
		SELECT ?, h.metric, h.at, h.device, h.count, h.sum, h.min, h.max, h.first_at, h.first, h.last_at, h.last
		FROM rollups h WHERE `+l.where+unlessThere), append([]any{to}, l.args...)...); err != nil {
		return 0, 0, err
	}
	if m.Both {
		return l.whole, l.mixed, nil
	}
	missing, err := numbers(ctx, tx, s.dialect.bind(`
		SELECT count(*) FROM rollups h WHERE NOT EXISTS (SELECT 1 FROM rollups n
			WHERE n.resident = ? AND n.metric = h.metric AND n.at = h.at AND n.device = h.device AND n.count >= h.count) AND `+l.where),
		append([]any{to}, l.args...)...)
	switch {
	case err != nil:
		return 0, 0, err
	case missing[0] > 0:
		return 0, 0, fmt.Errorf("%d roll-ups: %w", missing[0], errNotThere)
	}
	_, err = tx.ExecContext(ctx, s.dialect.bind(`DELETE FROM rollups AS h WHERE `+l.where), l.args...)
	return l.whole, l.mixed, err
}

// Hours implements [Store].
func (s *SQL) Hours(ctx context.Context, resident string) (list []Hour, err error) {
	failed := func(err error) error {
		return fmt.Errorf("list the hours of resident %s that are rolled up: %w", resident, unavailable(err))
	}
	rows, err := s.reads.QueryContext(ctx, s.dialect.bind(`
		SELECT d.name, min(h.first_at), max(h.last_at) FROM rollups h JOIN devices d ON d.id = h.device
		WHERE h.resident = (SELECT id FROM residents WHERE name = ?) GROUP BY d.name, h.at`), resident)
	if err != nil {
		return nil, failed(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var h Hour
		var first, last int64
		if err := rows.Scan(&h.Device, &first, &last); err != nil {
			return nil, failed(err)
		}
		h.First, h.Last = time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
		list = append(list, h)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(err)
	}
	slices.SortFunc(list, Hour.compare)
	return list, nil
}

// asker is a database or a transaction.
type asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// numbers reads the one column of an answer.
func numbers(ctx context.Context, from asker, query string, args ...any) (all []int64, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, rows.Err()
}
