package kyverno

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// abreastWithin is how long a request waits for Kyverno to be told what is stored.
const abreastWithin = 10 * time.Second

// abreast waits until the informer of a resource was told what is stored in a namespace ("" is all), or it or ctx ends. Who
// watched a Deployment roll out, or changed a policy, sends requests at once, while the event of that is still on its way here.
func (s *informers) abreast(ctx context.Context, gvr schema.GroupVersionResource, namespace string) {
	s.mu.Lock()
	running := s.running[gvr]
	s.mu.Unlock()
	if running == nil || running.current(ctx, s.from, namespace) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, abreastWithin)
	defer cancel()
	for !running.current(ctx, s.from, namespace) {
		select {
		case <-running.ended:
			return
		case <-ctx.Done():
			return
		case <-time.After(deliveryDelay):
		}
	}
}
