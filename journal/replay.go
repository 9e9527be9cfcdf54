package journal

import (
	"context"
	"fmt"
)

const (
	// replaysAtOnce is how many messages to be tried again are handed out before
	// the first of them are settled.
	replaysAtOnce = 1000
	// requestIDs is how many ids one transaction of RequestReplay takes.
	requestIDs = 1000
)

// RequestReplay asks that messages be tried again by whoever calls Requested.
// It returns how many of them are on the shelf.
func (f *File) RequestReplay(ctx context.Context, ids []uint64) (int, error) {
	found, err := requestReplay(ids, func(some []uint64) (n int, err error) {
		err = f.housekeep(ctx, func(ctx context.Context, s *session) error {
			n, err = s.request(ctx, some)
			return err
		}, nil)
		return n, err
	})
	if err != nil {
		return found, f.explain("request a replay", err)
	}
	return found, nil
}

// requestReplay gives ids to a transaction some at a time.
func requestReplay(ids []uint64, transaction func([]uint64) (int, error)) (found int, err error) {
	for len(ids) > 0 {
		some := ids[:min(len(ids), requestIDs)]
		n, err := transaction(some)
		if err != nil {
			return found, err
		}
		found += n
		ids = ids[len(some):]
	}
	return found, nil
}

func (s *session) request(ctx context.Context, ids []uint64) (int, error) {
	n, err := s.exec(ctx, "UPDATE shelf SET requested = 1 WHERE id IN (SELECT value FROM json_each(?))", asJSON(ids))
	return int(n), err
}

// Requested returns messages that are to be tried again, oldest first, each of
// them once as long as this File is open: it is settled by a group that takes
// it, or by [File.Refuse]. At most so many are out at a time. Large messages
// come fewer at a time. With nothing requested it is cheap enough to be called
// each second.
func (f *File) Requested(ctx context.Context) ([]Shelved, error) {
	messages, err := f.takeUp(ctx)
	if err != nil {
		return nil, f.explain("list requested replays", err)
	}
	return messages, nil
}

func (f *File) takeUp(ctx context.Context) ([]Shelved, error) {
	var waiting bool
	err := f.reads.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM shelf WHERE requested = 1)").Scan(&waiting)
	if err != nil || !waiting {
		return nil, err
	}
	// While nobody writes, no message is settled between being read and being
	// noted as handed out, and none is handed out twice.
	if err := f.enter(ctx); err != nil {
		return nil, err
	}
	defer f.leave()
	ids, err := f.notHandedOut(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	messages, err := f.shelf.list(ctx, selectShelved+"WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY s.id", asJSON(ids))
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range messages {
		f.handed[messages[i].ID] = struct{}{}
	}
	return messages, nil
}

// notHandedOut lists what is requested and not under way yet.
func (f *File) notHandedOut(ctx context.Context) (ids []uint64, err error) {
	rows, err := f.reads.QueryContext(ctx, "SELECT id FROM shelf WHERE requested = 1 ORDER BY id LIMIT ?", replaysAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if !f.isHandedOut(id) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

func (f *File) isHandedOut(id uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, out := f.handed[id]
	return out
}

// Refuse leaves a message on the shelf that was tried again in vain, and notes
// why. It may be requested again.
func (f *File) Refuse(ctx context.Context, id uint64, why error) error {
	err := f.housekeep(ctx, func(ctx context.Context, s *session) error {
		_, err := s.exec(ctx, "UPDATE shelf SET error = ?, requested = 0 WHERE id = ?", why.Error(), int64(id))
		return err
	}, func() { f.settle([]uint64{id}) })
	if err != nil {
		return f.explain(fmt.Sprintf("note why message %d was refused", id), err)
	}
	return nil
}

// settle forgets that messages were handed out. The caller holds mu.
func (f *File) settle(ids []uint64) {
	for _, id := range ids {
		delete(f.handed, id)
	}
}
