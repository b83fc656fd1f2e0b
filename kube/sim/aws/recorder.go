package aws

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// recorder keeps an answer instead of sending it.
type recorder struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// send passes the answer on.
func (r *recorder) send(w http.ResponseWriter, _ *http.Request) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = r.body.WriteTo(w) // a client that is gone misses nothing
}

// response is the answer as a client gets it.
func (r *recorder) response(request *http.Request) *http.Response {
	r.WriteHeader(http.StatusOK)
	length := int64(r.body.Len())
	if n, err := strconv.ParseInt(r.header.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return &http.Response{
		StatusCode: r.status, Status: strconv.Itoa(r.status) + " " + http.StatusText(r.status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, ContentLength: length, Body: io.NopCloser(&r.body), Request: request,
	}
}
