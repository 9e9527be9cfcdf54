package journal_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/anxin-care/anxin/journal"
)

// start is when the first message of the tests was received.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// shelve shelves a device's messages as one group, each received a second
// after the one before.
func shelve(t *testing.T, f *journal.File, reason journal.Reason, device string, payloads ...string) {
	t.Helper()
	n := int64(len(payloads))
	g := journal.Group{Changes: journal.Counts{Received: n, Held: n}}
	if reason == journal.Quarantined {
		g.Changes = journal.Counts{Received: n, Quarantined: n}
	}
	for i, payload := range payloads {
		g.Shelve = append(g.Shelve, journal.Shelved{
			Reason: reason, Codec: "native", Device: device, Topic: "t", Payload: []byte(payload),
			Received: start.Add(time.Duration(f.Counts().Received+int64(i)) * time.Second).UnixMilli(),
		})
	}
	if _, err := f.Append(context.Background(), g); err != nil {
		t.Fatalf("shelve: %v", err)
	}
}

// shelved returns up to 1,000 messages.
func shelved(t *testing.T, f interface {
	Shelf(ctx context.Context, reason journal.Reason, codec, device string, after uint64, max int) ([]journal.Shelved, error)
}, reason journal.Reason) []journal.Shelved {
	t.Helper()
	messages, err := f.Shelf(context.Background(), reason, "", "", 0, 1000)
	if err != nil {
		t.Fatalf("list the shelf: %v", err)
	}
	return messages
}

// expectSound fails unless SQLite finds the file whole, and what is kept about
// many messages agrees with the messages.
func expectSound(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]string{
		"PRAGMA integrity_check": "ok",
		`SELECT count(*) FROM (SELECT id, reason, messages, bytes, newest FROM sources
			EXCEPT SELECT source, reason, count(*), sum(bytes), max(id) FROM shelf GROUP BY source)`: "0",
		"SELECT count(*) FROM shelf WHERE source NOT IN (SELECT id FROM sources)": "0",
		`SELECT count(*) FROM shelves s WHERE messages != (SELECT count(*) FROM shelf WHERE reason = s.reason)
			OR bytes != (SELECT coalesce(sum(bytes), 0) FROM shelf WHERE reason = s.reason)`: "0",
		"SELECT count(*) FROM (SELECT id, bytes - length(topic) FROM shelf EXCEPT SELECT id, length(payload) FROM payloads)": "0",
		"SELECT count(*) FROM payloads WHERE id NOT IN (SELECT id FROM shelf)":                                               "0",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", query, got, err, want)
		}
	}
}

// execute changes the file behind the journal's back.
func execute(t *testing.T, dir, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
