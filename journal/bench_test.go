package journal

import (
	"bytes"
	"context"
	"fmt"
	"testing"
)

// BenchmarkAppend tells what a commit and an entry cost in groups of a size,
// with the fsync and without it (the lazy session has none).
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 32, 1000, 4000} {
		for _, sure := range []bool{true, false} {
			b.Run(fmt.Sprintf("group=%d/fsync=%v", size, sure), func(b *testing.B) {
				f := openBenchmark(b)
				if !sure {
					f.durable, f.lazy = f.lazy, f.durable
				}
				g := benchmarkGroup(size)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := f.Append(context.Background(), g); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "entries/s")
			})
		}
	}
}

// BenchmarkRead reads 1,000 entries at a time, from memory and from the file.
func BenchmarkRead(b *testing.B) {
	for _, memory := range []bool{true, false} {
		b.Run(fmt.Sprintf("memory=%v", memory), func(b *testing.B) {
			f := openBenchmark(b)
			if !memory {
				f.recent.limit = 0
			}
			for range 100 {
				if _, err := f.Append(context.Background(), benchmarkGroup(1000)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			read, at := 0, uint64(0)
			for b.Loop() {
				entries, err := f.Read(context.Background(), at, 1000)
				if err != nil {
					b.Fatal(err)
				}
				read += len(entries)
				at = (at + uint64(len(entries))) % 100_000
			}
			b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// BenchmarkShelve holds messages of devices that were never seen before, in
// groups of 1,000. With -benchtime=1000x that is a million of them.
func BenchmarkShelve(b *testing.B) {
	f := openBenchmark(b)
	g := Group{Shelve: make([]Shelved, 1000), Changes: Counts{Received: 1000, Held: 1000}}
	n := uint64(0)
	for b.Loop() {
		for i := range g.Shelve {
			n++
			device := fmt.Sprintf("%016x", n*0x9e3779b97f4a7c15) // scattered
			g.Shelve[i] = Shelved{Reason: Held, Codec: "native", Device: device, Topic: device, Payload: []byte(`{"heart_rate":72}`)}
		}
		if _, err := f.Append(context.Background(), g); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkRequested asks, as the server does again and again, when nothing is requested.
func BenchmarkRequested(b *testing.B) {
	f := openBenchmark(b)
	for b.Loop() {
		if _, err := f.Requested(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func openBenchmark(b *testing.B) *File {
	f, err := Open(context.Background(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}

// benchmarkGroup is so many entries of 80 bytes.
func benchmarkGroup(size int) Group {
	g := Group{Changes: Counts{Received: int64(size), Stored: int64(size), Readings: int64(5 * size)}}
	for range size {
		g.Bodies = append(g.Bodies, bytes.Repeat([]byte("0123456789"), 8))
	}
	return g
}
