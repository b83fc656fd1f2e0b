package admission

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"podsec/kube/sim/api"
)

// cluster is a few objects, by resource/namespace/name.
type cluster map[string]*unstructured.Unstructured

func (c cluster) Get(_ context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error) {
	if obj, ok := c[gvr.Resource+"/"+namespace+"/"+name]; ok {
		return obj, nil
	}
	return nil, apierrors.NewNotFound(gvr.GroupResource(), name)
}

func (c cluster) List(_ context.Context, gvr schema.GroupVersionResource, _ string, _ labels.Selector) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for key, obj := range c {
		if strings.HasPrefix(key, gvr.Resource+"/") {
			out = append(out, obj)
		}
	}
	return out, nil
}

func (c cluster) Update(_ context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, _ string) (*unstructured.Unstructured, error) {
	c[gvr.Resource+"/"+obj.GetNamespace()+"/"+obj.GetName()] = obj
	return obj, nil
}

func parse(t testing.TB, text string) *unstructured.Unstructured {
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

// newCluster has the namespaces default and leaving, an account, a priority class, and what is given.
func newCluster(t testing.TB, more map[string]string) cluster {
	t.Helper()
	c := cluster{}
	for key, text := range map[string]string{
		"namespaces//default":             "{apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {zone: a}}, status: {phase: Active}}",
		"namespaces//leaving":             "{apiVersion: v1, kind: Namespace, metadata: {name: leaving}, status: {phase: Terminating}}",
		"serviceaccounts/default/default": "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: default}, imagePullSecrets: [{name: pull}]}",
		"serviceaccounts/default/quiet":   "{apiVersion: v1, kind: ServiceAccount, metadata: {name: quiet, namespace: default}, automountServiceAccountToken: false}",
		"priorityclasses//high":           "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1000, preemptionPolicy: Never}",
	} {
		c[key] = parse(t, text)
	}
	for key, text := range more {
		c[key] = parse(t, text)
	}
	return c
}

// request is one about a pod unless something else is set.
func request(t testing.TB, op api.Operation, text string) *api.Attributes {
	t.Helper()
	obj := parse(t, text)
	a := &api.Attributes{
		Operation: op, Kind: obj.GroupVersionKind(), Namespace: obj.GetNamespace(), Name: obj.GetName(),
		Resource: obj.GroupVersionKind().GroupVersion().WithResource(strings.ToLower(obj.GetKind()) + "s"),
	}
	if a.Resource == core("namespaces") {
		a.Namespace = a.Name
	}
	if op == api.Delete {
		a.OldObject = obj
	} else {
		a.Object = obj
	}
	return a
}

func pod(namespace, spec string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: " + namespace + ", labels: {app: p}}, spec: " + spec + "}"
}

const plain = "{containers: [{name: c, image: nginx}]}"

func TestNamespaceLifecycle(t *testing.T) {
	step := NewNamespaceLifecycle(newCluster(t, nil))
	for name, test := range map[string]struct {
		op     api.Operation
		object string
		want   string
	}{
		"in a namespace":           {api.Create, pod("default", plain), ""},
		"in none":                  {api.Create, pod("nowhere", plain), `namespaces "nowhere" not found`},
		"changed in none":          {api.Update, pod("nowhere", plain), `namespaces "nowhere" not found`},
		"deleted from none":        {api.Delete, pod("nowhere", plain), ""},
		"in a leaving one":         {api.Create, pod("leaving", plain), `pods "p" is forbidden: unable to create new content in namespace leaving because it is being terminated`},
		"changed in a leaving one": {api.Update, pod("leaving", plain), ""},
		"an immortal one":          {api.Delete, "{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}", `namespaces "kube-system" is forbidden: this namespace may not be deleted`},
		"a mortal one":             {api.Delete, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", ""},
		"a new one":                {api.Create, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", ""},
		"cluster-scoped":           {api.Create, "{apiVersion: v1, kind: Node, metadata: {name: n}}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := message(step.Mutate(context.Background(), request(t, test.op, test.object))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// names gives the same suffix to everybody.
type names struct{}

func (names) Suffix(string, string, string) string { return "xxxxx" }

func TestPodDefaultsOfAdmission(t *testing.T) {
	c := newCluster(t, nil)
	steps := []api.Admission{NewServiceAccount(c, names{}), NewPriority(c), NewDefaultTolerations()}
	const (
		mounted     = "volumeMounts: [{name: kube-api-access-xxxxx, readOnly: true, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]"
		volumes     = "volumes: [{name: kube-api-access-xxxxx, projected: {defaultMode: 420, sources: [{serviceAccountToken: {expirationSeconds: 3607, path: token}}, {configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}}, {downwardAPI: {items: [{path: namespace, fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}]}}]}}]"
		tolerations = "tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 300}, {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 300}]"
		priority    = "priority: 0, preemptionPolicy: PreemptLowerPriority"
		account     = "serviceAccount: default, serviceAccountName: default, imagePullSecrets: [{name: pull}]"
	)
	for name, test := range map[string]struct {
		spec, want, denied, generated string
	}{
		"plain": {
			spec: plain,
			want: "{containers: [{name: c, image: nginx, " + mounted + "}], " + volumes + ", " + tolerations + ", " + priority + ", " + account + "}",
		},
		"init containers too": {
			spec: "{initContainers: [{name: i}], containers: [{name: c}]}",
			want: "{initContainers: [{name: i, " + mounted + "}], containers: [{name: c, " + mounted + "}], " + volumes + ", " + tolerations + ", " + priority + ", " + account + "}",
		},
		"no token wanted by the pod": {
			spec: "{automountServiceAccountToken: false, containers: [{name: c}]}",
			want: "{automountServiceAccountToken: false, containers: [{name: c}], " + tolerations + ", " + priority + ", " + account + "}",
		},
		"no token wanted by the account": {
			spec: "{serviceAccountName: quiet, containers: [{name: c}]}",
			want: "{serviceAccount: quiet, serviceAccountName: quiet, containers: [{name: c}], " + tolerations + ", " + priority + "}",
		},
		"mounted already": {
			spec: "{containers: [{name: c, volumeMounts: [{name: mine, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]}]}",
			want: "{containers: [{name: c, volumeMounts: [{name: mine, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}]}], " + tolerations + ", " + priority + ", " + account + "}",
		},
		"own tolerations": {
			spec: "{automountServiceAccountToken: false, containers: [], tolerations: [{operator: Exists}]}",
			want: "{automountServiceAccountToken: false, containers: [], tolerations: [{operator: Exists}], " + priority + ", " + account + "}",
		},
		"priority class": {
			spec: "{automountServiceAccountToken: false, containers: [], priorityClassName: high, tolerations: [{operator: Exists}]}",
			want: "{automountServiceAccountToken: false, containers: [], priorityClassName: high, tolerations: [{operator: Exists}], priority: 1000, preemptionPolicy: Never, " + account + "}",
		},
		"unknown account":         {spec: "{serviceAccountName: nobody}", denied: `pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found`},
		"unknown account of many": {generated: "p-", spec: "{serviceAccountName: nobody}", denied: `pods "p-" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found`},
		"unknown class of many":   {generated: "p-", spec: "{priorityClassName: low}", denied: `pods "p-" is forbidden: no PriorityClass with name low was found`},
		"unknown priority class":  {spec: "{priorityClassName: low}", denied: `pods "p" is forbidden: no PriorityClass with name low was found`},
	} {
		t.Run(name, func(t *testing.T) {
			a := request(t, api.Create, pod("default", test.spec))
			a.Object.SetGenerateName(test.generated)
			a.Generated = test.generated != ""
			before := a.Object.DeepCopy()
			given := a.Object
			var denied string
			for _, step := range steps {
				if err := step.Mutate(context.Background(), a); err != nil {
					denied = err.Error()
					break
				}
			}
			if denied != test.denied {
				t.Fatalf("denied %q, want %q", denied, test.denied)
			}
			if diff := cmp.Diff(before.Object, given.Object); diff != "" {
				t.Errorf("the request's object was changed in place: %s", diff)
			}
			if test.denied != "" {
				return
			}
			if diff := cmp.Diff(parse(t, pod("default", test.want)).Object, a.Object.Object); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// late is a cluster whose objects come after they were asked for twice.
type late struct {
	cluster
	asked *int
}

func (l late) Get(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error) {
	if *l.asked++; *l.asked <= 2 {
		return nil, apierrors.NewNotFound(gvr.GroupResource(), name)
	}
	return l.cluster.Get(ctx, gvr, namespace, name)
}

// A namespace gets its default account a moment after it was made.
func TestLateDefaultAccount(t *testing.T) {
	for user, want := range map[string]string{
		"ada": "",
		"system:serviceaccount:kube-system:replicaset-controller": `serviceaccount "default" not found`,
	} {
		a := request(t, api.Create, pod("default", plain))
		a.User.Username = user
		err := NewServiceAccount(late{newCluster(t, nil), new(int)}, names{}).Mutate(t.Context(), a)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", user, err, want)
		}
	}
}

var errUnreachable = errors.New("dial tcp 10.96.0.10:443: connect: connection refused")

// services has one that answers as it is told, and remembers what it was asked.
type services struct {
	review api.Review
	err    error
	asked  []string
}

func (s *services) Lookup(namespace, name string) (api.Service, bool) {
	return s, namespace == "policy" && name == "webhook"
}

func (s *services) Review(_ context.Context, path string, _ *api.Attributes) (api.Review, error) {
	s.asked = append(s.asked, path)
	return s.review, s.err
}
