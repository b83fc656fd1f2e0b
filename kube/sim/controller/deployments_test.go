package controller

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  strategy: {}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: nginx, image: "nginx:1.27", resources: {}}]
`

// TestDeploymentBecomesPods follows one Deployment to its pods. The hash is the one a real cluster gives this template:
// it depends on every default.
func TestDeploymentBecomesPods(t *testing.T) {
	c := newCluster(t)
	c.apply(web)
	for gvr, want := range map[resource]string{
		deploymentGVR: "web | 3/3 | 3 | 3 | 0s",
		replicaSetGVR: "web-7d876db474 | 3 | 3 | 3 | 0s",
	} {
		if diff := cmp.Diff(want, c.table(gvr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", gvr.Resource, diff)
		}
	}
	t.Log(c.table(podsGVR))
	for _, e := range c.events() {
		t.Log(e)
	}
}
