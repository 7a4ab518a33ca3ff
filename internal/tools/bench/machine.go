package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchMemory follows the providers that run for a workspace and gives, when it
// is called, the most memory that one of them had: VmHWM of /proc, in MiB. 0
// where there is no /proc.
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
			continue // it ended meanwhile
		}
		if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			peak = max(peak, kib/1024)
		}
	}
	return peak
}

// processor is the model of the machine's processors, where /proc tells.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, found := strings.Cut(string(text), "model name")
	if !found {
		return "of an unknown model"
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(line, "\t :")
}

// load is how many processes wanted to run during the last minute, where /proc
// tells: the figures of a busy machine are noisy.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return fmt.Sprint(strings.Fields(string(text))[0])
}
