package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/utils/clock"
)

// recorder writes Events as client-go's recorder does: the same event again counts up, and many that differ only in
// their message become one "(combined from similar events)".
type recorder struct {
	clock clock.PassiveClock
	// related is what is known of earlier events, by the UID of what they are about. client-go keeps it in one cache
	// whose keys hold that UID; here it goes away together with the object.
	related map[types.UID]*record.EventCorrelator
	last    int64
}

func newRecorder(c clock.PassiveClock) *recorder {
	return &recorder{clock: c, related: map[types.UID]*record.EventCorrelator{}}
}

// forget drops what is known of events about an object that is gone.
func (r *recorder) forget(uid types.UID) { delete(r.related, uid) }

// stamp returns a number for an event's name: the time in nanoseconds, and never the same twice.
func (r *recorder) stamp() int64 {
	r.last = max(r.last+1, r.clock.Now().UnixNano())
	return r.last
}

// about makes the reference of an event to an object.
func (w *world) about(gvr resource, obj metav1.Object) corev1.ObjectReference {
	kind, apiVersion := w.kindOf(gvr)
	return corev1.ObjectReference{
		Kind: kind, APIVersion: apiVersion, Namespace: obj.GetNamespace(), Name: obj.GetName(),
		UID: obj.GetUID(), ResourceVersion: obj.GetResourceVersion(),
	}
}

// eventf records an event about an object. An event that cannot be written is lost, as with the real recorder.
func (w *world) eventf(ctx context.Context, ref corev1.ObjectReference, kind, reason, format string, args ...any) {
	now := w.now()
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: fmt.Sprintf("%s.%x", ref.Name, w.events.stamp()), Namespace: namespaceOf(ref)},
		InvolvedObject: ref, Reason: reason, Message: fmt.Sprintf(format, args...), Type: kind, Count: 1,
		FirstTimestamp: now, LastTimestamp: now, Source: corev1.EventSource{Component: w.component},
	}
	w.events.send(ctx, w, event)
}

func namespaceOf(ref corev1.ObjectReference) string {
	if ref.Namespace == "" {
		return metav1.NamespaceDefault
	}
	return ref.Namespace
}

// send correlates an event with earlier ones, then creates it or counts up the one that is there.
func (r *recorder) send(ctx context.Context, w *world, event *corev1.Event) {
	correlator, ok := r.related[event.InvolvedObject.UID]
	if !ok {
		correlator = record.NewEventCorrelator(r.clock)
		r.related[event.InvolvedObject.UID] = correlator
	}
	result, err := correlator.EventCorrelate(event)
	if err != nil || result.Skip {
		return
	}
	event = result.Event
	event.ReportingController, event.ReportingInstance = event.Source.Component, event.Source.Host
	stored, err := w.store(ctx, event)
	if err == nil {
		correlator.UpdateState(stored)
	}
}

func (w *world) store(ctx context.Context, event *corev1.Event) (*corev1.Event, error) {
	if event.Count > 1 {
		have, err := get[corev1.Event](ctx, w, eventsGVR, event.Namespace, event.Name)
		if err != nil {
			return nil, err
		}
		if have != nil {
			have.Count, have.LastTimestamp, have.Message = event.Count, event.LastTimestamp, event.Message
			u, err := encode("Event", "v1", have)
			if err != nil {
				return nil, err
			}
			if u, err = w.client.Update(ctx, eventsGVR, u, ""); err != nil {
				return nil, err
			}
			return decode[corev1.Event](u)
		}
	}
	event.ResourceVersion = ""
	u, err := w.createEvent(ctx, event)
	if err != nil {
		return nil, err
	}
	return decode[corev1.Event](u)
}

func (w *world) createEvent(ctx context.Context, event *corev1.Event) (*unstructured.Unstructured, error) {
	u, err := encode("Event", "v1", event)
	if err != nil {
		return nil, err
	}
	return w.vouched.Create(ctx, eventsGVR, u, metav1.CreateOptions{})
}

// announce records an event in the newer form (events.k8s.io), which has an action and one precise time.
func (w *world) announce(ctx context.Context, ref corev1.ObjectReference, kind, reason, action, message string) error {
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: fmt.Sprintf("%s.%x", ref.Name, w.events.stamp()), Namespace: namespaceOf(ref)},
		InvolvedObject: ref, Reason: reason, Action: action, Message: message, Type: kind,
		EventTime:           metav1.NewMicroTime(w.clock.Now()),
		ReportingController: w.component, ReportingInstance: w.component,
	}
	if _, err := w.createEvent(ctx, event); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}
