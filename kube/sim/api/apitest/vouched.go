// Package apitest holds what tests of the programs inside a cluster share.
package apitest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// Checked returns the client with a check of everything that is written as vouched: had the API server decoded,
// defaulted and validated it, the same would be stored. What is not so is an error of the test.
func Checked(t testing.TB, client api.Client) api.Client {
	return &checked{Client: client, plain: client, t: t}
}

// checked is a client whose writes are checked once it vouches for them.
type checked struct {
	api.Client
	plain   api.Client // the same user, who vouches for nothing
	vouches bool
	t       testing.TB
}

func (c *checked) Vouched() api.Client {
	return &checked{Client: c.Client.Vouched(), plain: c.plain, vouches: true, t: c.t}
}

func (c *checked) As(user, group string) api.Client {
	return &checked{Client: c.Client.As(user, group), plain: c.plain.As(user, group), vouches: c.vouches, t: c.t}
}

func (c *checked) Create(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, opts metav1.CreateOptions) (*unstructured.Unstructured, error) {
	stored, err := c.Client.Create(ctx, gvr, obj, opts)
	if err != nil || !c.vouches {
		return stored, err
	}
	again := stored.DeepCopy()
	again.SetName("again-" + obj.GetName())
	again.SetResourceVersion("")
	opts.DryRun = []string{metav1.DryRunAll}
	switch want, err := c.plain.Create(ctx, gvr, again, opts); {
	case apierrors.IsNotFound(err) || apierrors.HasStatusCause(err, "NamespaceTerminating"): // the namespace went in between
	case err != nil:
		c.t.Errorf("vouched %s %s is not valid: %v", stored.GetKind(), stored.GetName(), err)
	default:
		c.compare(want, stored)
	}
	return stored, nil
}

// compare reports a difference other than in what names an object and when it came.
func (c *checked) compare(want, got *unstructured.Unstructured) {
	want, got = want.DeepCopy(), got.DeepCopy()
	for _, obj := range []*unstructured.Unstructured{want, got} {
		for _, name := range []string{"name", "uid", "resourceVersion", "creationTimestamp", "managedFields"} {
			unstructured.RemoveNestedField(obj.Object, "metadata", name)
		}
	}
	if diff := cmp.Diff(want.Object, got.Object); diff != "" {
		c.t.Errorf("vouched %s is stored otherwise than it would be (-want +got):\n%s", got.GetKind(), diff)
	}
}

func (c *checked) Update(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, subresource string) (*unstructured.Unstructured, error) {
	stored, err := c.Client.Update(ctx, gvr, obj, subresource)
	if err != nil || !c.vouches {
		return stored, err
	}
	// To write again what is stored changes nothing, unless it is not what the server makes of it.
	switch again, err := c.plain.Update(ctx, gvr, stored, subresource); {
	case apierrors.IsConflict(err) || apierrors.IsNotFound(err): // somebody else wrote in between
	case err != nil:
		c.t.Errorf("vouched %s of %s %s is not valid: %v", subresource, stored.GetKind(), stored.GetName(), err)
	case again.GetResourceVersion() != stored.GetResourceVersion():
		c.compare(again, stored)
	}
	return stored, nil
}
