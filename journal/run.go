package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
	"slices"
)

// A run is the entries of a group, or a part of a large one, as they stand in
// one row:
//
//	1 byte    format, 1
//	          for each entry: its length (unsigned varint), its bytes
//	4 bytes   CRC-32C, little-endian, of the first entry's Seq and the number
//	          of entries (8 bytes each, little-endian) and all the above
//
// The checksum covers the Seq so that a row in the wrong place is noticed.
type run struct {
	first uint64
	count int
	data  []byte // the lengths and bytes
	size  int    // of the whole row
}

const (
	runFormat = 1
	runFrame  = 1 + 4 // format and checksum

	// runBytes is where a run ends and the next one begins, so that reading
	// one entry of a very large group does not read all of it.
	runBytes = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// DamagedError says that entries of the log cannot be read any more, because
// the file was changed by something else than the journal.
type DamagedError struct {
	First, Last uint64
	Reason      string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("journal: entries %d to %d are damaged: %s", e.First, e.Last, e.Reason)
}

func (r run) last() uint64 { return r.first + uint64(r.count) - 1 }

// pack encodes bodies as runs, the first body with the given Seq. It returns
// the runs and the row of each.
func pack(first uint64, bodies [][]byte) (runs []run, rows [][]byte) {
	for len(bodies) > 0 {
		n, size := 0, runFrame
		for n < len(bodies) && (n == 0 || size+frameLen(bodies[n]) <= runBytes) {
			size += frameLen(bodies[n])
			n++
		}
		row := make([]byte, 1, size)
		row[0] = runFormat
		for _, body := range bodies[:n] {
			row = binary.AppendUvarint(row, uint64(len(body)))
			row = append(row, body...)
		}
		row = binary.LittleEndian.AppendUint32(row, checksum(first, n, row))
		runs = append(runs, run{first: first, count: n, data: row[1 : len(row)-4], size: len(row)})
		rows = append(rows, row)
		first, bodies = first+uint64(n), bodies[n:]
	}
	return runs, rows
}

// frameLen is how much of a row a body takes.
func frameLen(body []byte) int {
	return (bits.Len64(uint64(len(body))|1)+6)/7 + len(body)
}

func checksum(first uint64, count int, data []byte) uint32 {
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:8], first)
	binary.LittleEndian.PutUint64(head[8:], uint64(count))
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, data)
}

// unpack checks a row that holds count entries, the newest with Seq last.
func unpack(last uint64, count int, row []byte) (run, error) {
	if count < 1 || uint64(count) > last {
		return run{}, &DamagedError{last, last, fmt.Sprintf("a count of %d", count)}
	}
	first := last - uint64(count) + 1
	if len(row) < runFrame {
		return run{}, &DamagedError{first, last, fmt.Sprintf("only %d bytes are left", len(row))}
	}
	end := len(row) - 4
	if binary.LittleEndian.Uint32(row[end:]) != checksum(first, count, row[:end]) {
		return run{}, &DamagedError{first, last, "the checksum does not match"}
	}
	if row[0] != runFormat {
		return run{}, &DamagedError{first, last, fmt.Sprintf("unknown format %d", row[0])}
	}
	r := run{first: first, count: count, data: row[1:end], size: len(row)}
	if err := r.check(); err != nil {
		return run{}, &DamagedError{first, last, err.Error()}
	}
	return r, nil
}

// check walks the lengths, so that entries need not doubt them.
func (r run) check() error {
	data, n := r.data, 0
	for ; len(data) > 0; n++ {
		length, width := binary.Uvarint(data)
		if width <= 0 || length > uint64(len(data)-width) {
			return fmt.Errorf("entry %d of %d is cut off", n+1, r.count)
		}
		data = data[width+int(length):]
	}
	if n != r.count {
		return errors.New("the number of entries does not match")
	}
	return nil
}

// entries appends to dst what the run holds after the given Seq, up to max entries.
func (r run) entries(dst []Entry, after uint64, max int) []Entry {
	data := r.data
	if after <= r.last() {
		dst = slices.Grow(dst, min(max, int(r.last()-after), r.count))
	}
	for seq := r.first; max > 0 && seq <= r.last(); seq++ {
		length, width := binary.Uvarint(data)
		end := width + int(length)
		if seq > after {
			dst = append(dst, Entry{Seq: seq, Body: data[width:end:end]})
			max--
		}
		data = data[end:]
	}
	return dst
}
