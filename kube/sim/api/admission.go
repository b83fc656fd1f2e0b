package api

import (
	"context"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Operation is what a request does, in the spelling of admission.k8s.io/v1.
type Operation string

// The operations that admission sees.
const (
	Create  Operation = "CREATE"
	Update  Operation = "UPDATE"
	Delete  Operation = "DELETE"
	Connect Operation = "CONNECT"
)

// Attributes is one request as admission sees it. Mutators may replace Object (never change it in place: it may be
// shared); everything else is read-only. Object is nil for Delete, OldObject for Create.
type Attributes struct {
	UID         types.UID
	Operation   Operation
	Kind        schema.GroupVersionKind
	Resource    schema.GroupVersionResource
	Subresource string
	Namespace   string
	Name        string // already resolved from generateName
	Generated   bool   // the name comes from generateName
	Object      *unstructured.Unstructured
	OldObject   *unstructured.Unstructured
	User        authenticationv1.UserInfo
	DryRun      bool
	// Warnings collects the texts of the response's Warning headers, in order and without repeats.
	Warnings []string
	// Audit collects audit annotations ("pod-security.kubernetes.io/audit-violations": …).
	Audit map[string]string
	// Rounds says which of the two rounds of mutation it is.
	Rounds Rounds
}

// Warn adds a warning for the client once.
func (a *Attributes) Warn(text string) {
	for _, have := range a.Warnings {
		if have == text {
			return
		}
	}
	a.Warnings = append(a.Warnings, text)
}

// Annotate adds an audit annotation; the first of a key stays.
func (a *Attributes) Annotate(key, value string) {
	if a.Audit == nil {
		a.Audit = map[string]string{}
	}
	if _, ok := a.Audit[key]; !ok {
		a.Audit[key] = value
	}
}

// Admission is one step of the admission chain. An error denies the request: a *errors.StatusError is sent as it is.
type Admission interface {
	// Mutate may replace a.Object. It runs before the object is validated.
	Mutate(ctx context.Context, a *Attributes) error
	// Validate may only look. It runs on the object that will be stored.
	Validate(ctx context.Context, a *Attributes) error
}

// Service answers the calls of webhook configurations that name it (clientConfig.service), as the pods behind a
// Kubernetes Service would. path is clientConfig.service.path ("/validate/fail", "/mutate/fail", …).
type Service interface {
	// Review answers one admission review. A nil error with Allowed false is a denial by the webhook; an error is a
	// webhook that could not be reached, and the failurePolicy decides.
	Review(ctx context.Context, path string, a *Attributes) (Review, error)
}

// Review is a webhook's answer, the part of admission.k8s.io/v1 AdmissionResponse that the simulator uses.
type Review struct {
	Allowed  bool
	Message  string                     // of a denial
	Code     int32                      // of a denial; 0 is 400, the API server's own default
	Object   *unstructured.Unstructured // the mutated object; nil is unchanged
	Warnings []string
}

// Services finds the in-process service behind a webhook, by the namespace and name of its Service.
type Services interface {
	// Lookup returns the service, or false when nothing answers there (no Service, or no ready pod behind it).
	Lookup(namespace, name string) (Service, bool)
}
