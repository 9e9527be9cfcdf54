//go:build !linux

package smtptest

import "syscall"

// withParent gives the server a group, so that a signal reaches all of its parts.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
