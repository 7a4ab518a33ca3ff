// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchMemory watches the providers that run for a workspace. stop returns the
// largest resident memory of one of them, in MiB (VmHWM in /proc; 0 without /proc).
func watchMemory(dir string) (stop func() int) {
	done, result := make(chan struct{}), make(chan int)
	go func() {
		peak := 0
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				result <- peak
				return
			case <-tick.C:
				peak = max(peak, providerPeak(dir))
			}
		}
	}()
	return func() int { close(done); return <-result }
}

func providerPeak(dir string) int {
	peak := 0
	statuses, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, status := range statuses {
		exe, err := os.Readlink(filepath.Join(filepath.Dir(status), "exe"))
		if err != nil || !strings.HasPrefix(exe, filepath.Dir(dir)+string(filepath.Separator)) {
			continue
		}
		text, err := os.ReadFile(status)
		if err != nil {
			continue // the process has ended
		}
		if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			peak = max(peak, kib/1024)
		}
	}
	return peak
}

// processor is the model of the machine's processors, from /proc.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, found := strings.Cut(string(text), "model name")
	if !found {
		return "unknown model"
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(line, "\t :")
}

// load is the machine's load average over the last minute, from /proc. Results of a
// busy machine are noisy.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return fmt.Sprint(strings.Fields(string(text))[0])
}
