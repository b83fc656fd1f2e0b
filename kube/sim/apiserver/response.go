package apiserver

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/net"
	"sigs.k8s.io/yaml"
)

// gzipFrom is the size from which kube-apiserver compresses answers.
const gzipFrom = 128 * 1024

// Limits of warning headers (k8s.io/apiserver/pkg/endpoints/filters/warning.go): beyond the total each one is cut.
const (
	warningsTotal = 4 * 1024
	warningCut    = 256
)

// warningCode is "miscellaneous persistent warning" (RFC 7234), the only code that Kubernetes uses.
const warningCode = 299

// response writes the answer to one request.
type response struct {
	w    http.ResponseWriter
	r    *http.Request
	call *call // nil when the request is not about a resource
	// started is true once the header was written.
	started bool
}

// fail answers with the Status of an error.
func (o *response) fail(err error) {
	status := statusOf(err)
	if o.started {
		return
	}
	if seconds := status.Details; seconds != nil && seconds.RetryAfterSeconds > 0 {
		o.w.Header().Set("Retry-After", "1")
	}
	o.json(int(status.Code), status)
}

// statusOf returns the Status that tells of an error.
func statusOf(err error) metav1.Status {
	status := metav1.Status{Status: metav1.StatusFailure, Code: http.StatusInternalServerError, Reason: metav1.StatusReasonUnknown, Message: err.Error()}
	if has := apierrors.APIStatus(nil); errors.As(err, &has) {
		status = has.Status()
	}
	if status.Code == 0 {
		status.Code = http.StatusInternalServerError
	}
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	return status
}

// notFound answers as a server does for a path that it does not know: not with a Status.
func (o *response) notFound() {
	o.warnings()
	http.Error(o.w, "404 page not found", http.StatusNotFound)
}

// nowhere answers a write of namespaced objects that names no namespace.
func (o *response) nowhere(c *call) {
	if c.res.isCustom() {
		o.notFound()
		return
	}
	o.fail(methodNotAllowed())
}

// unknown answers for a version or a resource that is not there: with a Status where the server's own groups are served.
func (o *response) unknown(reg *registry, gv schema.GroupVersion) {
	if g, ok := reg.group(gv.Group); !ok || g.versions[0].resources[0].isCustom() {
		o.notFound()
		return
	}
	o.fail(noSuchResource())
}

// noSuchResource is the error of a server that serves the group, but not what was asked of it.
func noSuchResource() error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound,
		Message: "the server could not find the requested resource", Details: &metav1.StatusDetails{},
	}}
}

// json answers with a value.
func (o *response) json(code int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(o.w, err.Error(), http.StatusInternalServerError)
		return
	}
	o.raw(code, body)
}

// indented answers with a value as the endpoints do that people read.
func (o *response) indented(code int, value any) {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		http.Error(o.w, err.Error(), http.StatusInternalServerError)
		return
	}
	o.raw(code, body)
}

// raw answers with a JSON document, as YAML if that was asked for.
func (o *response) raw(code int, body []byte) {
	contentType := "application/json"
	if wantsYAML(o.r) {
		if converted, err := yaml.JSONToYAML(body); err == nil {
			contentType, body = "application/yaml", converted
		}
	} else if isTrue(o.r.URL.Query().Get("pretty")) {
		var indented bytes.Buffer
		if json.Indent(&indented, body, "", "  ") == nil {
			body = append(indented.Bytes(), '\n')
		}
	}
	o.bytes(code, contentType, body)
}

// bytes writes the answer, compressed when it is large and the client can read that.
func (o *response) bytes(code int, contentType string, body []byte) {
	o.warnings()
	o.started = true
	header := o.w.Header()
	header.Set("Content-Type", contentType)
	if len(body) >= gzipFrom && strings.Contains(o.r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		header.Add("Vary", "Accept-Encoding")
		o.w.WriteHeader(code)
		if zip, err := gzip.NewWriterLevel(o.w, gzip.BestSpeed); err == nil {
			_, _ = zip.Write(body)
			_ = zip.Close()
		}
		return
	}
	o.w.WriteHeader(code)
	// The client has gone when this fails: there is nobody to tell.
	_, _ = o.w.Write(body)
}

// warnings sets the Warning headers. Those of a call are complete when its answer begins.
func (o *response) warnings() {
	if o.call == nil || o.started {
		return
	}
	total := 0
	for _, text := range o.call.warnings {
		total += utf8.RuneCountInString(text)
	}
	for _, text := range o.call.warnings {
		if runes := []rune(text); total > warningsTotal && len(runes) > warningCut {
			text = string(runes[:warningCut])
		}
		if header, err := net.NewWarningHeader(warningCode, "-", text); err == nil {
			o.w.Header().Add("Warning", header)
		}
	}
}

// methodNotAllowed is what a method that a path does not have is answered with.
func methodNotAllowed() error {
	return apierrors.NewGenericServerResponse(http.StatusMethodNotAllowed, "", schema.GroupResource{}, "", "405: Method Not Allowed", 0, false)
}
