package smtptest

import "syscall"

// withParent gives the server a group, so that a signal reaches all of its parts,
// and ends it with the test process, even when that is killed.
func withParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
