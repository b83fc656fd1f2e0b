package kyverno

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What is in the package, in the words of the chart.
const (
	AppVersion   = "v1.19.1" // of Kyverno, and the tag of its images
	ChartVersion = "3.9.1"   // of the chart that installs it
	Namespace    = "kyverno" // that the objects of Manifests are written for
)

// chart is the chart as generate wrote it: a file for each definition, and one for all the rest.
//
//go:embed chart
var chart embed.FS

// What was decoded: read once, when somebody first asks. A program that never installs Kyverno must not pay for it.
var (
	definitions = sync.OnceValues(func() ([]Definition, error) { return unpackAll(chart, "chart/crds") })
	crds        = sync.OnceValues(decodeDefinitions)
	manifests   = sync.OnceValues(func() ([]*unstructured.Unstructured, error) { return unpackObjects(chart, "chart/manifests.json.gz") })
)

// Definition is a CustomResourceDefinition with its specification still encoded. The specifications are 3 MB of JSON;
// who only passes them on is many times faster with bytes.
type Definition struct {
	Object *unstructured.Unstructured // all but spec
	Spec   json.RawMessage
}

// Definitions returns the CustomResourceDefinitions of the groups kyverno.io, policies.kyverno.io, reports.kyverno.io
// and wgpolicyk8s.io, ordered by name. They are shared: a caller that wants to change one makes a copy first. An error
// means that the embedded data is damaged.
func Definitions() ([]Definition, error) {
	all, err := definitions()
	return slices.Clone(all), err
}

// Specification returns the specification of one of the definitions by its name ("clusterpolicies.kyverno.io"), as JSON;
// nil when there is none of that name. It reads that one alone.
func Specification(name string) (json.RawMessage, error) {
	d, err := unpackDefinition(chart, "chart/crds/"+name+".json.gz")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, nil
	}
	return d.Spec, err
}

// CRDs returns what Definitions returns, decoded whole. The same rules hold.
func CRDs() ([]*unstructured.Unstructured, error) {
	all, err := crds()
	return slices.Clone(all), err
}

// Manifests returns the chart's other objects in the order in which Helm creates them: the Namespace, then what pods
// need (service accounts, ConfigMaps, roles and their bindings, Services), then the Deployments. The same rules as for
// Definitions hold.
func Manifests() ([]*unstructured.Unstructured, error) {
	all, err := manifests()
	return slices.Clone(all), err
}
