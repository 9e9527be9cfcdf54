package journal

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	// shelfBytes is about where Shelf stops, however many messages are asked for.
	shelfBytes = 32 << 20
	// exampleBytes is up to which size a summary brings its example's payload.
	exampleBytes = 64 << 10
)

// shelf reads the shelf, in this process or another.
type shelf struct{ db *sql.DB }

// shelve puts messages on the shelf within a transaction, with ids from the
// given one on.
func (s *session) shelve(ctx context.Context, id uint64, messages []Shelved) error {
	type source struct {
		reason        Reason
		codec, device string
	}
	sources := map[source]int64{}
	for i := range messages {
		m := &messages[i]
		from := source{m.Reason, m.Codec, m.Device}
		row, ok := sources[from]
		if !ok {
			// An update that changes nothing, for its RETURNING.
			err := s.row(ctx, `INSERT INTO sources (reason, codec, device) VALUES (?, ?, ?)
				ON CONFLICT (codec, device, reason) DO UPDATE SET messages = messages RETURNING id`,
				[]any{string(m.Reason), m.Codec, m.Device}, &row)
			if err != nil {
				return fmt.Errorf("shelve a message as %q: %w", m.Reason, err)
			}
			sources[from] = row
		}
		if _, err := s.exec(ctx, `INSERT INTO shelf (id, source, reason, topic, retained, received, error, bytes)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, int64(id), row, string(m.Reason), m.Topic, m.Retained,
			m.Received, m.Error, len(m.Topic)+len(m.Payload)); err != nil {
			return fmt.Errorf("shelve a message: %w", err)
		}
		if _, err := s.exec(ctx, "INSERT INTO payloads (id, payload) VALUES (?, ?)", int64(id), m.Payload); err != nil {
			return fmt.Errorf("shelve a payload of %d bytes: %w", len(m.Payload), err)
		}
		id++
	}
	return nil
}

// selectShelved is the beginning of each query whose rows scanShelved reads.
const selectShelved = `SELECT s.id, s.reason, o.codec, o.device, s.topic, s.retained, s.received, s.error, p.payload
	FROM shelf s JOIN sources o ON o.id = s.source JOIN payloads p ON p.id = s.id `

func scanShelved(row interface{ Scan(...any) error }) (m Shelved, err error) {
	err = row.Scan(&m.ID, &m.Reason, &m.Codec, &m.Device, &m.Topic, &m.Retained, &m.Received, &m.Error, &m.Payload)
	return m, err
}

// list returns the messages of a query, until they are too large together.
func (s shelf) list(ctx context.Context, query string, args ...any) ([]Shelved, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var messages []Shelved
	for size := 0; size < shelfBytes && rows.Next(); {
		m, err := scanShelved(rows)
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
		size += len(m.Payload)
	}
	return messages, rows.Err()
}

func (s shelf) messages(ctx context.Context, reason Reason, codec, device string, after uint64, max int) ([]Shelved, error) {
	switch {
	case device != "":
		return s.list(ctx, selectShelved+`WHERE s.source = (SELECT id FROM sources WHERE reason = ? AND codec = ? AND device = ?)
			AND s.id > ? ORDER BY s.id LIMIT ?`, string(reason), codec, device, int64(after), max)
	case codec != "":
		return s.list(ctx, selectShelved+"WHERE s.reason = ? AND o.codec = ? AND s.id > ? ORDER BY s.id LIMIT ?",
			string(reason), codec, int64(after), max)
	}
	return s.list(ctx, selectShelved+"WHERE s.reason = ? AND s.id > ? ORDER BY s.id LIMIT ?",
		string(reason), int64(after), max)
}

func (s shelf) summaries(ctx context.Context, max int) ([]Summary, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT o.messages,
			(SELECT received FROM shelf WHERE source = o.id ORDER BY id LIMIT 1),
			s.id, s.reason, o.codec, o.device, s.topic, s.retained, s.received, s.error,
			CASE WHEN s.bytes <= ? THEN (SELECT payload FROM payloads WHERE id = s.id) END
		FROM sources o JOIN shelf s ON s.id = o.newest
		WHERE o.reason = ? ORDER BY o.newest DESC LIMIT ?`, exampleBytes, string(Held), max)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var summaries []Summary
	for rows.Next() {
		var s Summary
		e := &s.Example
		if err := rows.Scan(&s.Messages, &s.First, &e.ID, &e.Reason, &e.Codec, &e.Device,
			&e.Topic, &e.Retained, &e.Received, &e.Error, &e.Payload); err != nil {
			return nil, err
		}
		s.Codec, s.Device, s.Last = e.Codec, e.Device, e.Received
		summaries = append(summaries, s)
	}
	return summaries, rows.Err()
}

// Shelf lists messages on the shelf, see [Log].
func (f *File) Shelf(ctx context.Context, reason Reason, codec, device string, after uint64, max int) ([]Shelved, error) {
	messages, err := f.shelf.messages(ctx, reason, codec, device, after, max)
	if err != nil {
		return nil, f.explain("list messages "+string(reason), err)
	}
	return messages, nil
}

// Summaries lists the devices that have messages held, see [Log].
func (f *File) Summaries(ctx context.Context, max int) ([]Summary, error) {
	summaries, err := f.shelf.summaries(ctx, max)
	if err != nil {
		return nil, f.explain("list devices with messages held", err)
	}
	return summaries, nil
}
