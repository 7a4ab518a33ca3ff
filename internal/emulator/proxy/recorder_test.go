// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What is kept is bounded: the beginning of a body and not its memory, and the last requests.
func TestRecorder_keepsNoMoreThanItSays(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	h := r.recorded(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	send := func(body []byte) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/rest/mgmt", bytes.NewReader(body)))
		return w.Code
	}
	if status := send(make([]byte, 1<<20)); status != http.StatusOK {
		t.Errorf("a large body: %d", status)
	}
	if kept := r.Requests()[0].Body; len(kept) != maxRecordedBody || cap(kept) > 2*maxRecordedBody {
		t.Errorf("%d bytes of a body are kept, in %d", len(kept), cap(kept))
	}
	if status := send(make([]byte, maxBody+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large a body: %d", status)
	}
	for range maxRequests + 1 {
		r.add(&Request{Path: "/last"})
		r.connect("mycluster:443")
	}
	if kept := r.Requests(); len(kept) > maxRequests || !strings.HasPrefix(kept[len(kept)-1].Path, "/last") {
		t.Errorf("%d requests are kept", len(kept))
	}
	if kept := r.Connects(); len(kept) > maxRequests {
		t.Errorf("%d CONNECTs are kept", len(kept))
	}
}
