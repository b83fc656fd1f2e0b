package engine

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Policy is a compiled ClusterPolicy or Policy.
type Policy struct {
	object *unstructured.Unstructured
}

// Object returns the policy as it was given to Compile; callers must not change it.
func (p *Policy) Object() *unstructured.Unstructured { return p.object }

// Name returns the policy's name.
func (p *Policy) Name() string { return p.object.GetName() }

// Namespace returns the namespace of a Policy, "" for a ClusterPolicy.
func (p *Policy) Namespace() string { return p.object.GetNamespace() }
