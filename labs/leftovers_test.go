package labs

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"podsec/kube"
)

const leftObjects = `
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: require-labels}}
---
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: own}}
---
{apiVersion: kyverno.io/v1, kind: Policy, metadata: {name: p, namespace: ui}}
---
{apiVersion: kyverno.io/v1, kind: Policy, metadata: {name: own, namespace: default}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: dev, labels: {pod-security.kubernetes.io/warn: baseline}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: open, labels: {pod-security.kubernetes.io/enforce: privileged}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: kube-system, labels: {pod-security.kubernetes.io/enforce: restricted}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: strict, labels: {pod-security.kubernetes.io/enforce: restricted}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: plain}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: kyverno-resource-validating-webhook-cfg}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: vpc-resource-validating-webhook}}
`

const kyvernoRuns = `
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: kyverno-admission-controller, namespace: kyverno}}
`

const ownBaseline = `
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: own}}
---
{apiVersion: kyverno.io/v1, kind: Policy, metadata: {name: own}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: strict}}
`

// TestLeftovers: policies and levels that are not the lab's own are named, Kyverno's webhooks only without Kyverno.
func TestLeftovers(t *testing.T) {
	always := []string{"the ClusterPolicy require-labels", "the policy p in ui"}
	webhook, namespace := "the ValidatingWebhookConfiguration kyverno-resource-validating-webhook-cfg", "the namespace dev"
	for name, tt := range map[string]struct {
		objects string
		want    []string
	}{
		"nothing":         {},
		"with Kyverno":    {objects: leftObjects + kyvernoRuns, want: append(always[:2:2], namespace)},
		"without Kyverno": {objects: leftObjects, want: append(always[:2:2], webhook, namespace)},
	} {
		t.Run(name, func(t *testing.T) {
			decoded, err := kube.Decode([]byte(tt.objects))
			if err != nil {
				t.Fatal(err)
			}
			var objects []runtime.Object
			for _, o := range decoded {
				objects = append(objects, o)
			}
			view, _ := fakeView(objects...)
			s := Session{view: view, lab: &Lab{
				Start: Baseline{Apply: []string{"base.yaml"}}, Files: fstest.MapFS{"base.yaml": {Data: []byte(ownBaseline)}},
			}}
			got, err := s.Leftovers(t.Context())
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v, %s", err, diff)
			}
		})
	}
}

func TestLeftoversFail(t *testing.T) {
	view, client := fakeView()
	client.PrependReactor("list", "clusterpolicies", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("connection refused")
	})
	for want, lab := range map[string]*Lab{
		"list ClusterPolicy: connection refused": {},
		"read none.yaml: file does not exist":    {Start: Baseline{Apply: []string{"none.yaml"}}, Files: fstest.MapFS{}},
		"read broken.yaml: read document 1: ":    {Start: Baseline{Apply: []string{"broken.yaml"}}, Files: fstest.MapFS{"broken.yaml": {Data: []byte("{a")}}},
	} {
		s := Session{view: view, lab: lab}
		if _, err := s.Leftovers(t.Context()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestMaker: the lab that makes an object is found by its files, whatever else lies among them.
func TestMaker(t *testing.T) {
	first := &Lab{ID: "first", Files: fstest.MapFS{
		"notes.txt": {Data: []byte("kind: ClusterPolicy")}, "gap.yaml": {Data: []byte("{a")}, "deep/own.yaml": {Data: []byte(ownBaseline)},
	}}
	second := &Lab{ID: "second", Files: fstest.MapFS{"own.yaml": {Data: []byte(ownBaseline)}}}
	list := []*Lab{{ID: "none"}, first, second}
	for name, want := range map[string]*Lab{"the ClusterPolicy own": first, "the namespace strict": first, "the ClusterPolicy other": nil} {
		if got := Maker(list, name); got != want {
			t.Errorf("%s is made by %+v", name, got)
		}
	}
}
