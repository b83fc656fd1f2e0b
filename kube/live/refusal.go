package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refusal is what the gate does not let through.
type refusal struct {
	code   int
	reason metav1.StatusReason
	text   string
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

// foreign refuses to touch what the workshop did not make.
func foreign(q *request) error {
	what := q.resource.GroupResource().String()
	if q.name != "" {
		what += fmt.Sprintf(" %q", q.name)
	}
	if q.namespace != "" {
		what += fmt.Sprintf(" in the namespace %q", q.namespace)
	}
	return &refusal{
		code: http.StatusForbidden, reason: metav1.StatusReasonForbidden,
		text: fmt.Sprintf("%s is forbidden: podsec does not %s what the workshop did not make; the cluster was not asked", what, q.verb),
	}
}

func unsupported(text string) error {
	return &refusal{code: http.StatusUnsupportedMediaType, reason: metav1.StatusReasonUnsupportedMediaType, text: text}
}

func tooLarge() error {
	return &refusal{code: http.StatusRequestEntityTooLarge, reason: metav1.StatusReasonRequestEntityTooLarge, text: "the object is larger than 3 MiB"}
}

func invalid(text string) error {
	return &refusal{code: http.StatusUnprocessableEntity, reason: metav1.StatusReasonInvalid, text: text}
}

// refuse answers as an API server does when something is wrong.
func refuse(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(metav1.Status{ // the client may be gone
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: message, //nolint:gosec // an HTTP status
	})
}

// internal is an error of the gate's own: the cluster is not to blame.
func internal(err error) error {
	return &refusal{code: http.StatusInternalServerError, reason: metav1.StatusReasonInternalError, text: err.Error()}
}

// unanswered answers a request that the cluster did not: a refusal of the gate's as it is, and else that the cluster is
// away, with what to do about it.
func unanswered(w http.ResponseWriter, _ *http.Request, err error) {
	if no := (*refusal)(nil); errors.As(err, &no) {
		refuse(w, no.code, no.reason, no.Error())
		return
	}
	trouble := Explain(err)
	text := "no answer of the cluster: " + trouble.Problem
	if trouble.Hint != "" {
		text += " (" + trouble.Hint + ")"
	}
	refuse(w, http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, text)
}
