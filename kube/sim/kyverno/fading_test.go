package kyverno

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

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

// TestFadingBeforeAndRefused: that some kind may not be deleted does not keep the controller from looking for other objects.
func TestFadingBeforeAndRefused(t *testing.T) {
	brief := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: brief, namespace: team, creationTimestamp: 2026-03-01T11:00:00Z, labels: {cleanup.kyverno.io/ttl: 1s}}"
	c := newTestCluster(t, append(installedKyverno(t), parseObjects(t, brief+"\n---"+fmt.Sprintf(mayCleanUp, "configmaps"))...)...)
	if err := c.kyverno.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.settle()
	c.mustApply("apiVersion: v1\nkind: Secret\nmetadata: {name: refused, namespace: team, labels: {cleanup.kyverno.io/ttl: 1s}}")
	c.settle()
	c.clock.Step(time.Minute)
	c.settle()
	if c.holds("team", "brief") {
		t.Error("what was there before is not found")
	}
}

// TestFadingOfGoneKinds: a kind that is not served any more is not watched any more, and may come back.
func TestFadingOfGoneKinds(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(strings.Replace(fmt.Sprintf(mayCleanUp, "gadgets"), `apiGroups: [""]`, "apiGroups: [example.com]", 1))
	gadget := schema.GroupVersionResource{Group: "example.com", Version: "v2", Resource: "gadgets"}
	brief := "apiVersion: example.com/v2\nkind: Gadget\nmetadata: {name: brief, namespace: team, labels: {cleanup.kyverno.io/ttl: 10s}}"
	for range 2 {
		c.mustApply(gadgets)
		if _, err := c.client.Create(t.Context(), gadget, parseObjects(t, brief)[0], metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		c.settle()
		if len(c.kyverno.fading.list(gadget)) != 1 {
			t.Error("the object is not watched")
		}
		c.delete(definitions, "", "gadgets.example.com")
		c.settle()
		if left := c.kyverno.fading.running[gadget]; left != nil || len(c.kyverno.faded) > 0 {
			t.Errorf("%v are still known, watched: %t", c.kyverno.faded, left != nil)
		}
	}
}

// TestFadingWhenTheClockIsSetBack: who wakes too soon comes again.
func TestFadingWhenTheClockIsSetBack(t *testing.T) {
	c := newKyvernoCluster(t)
	c.mustApply(fmt.Sprintf(mayCleanUp, "configmaps"))
	c.mustApply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: brief, namespace: team, labels: {cleanup.kyverno.io/ttl: 10s}}")
	c.settle()
	name := types.NamespacedName{Namespace: "team", Name: "brief"}
	key := configMaps.String() + " " + name.String()
	c.kyverno.timetable.Cancel(key)
	c.kyverno.background.add("", func(ctx context.Context) { c.kyverno.fade(ctx, key, configMaps, name) })
	c.settle()
	if !c.holds("team", "brief") {
		t.Error("it is deleted too soon")
	}
	c.clock.Step(10 * time.Second)
	c.settle()
	if c.holds("team", "brief") {
		t.Error("it is not deleted when its time comes")
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
