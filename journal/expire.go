package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Limits bound the messages of one reason on the shelf. A zero is no limit.
// Bytes are those of topics and payloads.
type Limits struct {
	Messages int
	Bytes    int64
	// DeviceMessages and DeviceBytes are for each [Shelved.Device] of a codec;
	// they leave its newest message alone.
	DeviceMessages int
	DeviceBytes    int64
	// Since is when the oldest may have been received.
	Since time.Time
}

// Expire's transactions end after so many messages or bytes, to let Append in.
const (
	expireMessages = 256
	expireBytes    = 8 << 20
)

// Expire takes messages of a reason off the shelf, the oldest first, until the
// limits are kept. It returns how many; they are counted in Counts.Expired.
// Messages that are to be tried again are spared.
func (f *File) Expire(ctx context.Context, reason Reason, limits Limits) (int, error) {
	steps := []pick{limits.pickOld(reason), limits.pickOfAll(reason)}
	if limits.DeviceMessages > 0 || limits.DeviceBytes > 0 {
		crowded, err := f.crowded(ctx, reason, limits)
		if err != nil {
			return 0, f.explain("find devices with too many messages "+string(reason), err)
		}
		steps = []pick{limits.pickOld(reason), limits.pickOfDevices(crowded), limits.pickOfAll(reason)}
	}
	expired := 0
	for _, step := range steps {
		for {
			n, err := f.expireSome(ctx, step)
			expired += n
			if err != nil {
				return expired, f.explain("expire messages "+string(reason), err)
			}
			if n == 0 {
				break
			}
		}
	}
	return expired, nil
}

// expireSome takes what a step picks off the shelf, in one transaction.
func (f *File) expireSome(ctx context.Context, step pick) (int, error) {
	var next state
	var picked picked
	err := f.housekeep(ctx, func(ctx context.Context, s *session) error {
		next = f.current()
		if err := step(ctx, s, &picked); err != nil || len(picked.ids) == 0 {
			return err
		}
		if _, err := s.exec(ctx, "DELETE FROM shelf WHERE id IN (SELECT value FROM json_each(?))", asJSON(picked.ids)); err != nil {
			return err
		}
		next.commits++
		next.counts.Expired += int64(len(picked.ids))
		return s.writeState(ctx, next)
	}, func() { f.state = next })
	if err != nil {
		return 0, err
	}
	return len(picked.ids), nil
}

// pick finds messages to expire within a transaction, none when there are no more.
type pick func(context.Context, *session, *picked) error

// picked is what one transaction takes off the shelf.
type picked struct {
	ids   []uint64
	bytes int64
}

func (p *picked) enough() bool { return len(p.ids) >= expireMessages || p.bytes >= expireBytes }

// add picks messages of a query, as ids with bytes, until it has at least so
// many and so many bytes, or enough for one transaction.
func (p *picked) add(ctx context.Context, s *session, messages int, bytes int64, query string, args ...any) error {
	statement, err := s.prepared(ctx, query)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for (messages > 0 || bytes > 0) && !p.enough() && rows.Next() {
		var id uint64
		var size int64
		if err := rows.Scan(&id, &size); err != nil {
			return err
		}
		p.ids = append(p.ids, id)
		p.bytes += size
		messages--
		bytes -= size
	}
	return rows.Err()
}

func (l Limits) pickOld(reason Reason) pick {
	return func(ctx context.Context, s *session, p *picked) error {
		if l.Since.IsZero() {
			return nil
		}
		return p.add(ctx, s, expireMessages, 0,
			"SELECT id, bytes FROM shelf WHERE reason = ? AND received < ? AND requested = 0 ORDER BY received", string(reason), l.Since.UnixMilli())
	}
}

func (l Limits) pickOfAll(reason Reason) pick {
	return func(ctx context.Context, s *session, p *picked) error {
		var messages int
		var bytes int64
		if err := s.row(ctx, "SELECT messages, bytes FROM shelves WHERE reason = ?", []any{string(reason)}, &messages, &bytes); err != nil {
			return err
		}
		return p.add(ctx, s, over(messages, l.Messages), over(bytes, l.Bytes),
			"SELECT id, bytes FROM shelf WHERE reason = ? AND requested = 0 ORDER BY id", string(reason))
	}
}

// pickOfDevices goes through the devices given, by their rows in sources.
func (l Limits) pickOfDevices(sources []int64) pick {
	return func(ctx context.Context, s *session, p *picked) error {
		for ; len(sources) > 0; sources = sources[1:] {
			// The first row is there whatever became of the source.
			var messages int
			var bytes, newest int64
			if err := s.row(ctx, "SELECT coalesce(max(messages), 0), coalesce(max(bytes), 0), coalesce(max(newest), 0) FROM sources WHERE id = ?",
				[]any{sources[0]}, &messages, &bytes, &newest); err != nil {
				return err
			}
			if err := p.add(ctx, s, over(messages, l.DeviceMessages), over(bytes, l.DeviceBytes),
				"SELECT id, bytes FROM shelf WHERE source = ? AND id < ? AND requested = 0 ORDER BY id", sources[0], newest); err != nil {
				return err
			}
			if p.enough() {
				return nil // with this source once more, for it may not be done
			}
		}
		return nil
	}
}

// crowded finds the devices that have more messages on the shelf than they may.
func (f *File) crowded(ctx context.Context, reason Reason, l Limits) (sources []int64, err error) {
	rows, err := f.reads.QueryContext(ctx, `
		SELECT id FROM sources WHERE messages > 1 AND messages > ?1 AND ?1 > 0 AND reason = ?3 UNION
		SELECT id FROM sources WHERE messages > 1 AND bytes > ?2 AND ?2 > 0 AND reason = ?3`,
		l.DeviceMessages, l.DeviceBytes, string(reason))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		sources = append(sources, id)
	}
	return sources, rows.Err()
}

// over is by how much n exceeds a limit; a limit of 0 is none.
func over[N int | int64](n, limit N) N {
	if limit == 0 {
		return 0
	}
	return max(0, n-limit)
}

// Drop throws quarantined messages away; the counts keep them as quarantined.
// Ids that are not on the shelf are passed over. When one is held, nothing is
// dropped: those only expire.
func (f *File) Drop(ctx context.Context, ids ...uint64) error {
	err := f.housekeep(ctx, func(ctx context.Context, s *session) error {
		return s.drop(ctx, ids)
	}, func() { f.settle(ids) })
	if err != nil {
		return f.explain("drop quarantined messages", err)
	}
	return nil
}

func (s *session) drop(ctx context.Context, ids []uint64) error {
	list := asJSON(ids)
	var held uint64
	err := s.row(ctx, "SELECT coalesce(min(id), 0) FROM shelf WHERE reason = 'held' AND id IN (SELECT value FROM json_each(?))",
		[]any{list}, &held)
	if err != nil {
		return err
	}
	if held != 0 {
		return fmt.Errorf("message %d is held, not quarantined", held)
	}
	_, err = s.exec(ctx, "DELETE FROM shelf WHERE id IN (SELECT value FROM json_each(?))", list)
	return err
}

// asJSON lists ids for SQLite's json_each.
func asJSON(ids []uint64) string {
	text, err := json.Marshal(ids)
	if err != nil {
		panic(err) // numbers always have a JSON form
	}
	return string(text)
}
