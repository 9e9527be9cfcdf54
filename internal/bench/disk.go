package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// probeDisk writes a page of 4 KiB to a file in dir every 20 ms until ctx ends, and
// measures how long each takes to be on disk: what a commit waits for at least,
// beside the same load. It returns the times, sorted, in milliseconds.
func probeDisk(ctx context.Context, dir string) ([]float64, error) {
	f, err := os.Create(filepath.Join(dir, "disk-probe"))
	if err != nil {
		return nil, fmt.Errorf("probe the disk: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	var took []float64
	for ctx.Err() == nil {
		start := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			return nil, fmt.Errorf("probe the disk: %w", err)
		}
		if err := f.Sync(); err != nil {
			return nil, fmt.Errorf("probe the disk: %w", err)
		}
		took = append(took, millis(time.Since(start)))
		time.Sleep(20 * time.Millisecond)
	}
	slices.Sort(took)
	return took, nil
}
