// SPDX-License-Identifier: MPL-2.0

//go:build !linux

package main

import "syscall"

// endsWithThisProcess would make the system end the command if this program is killed. Only
// Linux does.
func endsWithThisProcess() *syscall.SysProcAttr { return nil }
