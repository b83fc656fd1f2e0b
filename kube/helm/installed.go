package helm

import (
	_ "embed" // defaultManifest
	"encoding/base64"
	"fmt"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"podsec/assets/kyverno"
)

// Installed returns what `helm install kyverno` leaves in a cluster, for who puts a cluster together without the detour
// over its API: the CustomResourceDefinitions, and the other objects in the order in which Helm creates them. The
// namespace is not among them. The definitions' specifications are shared, and must not be changed. record is the Secret
// in which Helm keeps the release, which it creates last.
func Installed(now time.Time) (definitions, others []*unstructured.Unstructured, record *unstructured.Unstructured, err error) {
	resources, err := render(values{})
	if err != nil {
		return nil, nil, nil, err
	}
	decoded, err := kyverno.CRDs() // in the order of the chart's definitions
	if err != nil {
		return nil, nil, nil, err
	}
	for _, r := range resources {
		if r.spec == nil {
			others = append(others, r.Unstructured)
			continue
		}
		if of := decoded[len(definitions)]; of.GetName() != r.GetName() {
			return nil, nil, nil, fmt.Errorf("definition %s is in the place of %s", of.GetName(), r.GetName())
		}
		complete := maps.Clone(r.Object)
		complete["spec"] = decoded[len(definitions)].Object["spec"]
		definitions = append(definitions, &unstructured.Unstructured{Object: complete})
	}
	record, err = installedRecord(now)
	return definitions, others, record, err
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
