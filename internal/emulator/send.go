package emulator

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// minCompressed is the size, in bytes, below which compressing is not worth it.
const minCompressed = 1 << 10

var compressors sync.Pool // of *gzip.Writer

// send answers with a JSON body, compressed where the client takes it. A
// truncated one promises all and ends in the middle.
func (k *call) send(status int, body []byte, truncate bool) {
	h := k.w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	if len(body) >= minCompressed && !k.cluster.emulator.options.Uncompressed && strings.Contains(k.r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = compressed(body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	k.status = status
	k.w.WriteHeader(status)
	if !truncate {
		_, _ = k.w.Write(body) // fails only when the client went away
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
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// failBefore meets the faults that come before executing, and tells whether the call is over.
func (k *call) failBefore(f *Fault) bool {
	switch f.Kind {
	case Throttle:
		k.retryAfter(f)
		k.refuse(throttled())
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
		k.send(http.StatusOK, []byte(`{"Tables":[{"TableName":"Table_0","Columns":[`+columnsJSON(principalColumns)+`],"Rows":[]}],"Exceptions":["`+partialText+`"]}`), false)
	case PartialRow:
		k.send(http.StatusOK, []byte(`{"Tables":[{"TableName":"Table_0","Columns":[`+columnsJSON(principalColumns)+`],"Rows":[{"Exceptions":["`+partialText+`"]}]}]}`), false)
	case Custom:
		k.send(f.Status, []byte(f.Body), false)
	case LatePrincipal:
		k.refuse(k.latePrincipal())
	default:
		return false
	}
	return true
}

const partialText = "Management command execution has failed: 0x80DA0007 (Partial query failure: the emulated engine gave up)."

// latePrincipal is the error of a principal that Entra has not spread yet.
func (k *call) latePrincipal() *kustoError {
	fqn := "aadapp=unknown;unknown"
	if len(k.statement.Principals) > 0 {
		fqn = k.statement.Principals[0]
	}
	return invalidPrincipal(lateError(fqn).Error())
}

// failAfter meets the faults of commands that took effect, and tells whether the call is over.
func (k *call) failAfter(f *Fault, answer []byte, refusal *kustoError) bool {
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
		if refusal != nil {
			status, answer = refusal.status, k.envelope(refusal)
		}
		k.send(status, answer, true)
	default:
		return false
	}
	return true
}

func (k *call) retryAfter(f *Fault) { setRetryAfter(k.w.Header(), f.RetryAfter) }

// setRetryAfter asks the client for a pause, in whole seconds, rounded up; none for 0.
func setRetryAfter(h http.Header, pause time.Duration) {
	if pause > 0 {
		seconds := (pause + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.Itoa(int(seconds)))
	}
}
