package inspect_test

import (
	"strings"
	"testing"

	"podsec/kube/inspect"
	"podsec/kube/sim"
)

// testObject reads an object by all the names that kubectl takes, without what the API server added.
func testObject(t *testing.T, cluster *sim.Cluster, reader *inspect.Cluster) {
	apply(t, cluster, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default, annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}
`)
	for _, argument := range []string{"deployment/web", "deployments/web", "deploy/web", "Deployment/web", "deployments.apps/web", "deployments.v1.apps/web"} {
		object, err := reader.Object(t.Context(), argument, "default")
		if err != nil {
			t.Errorf("%s: %v", argument, err)
			continue
		}
		metadata, _ := object.Object["metadata"].(map[string]any)
		for _, added := range []string{"uid", "resourceVersion", "managedFields", "creationTimestamp", "generation"} {
			if _, ok := metadata[added]; ok {
				t.Errorf("%s: metadata.%s is still there", argument, added)
			}
		}
		if _, ok := object.Object["status"]; ok || object.GetKind() != "Deployment" || object.GetAPIVersion() != "apps/v1" {
			t.Errorf("%s: got %v", argument, object.Object)
		}
	}
	if namespace, err := reader.Object(t.Context(), "ns/default", "other"); err != nil || namespace.GetName() != "default" {
		t.Errorf("a namespace has none: %v", err)
	}
	for argument, want := range map[string]string{
		"web": "want TYPE/NAME", "/web": "want TYPE/NAME", "deploy/": "want TYPE/NAME",
		"thing/web": `serves no resource type "thing"`, "deploy/none": `deployments.apps "none" not found`,
	} {
		if _, err := reader.Object(t.Context(), argument, "default"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", argument, err, want)
		}
	}
}
