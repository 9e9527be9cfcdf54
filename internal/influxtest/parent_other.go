//go:build !linux

package influxtest

import "syscall"

// withParent has no way here to end the server when the test process is killed.
func withParent() *syscall.SysProcAttr { return nil }
