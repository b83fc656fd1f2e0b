package sim

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"podsec/assets/kyverno"
	"podsec/kube/helm"
)

// baselines has a file for each baseline: its objects as a server stored them once everything had settled, a line each.
// A test makes them as a user would, and compares. UIDs are as they were then: they depend on a seed that is the same
// for all clusters. Kyverno's definitions, and what is in the record of its release, are not there a second time.
//
//go:embed baselines
var baselines embed.FS

// What stands in a snapshot for what is each cluster's own.
const (
	anySecond = "2000-01-01T00:00:00Z"
	anyMoment = "2000-01-01T00:00:00.000000Z"
	anyCA     = "@ca.crt@"
)

// file is where the snapshot of a baseline is.
func (b Baseline) file() string {
	name := "baselines/"
	if b.Kyverno {
		name += "kyverno-"
	}
	if b.Workloads {
		name += "workloads-"
	}
	return name + "cluster.json.gz"
}

// snapshot returns the objects of a baseline as if they had been made at this moment in a cluster with this CA.
func snapshot(base Baseline, now time.Time, ca []byte) ([]*unstructured.Unstructured, error) {
	var objects, definitions []*unstructured.Unstructured
	var record *unstructured.Unstructured
	var group errgroup.Group
	group.Go(func() (err error) {
		objects, err = readSnapshot(base, now, ca)
		return err
	})
	if base.Kyverno {
		group.Go(func() (err error) {
			definitions, record, err = helm.Installed(now)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read snapshot of the cluster: %w", err)
	}
	for _, object := range objects {
		if base.Kyverno && sameObject(object, record) {
			object.SetLabels(record.GetLabels())
			object.Object["data"] = record.Object["data"]
		}
	}
	return append(objects, definitions...), nil
}

func sameObject(a, b *unstructured.Unstructured) bool {
	return a.GroupVersionKind() == b.GroupVersionKind() && a.GetNamespace() == b.GetNamespace() && a.GetName() == b.GetName()
}

func readSnapshot(base Baseline, now time.Time, ca []byte) ([]*unstructured.Unstructured, error) {
	data, err := kyverno.Unpack(baselines, base.file())
	if err != nil {
		return nil, err
	}
	quoted, err := json.Marshal(string(ca))
	if err != nil {
		return nil, err
	}
	now = now.UTC()
	for old, own := range map[string][]byte{
		anySecond: []byte(now.Format(time.RFC3339)), anyMoment: []byte(now.Format(metav1.RFC3339Micro)), anyCA: quoted[1 : len(quoted)-1],
	} {
		data = bytes.ReplaceAll(data, []byte(old), own)
	}
	return decodeLines(data)
}

// decodeLines decodes an object from each line, on all processors.
func decodeLines(data []byte) ([]*unstructured.Unstructured, error) {
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	objects := make([]*unstructured.Unstructured, len(lines))
	var group errgroup.Group
	for i, line := range lines {
		objects[i] = &unstructured.Unstructured{}
		group.Go(func() error { return utiljson.Unmarshal(line, &objects[i].Object) })
	}
	return objects, group.Wait()
}
