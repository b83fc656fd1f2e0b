package psa_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/pod-security-admission/admission/api/load"
	"sigs.k8s.io/yaml"

	"podsec/kube/sim/api"
	"podsec/kube/sim/psa"
)

const (
	bare       = `{kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: nginx}]}}`
	privileged = `{kind: Pod, metadata: {name: web}, spec: {hostPID: true, containers: [{name: web, image: nginx, securityContext: {privileged: true}}]}}`
	good       = `{kind: Pod, metadata: {name: web}, spec: {securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: web, image: nginx, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]}}`

	wantBare = `allowPrivilegeEscalation != false (container "web" must set securityContext.allowPrivilegeEscalation=false), ` +
		`unrestricted capabilities (container "web" must set securityContext.capabilities.drop=["ALL"]), ` +
		`runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true), ` +
		`seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`
	wantPrivileged = `host namespaces (hostPID=true), privileged (container "web" must not set securityContext.privileged=true)`
)

// cluster is a Reader over a few objects, by "resource/namespace/name".
type cluster map[string]*unstructured.Unstructured

func (c cluster) Get(_ context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error) {
	if obj, ok := c[gvr.Resource+"/"+namespace+"/"+name]; ok {
		return obj, nil
	}
	return nil, apierrors.NewNotFound(gvr.GroupResource(), name)
}

func (c cluster) List(_ context.Context, gvr schema.GroupVersionResource, namespace string, _ labels.Selector) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for i := range len(c) {
		if obj, ok := c[fmt.Sprintf("%s/%s/p%d", gvr.Resource, namespace, i)]; ok {
			out = append(out, obj)
		}
	}
	return out, nil
}

func object(t *testing.T, manifest string) *unstructured.Unstructured {
	t.Helper()
	if manifest == "" {
		return nil
	}
	obj := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &obj.Object); err != nil {
		t.Fatal(err)
	}
	return obj
}

func namespace(t *testing.T, name, psaLabels string) *unstructured.Unstructured {
	t.Helper()
	obj := object(t, "{kind: Namespace, metadata: {labels: {"+psaLabels+"}}}")
	obj.SetName(name)
	return obj
}

func newAdmission(t *testing.T, c cluster, config string) api.Admission {
	t.Helper()
	if config == "" {
		a, err := psa.New(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	parsed, err := load.LoadFromData([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	a, err := psa.New(c, parsed)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func request(t *testing.T, op api.Operation, resource string, obj, old *unstructured.Unstructured) *api.Attributes {
	t.Helper()
	a := &api.Attributes{Operation: op, Namespace: "team", Object: obj, OldObject: old}
	group := ""
	switch resource {
	case "deployments", "replicasets":
		group = "apps"
	case "cronjobs":
		group = "batch"
	case "namespaces":
		a.Namespace = ""
	}
	a.Resource = schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}
	subject := obj
	if subject == nil {
		subject = old
	}
	a.Name = subject.GetName()
	a.Kind = schema.GroupVersionKind{Group: group, Version: "v1", Kind: subject.GetKind()}
	return a
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestPods(t *testing.T) {
	const enforce, warn, audit = "pod-security.kubernetes.io/enforce: ", "pod-security.kubernetes.io/warn: ", "pod-security.kubernetes.io/audit: "
	for _, tc := range []struct {
		name, labels, pod string
		err               string
		warnings          []string
		audit             map[string]string
	}{
		{
			name: "no labels", pod: privileged,
			audit: map[string]string{"pod-security.kubernetes.io/enforce-policy": "privileged:latest"},
		},
		{
			name: "enforce restricted", labels: enforce + "restricted", pod: bare,
			err:   `pods "web" is forbidden: violates PodSecurity "restricted:latest": ` + wantBare,
			audit: map[string]string{"pod-security.kubernetes.io/enforce-policy": "restricted:latest"},
		},
		{
			name: "enforce baseline passes", labels: enforce + "baseline", pod: bare,
			audit: map[string]string{"pod-security.kubernetes.io/enforce-policy": "baseline:latest"},
		},
		{
			name: "enforce restricted passes", labels: enforce + "restricted", pod: good,
			audit: map[string]string{"pod-security.kubernetes.io/enforce-policy": "restricted:latest"},
		},
		{
			name: "warn", labels: warn + "restricted", pod: bare,
			warnings: []string{`would violate PodSecurity "restricted:latest": ` + wantBare},
			audit:    map[string]string{"pod-security.kubernetes.io/enforce-policy": "privileged:latest"},
		},
		{
			name: "audit", labels: audit + "restricted", pod: bare,
			audit: map[string]string{
				"pod-security.kubernetes.io/enforce-policy":   "privileged:latest",
				"pod-security.kubernetes.io/audit-violations": `would violate PodSecurity "restricted:latest": ` + wantBare,
			},
		},
		{
			name: "enforce baseline and warn restricted", labels: enforce + "baseline, " + warn + "restricted", pod: bare,
			warnings: []string{`would violate PodSecurity "restricted:latest": ` + wantBare},
			audit:    map[string]string{"pod-security.kubernetes.io/enforce-policy": "baseline:latest"},
		},
		{
			name: "no warning when denied", labels: enforce + "baseline, " + warn + "restricted", pod: privileged,
			err:   `pods "web" is forbidden: violates PodSecurity "baseline:latest": ` + wantPrivileged,
			audit: map[string]string{"pod-security.kubernetes.io/enforce-policy": "baseline:latest"},
		},
		{
			name: "a version", labels: enforce + `restricted, pod-security.kubernetes.io/enforce-version: v1.7`, pod: bare,
			err:   `pods "web" is forbidden: violates PodSecurity "restricted:v1.7": runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)`,
			audit: map[string]string{"pod-security.kubernetes.io/enforce-policy": "restricted:v1.7"},
		},
		{
			name: "a label that got past validation", labels: enforce + "bogus", pod: good,
			audit: map[string]string{
				"pod-security.kubernetes.io/enforce-policy": "restricted:latest",
				"pod-security.kubernetes.io/error":          `Failed to parse policy: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "bogus": must be one of privileged, baseline, restricted`,
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			admission := newAdmission(t, cluster{"namespaces//team": namespace(t, "team", tc.labels)}, "")
			a := request(t, api.Create, "pods", object(t, tc.pod), nil)
			if err := admission.Mutate(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			err := admission.Validate(t.Context(), a)
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("error: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.warnings, a.Warnings); diff != "" {
				t.Errorf("warnings: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.audit, a.Audit); diff != "" {
				t.Errorf("audit annotations: -want +got:\n%s", diff)
			}
		})
	}
}

func TestForbiddenStatus(t *testing.T) {
	admission := newAdmission(t, cluster{"namespaces//team": namespace(t, "team", "pod-security.kubernetes.io/enforce: baseline")}, "")
	err := admission.Validate(t.Context(), request(t, api.Create, "pods", object(t, privileged), nil))
	var status *apierrors.StatusError
	if !errors.As(err, &status) {
		t.Fatalf("got %v", err)
	}
	want := metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    403,
		Reason:  metav1.StatusReasonForbidden,
		Details: &metav1.StatusDetails{Name: "web", Kind: "pods"},
		Message: `pods "web" is forbidden: violates PodSecurity "baseline:latest": ` + wantPrivileged,
	}
	if diff := cmp.Diff(want, status.Status()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestControllersOnlyWarn(t *testing.T) {
	template := object(t, privileged).Object
	delete(template, "kind")
	deployment := object(t, `{kind: Deployment, metadata: {name: web}, spec: {}}`)
	deployment.Object["spec"] = map[string]any{"template": template}
	cronJob := object(t, `{kind: CronJob, metadata: {name: web}}`)
	cronJob.Object["spec"] = map[string]any{"jobTemplate": map[string]any{"spec": map[string]any{"template": template}}}
	for resource, obj := range map[string]*unstructured.Unstructured{"deployments": deployment, "replicasets": deployment, "cronjobs": cronJob} {
		t.Run(resource, func(t *testing.T) {
			// warn takes over the enforced level when it is not set itself; audit does not.
			labels := "pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/audit: restricted, pod-security.kubernetes.io/audit-version: v1.7"
			admission := newAdmission(t, cluster{"namespaces//team": namespace(t, "team", labels)}, "")
			a := request(t, api.Create, resource, obj, nil)
			if err := admission.Validate(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{`would violate PodSecurity "baseline:latest": ` + wantPrivileged}, a.Warnings); diff != "" {
				t.Errorf("warnings: -want +got:\n%s", diff)
			}
			audit := `would violate PodSecurity "restricted:v1.7": ` + wantPrivileged + `, runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)`
			if diff := cmp.Diff(map[string]string{"pod-security.kubernetes.io/audit-violations": audit}, a.Audit); diff != "" {
				t.Errorf("audit: -want +got:\n%s", diff)
			}
			a = request(t, api.Update, resource, obj, obj)
			a.Subresource = "status"
			if err := admission.Validate(t.Context(), a); err != nil || a.Warnings != nil {
				t.Errorf("status: %v, %v", err, a.Warnings)
			}
		})
	}
}

func TestPodUpdates(t *testing.T) {
	admission := newAdmission(t, cluster{"namespaces//team": namespace(t, "team", "pod-security.kubernetes.io/enforce: baseline")}, "")
	old := object(t, privileged)
	labelled := old.DeepCopy()
	labelled.SetLabels(map[string]string{"a": "b"})
	image := object(t, `{kind: Pod, metadata: {name: web}, spec: {hostPID: true, containers: [{name: web, image: httpd, securityContext: {privileged: true}}]}}`)
	debugged := object(t, `{kind: Pod, metadata: {name: web}, spec: {hostPID: true, containers: [{name: web, image: nginx, securityContext: {privileged: true}}], ephemeralContainers: [{name: debug, image: busybox}]}}`)
	for _, tc := range []struct {
		name, subresource string
		obj               *unstructured.Unstructured
		denied            bool
	}{
		{"a label", "", labelled, false},
		{"an image", "", image, true},
		{"a debug container", "ephemeralcontainers", debugged, true},
		{"the status", "status", image, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := request(t, api.Update, "pods", tc.obj, old)
			a.Subresource = tc.subresource
			if err := admission.Validate(t.Context(), a); apierrors.IsForbidden(err) != tc.denied {
				t.Errorf("got %v", err)
			}
		})
	}
	if err := admission.Validate(t.Context(), request(t, api.Delete, "pods", nil, old)); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func TestNamespaceLabels(t *testing.T) {
	const key = "pod-security.kubernetes.io/"
	for _, tc := range []struct {
		name, old, labels string
		err               string
		invalid           bool
	}{
		{name: "no labels", labels: ""},
		{name: "fine", labels: key + "enforce: baseline, " + key + "enforce-version: v1.30"},
		{
			name: "a wrong level", labels: key + "enforce: Baseline", invalid: true,
			err: `Namespace "team" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "Baseline": must be one of privileged, baseline, restricted`,
		},
		{
			name: "an empty level", labels: key + `warn: ""`, invalid: true,
			err: `Namespace "team" is invalid: metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "": must be one of privileged, baseline, restricted`,
		},
		{
			name: "a wrong version", labels: key + "enforce: baseline, " + key + "enforce-version: '1.30'", invalid: true,
			err: `Namespace "team" is invalid: metadata.labels[pod-security.kubernetes.io/enforce-version]: Invalid value: "1.30": must be "latest" or "v1.x"`,
		},
		{name: "wrong before and after", old: key + "enforce: bogus", labels: key + "enforce: bogus"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			admission := newAdmission(t, cluster{}, "")
			a := request(t, api.Create, "namespaces", namespace(t, "team", tc.labels), nil)
			if tc.old != "" {
				a.Operation, a.OldObject = api.Update, namespace(t, "team", tc.old)
			}
			err := admission.Validate(t.Context(), a)
			if diff := cmp.Diff(tc.err, message(err)); diff != "" || apierrors.IsInvalid(err) != tc.invalid {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestExistingPods raises the enforced level of a namespace that has pods, which only warns (also in a dry run).
func TestExistingPods(t *testing.T) {
	pods := cluster{}
	for i, manifest := range []string{bare, bare, privileged, good, bare} {
		pod := object(t, manifest)
		pod.SetName(fmt.Sprintf("p%d", i))
		pods[fmt.Sprintf("pods/team/p%d", i)] = pod
	}
	admission := newAdmission(t, pods, "")
	for _, tc := range []struct {
		old, labels string
		warnings    []string
	}{
		{"", "pod-security.kubernetes.io/enforce: restricted", []string{
			`existing pods in namespace "team" violate the new PodSecurity enforce level "restricted:latest"`,
			`p0 (and 2 other pods): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile`,
			`p2: host namespaces, privileged, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile`,
		}},
		{"", "pod-security.kubernetes.io/enforce: baseline", []string{
			`existing pods in namespace "team" violate the new PodSecurity enforce level "baseline:latest"`,
			`p2: host namespaces, privileged`,
		}},
		{"pod-security.kubernetes.io/enforce: restricted", "pod-security.kubernetes.io/enforce: baseline", nil},
		{"", "pod-security.kubernetes.io/warn: restricted", nil},
	} {
		a := request(t, api.Update, "namespaces", namespace(t, "team", tc.labels), namespace(t, "team", tc.old))
		a.DryRun = true
		if err := admission.Validate(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.warnings, a.Warnings); diff != "" {
			t.Errorf("%q to %q: -want +got:\n%s", tc.old, tc.labels, diff)
		}
	}
}

func TestConfiguration(t *testing.T) {
	admission := newAdmission(t, cluster{
		"namespaces//team": namespace(t, "team", ""), "namespaces//ops": namespace(t, "ops", ""),
	}, `
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline}
exemptions: {usernames: [root], namespaces: [ops], runtimeClasses: [vm]}
`)
	vm := object(t, privileged)
	vm.Object["spec"].(map[string]any)["runtimeClassName"] = "vm"
	for _, tc := range []struct {
		name, user, namespace, exempt string
		pod                           *unstructured.Unstructured
	}{
		{"the default level", "jane", "team", "", object(t, privileged)},
		{"an exempt user", "root", "team", "user", object(t, privileged)},
		{"an exempt namespace", "jane", "ops", "namespace", object(t, privileged)},
		{"an exempt runtime class", "jane", "team", "runtimeClass", vm},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := request(t, api.Create, "pods", tc.pod, nil)
			a.User, a.Namespace = authenticationv1.UserInfo{Username: tc.user}, tc.namespace
			err := admission.Validate(t.Context(), a)
			if apierrors.IsForbidden(err) != (tc.exempt == "") || a.Audit["pod-security.kubernetes.io/exempt"] != tc.exempt {
				t.Errorf("got %v, %v", err, a.Audit)
			}
		})
	}
	a := request(t, api.Create, "namespaces", namespace(t, "ops", "pod-security.kubernetes.io/enforce: restricted"), nil)
	if err := admission.Validate(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	want := []string{`namespace "ops" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored`}
	if diff := cmp.Diff(want, a.Warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	admission := newAdmission(t, cluster{}, "")
	err := admission.Validate(t.Context(), request(t, api.Create, "pods", object(t, bare), nil))
	if want := `Internal error occurred: failed to lookup namespace "team"`; message(err) != want {
		t.Errorf("no namespace: got %v, want %s", err, want)
	}
	admission = newAdmission(t, cluster{"namespaces//team": namespace(t, "team", "pod-security.kubernetes.io/enforce: baseline")}, "")
	err = admission.Validate(t.Context(), request(t, api.Create, "pods", object(t, `{kind: Pod, metadata: {name: web}, spec: {containers: no}}`), nil))
	if !apierrors.IsBadRequest(err) || message(err) != "failed to decode object" {
		t.Errorf("broken pod: got %v", err)
	}
	a := request(t, api.Create, "configmaps", object(t, `{kind: ConfigMap, metadata: {name: web}}`), nil)
	if err := admission.Validate(t.Context(), a); err != nil || a.Audit != nil {
		t.Errorf("another kind: %v, %v", err, a.Audit)
	}
	config, err := load.LoadFromData(nil)
	if err != nil {
		t.Fatal(err)
	}
	config.Defaults.Enforce = "strict"
	if _, err := psa.New(cluster{}, config); err == nil {
		t.Error("a wrong default level is accepted")
	}
}

// TestClient asserts that the API server's client is a Reader.
func TestClient(t *testing.T) {
	var client api.Client
	if _, err := psa.New(client, nil); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := psa.New(cluster{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidate measures a pod in a namespace with a level, and in one without.
func BenchmarkValidate(b *testing.B) {
	for name, level := range map[string]string{"restricted": "restricted", "privileged": "privileged"} {
		b.Run(name, func(b *testing.B) {
			ns := &unstructured.Unstructured{Object: map[string]any{}}
			ns.SetLabels(map[string]string{"pod-security.kubernetes.io/enforce": level})
			admission, err := psa.New(cluster{"namespaces//team": ns}, nil)
			if err != nil {
				b.Fatal(err)
			}
			obj := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(good), &obj.Object); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				a := &api.Attributes{
					Operation: api.Create, Namespace: "team", Name: "web", Object: obj,
					Resource: schema.GroupVersionResource{Version: "v1", Resource: "pods"},
				}
				if err := admission.Validate(b.Context(), a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
