// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxRecordedBody is how much of a body a [Request] keeps, in bytes.
const maxRecordedBody = 64 << 10

// maxBody is the largest body that is answered, in bytes: no command is that large.
const maxBody = 32 << 20

// maxRequests is how many requests are kept, the last ones, and how many CONNECTs.
const maxRequests = 100_000

func keepLast[T any](kept []T, next T) []T {
	if kept = append(kept, next); len(kept) > maxRequests {
		kept = slices.Delete(kept, 0, maxRequests/10)
	}
	return kept
}

// Request is one decrypted request.
type Request struct {
	Time   time.Time // of arrival
	Host   string
	Method string
	Path   string // with the query
	Header http.Header
	Body   []byte // at most the first 64 KiB
	Status int    // of the answer; 0 before it, and when the connection was cut instead
}

// recorder keeps the requests.
type recorder struct {
	mu       sync.Mutex
	connects []string
	requests []*Request
}

func (r *recorder) connect(hostport string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connects = keepLast(r.connects, hostport)
}

func (r *recorder) add(q *Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = keepLast(r.requests, q)
}

func (r *recorder) finish(q *Request, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q.Status = status
}

// Connects lists the host:port of the last CONNECT requests in order, refused ones included.
func (r *recorder) Connects() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.connects...)
}

// Requests lists the last decrypted requests, in order of arrival.
func (r *recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	requests := make([]Request, len(r.requests))
	for i, q := range r.requests {
		requests[i] = *q
	}
	return requests
}

// recorded wraps a handler so that its requests are kept.
func (r *recorder) recorded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			http.Error(w, "request entity too large", http.StatusRequestEntityTooLarge)
			return
		case err != nil:
			panic(http.ErrAbortHandler) // the client has disconnected
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		first := bytes.Clone(body[:min(len(body), maxRecordedBody)]) // the rest is freed
		kept := &Request{
			Time: time.Now(), Host: req.Host, Method: req.Method, Path: req.URL.RequestURI(),
			Header: req.Header.Clone(), Body: first,
		}
		r.add(kept)
		sw := &statusWriter{ResponseWriter: w}
		defer func() { r.finish(kept, sw.status) }()
		h.ServeHTTP(sw, req)
	})
}

// statusWriter keeps the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status.
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

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
