package labs

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube"
)

// meddlers are the kinds of objects that change how a cluster answers to requests for others.
func meddlers() []schema.GroupVersionKind {
	return []schema.GroupVersionKind{
		{Group: "kyverno.io", Version: "v1", Kind: "ClusterPolicy"},
		{Group: "kyverno.io", Version: "v1", Kind: "Policy"},
		{Group: "kyverno.io", Version: "v2", Kind: "PolicyException"},
		{Group: "policies.kyverno.io", Version: "v1", Kind: "ValidatingPolicy"},
		{Group: "policies.kyverno.io", Version: "v1", Kind: "MutatingPolicy"},
		{Group: "policies.kyverno.io", Version: "v1", Kind: "ImageValidatingPolicy"},
		{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingAdmissionPolicyBinding"},
		{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingWebhookConfiguration"},
		{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "MutatingWebhookConfiguration"},
		{Version: "v1", Kind: "Namespace"},
	}
}

// Leftovers names what is on the cluster that changes how it answers, and that is not of the lab's baseline: policies,
// exceptions, Kyverno's webhooks without Kyverno, namespaces with a Pod Security level. On a cluster that is not reset
// between labs, these came from before and may make steps go otherwise than they say; at the end of a lab, they are
// what it leaves to the next. The names are in the order of their kinds, as a learner reads them.
func (s *Session) Leftovers(ctx context.Context) ([]string, error) {
	own, err := s.baseline()
	if err != nil {
		return nil, err
	}
	running, err := s.view.runs(ctx, "kyverno")
	if err != nil {
		return nil, err
	}
	var left []string
	for _, kind := range meddlers() {
		objects, err := s.view.list(ctx, kind, "")
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			name := describe(kind.Kind, o.GetNamespace(), o.GetName())
			if meddles(o, running) && !slices.Contains(own, name) {
				left = append(left, name)
			}
		}
	}
	return left, nil
}

// baseline names the objects that the lab itself begins with.
func (s *Session) baseline() ([]string, error) {
	var names []string
	for _, name := range s.lab.Start.Apply {
		text, err := fs.ReadFile(s.lab.Files, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, plain(err))
		}
		objects, err := kube.Decode(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for _, o := range objects {
			namespace := o.GetNamespace()
			if o.GetKind() == "Policy" || o.GetKind() == "PolicyException" {
				namespace = orWord(namespace, metav1.NamespaceDefault)
			}
			names = append(names, describe(o.GetKind(), namespace, o.GetName()))
		}
	}
	return names, nil
}

// meddles says whether an object of one of the kinds is about other objects. kyverno says whether Kyverno runs, which
// its webhooks are then a part of.
func meddles(o *unstructured.Unstructured, kyverno bool) bool {
	switch o.GetKind() {
	case "Namespace":
		return leveled(o)
	case "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration":
		return !kyverno && strings.HasPrefix(o.GetName(), "kyverno-")
	case "ValidatingAdmissionPolicyBinding": // Kyverno makes them of its own policies
		return o.GetLabels()["app.kubernetes.io/managed-by"] != "kyverno"
	}
	return true
}

// leveled says whether a namespace has a Pod Security level that refuses something.
func leveled(o *unstructured.Unstructured) bool {
	for _, mode := range []string{"enforce", "warn", "audit"} {
		if level := o.GetLabels()["pod-security.kubernetes.io/"+mode]; level != "" && level != "privileged" {
			return !strings.HasPrefix(o.GetName(), "kube-")
		}
	}
	return false
}

// list gives the objects of a kind by namespace and name; of a kind that the cluster does not know there are none.
func (v *View) list(ctx context.Context, kind schema.GroupVersionKind, namespace string) ([]*unstructured.Unstructured, error) {
	client, _, err := v.client(kind)
	switch {
	case meta.IsNoMatchError(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	list, err := client.Namespace(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind.Kind, err)
	}
	return newCollection(query{}, list.Items).objects(), nil
}

// runs says whether a namespace has a deployment.
func (v *View) runs(ctx context.Context, namespace string) (bool, error) {
	deployments, err := v.list(ctx, schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, namespace)
	return len(deployments) > 0, err
}
