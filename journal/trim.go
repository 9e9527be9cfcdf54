package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	// A trim's transaction ends after so many bytes or runs, to let Append in.
	trimBytes = 4 << 20
	trimRuns  = 256

	// slackPages is how much unused room the file keeps for what comes next.
	slackPages = 64 << 20 / pageBytes
	// vacuumPages is how many unused pages are given back in one transaction.
	vacuumPages = 512
)

// Trim forgets entries, see [Log]. It deletes whole groups, or parts of large
// ones, from the oldest on, in transactions short enough for Append to go
// between, and gives room beyond what will be used again back to the disk.
func (f *File) Trim(ctx context.Context, before time.Time) (int, error) {
	trimmed := 0
	for {
		n, err := f.trimSome(ctx, f.passedByAll(), before)
		trimmed += n
		if err != nil {
			return trimmed, f.explain("trim", err)
		}
		if n == 0 {
			break
		}
	}
	if err := f.giveBack(ctx); err != nil {
		return trimmed, f.explain("trim: give unused room back", err)
	}
	return trimmed, nil
}

func (f *File) trimSome(ctx context.Context, upTo uint64, before time.Time) (trimmed int, err error) {
	var until uint64
	err = f.housekeep(ctx, func(ctx context.Context, s *session) error {
		if err := f.savePositions(s); err != nil {
			return err
		}
		if until, trimmed, err = s.oldRuns(ctx, upTo, before); err != nil || trimmed == 0 {
			return err
		}
		_, err := s.exec(ctx, "DELETE FROM runs WHERE last <= ?", int64(until))
		return err
	}, func() {
		f.recent.forget(until)
		f.trimmed = max(f.trimmed, until)
	})
	if err != nil {
		return 0, err
	}
	return trimmed, nil
}

// oldRuns finds the oldest runs that may go: up to which Seq, and how many entries.
func (s *session) oldRuns(ctx context.Context, upTo uint64, before time.Time) (until uint64, entries int, err error) {
	statement, err := s.prepared(ctx, "SELECT last, count, appended, length(body) FROM runs WHERE last <= ? ORDER BY last LIMIT ?")
	if err != nil {
		return 0, 0, err
	}
	var rows *sql.Rows
	if rows, err = statement.QueryContext(ctx, int64(upTo), trimRuns); err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for size := 0; size < trimBytes && rows.Next(); {
		var (
			last        uint64
			count, body int
			appended    int64
		)
		if err := rows.Scan(&last, &count, &appended, &body); err != nil {
			return 0, 0, err
		}
		if appended >= before.UnixMilli() {
			break
		}
		until, entries, size = last, entries+count, size+body
	}
	return until, entries, rows.Err()
}

// giveBack returns unused room to the disk, also in short transactions. It
// keeps what will soon be used again, unless the disk has little left.
func (f *File) giveBack(ctx context.Context) error {
	free, keep, err := f.room()
	if err != nil {
		return err
	}
	slack := slackPages
	if free < 2*keep {
		slack = 0
	}
	for more := true; more; {
		if more, err = f.vacuumSome(ctx, slack); err != nil {
			return err
		}
	}
	if slack > 0 {
		return nil
	}
	// The file gets shorter when the write-ahead log is moved into it.
	if err := f.enter(ctx); err != nil {
		return err
	}
	defer f.leave()
	_, err = f.lazy.conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

// vacuumSome frees some unused pages; it reports whether there are more.
func (f *File) vacuumSome(ctx context.Context, slack int) (more bool, err error) {
	err = f.housekeep(ctx, func(ctx context.Context, s *session) error {
		var free int
		if err := s.row(ctx, "PRAGMA freelist_count", nil, &free); err != nil {
			return err
		}
		if more = free > slack; !more {
			return nil
		}
		// Each step of the statement frees a page, so it has to be walked.
		rows, err := s.conn.QueryContext(ctx, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", min(free-slack, vacuumPages)))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
		}
		return rows.Err()
	}, nil)
	return more, err
}
