package labs

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"podsec/kube"
)

// kindsOfTests are the kinds that the fake cluster serves, and whether they are namespaced.
func kindsOfTests() map[schema.GroupVersionKind]bool {
	kinds := map[schema.GroupVersionKind]bool{}
	for _, name := range []string{
		"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ConfigMap", "Event", "Policy", "PolicyReport",
	} {
		gvk, _ := groupVersionKind("", name)
		kinds[gvk] = true
	}
	for _, name := range []string{"Namespace", "ClusterPolicy", "ClusterPolicyReport", "CustomResourceDefinition",
		"ValidatingWebhookConfiguration"} {
		gvk, _ := groupVersionKind("", name)
		kinds[gvk] = false
	}
	return kinds
}

// kindMapper is a RESTMapper whose kinds can be added to, as a cluster's can.
type kindMapper struct{ *meta.DefaultRESTMapper }

// Reset does nothing: nothing is cached.
func (kindMapper) Reset() {}

// fakeView is a View of a cluster that holds the objects.
func fakeView(objects ...runtime.Object) (*View, *dynamicfake.FakeDynamicClient) {
	var versions []schema.GroupVersion
	for gvk := range kindsOfTests() {
		versions = append(versions, gvk.GroupVersion())
	}
	mapper := kindMapper{meta.NewDefaultRESTMapper(versions)}
	lists := map[schema.GroupVersionResource]string{}
	for gvk, namespaced := range kindsOfTests() {
		scope := meta.RESTScopeRoot
		if namespaced {
			scope = meta.RESTScopeNamespace
		}
		mapper.Add(gvk, scope)
		plural, _ := meta.UnsafeGuessKindToResource(gvk)
		lists[plural] = gvk.Kind + "List"
	}
	client := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists, objects...)
	return &View{dynamic: client, mapper: mapper}, client
}

// decodeChecks reads the checks of a step as the parser does.
func decodeChecks(t *testing.T, text []byte) []Check {
	t.Helper()
	s := strict{place: place{file: "checks.yaml"}}
	var entries []checkEntry
	if n := s.parse(text); n != nil {
		s.decode(n, reflect.ValueOf(&entries).Elem(), "checks")
	}
	if err := s.problems.err(); err != nil {
		t.Fatal(err)
	}
	var checks []Check
	for _, entry := range entries {
		checks = append(checks, entry.check)
	}
	return checks
}

// TestChecks judges the checks of each archive by its objects and its command's answer, whose first line is the exit
// status.
func TestChecks(t *testing.T) {
	golden(t, "checks", func(t *testing.T, files fstest.MapFS) string {
		view, client := fakeView()
		if file := files["objects.yaml"]; file != nil {
			objects, err := kube.Decode(file.Data)
			if err != nil {
				t.Fatal(err)
			}
			var list []runtime.Object
			for _, o := range objects {
				list = append(list, o)
			}
			view, client = fakeView(list...)
		}
		client.PrependReactor("create", "*", answerAsSaid)
		evidence := Evidence{View: view, Files: files, File: "written.yaml"}
		if file := files["answer"]; file != nil {
			first, output, _ := strings.Cut(string(file.Data), "\n")
			exit, err := strconv.Atoi(first)
			if err != nil {
				t.Fatal(err)
			}
			evidence.Answer = ParseAnswer(exit, output)
		}
		var b strings.Builder
		for _, check := range decodeChecks(t, files["checks.yaml"].Data) {
			result := judgeFor(t, check, evidence)
			if result.OK {
				fmt.Fprintf(&b, "✓ %s\n", result.Title)
			} else {
				fmt.Fprintf(&b, "✗ %s\n  %s\n", result.Title, result.Missing)
			}
		}
		return b.String()
	})
}

// judgeFor judges a check for a second of a time that does not pass while anything works.
func judgeFor(t *testing.T, check Check, evidence Evidence) (result CheckResult) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		result = judge(ctx, check, evidence)
	})
	return result
}

// answerAsSaid refuses an object with the message in its annotation "refuse". Nothing may be created for good.
func answerAsSaid(action clienttesting.Action) (bool, runtime.Object, error) {
	create := action.(clienttesting.CreateActionImpl)
	o := create.GetObject().(*unstructured.Unstructured)
	switch refuse := o.GetAnnotations()["refuse"]; {
	case len(create.GetCreateOptions().DryRun) == 0:
		return true, nil, errors.New("it would be kept")
	case refuse == "exists":
		return true, nil, apierrors.NewAlreadyExists(schema.GroupResource{Resource: "things"}, o.GetName())
	case strings.HasPrefix(refuse, "admission webhook"):
		return true, nil, &apierrors.StatusError{ErrStatus: metav1.Status{Status: "Failure", Code: 400, Message: refuse}}
	case refuse == "down":
		return true, nil, errors.New("connection refused")
	case refuse != "":
		return true, nil, &apierrors.StatusError{ErrStatus: metav1.Status{Reason: "Forbidden", Code: 403, Message: refuse}}
	case action.GetNamespace() == "strict":
		return true, nil, apierrors.NewInvalid(schema.GroupKind{Kind: o.GetKind()}, o.GetName(), nil)
	}
	return true, o, nil
}

// object reads one object of YAML.
func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	objects, err := kube.Decode([]byte(text))
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, error %v", len(objects), err)
	}
	return objects[0]
}

const pendingPod = "{apiVersion: v1, kind: Pod, metadata: {name: nginx, namespace: default}, status: {phase: Pending}}"

// TestWait: a check becomes true when the cluster changes while it waits.
func TestWait(t *testing.T) {
	pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	tests := map[string]struct {
		check  string
		change func(ctx context.Context, client dynamic.ResourceInterface) error
	}{
		"changed": {
			check: "- ready: {kind: Pod, namespace: default, name: nginx}",
			change: func(ctx context.Context, client dynamic.ResourceInterface) error {
				running := object(t, strings.Replace(pendingPod, "Pending", "Running", 1))
				_, err := client.Update(ctx, running, metav1.UpdateOptions{})
				return err
			},
		},
		"created": {
			check: "- object: {kind: Pod, namespace: default, name: other}",
			change: func(ctx context.Context, client dynamic.ResourceInterface) error {
				other := object(t, strings.Replace(pendingPod, "nginx", "other", 1))
				_, err := client.Create(ctx, other, metav1.CreateOptions{})
				return err
			},
		},
		"deleted": {
			check: "- object: {kind: Pod, namespace: default, name: nginx, absent: true}",
			change: func(ctx context.Context, client dynamic.ResourceInterface) error {
				return client.Delete(ctx, "nginx", metav1.DeleteOptions{})
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			view, client := fakeView(object(t, pendingPod))
			watching := make(chan struct{}, 1)
			client.PrependWatchReactor("pods", func(action clienttesting.Action) (bool, watchInterface, error) {
				w, err := client.Tracker().Watch(pods, action.GetNamespace())
				watching <- struct{}{}
				return true, w, err
			})
			failed := make(chan error, 1)
			go func() {
				<-watching
				failed <- tt.change(t.Context(), client.Resource(pods).Namespace("default"))
			}()
			missing, err := decodeChecks(t, []byte(tt.check))[0].Judge(t.Context(), Evidence{View: view})
			if missing != "" || err != nil {
				t.Errorf("missing %q, error %v", missing, err)
			}
			if err := <-failed; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWaitForKind: a check on a kind that is not served yet waits for it.
func TestWaitForKind(t *testing.T) {
	view, client := fakeView()
	served := kindMapper{meta.NewDefaultRESTMapper(nil)}
	policies := schema.GroupVersionKind{Group: "kyverno.io", Version: "v1", Kind: "ClusterPolicy"}
	late := &lateMapper{ResettableRESTMapper: served, all: view.mapper, from: 3}
	view.mapper = late
	policy := object(t, "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: p}, status: {conditions: [{type: Ready, status: 'True'}]}}")
	if err := client.Tracker().Create(schema.GroupVersionResource{Group: policies.Group, Version: "v1", Resource: "clusterpolicies"}, policy, ""); err != nil {
		t.Fatal(err)
	}
	missing, err := decodeChecks(t, []byte("- policy: {name: p, ready: true}"))[0].Judge(t.Context(), Evidence{View: view})
	if missing != "" || err != nil {
		t.Errorf("missing %q, error %v", missing, err)
	}
}

// TestUnknownKind: what is missing names the kind.
func TestUnknownKind(t *testing.T) {
	view, _ := fakeView()
	for check, want := range map[string]string{
		"- object: {kind: Gadget, apiVersion: example.com/v1, name: x}":               "the cluster does not know the kind Gadget (example.com/v1)",
		"- object: {kind: Gadget, apiVersion: example.com/v1, name: x, absent: true}": "",
	} {
		if got := judgeFor(t, decodeChecks(t, []byte(check))[0], Evidence{View: view}); got.Missing != want {
			t.Errorf("%s: missing %q", check, got.Missing)
		}
	}
}

// TestClusterFails: an API server that answers with errors makes a check fail with that error.
func TestClusterFails(t *testing.T) {
	view, client := fakeView()
	client.PrependReactor("list", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, errors.New("connection refused")
	})
	got := judgeFor(t, decodeChecks(t, []byte("- object: {kind: Pod, namespace: default, name: x}"))[0], Evidence{View: view})
	want := "it could not be checked: list objects: connection refused"
	if got.OK || got.Missing != want {
		t.Errorf("result %+v, want missing %q", got, want)
	}
}
