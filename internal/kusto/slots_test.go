// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"testing"
)

func TestSlots_leaveASmallClusterRoomForOthers(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.Capacity = 3 })
	var grants []func() (Match, error)
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"} {
		s.remote.AddDatabase(name)
		grants = append(grants, s.add(database(name), Viewers, "aaduser=alice@contoso.com", ""))
	}
	results := make(chan error)
	for _, grant := range grants {
		go func() {
			_, err := grant()
			results <- err
		}()
	}
	for range grants {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}
