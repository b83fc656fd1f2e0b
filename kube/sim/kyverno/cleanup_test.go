package kyverno

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const sweeping = `
apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
metadata: {name: sweep}
spec:
  schedule: "@hourly"
  match: {any: [{resources: {kinds: [ConfigMap], names: [old]}}]}
`

const old = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old, namespace: team}"

// TestCleanupControllerComesBack: what was missed is made up for once, and nothing happens without it.
func TestCleanupControllerComesBack(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(fmt.Sprintf(mayCleanUp, "configmaps"))
	c.mustApply(old + "\n---" + sweeping)
	c.settle()
	c.scale("kyverno-cleanup-controller", 1, 0)
	c.settle()
	c.clock.Step(10 * time.Hour)
	c.settle()
	if !c.holds("team", "old") {
		t.Error("a controller without a pod cleans up")
	}
	c.scale("kyverno-cleanup-controller", 1, 1)
	c.settle()
	if c.holds("team", "old") {
		t.Error("what was missed is not made up for")
	}
	stored, err := c.client.Get(t.Context(), clusterCleanups, "", "sweep")
	if err != nil {
		t.Fatal(err)
	}
	if at := text(nested(stored.Object, "status"), "lastExecutionTime"); at != "2026-03-01T22:00:00Z" {
		t.Errorf("ran last at %s", at)
	}
}

// TestCleanupWithoutPermission: a kind that may not be listed any more is passed over.
func TestCleanupWithoutPermission(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(fmt.Sprintf(mayCleanUp, "configmaps"))
	c.mustApply(old + "\n---" + sweeping)
	c.delete(clusterRoles, "", "clean-configmaps")
	c.settle()
	c.clock.Step(time.Hour)
	c.settle()
	stored, err := c.client.Get(t.Context(), clusterCleanups, "", "sweep")
	if err != nil {
		t.Fatal(err)
	}
	if at := text(nested(stored.Object, "status"), "lastExecutionTime"); !c.holds("team", "old") || at != "2026-03-01T13:00:00Z" {
		t.Errorf("ran last at %s, the object is there: %t", at, c.holds("team", "old"))
	}
}

// TestCleanupEvents: of success there are events only if the ConfigMap says so.
func TestCleanupEvents(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(fmt.Sprintf(mayCleanUp, "configmaps"))
	settings, err := c.client.Get(t.Context(), configMaps, "kyverno", "kyverno")
	if err != nil {
		t.Fatal(err)
	}
	settings = settings.DeepCopy()
	_ = unstructured.SetNestedField(settings.Object, "true", "data", "generateSuccessEvents")
	if _, err := c.client.Update(t.Context(), configMaps, settings, ""); err != nil {
		t.Fatal(err)
	}
	c.mustApply(old + "\n---" + sweeping)
	c.settle()
	c.clock.Step(time.Hour)
	c.settle()
	stored, err := c.client.List(t.Context(), eventsResource, "default", nil)
	if err != nil || len(stored) != 1 {
		t.Fatalf("%d events, %v", len(stored), err)
	}
	event := stored[0].DeepCopy().Object
	delete(event, "metadata")
	delete(nested(event, "involvedObject"), "uid")
	want := map[string]any{
		"apiVersion": "v1", "kind": "Event", "action": "Resource Cleaned Up", "reason": "PolicyApplied", "type": "Normal",
		"eventTime": "2026-03-01T13:00:00.000000Z", "firstTimestamp": nil, "lastTimestamp": nil, "source": map[string]any{},
		"reportingComponent": "kyverno-cleanup", "reportingInstance": "kyverno-cleanup-host",
		"involvedObject": map[string]any{"apiVersion": "kyverno.io/v2", "kind": "ClusterCleanupPolicy", "name": "sweep"},
		"related":        map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "namespace": "team", "name": "old"},
		"message":        "successfully cleaned up the target resource ConfigMap/team/old",
	}
	if diff := cmp.Diff(want, event); diff != "" {
		t.Error(diff)
	}
}

// TestCleanupOfWildcards: it is not known whether everything may be deleted.
func TestCleanupOfWildcards(t *testing.T) {
	c := newKyvernoCluster(t)
	err := c.apply(strings.Replace(sweeping, "kinds: [ConfigMap], names: [old]", `kinds: ["*"]`, 1))
	if want := `admission webhook "kyverno-cleanup-controller.kyverno.svc" denied the request: failed to get GVR for kind *`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestFadingBefore: objects whose time to live was set before the controller came are found within a minute.
func TestFadingBefore(t *testing.T) {
	brief := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: brief, namespace: team, creationTimestamp: 2026-03-01T11:00:00Z, labels: {cleanup.kyverno.io/ttl: 1s}}"
	c := newTestCluster(t, append(installedKyverno(t), parseObjects(t, brief+"\n---"+fmt.Sprintf(mayCleanUp, "configmaps"))...)...)
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.settle()
	if !c.holds("team", "brief") {
		t.Error("it is found at once")
	}
	c.clock.Step(time.Minute)
	c.settle()
	if c.holds("team", "brief") {
		t.Error("it is not found")
	}
}

// TestFadingWithoutPermission: what cannot be deleted any more is deleted when it can again.
func TestFadingWithoutPermission(t *testing.T) {
	c := newKyvernoCluster(t)
	may := fmt.Sprintf(mayCleanUp, "configmaps")
	c.mustApply(may)
	c.mustApply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: brief, namespace: team, labels: {cleanup.kyverno.io/ttl: 10s}}")
	c.settle()
	c.delete(clusterRoles, "", "clean-configmaps")
	c.clock.Step(10 * time.Second)
	c.settle()
	if !c.holds("team", "brief") {
		t.Error("it is deleted without permission")
	}
	c.mustApply(may)
	c.clock.Step(time.Minute)
	c.settle()
	if c.holds("team", "brief") {
		t.Error("it stays with permission")
	}
}

func TestDeletionTime(t *testing.T) {
	for ttl, want := range map[string]string{
		"90s": "2026-03-01T12:01:30Z", "1h30m": "2026-03-01T13:30:00Z", "5d": "2026-03-06T12:00:00Z", "1w": "2026-03-08T12:00:00Z", "0d": "2026-03-01T12:00:00Z",
		"2030-01-02": "2030-01-02T00:00:00Z", "2030-01-02T150405Z": "2030-01-02T15:04:05Z",
		"soon":       `parsing time "soon" as "2006-01-02": cannot parse "soon" as "2006"`,
		"":           `parsing time "" as "2006-01-02": cannot parse "" as "2006"`,
		"10x":        `parsing time "10x" as "2006-01-02": cannot parse "10x" as "2006"`,
		"1":          `parsing time "1" as "2006-01-02": cannot parse "1" as "2006"`,
		"2030-13-02": `parsing time "2030-13-02": month out of range`,
	} {
		at, err := deletionTime(ttl, startTime)
		got := at.Format(time.RFC3339)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", ttl, got, want)
		}
	}
}

func TestPropagation(t *testing.T) {
	for annotation, want := range map[string]metav1.DeletionPropagation{
		"": "", "Sometimes": "", "Orphan": "Orphan", "Foreground": "Foreground", "Background": "Background",
	} {
		object := &unstructured.Unstructured{}
		object.SetAnnotations(map[string]string{propagationAnnotation: annotation})
		var got metav1.DeletionPropagation
		if how := propagationOf(object); how != nil {
			got = *how
		}
		if got != want {
			t.Errorf("%q: %q", annotation, got)
		}
	}
}
