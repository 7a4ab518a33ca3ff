// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"context"
	"os"
	"os/signal"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// applying is locked for reading while the provider changes something.
var applying sync.RWMutex

// interruptible is a provider that an interrupt does not cut off in a change: the service
// could make the change after the grants were restored.
type interruptible struct{ tfprotov6.ProviderServer }

func (p interruptible) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	applying.RLock()
	defer applying.RUnlock()
	return p.ProviderServer.ApplyResourceChange(ctx, req)
}

// interrupted is the exit code of an interrupted process, as of a shell's.
const interrupted = 130

// endBetweenChanges makes the first interrupt end the process when no change is under way,
// and the second one at once.
func endBetweenChanges() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	go func() {
		<-signals
		signal.Reset(os.Interrupt)
		applying.Lock() // no other change begins
		os.Exit(interrupted)
	}()
}
