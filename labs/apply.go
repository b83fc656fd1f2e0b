package labs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/kube"
)

// applier creates and changes objects; *kube.Applier does it by server-side apply.
type applier interface {
	Apply(ctx context.Context, objects ...*unstructured.Unstructured) error
}

// apply applies one manifest of the lab, object by object, and waits until its policies are ready and its workloads have
// their pods: a policy of the next manifest must not meet pods that were asked for before it.
func (s *Session) apply(ctx context.Context, name string) error {
	data, err := fs.ReadFile(s.lab.Files, name)
	if err != nil {
		return err
	}
	objects, err := kube.Decode(data)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := annotate(object); err != nil {
			return err
		}
		if err := s.applier.Apply(ctx, object); err != nil {
			return err
		}
		if err := s.awaitPolicy(ctx, object); err != nil {
			return err
		}
		if err := s.awaitPods(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// annotate records the object as "kubectl apply" does, so that a learner who applies the same file again sees what
// they would see had they applied it before.
func annotate(object *unstructured.Unstructured) error {
	config, err := json.Marshal(object.Object)
	if err != nil {
		return fmt.Errorf("encode object: %w", err)
	}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations["kubectl.kubernetes.io/last-applied-configuration"] = string(config) + "\n"
	object.SetAnnotations(annotations)
	return nil
}

// policyPatience is how long a baseline waits for a policy to become ready.
const policyPatience = 2 * time.Minute

// awaitPolicy waits for a Kyverno policy of a baseline to be in force; other kinds need no waiting.
func (s *Session) awaitPolicy(ctx context.Context, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	if kind.Group != "kyverno.io" || kind.Kind != "ClusterPolicy" && kind.Kind != "Policy" {
		return nil
	}
	ready := true
	check := policyCheck{Name: object.GetName(), Kind: kind.Kind, Ready: &ready, gvk: kind}
	if kind.Kind == "Policy" {
		check.Namespace = orWord(object.GetNamespace(), metav1.NamespaceDefault)
	}
	limited, cancel := context.WithTimeout(ctx, policyPatience)
	defer cancel()
	missing, err := check.Judge(limited, Evidence{View: s.view})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case missing != "":
		return errors.New(missing)
	}
	return nil
}

// podsPatience is how long a baseline waits for the pods of a workload. It may never get them: a lab may be about that.
const podsPatience = 20 * time.Second

// awaitPods waits until the pods of a baseline's workload exist or were refused; they need not run yet.
func (s *Session) awaitPods(ctx context.Context, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	if kind.Group != "apps" || readiness(kind.Kind) == nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, podsPatience)
	defer cancel()
	asked := query{kind: kind, namespace: orWord(object.GetNamespace(), metav1.NamespaceDefault), name: object.GetName()}
	_, err := s.view.until(limited, asked, func(found []*unstructured.Unstructured) string {
		for _, o := range found {
			if !asksForPods(o) {
				return ""
			}
		}
		return "no pods yet"
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// asksForPods says whether the controller of a workload has yet to create pods, and has not been refused any.
func asksForPods(o *unstructured.Unstructured) bool {
	if refused, _ := condition(o, "ReplicaFailure"); refused == "True" {
		return false
	}
	if o.GetKind() == "DaemonSet" {
		desired, known, _ := unstructured.NestedInt64(o.Object, "status", "desiredNumberScheduled")
		created, _, _ := unstructured.NestedInt64(o.Object, "status", "currentNumberScheduled")
		return !known || created < desired
	}
	created, _ := replicasReady(o, "replicas")
	return !created
}
