package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxBody is more than any request of these services may be long.
const maxBody = 1 << 20

// service is a service of the protocol AWS JSON 1.1: its name in signatures and what it does, by operation.
type service struct {
	name       string
	operations map[string]operation
}

// caller is who makes a request, as the signature says.
type caller struct{ region string }

// operation answers a request with what is to be encoded; nil is an answer without a body. The account is locked.
type operation func(c caller, body []byte) (any, error)

// handle makes an operation of a function on decoded input.
func handle[In any, Out any](f func(c caller, in In) (Out, error)) operation {
	return func(c caller, body []byte) (any, error) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, &apiError{Type: "SerializationException", Message: serialization(err)}
		}
		return f(c, in)
	}
}

// serialization says of an error of decoding what AWS says.
func serialization(err error) string {
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return strings.ToUpper(wrong.Value) + "_VALUE can not be converted to " + wrong.Type.Kind().String()
	}
	return ""
}

// none is the answer of operations that have none.
type none struct{}

// apiError is an error as AWS reports it.
type apiError struct {
	Type    string `json:"__type"`
	Message string `json:"message,omitempty"`
	status  int    // 0 is 400
}

// Error implements error.
func (e *apiError) Error() string { return e.Type + ": " + e.Message }

// refusal makes an apiError.
func refusal(kind, format string, args ...any) error {
	return &apiError{Type: kind, Message: fmt.Sprintf(format, args...)}
}

// serveAPI answers a request to a service.
func (a *Account) serveAPI(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		answer(w, nil, &apiError{Type: "RequestEntityTooLargeException", status: http.StatusRequestEntityTooLarge})
		return
	}
	prefix, name, found := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !found {
		a.serveSTS(w, r, body)
		return
	}
	s, known := a.services[prefix]
	do := s.operations[name]
	switch {
	case !known || do == nil:
		answer(w, nil, &apiError{Type: "UnknownOperationException"})
		return
	case len(body) == 0:
		body = []byte("{}")
	}
	c, err := a.authenticate(r, body, s.name)
	if err != nil {
		answer(w, nil, err)
		return
	}
	a.mu.Lock()
	out, err := a.do(c, s.name, name, do, body)
	a.mu.Unlock()
	answer(w, out, err)
}

// do runs an operation unless it is throttled.
func (a *Account) do(c caller, service, name string, do operation, body []byte) (any, error) {
	if a.throttled[name] > 0 {
		a.throttled[name]--
		if service == "kms" {
			return nil, refusal("ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
		}
		return nil, refusal("ThrottlingException", "Rate exceeded")
	}
	return do(c, body)
}

// answer writes what an operation returned.
func answer(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	var refused *apiError
	if errors.As(err, &refused) {
		if status = refused.status; status == 0 {
			status = http.StatusBadRequest
		}
		out = refused
	}
	var body bytes.Buffer
	if _, empty := out.(none); !empty {
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(out); err != nil {
			status = http.StatusInternalServerError
		}
	}
	header := w.Header()
	header.Set("Content-Type", "application/x-amz-json-1.1")
	header.Set("X-Amzn-Requestid", uuid.NewString())
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that is gone misses nothing
}

// epoch is a time as AWS JSON has it, in seconds.
type epoch time.Time

// MarshalJSON implements json.Marshaler.
func (e epoch) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(time.Time(e).UnixMilli())/1000), nil
}
