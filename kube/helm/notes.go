package helm

import (
	"fmt"
	"strings"
	"time"
)

// notes is what a release says after it was installed.
const notes = `Kyverno v1.19.1 is in the cluster (chart 3.9.1): its custom resource
definitions, and four controllers in the namespace kyverno.

  admission    answers the webhooks: mutates, validates, verifies images
  background   generates and mutates objects that already exist
  cleanup      deletes by cleanup policy or by a TTL label
  reports      scans in the background and writes policy reports

Each runs as one replica. With a single admission controller, requests that
match a policy fail while it is away: use at least three in production.

ClusterPolicy and Policy (kyverno.io) are deprecated in this version.
ValidatingPolicy, MutatingPolicy, GeneratingPolicy and
ImageValidatingPolicy (policies.kyverno.io) follow them:
https://kyverno.io/docs/guides/migration-to-cel/

Policies do not act in the namespaces kyverno and kube-system. Why, and how
to change that:
https://kyverno.io/docs/installation/#security-vs-operability`

// describe prints a release as install and status do.
func (r *release) describe(hideNotes bool) string {
	var text strings.Builder
	fmt.Fprintf(&text, "NAME: %s\n", r.Name)
	if !r.Info.LastDeployed.IsZero() {
		fmt.Fprintf(&text, "LAST DEPLOYED: %s\n", r.Info.LastDeployed.Format(time.ANSIC))
	}
	fmt.Fprintf(&text, "NAMESPACE: %s\nSTATUS: %s\nREVISION: %d\nDESCRIPTION: %s\n", r.Namespace, r.Info.Status, r.Version, r.Info.Description)
	fmt.Fprintln(&text, "TEST SUITE: None")
	if !hideNotes && r.Info.Notes != "" {
		fmt.Fprintf(&text, "NOTES:\n%s\n", strings.TrimSpace(r.Info.Notes))
	}
	return text.String()
}
