package kyverno

import (
	"context"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/kube/sim/api"
)

// abreastWithin is how long a request waits for Kyverno to be told what is stored.
const abreastWithin = 10 * time.Second

// abreast waits until the informer of a resource was told what is stored in a namespace ("" is all), or ends. Who watched a
// Deployment roll out, or changed a policy, sends requests at once, while the event of that is still on its way here.
func (s *informers) abreast(gvr schema.GroupVersionResource, namespace string) {
	s.mu.Lock()
	running := s.running[gvr]
	s.mu.Unlock()
	if running == nil || running.toldOf(s.from, namespace) {
		return
	}
	late := time.After(abreastWithin)
	for !running.toldOf(s.from, namespace) {
		select {
		case <-running.ended:
			return
		case <-late:
			return
		case <-time.After(deliveryDelay):
		}
	}
}

// toldOf says whether the informer told of exactly what is stored in a namespace.
func (i *informer) toldOf(from source, namespace string) bool {
	stored, err := from.Heads(context.Background(), i.gvr, namespace)
	if err != nil {
		return true // a resource that is not served any more
	}
	known := map[types.NamespacedName]string{} // versions
	for _, object := range i.all() {
		if namespace == "" || object.GetNamespace() == namespace {
			known[nameOf(object)] = object.GetResourceVersion()
		}
	}
	i.mu.RLock()
	defer i.mu.RUnlock()
	return !i.telling && len(known) == len(stored) && !slices.ContainsFunc(stored, func(head api.Head) bool {
		return known[types.NamespacedName{Namespace: head.Namespace, Name: head.Name}] != strconv.FormatUint(head.Revision, 10)
	})
}
