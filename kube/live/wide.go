package live

import (
	"fmt"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// wide reports whether objects of a resource are in force in the whole cluster, and the gate does not know how to keep
// them to some namespaces. What is in force in its own namespace alone (NamespacedValidatingPolicy, CleanupPolicy) is not.
func wide(r schema.GroupVersionResource) bool {
	switch r.Group {
	case "policies.kyverno.io":
		return strings.HasSuffix(r.Resource, "policies") && !strings.HasPrefix(r.Resource, "namespaced")
	case "kyverno.io":
		return r.Resource == "clustercleanuppolicies"
	case "admissionregistration.k8s.io":
		return true
	}
	return false
}

// needNarrow refuses what would be in force in the whole cluster, unless the user allowed that. Looking and deleting are
// judged as for everything else.
func (g *Gate) needNarrow(q *request) error {
	if g.options.ClusterWide || q.dryRun || !wide(q.resource) || q.verb == "delete" || q.verb == "deletecollection" {
		return nil
	}
	what := q.resource.GroupResource().String()
	if q.name != "" {
		what += fmt.Sprintf(" %q", q.name)
	}
	return &refusal{
		code: http.StatusForbidden, reason: metav1.StatusReasonForbidden,
		text: what + " is forbidden: it would be in force in the whole cluster, and podsec can keep only ClusterPolicies to the workshop's namespaces; the cluster was not asked; --cluster-wide allows it",
	}
}
