package journal

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What older versions wrote must stay readable, so the format is pinned.
func TestRunFormat(t *testing.T) {
	bodies := [][]byte{[]byte("heart_rate 72"), {}, bytes.Repeat([]byte{0xab}, 200)}
	runs, rows := pack(1001, bodies)
	if len(rows) != 1 {
		t.Fatalf("%d rows, want 1", len(rows))
	}
	golden := filepath.Join("testdata", "run-v1.bin")
	if *update {
		if err := os.WriteFile(golden, rows[0], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(rows[0], want) {
		t.Errorf("packed:\n%x\nwant:\n%x", rows[0], want)
	}
	r, err := unpack(1003, 3, want)
	if err != nil {
		t.Fatal(err)
	}
	if r.first != 1001 || r.size != runs[0].size {
		t.Errorf("unpacked from %d, size %d", r.first, r.size)
	}
	for i, e := range r.entries(nil, 0, 10) {
		if e.Seq != 1001+uint64(i) || !bytes.Equal(e.Body, bodies[i]) {
			t.Errorf("entry %d is %d %x", i, e.Seq, e.Body)
		}
	}
}

// Any bodies, packed and unpacked, come back, in runs of bounded size.
func TestPackAndUnpack(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 100 {
		bodies := make([][]byte, r.IntN(50))
		for i := range bodies {
			bodies[i] = bytes.Repeat([]byte{byte(r.Uint32())}, 1<<r.IntN(20)-r.IntN(2))
		}
		first := r.Uint64N(1 << 40)
		runs, rows := pack(first, bodies)
		var got []Entry
		for i, row := range rows {
			if len(row) > runBytes && runs[i].count > 1 {
				t.Errorf("seed %d: a run of %d entries has %d bytes", seed, runs[i].count, len(row))
			}
			if cap(row) != len(row) {
				t.Errorf("seed %d: %d bytes were set aside for %d", seed, cap(row), len(row))
			}
			back, err := unpack(runs[i].last(), runs[i].count, row)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			got = back.entries(got, 0, len(bodies))
		}
		if len(got) != len(bodies) {
			t.Fatalf("seed %d: %d entries, want %d", seed, len(got), len(bodies))
		}
		for i, e := range got {
			if e.Seq != first+uint64(i) || !bytes.Equal(e.Body, bodies[i]) {
				t.Fatalf("seed %d: entry %d is not what was packed", seed, i)
			}
		}
	}
}

// Whatever bit of a row turns, it is noticed.
func TestEveryBitIsChecked(t *testing.T) {
	_, rows := pack(7, [][]byte{[]byte("one"), []byte("two"), {}})
	row := rows[0]
	for i := range len(row) * 8 {
		row[i/8] ^= 1 << (i % 8)
		expectDamage(t, fmt.Sprintf("bit %d", i), 7, 9, 3, row)
		row[i/8] ^= 1 << (i % 8)
	}
	for n := range row {
		expectDamage(t, fmt.Sprintf("cut to %d", n), 7, 9, 3, row[:n])
	}
	expectDamage(t, "another place", 8, 10, 3, row)
	expectDamage(t, "another count", 8, 9, 2, row)
	expectDamage(t, "no count", 9, 9, 0, row)
	expectDamage(t, "a count below zero", 9, 9, -1, row)
	expectDamage(t, "a count beyond the beginning", 2, 2, 3, row)
}

func expectDamage(t *testing.T, what string, first, last uint64, count int, row []byte) {
	t.Helper()
	_, err := unpack(last, count, row)
	var damaged *DamagedError
	if !errors.As(err, &damaged) || damaged.First != first || damaged.Last != last {
		t.Errorf("%s: %v, want damage from %d to %d", what, err, first, last)
	}
}

// FuzzUnpack gives rows whose checksum is right but whose inside is anything.
func FuzzUnpack(f *testing.F) {
	_, rows := pack(1, [][]byte{[]byte("a"), {}, bytes.Repeat([]byte("long"), 100)})
	f.Add(rows[0][:len(rows[0])-4], 3)
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, 1)
	f.Add([]byte{1, 0x80}, 1)
	f.Add([]byte{2, 0}, 1)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, data []byte, count int) {
		const last = 1 << 20
		row := bytes.Clone(data)
		if count > 0 && count <= last {
			sum := checksum(last-uint64(count)+1, count, row)
			row = append(row, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
		}
		r, err := unpack(last, count, row)
		if err != nil {
			return
		}
		entries := r.entries(nil, 0, count+1)
		if len(entries) != count {
			t.Fatalf("%d entries of %d", len(entries), count)
		}
		for i, e := range entries {
			if e.Seq != r.first+uint64(i) {
				t.Fatalf("entry %d has Seq %d", i, e.Seq)
			}
		}
	})
}
