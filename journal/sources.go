package journal

import (
	"context"
	"fmt"
)

// Source is a device that has messages held.
type Source struct {
	ID            int64 // changes when the device's last message goes
	Codec, Device string
	Newest        uint64 // id of its newest message
}

// HeldSources lists devices that have messages held, by their ID, after the
// given one.
func (f *File) HeldSources(ctx context.Context, after int64, max int) ([]Source, error) {
	sources, err := f.shelf.sources(ctx, after, max)
	if err != nil {
		return nil, f.explain("list devices with messages held", err)
	}
	return sources, nil
}

func (s shelf) sources(ctx context.Context, after int64, max int) (sources []Source, err error) {
	// The plus keeps SQLite from an index by reason, after which it would sort
	// all of a million sources for each page.
	rows, err := s.db.QueryContext(ctx, "SELECT id, codec, device, newest FROM sources WHERE +reason = ? AND id > ? ORDER BY id LIMIT ?",
		string(Held), after, max)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var source Source
		if err := rows.Scan(&source.ID, &source.Codec, &source.Device, &source.Newest); err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, rows.Err()
}

// RequestHeld asks that what is held of a device be tried again, see
// [File.Requested]: the messages after the given id.
func (f *File) RequestHeld(ctx context.Context, source Source, after uint64) error {
	err := f.housekeep(ctx, func(ctx context.Context, s *session) error {
		_, err := s.exec(ctx, `UPDATE shelf SET requested = 1 WHERE id > ?
			AND source = (SELECT id FROM sources WHERE reason = ? AND codec = ? AND device = ?)`,
			int64(after), string(Held), source.Codec, source.Device)
		return err
	}, nil)
	if err != nil {
		return f.explain(fmt.Sprintf("request a replay of what is held of device %s", source.Device), err)
	}
	return nil
}
