package kube

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// maxEvents is how many events a State carries at most.
const maxEvents = 500

// reasonViolation is the reason of Kyverno's events about failed rules.
const reasonViolation = "PolicyViolation"

// events are those of policy violations, newest first.
func (w *watcher) events() []Event {
	found := said[Event](w, events)
	slices.SortStableFunc(found, func(a, b Event) int {
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Message, b.Message))
	})
	if len(found) > maxEvents {
		found = slices.Clone(found[:maxEvents]) // the others are let go
	}
	return found
}

// eventOf is an event as a State shows it. Newer events say their time and count in eventTime and series, older ones in
// lastTimestamp and count.
func eventOf(u *unstructured.Unstructured) Event {
	o := u.Object
	return Event{
		Time:      firstTime(text(o, "series", "lastObservedTime"), text(o, "lastTimestamp"), text(o, "eventTime"), text(o, "metadata", "creationTimestamp")),
		Type:      text(o, "type"),
		Reason:    text(o, "reason"),
		Object:    strings.ToLower(text(o, "involvedObject", "kind")) + "/" + text(o, "involvedObject", "name"),
		Message:   text(o, "message"),
		Count:     cmp.Or(number(o, "series", "count"), number(o, "count"), 1),
		Blocked:   text(o, "action") == "Resource Blocked",
		Namespace: text(o, "involvedObject", "namespace"),
		RelName:   text(o, "related", "name"),
	}
}

// firstTime returns the first of the times that is one.
func firstTime(values ...string) time.Time {
	for _, value := range values {
		if t, err := time.Parse(time.RFC3339Nano, value); err == nil {
			return t
		}
	}
	return time.Time{}
}
