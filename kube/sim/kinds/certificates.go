package kinds

import (
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"podsec/kube/sim/api"
)

// certificatesKinds are those of certificates.k8s.io/v1. Nothing signs in a simulated cluster: requests wait, or are
// approved or denied by somebody.
func certificatesKinds() []*api.Kind {
	type request = certificatesv1.CertificateSigningRequest
	doc := certificatesv1.CertificateSigningRequestSpec{}.SwaggerDoc()
	return []*api.Kind{builtin[*request]{
		new: func() *request { return &request{} }, group: certificatesv1.SchemeGroupVersion,
		kind: "CertificateSigningRequest", plural: "certificatesigningrequests", short: []string{"csr"}, cluster: true, status: true,
		columns: []metav1.TableColumnDefinition{
			nameColumn(), ageColumn(), column("SignerName", doc["signerName"]), column("Requestor", doc["request"]),
			column("RequestedDuration", doc["expirationSeconds"]), column("Condition", certificatesv1.CertificateSigningRequestStatus{}.SwaggerDoc()["conditions"]),
		},
		row: func(r *request, now time.Time) []any {
			asked := none
			if r.Spec.ExpirationSeconds != nil {
				asked = duration.HumanDuration(time.Duration(*r.Spec.ExpirationSeconds) * time.Second)
			}
			return []any{r.Name, ageOf(r, now), orNone(r.Spec.SignerName), r.Spec.Username, asked, signingState(r)}
		},
	}.build()}
}

// signingState says how far a request is: what was denied stays denied.
func signingState(r *certificatesv1.CertificateSigningRequest) string {
	has := map[certificatesv1.RequestConditionType]bool{}
	for _, c := range r.Status.Conditions {
		has[c.Type] = true
	}
	state := "Pending"
	switch {
	case has[certificatesv1.CertificateDenied]:
		state = "Denied"
	case has[certificatesv1.CertificateApproved]:
		state = "Approved"
	}
	if has[certificatesv1.CertificateFailed] {
		state += ",Failed"
	}
	if len(r.Status.Certificate) > 0 {
		state += ",Issued"
	}
	return state
}
