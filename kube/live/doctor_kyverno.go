package live

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// kyverno looks for Kyverno, its version and its webhooks.
func (d *Doctor) kyverno(ctx context.Context) error {
	k, err := FindKyverno(ctx, d.client)
	if err != nil {
		return err
	}
	switch {
	case k.Orphaned():
		d.say(Problem, "Kyverno", RemoveWebhooks,
			"Kyverno is gone, but %d of its webhooks are registered: what they are asked about is refused", k.Webhooks)
		return nil
	case !k.Installed():
		d.say(Note, "Kyverno", "", "it is not installed; labs install it, and podsec clean removes it").Labs = d.labs(true)
		return nil
	case !k.Ready:
		d.say(Problem, "Kyverno", "kubectl -n "+k.Namespace+" get pods", "its admission controller has no ready pod")
	}
	whose := "the workshop did not install it, and will not change it"
	if k.Ours {
		whose = "the workshop installed it"
	}
	d.say(Fine, "Kyverno", "", "%s runs in the namespace %s; %s", k.Version, k.Namespace, whose)
	if !k.Ours {
		d.say(Warning, "Kyverno", "", "steps that install or remove Kyverno are skipped").Labs = d.labs(false)
	}
	d.say(Note, "Kyverno", "", "it has %d webhooks, of which %d refuse requests when it does not answer (failurePolicy Fail)", k.Webhooks, k.Closed)
	d.age(k.Version)
	return nil
}

// change is something that differs in Kyvernos before a version.
type change struct {
	before int // minor version
	text   string
}

// changes are what labs meet in older versions
// (https://github.com/kyverno/kyverno/blob/main/CHANGELOG.md).
func changes() []change {
	return []change{
		{11, "reports are one per policy and namespace, not one per resource"},
		{13, "failureAction of a rule is not known: use spec.validationFailureAction"},
		{14, "policies.kyverno.io (ValidatingPolicy and others) is not served"},
		{17, "ClusterPolicy is not deprecated yet: kubectl prints no warning"},
	}
}

// age says what differs in the Kyverno that there is.
func (d *Doctor) age(version string) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		d.say(Note, "Kyverno", "", "its image does not name a version")
		return
	}
	minor, err := strconv.Atoi(parts[1])
	if err != nil || parts[0] != "1" {
		return
	}
	for _, c := range changes() {
		if minor < c.before {
			d.say(Warning, "Kyverno", "", "before 1.%d %s", c.before, c.text)
		}
	}
}

// reports looks for the definitions of reports.
func (d *Doctor) reports(context.Context) error {
	groups, err := d.client.Discovery().ServerGroups()
	if err != nil {
		return fmt.Errorf("ask for API groups: %w", err)
	}
	for _, group := range groups.Groups {
		if group.Name == "wgpolicyk8s.io" || group.Name == "openreports.io" {
			d.say(Fine, "reports", "", "%s is served", group.PreferredVersion.GroupVersion)
		}
	}
	return nil
}

// podSecurity looks at the labels of the namespace that labs work in most.
func (d *Doctor) podSecurity(ctx context.Context) error {
	namespace, err := d.client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceDefault, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("look at namespace default: %w", err)
	}
	level := namespace.Labels["pod-security.kubernetes.io/enforce"]
	if level == "" || level == "privileged" {
		d.say(Fine, "pod security", "", "the namespace default enforces no level by label; what the cluster's configuration enforces cannot be seen from here")
		return nil
	}
	d.say(Warning, "pod security", "", "the namespace default enforces the level %s: pods that labs make there may be refused", level)
	return nil
}

// policies looks for policies of others that would refuse what labs make.
func (d *Doctor) policies(ctx context.Context) error {
	list, err := d.any.Resource(probeResource()).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list policies: %w", err)
	}
	for i := range list.Items {
		if policy := &list.Items[i]; !marked(policy.GetLabels()) && enforces(policy) {
			d.say(Warning, "policies", "", "the policy %s of this cluster refuses what breaks it, in labs too", policy.GetName())
		}
	}
	return nil
}

// enforces reports whether a ClusterPolicy has a rule in Enforce mode.
func enforces(policy *unstructured.Unstructured) bool {
	whole, _, _ := unstructured.NestedString(policy.Object, "spec", "validationFailureAction")
	rules, _, _ := unstructured.NestedSlice(policy.Object, "spec", "rules")
	return slices.ContainsFunc(rules, func(rule any) bool {
		r, ok := rule.(map[string]any)
		if !ok {
			return false
		}
		if _, validates := r["validate"]; !validates {
			return false
		}
		action, _, _ := unstructured.NestedString(r, "validate", "failureAction")
		if action == "" {
			action = whole
		}
		return strings.EqualFold(action, "Enforce")
	})
}
