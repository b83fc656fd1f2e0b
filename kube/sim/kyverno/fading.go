package kyverno

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kube-openapi/pkg/validation/strfmt"

	"podsec/kube/sim/api"
)

// What objects with a time to live say.
const (
	propagationAnnotation = "cleanup.kyverno.io/propagation-policy"
	ttlDateTime           = "2006-01-02T150405Z"
	ttlDate               = "2006-01-02"
)

// The clean-up controller looks every minute which kinds it may watch and delete. Here it does so when the label is written
// on an object of a kind that had none, and every minute only as long as there is one of a kind that it may not delete.
const (
	fadingKey      = "time to live"
	findFadingKey  = "find time to live"
	fadingInterval = time.Minute
)

// reviewTTL answers the webhook that sees objects with a time to live when they are written. One that cannot be read earns a
// warning.
func (k *Kyverno) reviewTTL(a *api.Attributes) api.Review {
	answer := api.Review{Allowed: true}
	if a.Object == nil {
		return answer
	}
	ttl, labelled := a.Object.GetLabels()[ttlLabel]
	if !labelled {
		return answer
	}
	if _, err := deletionTime(ttl, time.Time{}); err != nil {
		answer.Warnings = []string{fmt.Sprintf("%s label value cannot be parsed as any recognizable format (%s)", ttlLabel, err)}
	}
	if !a.DryRun && k.noteFading(a.Resource) {
		k.background.add(fadingKey, k.followFading)
	}
	return answer
}

// deletionTime is when an object that came at some time goes: after a duration, or at a date and time, or a date. The error
// is of the last try.
func deletionTime(ttl string, created time.Time) (time.Time, error) {
	if duration, err := strfmt.ParseDuration(ttl); err == nil {
		return created.Add(duration), nil
	}
	if at, err := time.Parse(ttlDateTime, ttl); err == nil {
		return at, nil
	}
	return time.Parse(ttlDate, ttl)
}

// noteFading says whether a resource had no object with a time to live before.
func (k *Kyverno) noteFading(gvr schema.GroupVersionResource) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, known := k.faded[gvr.GroupResource()]
	if !known {
		k.faded[gvr.GroupResource()] = gvr
	}
	return !known
}

// findFading looks for objects with a time to live that were there before the clean-up controller.
func (k *Kyverno) findFading(ctx context.Context) {
	for _, r := range k.discovery.all() {
		heads, err := k.client.Heads(ctx, r.gvr, "")
		if err == nil && slices.ContainsFunc(heads, func(head api.Head) bool { return head.Labels[ttlLabel] != "" }) {
			k.noteFading(r.gvr)
		}
	}
	k.followFading(ctx)
}

// followFading watches the kinds of which objects have a time to live and the clean-up controller may watch, list and delete
// them.
func (k *Kyverno) followFading(ctx context.Context) {
	controller, running := k.running(cleanupController)
	if !running {
		k.fading.want(ctx, nil)
		return
	}
	known := k.knownFading(ctx)
	permitted := slices.DeleteFunc(slices.Clone(known), func(gvr schema.GroupVersionResource) bool { return !k.mayFade(ctx, controller, gvr) })
	k.fading.want(ctx, permitted)
	if len(permitted) < len(known) {
		k.timetable.At(fadingKey, k.clock.Now().Add(fadingInterval), k.followFading)
	}
}

// knownFading are the resources of which objects had a time to live, without those that are not served any more.
func (k *Kyverno) knownFading(ctx context.Context) []schema.GroupVersionResource {
	k.cluster.abreast(ctx, definitions, "") // an object may be written before Kyverno was told of its kind
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.faded, func(_ schema.GroupResource, gvr schema.GroupVersionResource) bool {
		_, served := k.discovery.kindOf(gvr)
		return !served
	})
	return slices.Collect(maps.Values(k.faded))
}

// mayFade says whether the clean-up controller may do with all objects of a kind what it has to.
func (k *Kyverno) mayFade(ctx context.Context, controller installed, gvr schema.GroupVersionResource) bool {
	return !slices.ContainsFunc([]string{"watch", "list", "delete"}, func(verb string) bool {
		return k.permit(ctx, controller, verb, gvr, "", "") != nil
	})
}

// fadingObject is what is kept of objects of the watched kinds: the whole, if it has a time to live.
type fadingObject struct {
	kept    *unstructured.Unstructured
	current string
}

func (f fadingObject) object() *unstructured.Unstructured { return f.kept }
func (f fadingObject) version() string                    { return f.current }

func onlyFading(object *unstructured.Unstructured) held {
	f := fadingObject{current: object.GetResourceVersion()}
	if _, labelled := object.GetLabels()[ttlLabel]; labelled {
		f.kept = object
	}
	return f
}

// fadingChanged puts an object onto the timetable that has a time to live, and takes it off when it goes or the label does.
// One whose label cannot be read stays.
func (k *Kyverno) fadingChanged(gvr schema.GroupVersionResource, old, now *unstructured.Unstructured) {
	if old == nil && now == nil {
		return
	}
	name := nameOf(either(old, now))
	key := gvr.String() + " " + name.String()
	if when, ok := fadesAt(now); ok {
		k.timetable.At(key, when, func(ctx context.Context) { k.fade(ctx, key, gvr, name) })
	} else {
		k.timetable.Cancel(key)
	}
}

// fadesAt is when an object is to be deleted, false for never. Nil is none.
func fadesAt(object *unstructured.Unstructured) (time.Time, bool) {
	if object == nil || object.GetDeletionTimestamp() != nil {
		return time.Time{}, false
	}
	ttl, labelled := object.GetLabels()[ttlLabel]
	when, err := deletionTime(ttl, object.GetCreationTimestamp().Time)
	return when, labelled && err == nil
}

// fade deletes an object whose time is over. What fails is tried again for a while.
func (k *Kyverno) fade(ctx context.Context, key string, gvr schema.GroupVersionResource, name types.NamespacedName) {
	controller, running := k.running(cleanupController)
	object, err := k.client.Get(ctx, gvr, name.Namespace, name.Name)
	when, fades := fadesAt(object)
	switch {
	case !running || err != nil || !fades: // if it changed, fadingChanged is told
		k.timetable.Forget(key)
		return
	case when.After(k.clock.Now()): // the clock was set back
		k.timetable.At(key, when, func(ctx context.Context) { k.fade(ctx, key, gvr, name) })
		return
	}
	err = k.deleteAs(ctx, controller, gvr, object, metav1.DeleteOptions{PropagationPolicy: propagationOf(object)})
	switch {
	case apierrors.IsForbidden(err) && !k.mayFade(ctx, controller, gvr):
		k.followFading(ctx) // until it may again
	case err != nil:
		k.timetable.Retry(key, func(ctx context.Context) { k.fade(ctx, key, gvr, name) })
	default:
		k.timetable.Forget(key)
	}
}

// propagationOf is what is to become of an object's dependents when its time is over; nil is what is usual for its kind.
func propagationOf(object *unstructured.Unstructured) *metav1.DeletionPropagation {
	how := metav1.DeletionPropagation(object.GetAnnotations()[propagationAnnotation])
	switch how {
	case metav1.DeletePropagationForeground, metav1.DeletePropagationBackground, metav1.DeletePropagationOrphan:
		return &how
	}
	return nil
}
