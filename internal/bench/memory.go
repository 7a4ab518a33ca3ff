package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchMemory follows the providers that run in a folder and gives, when it is
// called, the most memory that one of them had: VmHWM of /proc, in MiB. 0 where
// there is no /proc.
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
		if err != nil || !strings.HasPrefix(exe, filepath.Dir(dir)) {
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

// addUsers fills the directory with users of predictable object ids.
func (b *bench) addUsers(n int) {
	d := b.service.Directory()
	for i := range n {
		id := fmt.Sprintf("0a000000-0000-4000-8000-%012d", i)
		if d.Lookup(fmt.Sprintf("user%d@contoso.com", i)) == nil {
			d.AddUserWithID("contoso.com", id, fmt.Sprintf("user%d@contoso.com", i), fmt.Sprintf("User %d", i))
		}
	}
}
