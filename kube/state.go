package kube

import (
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// State is what the workshop shows of a cluster at one moment. A State is immutable once it was sent.
type State struct {
	Namespaces []Namespace // by name
	Workloads  []Workload  // by namespace, kind, name
	Policies   []Policy    // by kind, name
	Reports    []Report    // by namespace, kind, name
	Events     []Event     // policy violations, newest first
	// Kyverno is true once the cluster serves kyverno.io.
	Kyverno bool
	// Err is the last error of a watch that is being retried, nil when all are up.
	Err error
}

// Lost is why the cluster cannot be followed at present, nil when it can: what the user may not see is no loss.
func (s State) Lost() error {
	if apierrors.IsForbidden(s.Err) {
		return nil
	}
	return s.Err
}

// Namespace is a namespace and its Pod Security Admission labels.
type Namespace struct {
	Name  string
	Phase string
	// PSA maps a mode (enforce, audit, warn) to "level" or "level:version".
	PSA map[string]string
}

// Workload is a pod that no controller owns, or a controller that no other controller owns.
type Workload struct {
	Kind, Namespace, Name string
	Ready, Desired        int
	// Status is what kubectl shows of a pod (Running, Pending, Completed); for controllers "" or the reason of a
	// ReplicaFailure condition (FailedCreate).
	Status  string
	Message string // of the failure condition
	Images  []string
	Created time.Time
}

// Policy is a Kyverno policy.
type Policy struct {
	Kind, Namespace, Name string
	Ready                 bool
	// Actions are the failure actions of its validate rules, each once: Audit, Enforce.
	Actions []string
	// Types says what its rules do, each once: validate, mutate, generate, verifyImages.
	Types []string
	Rules int
}

// Report is a policy report on one resource.
type Report struct {
	Kind, Namespace, Name          string // of the resource
	Pass, Fail, Warn, Error, Skips int
	Results                        []ReportResult
}

// ReportResult is one line of a report.
type ReportResult struct {
	Policy, Rule, Result, Message string
	Severity                      string
	Properties                    map[string]string
	Time                          time.Time
}

// Event is a Kubernetes Event of a policy.
type Event struct {
	Time               time.Time
	Type, Reason       string
	Object             string // "clusterpolicy/require-labels"
	Message            string
	Count              int
	Blocked            bool // a denied request
	Namespace, RelName string
}
