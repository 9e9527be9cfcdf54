package influxtest

import "syscall"

// withParent ends the server with the test process, even when that is killed.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
