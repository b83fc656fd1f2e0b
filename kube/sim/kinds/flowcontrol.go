package kinds

import (
	"time"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsec/kube/sim/api"
)

// flowcontrolKinds are those of flowcontrol.apiserver.k8s.io/v1. They are stored; requests are served as they come.
func flowcontrolKinds() []*api.Kind { return []*api.Kind{flowSchemaKind(), priorityLevelKind()} }

func flowSchemaKind() *api.Kind {
	type flow = flowcontrolv1.FlowSchema
	doc := flowcontrolv1.FlowSchemaSpec{}.SwaggerDoc()
	return builtin[*flow]{
		new: func() *flow { return &flow{} }, group: flowcontrolv1.SchemeGroupVersion,
		kind: "FlowSchema", plural: "flowschemas", cluster: true, status: true, generation: true,
		defaults: func(f *flow) { setEmpty(&f.Spec.MatchingPrecedence, 1000) },
		columns: []metav1.TableColumnDefinition{
			nameColumn(), column("PriorityLevel", flowcontrolv1.PriorityLevelConfigurationReference{}.SwaggerDoc()["name"]),
			column("MatchingPrecedence", doc["matchingPrecedence"]), column("DistinguisherMethod", doc["distinguisherMethod"]), ageColumn(),
			column("MissingPL", "references a broken or non-existent PriorityLevelConfiguration"),
		},
		row: func(f *flow, now time.Time) []any {
			method, missing := none, "?"
			if f.Spec.DistinguisherMethod != nil {
				method = string(f.Spec.DistinguisherMethod.Type)
			}
			for _, c := range f.Status.Conditions {
				if c.Type == flowcontrolv1.FlowSchemaConditionDangling {
					missing = string(c.Status)
				}
			}
			return []any{f.Name, f.Spec.PriorityLevelConfiguration.Name, int64(f.Spec.MatchingPrecedence), method, ageOf(f, now), missing}
		},
	}.build()
}

func priorityLevelKind() *api.Kind {
	type level = flowcontrolv1.PriorityLevelConfiguration
	queuing := flowcontrolv1.QueuingConfiguration{}.SwaggerDoc()
	return builtin[*level]{
		new: func() *level { return &level{} }, group: flowcontrolv1.SchemeGroupVersion,
		kind: "PriorityLevelConfiguration", plural: "prioritylevelconfigurations", cluster: true, status: true, generation: true,
		columns: []metav1.TableColumnDefinition{
			nameColumn(), column("Type", flowcontrolv1.PriorityLevelConfigurationSpec{}.SwaggerDoc()["type"]),
			column("NominalConcurrencyShares", flowcontrolv1.LimitedPriorityLevelConfiguration{}.SwaggerDoc()["nominalConcurrencyShares"]),
			column("Queues", queuing["queues"]), column("HandSize", queuing["handSize"]), column("QueueLengthLimit", queuing["queueLengthLimit"]), ageColumn(),
		},
		row: func(l *level, now time.Time) []any {
			shares, queues, hand, length := any(none), any(none), any(none), any(none)
			if limited := l.Spec.Limited; limited != nil {
				if limited.NominalConcurrencyShares != nil {
					shares = int64(*limited.NominalConcurrencyShares)
				}
				if q := limited.LimitResponse.Queuing; q != nil {
					queues, hand, length = int64(q.Queues), int64(q.HandSize), int64(q.QueueLengthLimit)
				}
			}
			return []any{l.Name, string(l.Spec.Type), shares, queues, hand, length, ageOf(l, now)}
		},
	}.build()
}
