package kinds

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsec/kube/sim/api"
)

func eventKind() *api.Kind {
	return builtin[*corev1.Event]{
		new: func() *corev1.Event { return &corev1.Event{} }, group: corev1.SchemeGroupVersion,
		kind: "Event", plural: "events", short: []string{"ev"},
		validate: validateEvent, columns: eventColumns(), row: eventRow,
	}.build()
}

// eventsKinds is the newer name of the same events. It is served so that discovery lists it; events written through it
// are kept apart from those of the core group.
func eventsKinds() []*api.Kind {
	return []*api.Kind{builtin[*eventsv1.Event]{
		new: func() *eventsv1.Event { return &eventsv1.Event{} }, group: eventsv1.SchemeGroupVersion,
		kind: "Event", plural: "events", short: []string{"ev"},
		columns: eventColumns(), row: newEventRow,
	}.build()}
}

// validateEvent asks an event to be in the namespace of what it is about, and in default when that has none.
func validateEvent(e *corev1.Event) fieldErrors {
	involved := field.NewPath("involvedObject", "namespace")
	switch about := e.InvolvedObject.Namespace; {
	case about == "" && e.Namespace != metav1.NamespaceDefault && e.Namespace != metav1.NamespaceSystem:
		return fieldErrors{field.Invalid(involved, about, "does not match event.namespace")}
	case about != "" && about != e.Namespace:
		return fieldErrors{field.Invalid(involved, about, "does not match event.namespace")}
	}
	return nil
}

func eventColumns() []metav1.TableColumnDefinition {
	doc := corev1.Event{}.SwaggerDoc()
	return []metav1.TableColumnDefinition{
		column("Last Seen", doc["lastTimestamp"]),
		column("Type", doc["type"]),
		column("Reason", doc["reason"]),
		column("Object", doc["involvedObject"]),
		wide(column("Subobject", doc["involvedObject.fieldPath"])),
		wide(column("Source", doc["source"])),
		column("Message", doc["message"]),
		wide(column("First Seen", doc["firstTimestamp"])),
		wide(column("Count", doc["count"])),
		wide(nameColumn()),
	}
}

func eventRow(e *corev1.Event, now time.Time) []any {
	first, last, count := age(e.FirstTimestamp, now), age(e.LastTimestamp, now), e.Count
	if e.FirstTimestamp.IsZero() {
		first = microAge(e.EventTime, now)
	}
	if e.Series != nil {
		last, count = microAge(e.Series.LastObservedTime, now), e.Series.Count
	} else if e.LastTimestamp.IsZero() {
		last = first
	}
	setEmpty(&count, 1)
	component, host := e.Source.Component, e.Source.Host
	if component == "" {
		component, host = e.ReportingController, e.ReportingInstance
	}
	return []any{
		last, e.Type, e.Reason, objectText(e.InvolvedObject), e.InvolvedObject.FieldPath, sourceText(component, host),
		strings.TrimSpace(e.Message), first, int64(count), e.Name,
	}
}

func newEventRow(e *eventsv1.Event, now time.Time) []any {
	first := microAge(e.EventTime, now)
	last, count := first, int64(1)
	if e.Series != nil {
		last, count = microAge(e.Series.LastObservedTime, now), int64(e.Series.Count)
	}
	return []any{
		last, e.Type, e.Reason, objectText(e.Regarding), e.Regarding.FieldPath,
		sourceText(e.ReportingController, e.ReportingInstance), strings.TrimSpace(e.Note), first, count, e.Name,
	}
}

func microAge(t metav1.MicroTime, now time.Time) string { return age(metav1.Time{Time: t.Time}, now) }

func objectText(ref corev1.ObjectReference) string {
	if ref.Name == "" {
		return strings.ToLower(ref.Kind)
	}
	return fmt.Sprintf("%s/%s", strings.ToLower(ref.Kind), ref.Name)
}

func sourceText(component, host string) string {
	if host == "" {
		return component
	}
	return component + ", " + host
}
