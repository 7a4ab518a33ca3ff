package emulator

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

// maxRecordedBody bounds, in bytes, what a [Request] keeps of a body.
const maxRecordedBody = 64 << 10

// Request is one decrypted request, as it came.
type Request struct {
	Time   time.Time // of arrival
	Host   string
	Method string
	Path   string // with the query
	Header http.Header
	Body   []byte // at most the first 64 KiB
	Status int    // 0 while in flight, and where the connection was cut without an answer
}

// recorder keeps what was asked of the emulator.
type recorder struct {
	mu       sync.Mutex
	connects []string
	requests []*Request
}

func (r *recorder) connect(hostport string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connects = append(r.connects, hostport)
}

func (r *recorder) add(q *Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, q)
}

func (r *recorder) finish(q *Request, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q.Status = status
}

// Connects lists every host:port that was asked for by CONNECT, also those refused, in order.
func (e *Emulator) Connects() []string {
	e.record.mu.Lock()
	defer e.record.mu.Unlock()
	return append([]string(nil), e.record.connects...)
}

// Requests lists every decrypted request, in order of arrival.
func (e *Emulator) Requests() []Request {
	e.record.mu.Lock()
	defer e.record.mu.Unlock()
	requests := make([]Request, len(e.record.requests))
	for i, q := range e.record.requests {
		requests[i] = *q
	}
	return requests
}

// recorded reads the body, keeps the request and hands it on.
func (e *Emulator) recorded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client went away
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		kept := &Request{
			Time: time.Now(), Host: r.Host, Method: r.Method, Path: r.URL.RequestURI(),
			Header: r.Header.Clone(), Body: body[:min(len(body), maxRecordedBody):min(len(body), maxRecordedBody)],
		}
		e.record.add(kept)
		sw := &statusWriter{ResponseWriter: w}
		defer func() { e.record.finish(kept, sw.status) }()
		h.ServeHTTP(sw, r)
	})
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status and sends it.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the writer beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
