package sim

import (
	"fmt"

	"podsec/kube/sim/admission"
	"podsec/kube/sim/admission/policies"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/psa"
)

// admit gives the API server its admission chain: what is compiled in, Pod Security Admission as Amazon EKS configures it
// (privileged everywhere, no exemptions: labels decide), the policies of admissionregistration.k8s.io, and the webhooks.
func (c *Cluster) admit(ids *ident.Source) error {
	client := c.server.Client()
	podSecurity, err := psa.New(client, nil)
	if err != nil {
		return fmt.Errorf("configure Pod Security Admission: %w", err)
	}
	c.server.SetAdmission(admission.Chain(client, ids, c, podSecurity, policies.New(client, c.server.Catalog()))...)
	return nil
}
