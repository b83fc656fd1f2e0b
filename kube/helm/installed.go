package helm

import (
	_ "embed" // defaultManifest
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/assets/kyverno"
)

// Installed returns what `helm install kyverno` leaves in a cluster and is too large to be kept anywhere else, for who puts a
// cluster together without the detour over its API: the CustomResourceDefinitions, and the Secret in which Helm keeps the
// release. The definitions' specifications are shared, and must not be changed.
func Installed(now time.Time) (definitions []*unstructured.Unstructured, record *unstructured.Unstructured, err error) {
	shared, err := kyverno.CRDs()
	if err != nil {
		return nil, nil, err
	}
	for _, definition := range shared {
		head := maps.Clone(definition.Object)
		delete(head, "spec")
		complete := owned(&unstructured.Unstructured{Object: head})
		complete.Object["spec"] = definition.Object["spec"]
		definitions = append(definitions, complete)
	}
	record, err = installedRecord(now)
	return definitions, record, err
}

// Others returns what else the chart consists of, in the order in which Helm creates it. The namespace is not among them.
func Others() ([]*unstructured.Unstructured, error) {
	resources, err := render(values{})
	if err != nil {
		return nil, err
	}
	return objects(slices.DeleteFunc(resources, func(r resource) bool { return r.spec != nil })), nil
}

// defaultManifest is the manifest of a release without values as pack compresses it: to write and compress three
// megabytes takes as long as all the rest of an installation.
//
//go:embed manifest.gz
var defaultManifest []byte

// installedRecord is the Secret in which Helm keeps the release.
func installedRecord(now time.Time) (*unstructured.Unstructured, error) {
	helm := Helm{Now: func() time.Time { return now }}
	release, err := helm.newRelease(nil, values{})
	if err != nil {
		return nil, err
	}
	release.Info.Status, release.Info.Description = "deployed", "Install complete"
	secret, err := release.secret("modifiedAt", now)
	if err != nil {
		return nil, err
	}
	data := make(map[string]any, len(secret.Data))
	for key, value := range secret.Data { // apart: the converter takes long over so much
		data[key] = base64.StdEncoding.EncodeToString(value)
	}
	secret.Data = nil
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(secret)
	if err != nil {
		return nil, fmt.Errorf("encode release: %w", err)
	}
	content["data"] = data
	return &unstructured.Unstructured{Object: content}, nil
}
