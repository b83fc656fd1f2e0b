package kinds

import (
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"podsec/kube/sim/api"
)

// schedulingKinds are those of scheduling.k8s.io/v1.
func schedulingKinds() []*api.Kind {
	type class = schedulingv1.PriorityClass
	doc := class{}.SwaggerDoc()
	return []*api.Kind{builtin[*class]{
		new: func() *class { return &class{} }, group: schedulingv1.SchemeGroupVersion,
		kind: "PriorityClass", plural: "priorityclasses", short: []string{"pc"}, cluster: true, generation: true,
		changed:  func(*class, *class) bool { return false },
		defaults: func(c *class) { setDefault(&c.PreemptionPolicy, corev1.PreemptLowerPriority) },
		validate: validatePriorityClass,
		validateUpdate: func(c, old *class) fieldErrors {
			if c.Value != old.Value {
				return fieldErrors{field.Forbidden(field.NewPath("value"), "may not be changed in an update.")}
			}
			return nil
		},
		columns: []metav1.TableColumnDefinition{
			nameColumn(), number("Value", doc["value"]), column("Global-Default", doc["globalDefault"]), ageColumn(),
			column("PreemptionPolicy", doc["preemptionPolicy"]),
		},
		row: func(c *class, now time.Time) []any {
			return []any{c.Name, int64(c.Value), fmt.Sprint(c.GlobalDefault), ageOf(c, now), string(ptr.Deref(c.PreemptionPolicy, ""))}
		},
	}.build()}
}

// coordinationKinds are those of coordination.k8s.io/v1.
func coordinationKinds() []*api.Kind {
	type lease = coordinationv1.Lease
	return []*api.Kind{builtin[*lease]{
		new: func() *lease { return &lease{} }, group: coordinationv1.SchemeGroupVersion,
		kind: "Lease", plural: "leases", validate: validateLease, columns: columnsOf(column("Holder", coordinationv1.LeaseSpec{}.SwaggerDoc()["holderIdentity"])),
		row: func(l *lease, now time.Time) []any {
			return []any{l.Name, ptr.Deref(l.Spec.HolderIdentity, ""), ageOf(l, now)}
		},
	}.build()}
}

// nodeKinds are those of node.k8s.io/v1.
func nodeKinds() []*api.Kind {
	type class = nodev1.RuntimeClass
	return []*api.Kind{builtin[*class]{
		new: func() *class { return &class{} }, group: nodev1.SchemeGroupVersion,
		kind: "RuntimeClass", plural: "runtimeclasses", cluster: true, validate: validateRuntimeClass,
		columns: columnsOf(column("Handler", class{}.SwaggerDoc()["handler"])),
		row:     func(c *class, now time.Time) []any { return []any{c.Name, c.Handler, ageOf(c, now)} },
	}.build()}
}
