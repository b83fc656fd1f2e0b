package labs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// fieldManager owns the fields that a baseline sets.
const fieldManager = "podsec"

// lastApplied is the annotation that "kubectl apply" looks for. Baselines set it, so that a learner who applies the
// same file again sees what they would see had they applied it before.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// apply applies one manifest of the lab, object by object, and waits until its policies are ready.
func (s *Session) apply(ctx context.Context, name string) error {
	data, err := fs.ReadFile(s.lab.Files, name)
	if err != nil {
		return err
	}
	objects, err := decodeManifest(data)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := s.view.apply(ctx, object); err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if err := s.awaitPolicy(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// decodeManifest reads the objects of a file of YAML documents; empty documents are left out.
func decodeManifest(data []byte) ([]*unstructured.Unstructured, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), len(data)+1)
	var objects []*unstructured.Unstructured
	for {
		var raw runtime.RawExtension
		err := decoder.Decode(&raw)
		switch {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("read manifest: %w", err)
		case len(raw.Raw) == 0 || string(raw.Raw) == "null":
			continue
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw.Raw); err != nil {
			return nil, fmt.Errorf("read manifest: %w", err)
		}
		if object.GetAPIVersion() == "" || object.GetName() == "" {
			return nil, errors.New("read manifest: an object has no apiVersion or no name")
		}
		objects = append(objects, object)
	}
}

// apply creates or changes one object by server-side apply.
func (v *View) apply(ctx context.Context, object *unstructured.Unstructured) error {
	mapping, err := v.mapping(object.GroupVersionKind())
	if err != nil {
		return fmt.Errorf("ask cluster for kind: %w", err)
	}
	if err := annotate(object); err != nil {
		return err
	}
	options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
	resource := v.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		_, err = resource.Apply(ctx, object.GetName(), object, options)
		return err
	}
	namespace := orWord(object.GetNamespace(), metav1.NamespaceDefault)
	_, err = resource.Namespace(namespace).Apply(ctx, object.GetName(), object, options)
	return err
}

// annotate records the object as kubectl does.
func annotate(object *unstructured.Unstructured) error {
	config, err := json.Marshal(object.Object)
	if err != nil {
		return fmt.Errorf("encode object: %w", err)
	}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[lastApplied] = string(config) + "\n"
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
