package kyverno

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
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

// The decoded objects: read once, when somebody first asks. Decoding takes about as long as a learner's key press, so
// a program that never installs Kyverno must not pay for it.
var (
	definitions = sync.OnceValues(func() ([]*unstructured.Unstructured, error) { return decodeAll(chart, "chart/crds") })
	manifests   = sync.OnceValues(func() ([]*unstructured.Unstructured, error) { return decodeFile(chart, "chart/manifests.json.gz") })
)

// CRDs returns the CustomResourceDefinitions of the groups kyverno.io, policies.kyverno.io, reports.kyverno.io and
// wgpolicyk8s.io, ordered by name. The objects are shared: a caller that wants to change one makes a DeepCopy first. An
// error means that the embedded data is damaged.
func CRDs() ([]*unstructured.Unstructured, error) {
	all, err := definitions()
	return slices.Clone(all), err
}

// Manifests returns the chart's other objects in the order in which Helm creates them: the Namespace, then what pods
// need (service accounts, ConfigMaps, roles and their bindings, Services), then the Deployments. The same rules as for
// CRDs hold.
func Manifests() ([]*unstructured.Unstructured, error) {
	all, err := manifests()
	return slices.Clone(all), err
}

// decodeAll decodes every file of a folder at once and returns the objects ordered by name.
func decodeAll(files fs.FS, dir string) ([]*unstructured.Unstructured, error) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	parts := make([][]*unstructured.Unstructured, len(entries))
	var group errgroup.Group
	for i, entry := range entries {
		group.Go(func() (err error) {
			parts[i], err = decodeFile(files, path.Join(dir, entry.Name()))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	objects := slices.Concat(parts...)
	slices.SortFunc(objects, func(a, b *unstructured.Unstructured) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return objects, nil
}
