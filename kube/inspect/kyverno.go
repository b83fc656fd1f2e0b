package inspect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
)

var (
	clusterPolicies = schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "clusterpolicies"}
	policies        = schema.GroupVersionResource{Group: "kyverno.io", Version: "v1", Resource: "policies"}
	exceptions      = schema.GroupVersionResource{Group: "kyverno.io", Version: "v2", Resource: "policyexceptions"}
	namespaces      = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	secrets         = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	configMaps      = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	deployments     = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
)

// kyvernoPolicies are the resources that hold policies.
func kyvernoPolicies() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{clusterPolicies, policies}
}

// notServed says whether an error means that there is no such thing.
func notServed(err error) bool { return apierrors.IsNotFound(err) || meta.IsNoMatchError(err) }

// Policies reads every ClusterPolicy, and every Policy of the namespace ("" for none). A cluster without any, and without
// policies of other kinds, is an error.
func (c *Cluster) Policies(ctx context.Context, namespace string) ([]*unstructured.Unstructured, error) {
	found, err := c.list(ctx, clusterPolicies, "")
	if err != nil {
		return nil, err
	}
	if namespace != "" {
		own, err := c.list(ctx, policies, namespace)
		if err != nil {
			return nil, err
		}
		found = append(found, own...)
	}
	if len(found) > 0 {
		return pointers(found), nil
	}
	if others, err := c.Unjudged(ctx); err != nil || len(others) > 0 {
		return nil, err
	}
	return nil, errNoPolicies
}

func pointers(items []unstructured.Unstructured) []*unstructured.Unstructured {
	out := make([]*unstructured.Unstructured, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	return out
}

// NamespaceLabels reads the labels of a namespace; one that does not exist has none.
func (c *Cluster) NamespaceLabels(ctx context.Context, name string) (map[string]string, error) {
	found, err := c.client.Resource(namespaces).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read namespace %s: %w", name, err)
	}
	return found.GetLabels(), nil
}

// Filters reads Kyverno's resource filters, none when Kyverno has no configuration there.
func (c *Cluster) Filters(ctx context.Context, kyverno string) (engine.ResourceFilters, error) {
	found, err := c.client.Resource(configMaps).Namespace(kyverno).Get(ctx, "kyverno", metav1.GetOptions{})
	if notServed(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/kyverno: %w", kyverno, err)
	}
	text, _, _ := unstructured.NestedString(found.Object, "data", "resourceFilters")
	return engine.ParseResourceFilters(text), nil
}

// Exceptions reads the PolicyExceptions that count: Kyverno must run with --enablePolicyException, and takes them only
// from the namespace of --exceptionNamespace ("*" for all).
func (c *Cluster) Exceptions(ctx context.Context, kyverno string) ([]*unstructured.Unstructured, error) {
	controller, err := c.client.Resource(deployments).Namespace(kyverno).Get(ctx, "kyverno-admission-controller", metav1.GetOptions{})
	if notServed(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read Kyverno's arguments: %w", err)
	}
	args := arguments(controller)
	from := args["exceptionNamespace"]
	if args["enablePolicyException"] != "true" || from == "" {
		return nil, nil
	}
	found, err := c.list(ctx, exceptions, strings.TrimPrefix(from, "*"))
	return pointers(found), err
}

// arguments are the flags of a Deployment's containers.
func arguments(deployment *unstructured.Unstructured) map[string]string {
	out := map[string]string{}
	containers, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	for _, container := range containers {
		fields, _ := container.(map[string]any)
		args, _, _ := unstructured.NestedStringSlice(fields, "args")
		for _, arg := range slices.Backward(args) {
			name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			if _, set := out[name]; !set {
				out[name] = value
			}
		}
	}
	return out
}
