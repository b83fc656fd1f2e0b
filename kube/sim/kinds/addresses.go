package kinds

import (
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/kube/sim/api"
)

// addressKinds are the ranges of service addresses and the addresses in use.
func addressKinds() []*api.Kind {
	type (
		address = networkingv1.IPAddress
		cidr    = networkingv1.ServiceCIDR
	)
	return []*api.Kind{
		builtin[*address]{
			new: func() *address { return &address{} }, group: networkingv1.SchemeGroupVersion,
			kind: "IPAddress", plural: "ipaddresses", short: []string{"ip"}, cluster: true, generation: true,
			columns: []metav1.TableColumnDefinition{nameColumn(), column("ParentRef", networkingv1.IPAddressSpec{}.SwaggerDoc()["parentRef"])},
			row:     func(a *address, _ time.Time) []any { return []any{a.Name, parentText(a.Spec.ParentRef)} },
		}.build(),
		builtin[*cidr]{
			new: func() *cidr { return &cidr{} }, group: networkingv1.SchemeGroupVersion,
			kind: "ServiceCIDR", plural: "servicecidrs", cluster: true, status: true, generation: true,
			columns: []metav1.TableColumnDefinition{nameColumn(), column("CIDRs", networkingv1.ServiceCIDRSpec{}.SwaggerDoc()["cidrs"]), ageColumn()},
			row: func(c *cidr, now time.Time) []any {
				return []any{c.Name, strings.Join(c.Spec.CIDRs, ","), ageOf(c, now)}
			},
		}.build(),
	}
}

// parentText names what an address belongs to: services/default/kubernetes.
func parentText(ref *networkingv1.ParentReference) string {
	if ref == nil {
		return none
	}
	text := strings.ToLower(schema.GroupResource{Group: ref.Group, Resource: ref.Resource}.String())
	if ref.Namespace != "" {
		text += "/" + ref.Namespace
	}
	return text + "/" + ref.Name
}
