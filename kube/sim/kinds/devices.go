package kinds

import (
	"time"

	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// deviceKinds are those of resource.k8s.io/v1. No node offers devices, so claims stay pending.
func deviceKinds() []*api.Kind {
	group := resourcev1.SchemeGroupVersion
	type (
		class    = resourcev1.DeviceClass
		claim    = resourcev1.ResourceClaim
		template = resourcev1.ResourceClaimTemplate
		slice    = resourcev1.ResourceSlice
	)
	aged := func(obj metav1.Object, now time.Time) []any { return []any{obj.GetName(), ageOf(obj, now)} }
	return []*api.Kind{
		builtin[*class]{
			new: func() *class { return &class{} }, group: group, kind: "DeviceClass", plural: "deviceclasses", cluster: true, generation: true,
			columns: columnsOf(), row: func(c *class, now time.Time) []any { return aged(c, now) },
		}.build(),
		builtin[*claim]{
			new: func() *claim { return &claim{} }, group: group, kind: "ResourceClaim", plural: "resourceclaims", status: true,
			columns: columnsOf(column("State", "A summary of the current state (allocated, pending, reserved, etc.).")),
			row:     func(c *claim, now time.Time) []any { return []any{c.Name, claimState(c), ageOf(c, now)} },
		}.build(),
		builtin[*template]{
			new: func() *template { return &template{} }, group: group, kind: "ResourceClaimTemplate", plural: "resourceclaimtemplates",
			columns: columnsOf(), row: func(t *template, now time.Time) []any { return aged(t, now) },
		}.build(),
		builtin[*slice]{
			new: func() *slice { return &slice{} }, group: group, kind: "ResourceSlice", plural: "resourceslices", cluster: true, generation: true,
			columns: columnsOf(
				column("Node", resourcev1.ResourceSliceSpec{}.SwaggerDoc()["nodeName"]), column("Driver", resourcev1.ResourceSliceSpec{}.SwaggerDoc()["driver"]),
				column("Pool", resourcev1.ResourcePool{}.SwaggerDoc()["name"]),
			),
			row: func(s *slice, now time.Time) []any {
				return []any{s.Name, ptr.Deref(s.Spec.NodeName, ""), s.Spec.Driver, s.Spec.Pool.Name, ageOf(s, now)}
			},
		}.build(),
	}
}

// claimState sums up a claim as printers do.
func claimState(c *resourcev1.ResourceClaim) string {
	var state string
	if c.DeletionTimestamp != nil {
		state = "deleted,"
	}
	switch {
	case c.Status.Allocation == nil:
		return state + "pending"
	case len(c.Status.ReservedFor) > 0:
		return state + "allocated,reserved"
	}
	return state + "allocated"
}
