// SPDX-License-Identifier: MPL-2.0

package main

import "syscall"

// endsWithThisProcess makes the system end the command if this program is killed.
func endsWithThisProcess() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
