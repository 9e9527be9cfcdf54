package timeline

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"

	"github.com/anxin-care/anxin/vitals"
)

// row is a reading as the table has it.
type row struct {
	resident, device, at, delay int64
	metric                      vitals.Metric
	marks                       vitals.Marks
	number                      float64
}

const rowWidth = 7

// Append implements [Store]. Of readings with one key the first one stays.
func (s *SQL) Append(ctx context.Context, reports []vitals.Report, cursor uint64) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := s.collect(ctx, tx, reports); err != nil {
			return err
		}
		if err := s.insertAll(ctx, tx); err != nil {
			return fmt.Errorf("insert %d readings: %w", len(s.rows), err)
		}
		_, err := tx.ExecContext(ctx, s.dialect.bind(`
			INSERT INTO cursors (name, seq) VALUES ('journal', ?)
			ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE cursors.seq < excluded.seq`), int64(cursor))
		return err
	})
	if err != nil {
		return fmt.Errorf("append %d reports to the timeline: %w", len(reports), err)
	}
	return nil
}

// collect lays the reports out as rows, in the order of the table so that each
// page of it is visited once.
func (s *SQL) collect(ctx context.Context, tx *sql.Tx, reports []vitals.Report) error {
	s.rows = s.rows[:0]
	for i := range reports {
		report := &reports[i]
		if len(report.Samples) == 0 || len(report.Residents) == 0 {
			continue
		}
		device, err := s.ids.devices.id(ctx, tx, s.dialect, report.Device)
		if err != nil {
			return err
		}
		for _, name := range report.Residents {
			resident, err := s.ids.residents.id(ctx, tx, s.dialect, name)
			if err != nil {
				return err
			}
			if err := s.ids.wear(ctx, tx, s.dialect, wearer{device, resident}); err != nil {
				return err
			}
			for _, sample := range report.Samples {
				for _, v := range sample.Values {
					if !finite(v.Number) {
						continue
					}
					s.rows = append(s.rows, row{
						resident: resident, device: device, metric: v.Metric,
						at: sample.At, delay: report.Received - sample.At, number: v.Number, marks: v.Marks,
					})
				}
			}
		}
	}
	slices.SortStableFunc(s.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.resident, b.resident), cmp.Compare(a.metric, b.metric),
			cmp.Compare(a.at, b.at), cmp.Compare(a.device, b.device))
	})
	return nil
}

func finite(n float64) bool { return !math.IsNaN(n) && !math.IsInf(n, 0) }

func (s *SQL) insertStatement(rows int) string {
	return `INSERT INTO readings (resident, metric, at, device, number, marks, delay) VALUES ` +
		s.dialect.rows(rows, rowWidth) + ` ON CONFLICT DO NOTHING`
}

func (s *SQL) insertAll(ctx context.Context, tx *sql.Tx) error {
	insert := tx.StmtContext(ctx, s.insert)
	rows := s.rows
	for ; len(rows) >= insertRows; rows = rows[insertRows:] {
		if _, err := insert.ExecContext(ctx, s.arguments(rows[:insertRows])...); err != nil {
			return err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, s.insertStatement(len(rows)), s.arguments(rows)...)
	return err
}

func (s *SQL) arguments(rows []row) []any {
	s.args = s.args[:0]
	for i := range rows {
		r := &rows[i]
		s.args = append(s.args, r.resident, int64(r.metric), r.at, r.device, r.number, int64(r.marks), r.delay)
	}
	return s.args
}
