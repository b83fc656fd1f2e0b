package kyverno

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/clock"
)

// maxMessage is the longest note that the events API accepts.
const maxMessage = 1024

// reportingControllers are the names that the controllers sign events with.
var reportingControllers = map[component]string{
	admissionController: "kyverno-admission",
	reportsController:   "kyverno-scan",
	cleanupController:   "kyverno-cleanup",
}

// recorder makes Event objects.
type recorder struct {
	clock clock.PassiveClock
	host  string

	mu   sync.Mutex
	last int64 // the nanoseconds in the name of the last event: names must differ even if the clock stands still
}

func newRecorder(clock clock.PassiveClock, host string) *recorder {
	return &recorder{clock: clock, host: host}
}

// object is the event as it is stored: namespace "default" for cluster-scoped objects, a name made of the object's and
// the time, no series.
func (r *recorder) object(o occurrence) *unstructured.Unstructured {
	now := r.clock.Now().UTC()
	namespace := text(o.regarding, "namespace")
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	controller := cmp.Or(o.reporter, reportingControllers[o.source])
	event := map[string]any{
		"apiVersion": "v1", "kind": "Event",
		"metadata": map[string]any{
			"name":      fmt.Sprintf("%s.%x", eventName(text(o.regarding, "name")), r.stamp(now)),
			"namespace": namespace,
		},
		"eventTime":      now.Format(metav1.RFC3339Micro),
		"firstTimestamp": nil, "lastTimestamp": nil,
		"reportingComponent": controller,
		"reportingInstance":  controller + "-" + r.host,
		"source":             map[string]any{},
		"action":             o.action,
		"reason":             cmp.Or(o.reason, reasonViolation),
		"type":               typeOf(o.reason),
		"involvedObject":     o.regarding,
		"message":            shorten(o.message),
	}
	if o.related != nil {
		event["related"] = o.related
	}
	return &unstructured.Unstructured{Object: event}
}

// typeOf is the type of events with a reason.
func typeOf(reason string) string {
	if reason == reasonApplied {
		return "Normal"
	}
	return "Warning"
}

// stamp returns the time in nanoseconds, or the next number when that was used.
func (r *recorder) stamp(now time.Time) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = max(r.last+1, now.UnixNano())
	return r.last
}

func shorten(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return message[:maxMessage-3] + "..."
}

// unfitForName are the characters that an event's name cannot have.
var unfitForName = regexp.MustCompile(`[^a-z0-9.-]`)

// eventName makes an object's name fit for an event's name.
func eventName(name string) string {
	name = unfitForName.ReplaceAllString(strings.ToLower(name), "-")
	if name != "" && strings.ContainsAny(name[:1], ".-") {
		name = "a" + name
	}
	if name != "" && strings.ContainsAny(name[len(name)-1:], ".-") {
		name += "z"
	}
	return name
}

// emit writes events later, in their order.
func (k *Kyverno) emit(events []occurrence) {
	for _, o := range events {
		object := k.events.object(o)
		k.work.add("", func(ctx context.Context) { k.writeEvent(ctx, o.source, object) })
	}
}

// writeEvent stores one event as the controller that it is from. A namespace that is going away takes none.
func (k *Kyverno) writeEvent(ctx context.Context, source component, event *unstructured.Unstructured) {
	client := k.client
	if controller, ok := k.deployed(source); ok {
		client = client.As(controller.user(), controller.group())
	}
	_, err := client.Vouched().Create(ctx, eventsResource, event, metav1.CreateOptions{})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.HasStatusCause(err, "NamespaceTerminating") {
		k.report(fmt.Errorf("write event %s: %w", event.GetName(), err))
	}
}
