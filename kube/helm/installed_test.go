package helm

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var update = flag.Bool("update", false, "rewrite manifest.gz")

// TestDefaultManifest compares what is kept compressed with the manifest of the chart.
func TestDefaultManifest(t *testing.T) {
	resources, err := render(values{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := manifest(resources)
	if err != nil {
		t.Fatal(err)
	}
	want, err := manifestField(text)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		packed, err := compress(want, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("manifest.gz", packed, 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
		return
	}
	reader, err := gzip.NewReader(bytes.NewReader(defaultManifest))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes (%v) are not the %d of the chart: go test ./kube/helm -run DefaultManifest -update", len(got), err, len(want))
	}
}

// TestInstalled: who puts a cluster together without helm gets what helm would install, definition by definition.
func TestInstalled(t *testing.T) {
	definitions, _, err := Installed(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	others, err := Others()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, object := range append(definitions, others...) {
		data, err := resource{object, nil}.encode("")
		if err != nil {
			t.Fatal(err)
		}
		got[id(object)] = canonical(t, data)
	}
	resources, err := render(values{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, r := range resources {
		data, err := r.encode("")
		if err != nil {
			t.Fatal(err)
		}
		want[id(r.Unstructured)] = canonical(t, data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-helm +got):\n%s", diff)
	}
}

// canonical is JSON with its keys in order.
func canonical(t *testing.T, data []byte) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestInstalledRecord reads the record that a new cluster has as helm does.
func TestInstalledRecord(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	secret, err := installedRecord(at)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := unstructured.NestedString(secret.Object, "data", "release")
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	record, err := decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	made, err := record.objects()
	if err != nil || len(made) < 50 {
		t.Errorf("%d objects, %v", len(made), err)
	}
	if record.Info.Status != "deployed" || !record.Info.LastDeployed.Equal(at) || secret.GetName() != "sh.helm.release.v1.kyverno.v1" {
		t.Errorf("record %s is %+v", secret.GetName(), record.Info)
	}
}
