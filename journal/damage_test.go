package journal_test

import (
	"context"
	"errors"
	"testing"

	"github.com/anxin-care/anxin/journal"
)

func TestBitRotIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, damage string
		first, last  uint64
	}{
		{"a bit of a body", "UPDATE runs SET body = CAST(replace(CAST(body AS TEXT), 'entry 25', 'entry 26') AS BLOB) WHERE last = 30", 21, 30},
		{"a body cut off", "UPDATE runs SET body = substr(body, 1, 50) WHERE last = 30", 21, 30},
		{"an empty body", "UPDATE runs SET body = x'' WHERE last = 30", 21, 30},
		{"a wrong count", "UPDATE runs SET count = 9 WHERE last = 30", 22, 30},
		{"another's body", "UPDATE runs SET body = (SELECT body FROM runs WHERE last = 20) WHERE last = 30", 21, 30},
		{"a row that is gone", "DELETE FROM runs WHERE last = 30", 21, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			f := open(t, dir)
			for range 5 {
				appendTo(t, f, 10)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			execute(t, dir, c.damage)

			f = open(t, dir)
			ctx := context.Background()
			entries, err := f.Read(ctx, 15, 100)
			if err != nil || len(entries) != 5 || entries[4].Seq != 20 {
				t.Fatalf("what comes before the damage: %d entries, %v; want 16 to 20", len(entries), err)
			}
			_, err = f.Read(ctx, 20, 100)
			var damaged *journal.DamagedError
			if !errors.As(err, &damaged) || damaged.First != c.first || damaged.Last != c.last {
				t.Fatalf("read the damage: %v; want entries %d to %d", err, c.first, c.last)
			}
			if entries, err := f.Read(ctx, damaged.Last, 100); err != nil || len(entries) != 20 {
				t.Errorf("what comes after the damage: %d entries, %v; want 31 to 50", len(entries), err)
			}
		})
	}
}
