package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// redactRuns is how many runs one transaction of Redact looks at.
const redactRuns = 64

// Redaction changes entries of the log that hold something that must not be kept.
type Redaction struct {
	// Mark is in every entry that is to be changed, so that the others need not be
	// looked at.
	Mark []byte
	// Change gives the new body; false leaves the entry as it is.
	Change func(body []byte) ([]byte, bool, error)
}

// Redact changes the bodies of entries that are on disk, up to the newest there is
// when it begins, and returns how many it has changed. Their numbers stay. The pages
// in which the old bodies stood are overwritten. What readers hold in memory, or read just then, may be as it
// was. It works in transactions short enough for Append to go between.
func (f *File) Redact(ctx context.Context, r Redaction) (changed int, err error) {
	if err := f.overwrite(ctx, true); err != nil {
		return 0, f.explain("redact entries", err)
	}
	defer func() { err = errors.Join(err, f.overwrite(ctx, false)) }()
	last := f.Last()
	for after := uint64(0); after < last; {
		var n int
		err := f.housekeep(ctx, func(ctx context.Context, s *session) (err error) {
			after, n, err = s.redactSome(ctx, after, r)
			return err
		}, nil)
		if err != nil {
			return changed, f.explain("redact entries", err)
		}
		changed += n
		if after == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// overwrite says whether what housekeeping takes out is overwritten in the file.
func (f *File) overwrite(ctx context.Context, on bool) error {
	return f.housekeep(ctx, func(ctx context.Context, s *session) error {
		pragma := "PRAGMA secure_delete = OFF"
		if on {
			pragma = "PRAGMA secure_delete = ON"
		}
		// Not by a prepared statement: this one counts when it is prepared.
		_, err := s.conn.ExecContext(ctx, pragma)
		return err
	}, nil)
}

// redactSome changes entries of the runs after one; it returns the last of them, 0
// when there are no more.
func (s *session) redactSome(ctx context.Context, after uint64, r Redaction) (last uint64, changed int, err error) {
	runs, err := s.runsWith(ctx, after, r.Mark, &last)
	if err != nil {
		return 0, 0, err
	}
	for _, old := range runs {
		bodies, n, err := redacted(old, r)
		if err != nil {
			return 0, 0, err
		}
		if n == 0 {
			continue
		}
		packed, rows := pack(old.first, bodies)
		if len(packed) == 1 {
			if _, err := s.exec(ctx, "UPDATE runs SET body = ? WHERE last = ?", rows[0], int64(old.last())); err != nil {
				return 0, 0, fmt.Errorf("write entries %d to %d: %w", old.first, old.last(), err)
			}
			changed += n
			continue
		}
		return 0, 0, fmt.Errorf("entries %d to %d have become longer", old.first, old.last())
	}
	return last, changed, nil
}

// runsWith reads the runs after one that hold a mark, and says which was looked at last.
func (s *session) runsWith(ctx context.Context, after uint64, mark []byte, last *uint64) (runs []run, err error) {
	statement, err := s.prepared(ctx, "SELECT last, count, body FROM runs WHERE last > ? ORDER BY last LIMIT ?")
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(ctx, int64(after), redactRuns)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var count int
		var body []byte
		if err := rows.Scan(last, &count, &body); err != nil {
			return nil, err
		}
		if !bytes.Contains(body, mark) {
			continue
		}
		one, err := unpack(*last, count, body)
		if err != nil {
			return nil, err
		}
		runs = append(runs, one)
	}
	return runs, rows.Err()
}

func redacted(old run, r Redaction) (bodies [][]byte, changed int, err error) {
	for _, e := range old.entries(nil, 0, old.count) {
		body := e.Body
		if bytes.Contains(body, r.Mark) {
			other, ok, err := r.Change(body)
			if err != nil {
				return nil, 0, fmt.Errorf("entry %d: %w", e.Seq, err)
			}
			if ok {
				body, changed = other, changed+1
			}
		}
		bodies = append(bodies, body)
	}
	return bodies, changed, nil
}

// CountMarked is how many entries on disk a redaction would change.
func (f *File) CountMarked(ctx context.Context, r Redaction) (n int, err error) {
	for after := uint64(0); ; {
		var runs []run
		var last uint64
		err := f.housekeep(ctx, func(ctx context.Context, s *session) (err error) {
			runs, err = s.runsWith(ctx, after, r.Mark, &last)
			return err
		}, nil)
		if err != nil {
			return n, f.explain("look for entries", err)
		}
		for _, one := range runs {
			_, found, err := redacted(one, r)
			if err != nil {
				return n, f.explain("look for entries", err)
			}
			n += found
		}
		if last == 0 {
			return n, nil
		}
		after, last = last, 0
	}
}

// Forget takes all messages of a device off the shelf, held and quarantined ones; the
// counts keep them as expired. What was taken is overwritten.
func (f *File) Forget(ctx context.Context, codec, device string) (forgotten int, err error) {
	if err := f.overwrite(ctx, true); err != nil {
		return 0, f.explain("forget the messages of a device", err)
	}
	defer func() { err = errors.Join(err, f.overwrite(ctx, false)) }()
	for {
		n, err := f.expireSome(ctx, func(ctx context.Context, s *session, p *picked) error {
			return p.add(ctx, s, expireMessages, 0, `SELECT s.id, s.bytes FROM shelf s JOIN sources o ON o.id = s.source
				WHERE o.codec = ? AND o.device = ? ORDER BY s.id`, codec, device)
		})
		forgotten += n
		if err != nil {
			return forgotten, f.explain("forget the messages of a device", err)
		}
		if n == 0 {
			return forgotten, nil
		}
	}
}

// CountShelved is how many messages of a device are on the shelf.
func (f *File) CountShelved(ctx context.Context, codec, device string) (n int, err error) {
	err = f.reads.QueryRowContext(ctx, "SELECT coalesce(sum(messages), 0) FROM sources WHERE codec = ? AND device = ?", codec, device).Scan(&n)
	if err != nil {
		return 0, f.explain("count the messages of a device", err)
	}
	return n, nil
}
