package psa

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
	admissionv1 "k8s.io/api/admission/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/klog/v2"
	"k8s.io/pod-security-admission/admission"
	admissionapi "k8s.io/pod-security-admission/admission/api"
	"k8s.io/pod-security-admission/admission/api/load"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"podsec/kube/sim/api"
)

// New returns the admission step that holds pods to the pod-security.kubernetes.io labels of their namespace. client
// reads namespaces, and the pods of a namespace whose labels change. config has the cluster-wide defaults and
// exemptions; nil is what a managed cluster has: privileged everywhere, nothing exempt. The error is an invalid config.
func New(client Reader, config *admissionapi.PodSecurityConfiguration) (api.Admission, error) {
	if config == nil {
		defaults, err := load.LoadFromData(nil)
		if err != nil {
			return nil, fmt.Errorf("load pod security defaults: %w", err)
		}
		config = defaults
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, fmt.Errorf("load pod security checks: %w", err)
	}
	delegate := &admission.Admission{
		Configuration:   config,
		Evaluator:       evaluator,
		Metrics:         noMetrics{},
		NamespaceGetter: reader{client},
		PodLister:       reader{client},
	}
	if err := delegate.CompleteConfiguration(); err != nil {
		return nil, fmt.Errorf("complete pod security configuration: %w", err)
	}
	if err := delegate.ValidateConfiguration(); err != nil {
		return nil, fmt.Errorf("validate pod security configuration: %w", err)
	}
	return &plugin{delegate: delegate}, nil
}

// plugin is kube-apiserver's PodSecurity plugin.
type plugin struct {
	delegate *admission.Admission
}

// Mutate changes nothing: Pod Security Admission only judges.
func (p *plugin) Mutate(context.Context, *api.Attributes) error { return nil }

// Validate denies a pod that violates the enforced level (Forbidden) and a namespace with wrong labels (Invalid), and
// adds warnings and audit annotations to the request.
func (p *plugin) Validate(ctx context.Context, a *api.Attributes) error {
	if !applies(a) {
		return nil
	}
	// The delegate logs what it also answers; a terminal has no place for it.
	ctx = klog.NewContext(ctx, logr.Discard())
	response := p.delegate.Validate(ctx, &attributes{request: a})
	for _, warning := range response.Warnings {
		a.Warn(warning)
	}
	for key, value := range response.AuditAnnotations {
		if a.Audit == nil {
			a.Audit = map[string]string{}
		}
		a.Audit[podsecurity.AuditAnnotationPrefix+key] = value
	}
	if response.Allowed {
		return nil
	}
	return denial(a, response)
}

// applies says whether the request is one that Pod Security Admission looks at.
func applies(a *api.Attributes) bool {
	if a.Operation != api.Create && a.Operation != api.Update {
		return false
	}
	_, ok := prototypes[a.Resource.GroupResource()]
	return ok
}

// denial turns a response into the API server's error: Forbidden, unless the response has a status of its own.
func denial(a *api.Attributes, response *admissionv1.AdmissionResponse) error {
	err := apierrors.NewForbidden(a.Resource.GroupResource(), a.Name, errors.New("not allowed by PodSecurity"))
	result := response.Result
	if result == nil {
		return err
	}
	if result.Message != "" {
		err.ErrStatus.Message = result.Message
	}
	if result.Reason != "" {
		err.ErrStatus.Reason = result.Reason
	}
	if result.Details != nil {
		err.ErrStatus.Details = result.Details
	}
	if result.Code != 0 {
		err.ErrStatus.Code = result.Code
	}
	return err
}
