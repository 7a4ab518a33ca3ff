// SPDX-License-Identifier: MPL-2.0

//go:build !unix

package main

import "os"

// caught are the signals that do not end this program while a command runs.
var caught = []os.Signal{os.Interrupt}

// reachesCommand reports whether the command gets a signal without us. A console of Windows
// sends Ctrl-C to both.
func reachesCommand(os.Signal) bool { return true }
