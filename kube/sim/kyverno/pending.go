package kyverno

import (
	"context"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsec/kube/sim/api"
)

// pendingResults keeps the results of requests until the resource that they are about is stored: Kyverno judges a
// request before the API server decides it. The results of a request replace those of an earlier one for the same name.
//
// Requests that are refused in the end leave their results behind, so that there are never more than maxPending.
type pendingResults struct {
	mu    sync.Mutex
	lines map[pendingKey]pendingLines
}

// maxPending is how many names may wait; a request takes a few calls to be stored, so hardly any do at one time.
const maxPending = 1000

type pendingKey struct {
	gvr             schema.GroupVersionResource
	namespace, name string
}

type pendingLines struct {
	request types.UID
	lines   []line
}

func newPendingResults() *pendingResults {
	return &pendingResults{lines: map[pendingKey]pendingLines{}}
}

// add keeps the lines of a request about a resource. A request about a Namespace has a namespace, the resource has none.
func (p *pendingResults) add(a *api.Attributes, subject *unstructured.Unstructured, lines []line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := pendingKey{a.Resource, subject.GetNamespace(), subject.GetName()}
	have, waiting := p.lines[key]
	if !waiting && len(p.lines) >= maxPending {
		clear(p.lines)
	}
	if have.request != a.UID {
		have = pendingLines{request: a.UID}
	}
	have.lines = append(have.lines, lines...)
	p.lines[key] = have
}

// take returns the lines that wait for a resource, and forgets them.
func (p *pendingResults) take(gvr schema.GroupVersionResource, object *unstructured.Unstructured) []line {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := pendingKey{gvr, object.GetNamespace(), object.GetName()}
	lines := p.lines[key].lines
	delete(p.lines, key)
	return lines
}

// admitted takes the results of a request into the report: at once when the resource is known, else when it comes. A
// new resource is both at about the same time, and about to be scanned.
func (k *Kyverno) admitted(ctx context.Context, a *api.Attributes, subject *unstructured.Unstructured, lines []line) {
	if len(lines) == 0 {
		return
	}
	k.pending.add(a, subject, lines)
	stored := k.scanned.get(a.Resource, subject.GetNamespace(), subject.GetName())
	if stored == nil || a.Operation == api.Create && stored.GetUID() != subject.GetUID() && subject.GetUID() != "" {
		return
	}
	if k.work.awaits(scanKey(stored)) {
		return // the scan takes the lines along, and the report is written once
	}
	report, err := k.storedReport(ctx, stored.GetNamespace(), stored.GetUID())
	if err == nil {
		lines := k.current(merge(linesOf(report), k.pending.take(a.Resource, stored)))
		err = k.writeReport(ctx, stored, report, lines)
	}
	if err != nil && !apierrors.IsNotFound(err) {
		k.report(fmt.Errorf("write report of %s: %w", stored.GetName(), err))
	}
}
