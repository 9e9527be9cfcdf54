package journal

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"
)

// BenchmarkAppend tells what a commit costs, and what an entry costs in
// groups of a size, with and without the fsync (the lazy session has none).
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 32, 1000, 4000} {
		for _, sure := range []bool{true, false} {
			b.Run(fmt.Sprintf("group=%d/fsync=%v", size, sure), func(b *testing.B) { benchmarkAppend(b, size, sure) })
		}
	}
}

func benchmarkAppend(b *testing.B, size int, sure bool) {
	f, err := Open(context.Background(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if !sure {
		f.durable, f.lazy = f.lazy, f.durable
	}
	body := bytes.Repeat([]byte("0123456789"), 8)
	g := Group{Changes: Counts{Received: int64(size), Stored: int64(size), Readings: int64(5 * size)}}
	for range size {
		g.Bodies = append(g.Bodies, body)
	}
	b.ReportAllocs()
	start := time.Now()
	for b.Loop() {
		if _, err := f.Append(context.Background(), g); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*size)/time.Since(start).Seconds(), "entries/s")
}
