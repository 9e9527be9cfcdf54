package journal

import (
	"context"
	"errors"
	"testing"
)

// A kill cannot tell whether commits wait for the disk, only a power cut could.
func TestCommitsAreOnDisk(t *testing.T) {
	dir := t.TempDir()
	for _, opened := range []string{"new", "again"} {
		f, err := Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			s            *session
			pragma, want string
		}{
			{f.durable, "journal_mode", "wal"}, {f.lazy, "journal_mode", "wal"},
			{f.durable, "synchronous", "2"}, // FULL
			{f.lazy, "synchronous", "1"},    // NORMAL
			{f.durable, "auto_vacuum", "2"}, // INCREMENTAL
			{f.durable, "page_size", "4096"},
		} {
			var got string
			if err := c.s.row(context.Background(), "PRAGMA "+c.pragma, nil, &got); err != nil || got != c.want {
				t.Errorf("%s: %s is %s, %v; want %s", opened, c.pragma, got, err, c.want)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What SQLite itself calls full, on any system: see full_test.go for real disks.
func TestNoMorePages(t *testing.T) {
	ctx := context.Background()
	f, err := Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Append(ctx, benchmarkGroup(10)); err != nil {
		t.Fatal(err)
	}
	var pages int
	for _, limit := range []string{"40", "100000"} {
		if err := f.durable.row(ctx, "PRAGMA max_page_count = "+limit, nil, &pages); err != nil {
			t.Fatal(err)
		}
		before := f.current()
		first, err := f.Append(ctx, benchmarkGroup(2000))
		switch limit {
		case "40":
			if !errors.Is(err, ErrFull) || f.current() != before {
				t.Errorf("append without room: %v, the state was %+v and is %+v", err, before, f.current())
			}
		default:
			if err != nil || first != 11 {
				t.Errorf("append with room again: %d, %v", first, err)
			}
		}
	}
	if entries, err := f.Read(ctx, 0, 5000); err != nil || len(entries) != 2010 {
		t.Errorf("the log holds %d entries, %v; want 2010", len(entries), err)
	}
}
