package sim

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

var everyBaseline = []Baseline{{}, {Kyverno: true}, {Workloads: true}, {Kyverno: true, Workloads: true}}

// TestSnapshots compares what is restored with what building the same baseline comes to.
func TestSnapshots(t *testing.T) {
	for _, base := range everyBaseline {
		t.Run(base.file(), func(t *testing.T) {
			made := built(t, base)
			if *update {
				write(t, base, made)
				return
			}
			restored := startCluster(t, Options{Start: base})
			if d := cmp.Diff(essence(t, made), essence(t, restored)); d != "" {
				t.Errorf("stale, go test ./kube/sim -run Snapshots -update; built (-), restored (+):\n%s", d)
			}
		})
	}
}

// write makes the file of a baseline.
func write(t *testing.T, base Baseline, c *Cluster) {
	t.Helper()
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(bytes.Join(lines(t, c), []byte("\n"))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writer.Close(), os.WriteFile(base.file(), packed.Bytes(), 0o644)); err != nil { //nolint:gosec // a file of the repository
		t.Fatal(err)
	}
}

// lines are the objects that a file has, in a fixed order.
func lines(t *testing.T, c *Cluster) (out [][]byte) {
	t.Helper()
	for _, object := range c.server.Objects() {
		if object.GetKind() != "CustomResourceDefinition" {
			out = append(out, portable(t, c, object))
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return out
}

var (
	moments = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"`)
	seconds = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`)
)

// portable encodes an object without what is each cluster's own.
func portable(t *testing.T, c *Cluster, object *unstructured.Unstructured) []byte {
	t.Helper()
	object = object.DeepCopy()
	unstructured.RemoveNestedField(object.Object, "metadata", "resourceVersion")
	if object.Object["type"] == "helm.sh/release.v1" {
		object.Object["data"] = nil
		unstructured.RemoveNestedField(object.Object, "metadata", "labels", "modifiedAt")
	}
	if data, ok := object.Object["data"].(map[string]any); ok && data["ca.crt"] == string(c.endpoint.CA()) {
		data["ca.crt"] = anyCA
	}
	text, err := json.Marshal(object.Object)
	if err != nil {
		t.Fatal(err)
	}
	text = moments.ReplaceAllLiteral(text, []byte(strconv.Quote(anyMoment)))
	return seconds.ReplaceAllLiteral(text, []byte(strconv.Quote(anySecond)))
}

// placed is what depends on the order in which pods are scheduled: their nodes and addresses.
var placed = regexp.MustCompile(`\bnode-\d\b|\b(10\.0|192\.168)\.\d+\.\d+\b`)

// essence is what is in a cluster but for what is each cluster's own or depends on the order in which things happen, by
// kind and name. The specifications of definitions are left out: they are the chart's in any case.
func essence(t *testing.T, c *Cluster) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, object := range c.server.Objects() {
		object = &unstructured.Unstructured{Object: maps.Clone(object.Object)}
		if object.GetKind() == "CustomResourceDefinition" {
			delete(object.Object, "spec")
		}
		text := portable(t, c, object)
		if object.GetKind() != "Node" {
			text = placed.ReplaceAllLiteral(text, []byte("PLACE"))
		}
		var content map[string]any
		if err := json.Unmarshal(text, &content); err != nil {
			t.Fatal(err)
		}
		out[essential(content)] = content
	}
	return out
}

// essential takes from an object what depends on the order in which things happen, and returns what names it.
func essential(content map[string]any) string {
	object := &unstructured.Unstructured{Object: content}
	name := object.GetName()
	switch object.GetKind() {
	case "EndpointSlice":
		object.SetGeneration(0) // pods became ready one by one, or at once
	case "Event": // its name ends with the time, its UID depends on the name
		name = fmt.Sprintln(strings.TrimRight(name, "0123456789abcdef"), content["reason"], content["message"])
		object.SetName("")
		object.SetUID("")
		unstructured.RemoveNestedField(content, "involvedObject", "resourceVersion")
	}
	return object.GetKind() + " " + object.GetNamespace() + "/" + name
}

// TestSnapshotsAreOfNow: what is restored looks as if it had just been made.
func TestSnapshotsAreOfNow(t *testing.T) {
	before := time.Now().Truncate(time.Second)
	c := startCluster(t, Options{Start: Baseline{Kyverno: true, Workloads: true}})
	for _, object := range c.server.Objects() {
		text, err := json.Marshal(object.Object)
		if err != nil {
			t.Fatal(err)
		}
		for _, quoted := range append(seconds.FindAll(text, -1), moments.FindAll(text, -1)...) {
			at, err := time.Parse(time.RFC3339Nano, strings.Trim(string(quoted), `"`))
			if err != nil || at.Before(before) || at.After(time.Now()) {
				t.Errorf("%s %s has the time %s", object.GetKind(), object.GetName(), quoted)
			}
		}
	}
	record, err := c.server.Client().Get(t.Context(), corev1.SchemeGroupVersion.WithResource("secrets"), "kyverno", "sh.helm.release.v1.kyverno.v1")
	if err != nil {
		t.Fatal(err)
	}
	if made, err := strconv.ParseInt(record.GetLabels()["modifiedAt"], 10, 64); err != nil || made < before.Unix() || record.Object["data"] == nil {
		t.Errorf("the record of the release is of %d (%v)", made, err)
	}
}
