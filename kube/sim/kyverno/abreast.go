package kyverno

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// abreastWithin is how long a request waits for Kyverno to be told what is stored.
const abreastWithin = 10 * time.Second

// abreast waits until the informer of a resource was told what is stored in a namespace ("" is all), or ends. Who watched a
// Deployment roll out, or changed a policy, sends requests at once, while the event of that is still on its way here.
func (s *informers) abreast(gvr schema.GroupVersionResource, namespace string) {
	s.mu.Lock()
	running := s.running[gvr]
	s.mu.Unlock()
	if running == nil || running.current(context.Background(), s.from, namespace) {
		return
	}
	late := time.After(abreastWithin)
	for !running.current(context.Background(), s.from, namespace) {
		select {
		case <-running.ended:
			return
		case <-late:
			return
		case <-time.After(deliveryDelay):
		}
	}
}
