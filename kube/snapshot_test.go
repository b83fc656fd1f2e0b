package kube

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestWorkloadOf(t *testing.T) {
	for name, test := range map[string]struct {
		object string
		want   Workload
	}{
		"running pod": {
			`{kind: Pod, apiVersion: v1, metadata: {name: p, namespace: ns}, spec: {initContainers: [{image: "i:1"}], containers: [{image: "a:1"}, {image: "a:1"}]}, status: {phase: Running, containerStatuses: [{ready: true}, {ready: false}]}}`,
			Workload{Kind: "Pod", Namespace: "ns", Name: "p", Ready: 1, Desired: 2, Status: "Running", Images: []string{"i:1", "a:1"}},
		},
		"finished pod": {
			`{kind: Pod, apiVersion: v1, metadata: {name: p, namespace: ns}, spec: {containers: [{image: "a:1"}]}, status: {phase: Succeeded}}`,
			Workload{Kind: "Pod", Namespace: "ns", Name: "p", Desired: 1, Status: "Completed", Images: []string{"a:1"}},
		},
		"waiting pod": {
			`{kind: Pod, apiVersion: v1, metadata: {name: p, namespace: ns}, spec: {containers: [{image: "a:1"}]}, status: {phase: Pending, containerStatuses: [{state: {waiting: {reason: ImagePullBackOff}}}]}}`,
			Workload{Kind: "Pod", Namespace: "ns", Name: "p", Desired: 1, Status: "ImagePullBackOff", Images: []string{"a:1"}},
		},
		"deleted pod": {
			`{kind: Pod, apiVersion: v1, metadata: {name: p, namespace: ns, deletionTimestamp: "2026-01-01T00:00:00Z"}, spec: {containers: []}, status: {phase: Running}}`,
			Workload{Kind: "Pod", Namespace: "ns", Name: "p", Status: "Terminating"},
		},
		"deployment": {
			`{kind: Deployment, apiVersion: apps/v1, metadata: {name: d, namespace: ns}, spec: {replicas: 3, template: {spec: {containers: [{image: "a:1"}]}}}, status: {readyReplicas: 2}}`,
			Workload{Kind: "Deployment", Namespace: "ns", Name: "d", Ready: 2, Desired: 3, Images: []string{"a:1"}},
		},
		"deployment that cannot": {
			`{kind: Deployment, apiVersion: apps/v1, metadata: {name: d, namespace: ns}, spec: {replicas: 1}, status: {conditions: [{type: ReplicaFailure, status: "True", reason: FailedCreate, message: forbidden}]}}`,
			Workload{Kind: "Deployment", Namespace: "ns", Name: "d", Desired: 1, Status: "FailedCreate", Message: "forbidden"},
		},
		"daemon set": {
			`{kind: DaemonSet, apiVersion: apps/v1, metadata: {name: d, namespace: ns}, status: {desiredNumberScheduled: 2, numberReady: 1}}`,
			Workload{Kind: "DaemonSet", Namespace: "ns", Name: "d", Ready: 1, Desired: 2},
		},
		"job": {
			`{kind: Job, apiVersion: batch/v1, metadata: {name: j, namespace: ns}, status: {succeeded: 1}}`,
			Workload{Kind: "Job", Namespace: "ns", Name: "j", Ready: 1, Desired: 1},
		},
		"cron job": {
			`{kind: CronJob, apiVersion: batch/v1, metadata: {name: c, namespace: ns}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: "a:1"}]}}}}}, status: {active: [{name: x}]}}`,
			Workload{Kind: "CronJob", Namespace: "ns", Name: "c", Ready: 1, Images: []string{"a:1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, workloadOf(parse(t, test.object))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPolicyOf(t *testing.T) {
	for name, test := range map[string]struct {
		object string
		want   Policy
	}{
		"mixed": {
			`{kind: ClusterPolicy, apiVersion: kyverno.io/v1, metadata: {name: p}, spec: {validationFailureAction: enforce, rules: [{mutate: {a: b}}, {validate: {failureAction: Audit}}, {validate: {message: m}}, {generate: {}}, {verifyImages: []}]}, status: {conditions: [{type: Other, status: "True"}, {type: Ready, status: "True"}]}}`,
			Policy{Kind: "ClusterPolicy", Name: "p", Ready: true, Actions: []string{"Audit", "Enforce"}, Types: []string{"mutate", "validate", "generate", "verifyImages"}, Rules: 5},
		},
		"audit by default, not ready": {
			`{kind: Policy, apiVersion: kyverno.io/v1, metadata: {name: p, namespace: ns}, spec: {rules: [{validate: {message: m}}]}, status: {conditions: [{type: Ready, status: "False"}]}}`,
			Policy{Kind: "Policy", Namespace: "ns", Name: "p", Actions: []string{"Audit"}, Types: []string{"validate"}, Rules: 1},
		},
		"no rules": {
			`{kind: ClusterPolicy, apiVersion: kyverno.io/v1, metadata: {name: p}}`,
			Policy{Kind: "ClusterPolicy", Name: "p"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, policyOf(parse(t, test.object))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEventOf(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for name, test := range map[string]struct {
		object string
		want   Event
	}{
		"new style": {
			`{kind: Event, apiVersion: v1, metadata: {name: e, namespace: default, creationTimestamp: "2026-01-01T00:00:00Z"}, eventTime: "2026-01-01T00:00:01.5Z", lastTimestamp: null, action: Resource Blocked, reason: PolicyViolation, type: Warning, message: m, involvedObject: {kind: ClusterPolicy, name: p}, related: {kind: Pod, name: x}}`,
			Event{Time: at("2026-01-01T00:00:01.5Z"), Type: "Warning", Reason: "PolicyViolation", Object: "clusterpolicy/p", Message: "m", Count: 1, Blocked: true, RelName: "x"},
		},
		"series": {
			`{kind: Event, apiVersion: v1, metadata: {name: e, namespace: ns}, eventTime: "2026-01-01T00:00:01Z", series: {count: 4, lastObservedTime: "2026-01-01T00:00:09Z"}, involvedObject: {kind: Pod, namespace: ns, name: p}}`,
			Event{Time: at("2026-01-01T00:00:09Z"), Object: "pod/p", Count: 4, Namespace: "ns"},
		},
		"old style": {
			`{kind: Event, apiVersion: v1, metadata: {name: e, namespace: ns}, lastTimestamp: "2026-01-01T00:00:05Z", count: 3, involvedObject: {kind: Pod, namespace: ns, name: p}}`,
			Event{Time: at("2026-01-01T00:00:05Z"), Object: "pod/p", Count: 3, Namespace: "ns"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, eventOf(parse(t, test.object))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKeep(t *testing.T) {
	const failing = `status: {conditions: [{type: ReplicaFailure, status: "True", reason: FailedCreate, message: forbidden}]}`
	const owned = `metadata: {name: d-1, namespace: ns, resourceVersion: "7", ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: d, uid: u, controller: true}]}`
	for name, test := range map[string]struct {
		of     schema.GroupVersionResource
		object string
		want   any
	}{
		"a failure belongs to the owner": {
			replicaSets, `{kind: ReplicaSet, apiVersion: apps/v1, ` + owned + `, ` + failing + `}`,
			workload{owner: &workloadKey{"ns", "Deployment", "d"}, failure: &failure{"FailedCreate", "forbidden"}},
		},
		"what is owned and well says nothing": {pods, `{kind: Pod, apiVersion: v1, ` + owned + `}`, nil},
		"a workload of its own": {
			pods, `{kind: Pod, apiVersion: v1, metadata: {name: p, namespace: ns}}`, workload{Workload: Workload{Kind: "Pod", Namespace: "ns", Name: "p"}},
		},
		"another event":   {events, `{kind: Event, apiVersion: v1, metadata: {name: e}, reason: Scheduled}`, nil},
		"a violation":     {events, `{kind: Event, apiVersion: v1, metadata: {name: e}, reason: PolicyViolation}`, Event{Reason: "PolicyViolation", Object: "/", Count: 1}},
		"a definition":    {definitions, `{kind: CustomResourceDefinition, apiVersion: apiextensions.k8s.io/v1, metadata: {name: e}}`, nil},
		"a namespace":     {namespaces, `{kind: Namespace, apiVersion: v1, metadata: {name: team}}`, Namespace{Name: "team", PSA: map[string]string{}}},
		"a policy":        {clusterPolicies, `{kind: ClusterPolicy, apiVersion: kyverno.io/v1, metadata: {name: p}}`, Policy{Kind: "ClusterPolicy", Name: "p"}},
		"a report, empty": {policyReports, `{kind: PolicyReport, apiVersion: wgpolicyk8s.io/v1alpha2, metadata: {name: r}, summary: {fail: 2}}`, Report{Fail: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			u := parse(t, test.object)
			object, err := keep(test.of, &words{})(u)
			if err != nil {
				t.Fatal(err)
			}
			k, ok := object.(*kept)
			if !ok {
				t.Fatalf("it keeps %+v", object)
			}
			if meta, err := meta.Accessor(k); err != nil || meta.GetNamespace() != u.GetNamespace() || meta.GetName() != u.GetName() || meta.GetResourceVersion() != u.GetResourceVersion() {
				t.Errorf("it says of itself %+v, %v", meta, err)
			}
			if diff := cmp.Diff(test.want, k.says, cmp.AllowUnexported(workload{}, workloadKey{}, failure{})); diff != "" {
				t.Error(diff)
			}
			if again, err := keep(test.of, &words{})(object); again != object || err != nil {
				t.Errorf("it is kept again as %+v, %v", again, err)
			}
		})
	}
}

// TestWords: equal texts are the same text, and there is an end to how many are remembered.
func TestWords(t *testing.T) {
	var w words
	first, second := strings.Clone("shop"), strings.Clone("shop")
	if unsafe.StringData(w.same(first)) != unsafe.StringData(w.same(second)) {
		t.Error("equal texts are kept twice")
	}
	for i := range 2 * maxWords {
		w.same(strconv.Itoa(i))
	}
	if len(w.known) > maxWords {
		t.Errorf("%d texts are remembered", len(w.known))
	}
}

// TestWordsProperties: equal properties are the same map, whatever order they came in, and others are not.
func TestWordsProperties(t *testing.T) {
	var w words
	first := w.sameProperties(map[string]string{"a": "1", "b": "2"})
	second := w.sameProperties(map[string]string{"b": "2", "a": "1"})
	if first["b"] = "3"; second["b"] != "3" {
		t.Error("equal properties are kept twice")
	}
	for _, other := range []map[string]string{{}, {"a": "1"}, {"a": "2", "b": "1"}, {`a"`: "1"}, {"a": `1"b`, "": "2"}} {
		if diff := cmp.Diff(other, w.sameProperties(maps.Clone(other))); diff != "" {
			t.Errorf("%v becomes others': %s", other, diff)
		}
	}
	for i := range 2 * maxWords {
		w.sameProperties(map[string]string{"n": strconv.Itoa(i)})
	}
	if len(w.alike) > maxWords {
		t.Errorf("%d properties are remembered", len(w.alike))
	}
}
