package stored

import (
	"fmt"
	"maps"
	"slices"

	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	celautogen "github.com/kyverno/kyverno/pkg/cel/autogen"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/engine/celpolicy"
)

// written is a policy as it is stored, whatever its kind.
type written interface {
	metav1.Object
	GetMatchConstraints() admissionregistrationv1.MatchResources
	GetMatchConditions() []admissionregistrationv1.MatchCondition
	GetFailurePolicy(forceIgnore bool) admissionregistrationv1.FailurePolicyType
	GetTimeoutSeconds() *int32
	BackgroundEnabled() bool
}

// generated is what Kyverno makes of a policy about pods for some of their controllers.
type generated struct {
	config      string
	targets     []v1beta1.Target
	constraints *admissionregistrationv1.MatchResources
	conditions  []admissionregistrationv1.MatchCondition
}

// Policy is a stored policy.
type Policy struct {
	kind      *Kind
	object    *unstructured.Unstructured
	written   written
	admission bool        // it is asked when requests are admitted
	generated []generated // by the name of the config
	status    any         // of the autogen, as the kind's status has it
	judge     judge
	exempted  bool // some exception names it
}

// New reads a stored policy, and compiles it with those of the exceptions that name it. around is what its expressions can
// reach. A policy that cannot be compiled judges nothing: Kyverno leaves it out in silence.
func New(kind *Kind, object *unstructured.Unstructured, exceptions []*unstructured.Unstructured, around celpolicy.Surroundings) (*Policy, error) {
	p := &Policy{kind: kind, object: object}
	if err := kind.read(p); err != nil {
		return nil, fmt.Errorf("read %s %s: %w", kind.Kind, p.Key(), err)
	}
	own := slices.DeleteFunc(slices.Clone(exceptions), func(exception *unstructured.Unstructured) bool { return !p.named(exception) })
	p.exempted = len(own) > 0
	if judge, err := kind.compile(object, own, around); err == nil {
		p.judge = judge
	}
	return p, nil
}

// named says whether an exception names the policy.
func (p *Policy) named(exception *unstructured.Unstructured) bool {
	polex := &v1beta1.PolicyException{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(exception.Object, polex); err != nil {
		return false
	}
	return slices.ContainsFunc(polex.Spec.PolicyRefs, func(ref v1beta1.PolicyRef) bool {
		return ref.Name == p.object.GetName() && ref.Kind == p.kind.Kind
	})
}

// Concerned says whether exceptions make, or may now make, a difference to the policy.
func (p *Policy) Concerned(exceptions []*unstructured.Unstructured) bool {
	return p.exempted || slices.ContainsFunc(exceptions, p.named)
}

// Kind returns the policy's kind.
func (p *Policy) Kind() *Kind { return p.kind }

// Object returns the policy as it is stored.
func (p *Policy) Object() *unstructured.Unstructured { return p.object }

// Key is the policy's name in reports: "name" or "namespace/name".
func (p *Policy) Key() string {
	if p.object.GetNamespace() == "" {
		return p.object.GetName()
	}
	return p.object.GetNamespace() + "/" + p.object.GetName()
}

// Source is where reports say that the policy's results come from.
func (p *Policy) Source() string { return p.kind.source }

// Admission says whether requests are judged when they are admitted.
func (p *Policy) Admission() bool { return p.admission }

// Targets says whether the policy changes other resources than those that requests are about, which leave these as they are.
func (p *Policy) Targets() bool {
	policy, ok := p.written.(mutatingPolicy)
	if !ok {
		return false
	}
	targets := policy.GetSpec().TargetMatchConstraints
	return targets != nil && (len(targets.ResourceRules) > 0 || targets.Expression != "")
}

// Background says whether existing resources are judged.
func (p *Policy) Background() bool { return p.written.BackgroundEnabled() }

// ReportStatus is how reports write a status: what is not scored does not fail.
func (p *Policy) ReportStatus(status engine.Status) engine.Status {
	if status == engine.Fail && p.object.GetAnnotations()["policies.kyverno.io/scored"] == "false" {
		return engine.Warn
	}
	return status
}

// Resources are the resources that the policy, or what is generated from it, is about; groups and versions may be "*".
func (p *Policy) Resources() []schema.GroupVersionResource {
	constraints := p.written.GetMatchConstraints()
	found := celpolicy.ResourcesOf(constraints.ResourceRules)
	for _, g := range p.generated {
		if g.constraints != nil {
			found = append(found, celpolicy.ResourcesOf(g.constraints.ResourceRules)...)
		}
	}
	return found
}

// collect notes what autogen made.
func collect[A any](p *Policy, configs map[string]A, part func(A) generated) {
	for _, config := range slices.Sorted(maps.Keys(configs)) {
		made := part(configs[config])
		made.config = config
		p.generated = append(p.generated, made)
	}
}

// aboutPods says whether autogen takes the policy for one about pods, whatever controllers it is then generated for.
func (p *Policy) aboutPods() bool {
	constraints := p.written.GetMatchConstraints()
	return celautogen.CanAutoGen(&constraints)
}
