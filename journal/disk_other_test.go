//go:build !linux

package journal_test

import "testing"

func smallDisk(t *testing.T, _ int) string {
	t.Helper()
	t.Skip("a full disk needs a small file system, which this test mounts on Linux only")
	return ""
}
