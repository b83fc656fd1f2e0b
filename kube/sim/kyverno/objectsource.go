package kyverno

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine"
)

// objectSource finds what rules copy and change.
type objectSource struct{ k *Kyverno }

var _ engine.ObjectSource = objectSource{}

// Get implements engine.ObjectSource.
func (s objectSource) Get(ctx context.Context, apiVersion, kind, namespace, name string) (*unstructured.Unstructured, error) {
	r, served := s.k.discovery.kindFor(apiVersion, kind)
	if !served {
		return nil, fmt.Errorf("no kind %s in %s", kind, apiVersion)
	}
	if !r.namespaced {
		namespace = ""
	}
	return s.k.client.Get(ctx, r.gvr, namespace, name)
}

// List implements engine.ObjectSource.
func (s objectSource) List(
	ctx context.Context, apiVersion, kind, namespace string, selector *metav1.LabelSelector,
) ([]*unstructured.Unstructured, error) {
	r, served := s.k.discovery.kindFor(apiVersion, kind)
	if !served {
		return nil, fmt.Errorf("no kind %s in %s", kind, apiVersion)
	}
	wanted := labels.Everything()
	if selector != nil {
		var err error
		if wanted, err = metav1.LabelSelectorAsSelector(selector); err != nil {
			return nil, err
		}
	}
	return s.k.client.List(ctx, r.gvr, namespace, wanted)
}

// byUID returns the object with that UID, nil for none.
func (k *Kyverno) byUID(ctx context.Context, r resource, namespace string, uid types.UID) (*unstructured.Unstructured, error) {
	heads, err := k.client.Heads(ctx, r.gvr, namespace)
	if err != nil {
		return nil, err
	}
	for _, head := range heads {
		if head.UID != uid {
			continue
		}
		object, err := k.client.Get(ctx, r.gvr, head.Namespace, head.Name)
		if apierrors.IsNotFound(err) {
			return nil, nil //nolint:nilnil // it went in between
		}
		return object, err
	}
	return nil, nil //nolint:nilnil // the contract: nothing is there
}
