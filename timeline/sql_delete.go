package timeline

import (
	"context"
	"database/sql"
	"fmt"
)

// DeleteResident implements [Store]. What was erased is overwritten in the
// file, and the write-ahead log that still holds it is emptied: at once, or by
// the next write after those who read it are done.
func (s *SQL) DeleteResident(ctx context.Context, resident string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		id, ok := s.ids.residents.ids[resident]
		if !ok {
			return nil
		}
		for _, statement := range []string{
			`DELETE FROM readings WHERE resident = ?`,
			`DELETE FROM rollups WHERE resident = ?`,
			`DELETE FROM wearers WHERE resident = ?`,
			`DELETE FROM residents WHERE id = ?`,
		} {
			if _, err := tx.ExecContext(ctx, s.dialect.bind(statement), id); err != nil {
				return err
			}
		}
		var left int
		if err := tx.QueryRowContext(ctx, s.dialect.bind(`
			SELECT (SELECT count(*) FROM readings WHERE resident = ?) + (SELECT count(*) FROM rollups WHERE resident = ?)`),
			id, id).Scan(&left); err != nil {
			return err
		}
		if left > 0 {
			return fmt.Errorf("%d of the readings are still there", left)
		}
		s.ids.drop(resident)
		s.erased = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete readings of resident %s: %w", resident, err)
	}
	return nil
}
