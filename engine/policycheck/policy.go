package policycheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
)

// policy is a policy in the form that the checks read.
type policy struct {
	Spec spec

	object *unstructured.Unstructured
	// computed are the rules that Kyverno evaluates: the written ones, then those for pod controllers.
	computed []rule
}

func parse(object *unstructured.Unstructured) (*policy, error) {
	if document.TooDeep(object.Object) {
		return nil, fmt.Errorf("decode %s %s: %w", object.GetKind(), object.GetName(), document.ErrTooDeep)
	}
	p := &policy{object: object}
	body, _ := object.Object["spec"].(map[string]any)
	switch err := convert(body, &p.Spec); {
	case errors.Is(err, errConditions):
		return nil, errConditions
	case err != nil:
		return nil, fmt.Errorf("decode %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return p, p.compute()
}

// compute fills in the rules that Kyverno evaluates. A policy that cannot be compiled has no generated rules: one of
// the checks says why.
func (p *policy) compute() error {
	p.computed = p.Spec.Rules
	compiled, err := engine.Compile(p.object)
	if err != nil {
		return nil //nolint:nilerr // the checks give the reason in Kyverno's words
	}
	generated := compiled.Autogen()
	if len(generated) == 0 {
		return nil
	}
	p.computed = nil
	for _, r := range p.Spec.Rules {
		if !strings.HasPrefix(r.Name, "autogen-") {
			p.computed = append(p.computed, r)
		}
	}
	for _, raw := range generated {
		var r rule
		if err := convert(raw, &r); err != nil {
			return fmt.Errorf("decode generated rule: %w", err)
		}
		p.computed = append(p.computed, r)
	}
	return nil
}

func (p *policy) namespaced() bool {
	kind := p.object.GetKind()
	return kind == "Policy" || kind == "CleanupPolicy"
}

// text returns the policy as JSON, without the copy of itself that kubectl apply leaves in an annotation.
func (p *policy) text() (string, error) {
	annotations := maps.Clone(p.object.GetAnnotations())
	delete(annotations, "kubectl.kubernetes.io/last-applied-configuration")
	data, err := json.Marshal([]any{p.object.GetLabels(), annotations, p.Spec})
	if err != nil {
		return "", fmt.Errorf("encode policy: %w", err)
	}
	return string(data), nil
}

// convert reads one JSON-like value into another.
func convert(from, to any) error {
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}
