package helm

import (
	_ "embed" // defaultManifest
	"fmt"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"
)

// Installed returns what `helm install kyverno` leaves in a cluster, for who puts a cluster together without the detour
// over its API: the CustomResourceDefinitions, and the other objects in the order in which Helm creates them. The
// namespace is not among them. record is the Secret in which Helm keeps the release, which it creates last.
func Installed(now time.Time) (definitions, others []*unstructured.Unstructured, record *unstructured.Unstructured, err error) {
	resources, err := render(values{})
	if err != nil {
		return nil, nil, nil, err
	}
	for _, r := range resources {
		if r.spec == nil {
			others = append(others, r.Unstructured)
			continue
		}
		var spec map[string]any
		if err := json.Unmarshal(r.spec, &spec); err != nil {
			return nil, nil, nil, fmt.Errorf("decode definition %s: %w", r.GetName(), err)
		}
		complete := maps.Clone(r.Object)
		complete["spec"] = spec
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
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(secret)
	if err != nil {
		return nil, fmt.Errorf("encode release: %w", err)
	}
	return &unstructured.Unstructured{Object: content}, nil
}
