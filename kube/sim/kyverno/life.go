package kyverno

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// component is one of the four controllers, by the last part of its image's repository.
type component string

// The controllers of the chart.
const (
	admissionController  component = "kyverno"
	backgroundController component = "background-controller"
	cleanupController    component = "cleanup-controller"
	reportsController    component = "reports-controller"
)

// installed is one controller's Deployment, reduced to what decides whether it works and as whom.
type installed struct {
	component      component
	namespace      string
	ready          bool // at least one pod is ready
	labels         labels.Set
	service        string // KYVERNO_SVC: the Service that webhooks name
	configMap      string // INIT_CONFIG
	serviceAccount string
	// exceptions says whether PolicyExceptions count (--enablePolicyException), exceptionNamespace from where
	// (--exceptionNamespace; "*" is everywhere).
	exceptions         bool
	exceptionNamespace string
	scanInterval       time.Duration // between background scans (--backgroundScanInterval)
}

// usualInterval is the time between background scans when nothing else is said.
const usualInterval = time.Hour

// leastInterval is the shortest time between background scans: with less there would always be one.
const leastInterval = time.Minute

// user is the name under which the controller acts.
func (i installed) user() string {
	return "system:serviceaccount:" + i.namespace + ":" + i.serviceAccount
}

// named is what has that name in the controller's namespace.
func (i installed) named(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: i.namespace, Name: name}
}

// group is the group of the service accounts of the controller's namespace.
func (i installed) group() string { return "system:serviceaccounts:" + i.namespace }

// parseDeployment says which controller a Deployment runs, and false when it is none of Kyverno's: it is recognised by
// an image ".../kyverno/<component>:tag".
func parseDeployment(d *unstructured.Unstructured) (installed, bool) {
	pod := nested(d.Object, "spec", "template", "spec")
	for _, item := range list(pod, "containers") {
		container, _ := item.(map[string]any)
		found, ok := componentOf(text(container, "image"))
		if !ok {
			continue
		}
		ready, _, _ := unstructured.NestedInt64(d.Object, "status", "readyReplicas")
		template, _, _ := unstructured.NestedStringMap(d.Object, "spec", "template", "metadata", "labels")
		return installed{
			component: found,
			namespace: d.GetNamespace(),
			ready:     ready > 0,
			labels:    template,
			service:   cmp.Or(env(container, "KYVERNO_SVC"), defaultService(found)),
			configMap: cmp.Or(env(container, "INIT_CONFIG"), "kyverno"),
			serviceAccount: cmp.Or(text(pod, "serviceAccountName"), env(container, "KYVERNO_SERVICEACCOUNT_NAME"),
				"default"),
			exceptions:         argument(container, "enablePolicyException") != "false",
			exceptionNamespace: argument(container, "exceptionNamespace"),
			scanInterval:       max(durationOr(argument(container, "backgroundScanInterval"), usualInterval), leastInterval),
		}, true
	}
	return installed{}, false
}

// componentOf reads the component from an image reference.
func componentOf(image string) (component, bool) {
	name, _, _ := strings.Cut(image, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name = name[:colon]
	}
	parts := strings.Split(name, "/")
	if len(parts) < 2 || parts[len(parts)-2] != "kyverno" {
		return "", false
	}
	found := component(parts[len(parts)-1])
	known := []component{admissionController, backgroundController, cleanupController, reportsController}
	return found, slices.Contains(known, found)
}

func defaultService(c component) string {
	switch c {
	case admissionController:
		return "kyverno-svc"
	case cleanupController:
		return "kyverno-cleanup-controller"
	}
	return ""
}

// env returns the literal value of a container's environment variable.
func env(container map[string]any, name string) string {
	for _, item := range list(container, "env") {
		if variable, _ := item.(map[string]any); text(variable, "name") == name {
			return text(variable, "value")
		}
	}
	return ""
}

// argument returns the value of a container's argument --name=value, the last if there are several.
func argument(container map[string]any, name string) (value string) {
	for _, arg := range texts(container, "args") {
		if given, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			value = given
		}
	}
	return value
}

// durationOr reads a duration; what is none is the other.
func durationOr(text string, other time.Duration) time.Duration {
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d
	}
	return other
}

// goingDown says whether a Deployment means its pods to end: it is absent, being deleted, or scaled to zero. A
// controller that ends this way takes its webhook configurations along (Kyverno's runtime.IsGoingDown).
func goingDown(d *unstructured.Unstructured) bool {
	if d == nil || d.GetDeletionTimestamp() != nil {
		return true
	}
	replicas, found, _ := unstructured.NestedInt64(d.Object, "spec", "replicas")
	return found && replicas == 0
}
