package stored

import (
	"fmt"
	"strings"
	"time"

	v1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Facts are what a policy's status depends on beside the policy.
type Facts struct {
	Now time.Time
	// Registered says that the webhook configurations are made for the policy.
	Registered bool
	// May says whether the reports controller may do that with a resource.
	May func(verb string, resource schema.GroupVersionResource) bool
}

// conditionStatus is the status that all kinds of policies share, in the order of no map.
type conditionStatus = v1beta1.ConditionStatus

// Status is the status that the policy should have, given the one that it has (pkg/controllers/policystatus).
func (p *Policy) Status(old map[string]any, facts Facts) (map[string]any, error) {
	var stored struct {
		Conditions conditionStatus `json:"conditionStatus"`
		Generated  bool            `json:"generated"`
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(old, &stored); err != nil {
		return nil, fmt.Errorf("read status of %s: %w", p.Key(), err)
	}
	conditions := &stored.Conditions
	if p.waits() {
		message := "Webhook configured."
		if !facts.Registered {
			message = "Policy is not configured in the webhook."
		}
		set(conditions, v1beta1.PolicyConditionTypeWebhookConfigured, facts.Registered, message, facts.Now)
	}
	allowed, message := p.readable(facts.May)
	set(conditions, v1beta1.PolicyConditionTypeRBACPermissionsGranted, allowed, message, facts.Now)
	ready := true
	for _, condition := range conditions.Conditions {
		ready = ready && condition.Status == metav1.ConditionTrue
	}
	conditions.Ready = &ready
	return runtime.DefaultUnstructuredConverter.ToUnstructured(&struct {
		Autogen    any             `json:"autogen"`
		Conditions conditionStatus `json:"conditionStatus"`
		Generated  bool            `json:"generated"`
	}{p.status, *conditions, stored.Generated})
}

// waits says whether the policy has to be in a webhook configuration. One that is asked neither at admission nor for what
// exists never gets into one, and says so.
func (p *Policy) waits() bool { return p.admission || !p.kind.Mutates && !p.Background() }

func set(status *conditionStatus, kind v1beta1.PolicyConditionType, holds bool, message string, now time.Time) {
	condition := metav1.Condition{
		Type: string(kind), Status: metav1.ConditionTrue, Reason: "Succeeded", Message: message,
		LastTransitionTime: metav1.NewTime(now.UTC().Truncate(time.Second)),
	}
	if !holds {
		condition.Status, condition.Reason = metav1.ConditionFalse, "Failed"
	}
	meta.SetStatusCondition(&status.Conditions, condition)
}

// readable says whether the reports controller can read what the policy is about, in Kyverno's words.
func (p *Policy) readable(may func(verb string, resource schema.GroupVersionResource) bool) (bool, string) {
	if !p.Background() {
		return true, "Background scanning disabled; reporting permissions not required."
	}
	var missing []string
	for _, resource := range p.Resources() {
		for _, verb := range []string{"get", "list", "watch"} {
			if !may(verb, resource) {
				missing = append(missing, fmt.Sprintf("%s %s: ", verb, (*metav1.GroupVersionResource)(&resource)))
			}
		}
	}
	if len(missing) == 0 {
		return true, "Policy is ready for reporting."
	}
	message := fmt.Sprintf("Policy is not ready for reporting, missing permissions: %s.", strings.Join(missing, "; "))
	if len(p.generated) > 0 {
		message += " If this is for an autogen'd custom workload CRD, grant it via reportsController.rbac.clusterRole.extraResources" +
			" in the Helm values (or an equivalent ClusterRole labeled rbac.kyverno.io/aggregate-to-reports-controller)."
	}
	return false, message
}
