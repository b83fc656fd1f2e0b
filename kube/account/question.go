package account

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// question is a request to a service.
type question struct {
	service   string // "kms", "ecr", "sts", "" for one that the gate does not know
	operation string // "CreateKey"
	body      []byte
	input     input
}

// input are the parameters of a request. Names are taken to the letter, as AWS does.
type input map[string]json.RawMessage

// text is a parameter that is a text, "" for any other.
func (in input) text(name string) string {
	var text string
	_ = json.Unmarshal(in[name], &text) // what is no text names nothing
	return text
}

// Protocols of services: KMS and ECR speak JSON and name the operation in a header, STS takes forms.
const (
	kmsTarget = "TrentService"
	ecrTarget = "AmazonEC2ContainerRegistry_V20150921"
)

func parse(r *http.Request, body []byte) *question {
	q := &question{body: body}
	prefix, operation, found := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case !found:
		form, err := url.ParseQuery(string(body))
		if err == nil && form.Has("Action") {
			q.service, q.operation = "sts", form.Get("Action")
		}
		return q
	case prefix == kmsTarget:
		q.service = "kms"
	case prefix == ecrTarget:
		q.service = "ecr"
	}
	q.operation = operation
	_ = json.Unmarshal(body, &q.input) // what cannot be read names nothing
	return q
}

// tag adds a tag to what a request is about to make.
func (q *question) tag(member string, tag map[string]string) error {
	if q.input == nil {
		return refusal("SerializationException", "the parameters are not JSON")
	}
	var tags []json.RawMessage
	if given := q.input[member]; given != nil {
		if err := json.Unmarshal(given, &tags); err != nil {
			return refusal("SerializationException", "%v", err)
		}
	}
	added, err := json.Marshal(tag)
	if err != nil {
		return fmt.Errorf("encode tag: %w", err)
	}
	if q.input[member], err = json.Marshal(append(tags, added)); err != nil {
		return fmt.Errorf("encode tags: %w", err)
	}
	if q.body, err = json.Marshal(q.input); err != nil {
		return fmt.Errorf("encode parameters: %w", err)
	}
	return nil
}

// refused is what the gate does not let through, or could not send.
type refused struct {
	code, text string
	status     int // 0 is 400
}

// Error implements error.
func (r *refused) Error() string { return r.text }

func refusal(code, format string, args ...any) *refused {
	return &refused{code: code, text: fmt.Sprintf(format, args...)}
}

// forbidden refuses what might touch something that the workshop did not make.
func forbidden(format string, args ...any) error {
	return refusal("AccessDeniedException", format+"; AWS was not asked", args...)
}

// unasked says that AWS could not be asked, so that a command prints why and what to do. Clients try again what cannot
// be reached, and not what is wrong with the credentials.
func unasked(err error) *refused {
	var known *Error
	if !errors.As(err, &known) {
		return &refused{code: "ServiceUnavailableException", text: err.Error(), status: http.StatusServiceUnavailable}
	}
	text := known.Problem
	if known.Hint != "" {
		text += " (" + known.Hint + ")"
	}
	switch {
	case throttled(err):
		return refusal("ThrottlingException", "%s", text)
	case known.cause == nil:
		return refusal("ExpiredTokenException", "%s", text)
	}
	return refusal("AccessDeniedException", "%s", text)
}

// errorXML is an error in the protocol of STS.
type errorXML struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Code    string   `xml:"Error>Code"`
	Message string   `xml:"Error>Message"`
}

// refuse answers as the service would.
func (q *question) refuse(w http.ResponseWriter, no *refused) {
	status := no.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	if q.service == "sts" {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_ = xml.NewEncoder(w).Encode(errorXML{Code: no.code, Message: no.text}) // the client may be gone
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": no.code, "message": no.text}) // the client may be gone
}
