// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"bytes"
	"compress/gzip"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// minCompressed is the size of the smallest body that is compressed, in bytes.
const minCompressed = 1 << 10

var compressors sync.Pool // of *gzip.Writer

// send answers with a JSON body, compressed if the client accepts it. A truncated
// body ends in the middle of its Content-Length.
func (k *call) send(status int, body []byte, truncate bool) {
	h := k.w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	if len(body) >= minCompressed && !k.cluster.environment.Uncompressed && strings.Contains(k.r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = compressed(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	k.status = status
	k.w.WriteHeader(status)
	if !truncate {
		_, _ = k.w.Write(body) // fails only when the client has disconnected
		return
	}
	_, _ = k.w.Write(body[:len(body)/2])
	_ = http.NewResponseController(k.w).Flush()
	panic(http.ErrAbortHandler)
}

func compressed(body []byte) []byte {
	var out bytes.Buffer
	w, reused := compressors.Get().(*gzip.Writer)
	if reused {
		w.Reset(&out)
	} else {
		w, _ = gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is valid
	}
	defer compressors.Put(w)
	_, _ = w.Write(body) // writing to a buffer does not fail
	_ = w.Close()
	return out.Bytes()
}

// failBefore applies the faults of commands that are not executed, and reports whether it has answered.
func (k *call) failBefore(f Fault) bool {
	switch f.Kind {
	case Throttle:
		k.retryAfter(f)
		k.refuse(throttled(k.cluster.currentBehaviour().Quota))
	case Unavailable:
		k.retryAfter(f)
		k.refuse(unavailable(http.StatusServiceUnavailable))
	case CutBefore:
		panic(http.ErrAbortHandler)
	case Unauthorized:
		k.refuse(unauthorized("The access token has expired."))
	case Forbidden:
		k.refuse(forbidden(k.caller.FQN(), "write", k.statement.Kind, k.statement.Name))
	case Partial:
		a := newAnswer(principalColumns, []string{})
		a.Exceptions = []string{partialText}
		k.send(http.StatusOK, a.json(), false)
	case PartialRow:
		row := map[string][]string{"Exceptions": {partialText}}
		k.send(http.StatusOK, newAnswer(principalColumns, []any{row}).json(), false)
	case Custom:
		k.send(f.Status, []byte(f.Body), false)
	default:
		return false
	}
	return true
}

const partialText = "Management command execution has failed: 0x80DA0007 (Partial query failure: the emulated engine gave up)."

// failAfter applies the faults of commands that were executed, and reports whether it has answered.
func (k *call) failAfter(f Fault, answer []byte, refused *refusal) bool {
	switch f.Kind {
	case GatewayTimeout:
		k.refuse(unavailable(http.StatusGatewayTimeout))
	case Status520:
		k.refuse(unavailable(520))
	case CutAfter:
		panic(http.ErrAbortHandler)
	case CustomExecuted:
		k.send(f.Status, []byte(f.Body), false)
	case Truncate:
		status := http.StatusOK
		if refused != nil {
			status, answer = refused.status, k.errorJSON(refused)
		}
		k.send(status, answer, true)
	default:
		return false
	}
	return true
}

// retryAfter sets the Retry-After header, in whole seconds, rounded up.
func (k *call) retryAfter(f Fault) {
	if f.RetryAfter > 0 {
		k.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
}
