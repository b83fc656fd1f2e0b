package kyverno

import (
	"context"
	"hash/maphash"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/utils/clock"

	"podsec/engine"
	"podsec/engine/image"
	"podsec/kube/sim/api"
	"podsec/kube/sim/kyverno/timetable"
)

// Options are what the simulated Kyverno works with.
type Options struct {
	// Client is the API server of the cluster.
	Client api.Client
	// Kinds are the built-in kinds that the API server serves; those of CustomResourceDefinitions are found by watching.
	Kinds []*api.Kind
	// Schemas knows what objects consist of, for the types in CEL expressions of policies. Nil leaves them unchecked.
	Schemas resolver.SchemaResolver
	// Clock gives the times in events, reports and conditions, and says when policies with a schedule act. Nil is the real
	// clock.
	Clock clock.WithDelayedExecution
	// Host ends the reporting instance of events ("kyverno-admission-<host>"). Empty is "kyverno".
	Host string
	// Network is how image registries are reached. Nil reaches none.
	Network http.RoundTripper
	// KMS finds the keys that policies name as KMS URIs. Nil finds none.
	KMS image.KMS
	// Yield is called before each scan, report and event, and may wait a little; nil does not.
	Yield func(context.Context)
	// Errors is told what could not be done (a write that the API server refused). Nil drops it.
	Errors func(error)
}

// Kyverno is the simulated Kyverno of one cluster. It implements api.Services: with it, the API server finds the
// services behind Kyverno's webhooks.
type Kyverno struct {
	client    api.Client
	schemas   resolver.SchemaResolver
	clock     clock.WithDelayedExecution
	timetable *timetable.Timetable
	host      string
	report    func(error)
	engine    *engine.Engine
	discovery *discovery
	policies  *policySet
	cel       *celSet
	events    *recorder
	pending   *pendingResults
	audits    audits

	cluster    *informers // what decides how Kyverno works: Deployments, policies, its ConfigMap, …
	scanned    *informers // summaries of what policies are about
	fading     *informers // what has a time to live
	control    *queue     // webhooks and status, quick and ahead of everything else
	work       *queue     // events, scans and reports
	background *queue     // what rules generate and change, and what is cleaned up

	posting     atomic.Int32 // objects that expressions are creating
	configuring sync.Mutex   // is held while the configuration is read and taken over

	mu         sync.RWMutex
	components map[types.NamespacedName]installed // by Deployment
	config     *config
	// lastAdmission is the Deployment of the admission controller that ran last.
	lastAdmission types.NamespacedName
	waiting       []*trigger    // for a background controller; the background queue's own
	ready         chan struct{} // closed while the admission controller works with its webhooks registered
	isReady       bool
	covered       map[types.UID]bool                                   // the policies that the webhook configurations are made for
	faded         map[schema.GroupResource]schema.GroupVersionResource // resources of which objects had a time to live
}

var _ api.Services = (*Kyverno)(nil)

// New returns the simulated Kyverno of the cluster behind o.Client. It does nothing until Run.
func New(o Options) *Kyverno {
	waiting := make(audits, maxAudits)
	k := &Kyverno{
		client: o.Client, schemas: o.Schemas, clock: o.Clock, host: o.Host, report: o.Errors,
		discovery: newDiscovery(o.Kinds), policies: newPolicySet(), cel: newCELSet(), pending: newPendingResults(), audits: waiting,
		control: newQueue(nil), work: newQueue(waiting.giveWay(o.Yield)), background: newQueue(nil),
		components: map[types.NamespacedName]installed{}, config: &config{}, ready: make(chan struct{}),
		faded: map[schema.GroupResource]schema.GroupVersionResource{},
	}
	if k.clock == nil {
		k.clock = clock.RealClock{}
	}
	if k.host == "" {
		k.host = "kyverno"
	}
	if k.report == nil {
		k.report = func(error) {}
	}
	k.timetable = timetable.New(k.clock, k.background.add)
	k.events = newRecorder(k.clock, k.host)
	k.cluster = newInformers(o.Client, k.clusterChanged)
	k.scanned = newInformers(o.Client, k.resourceChanged)
	k.scanned.keep = summaries{maphash.MakeSeed()}.of
	k.fading = newInformers(o.Client, k.fadingChanged)
	k.fading.keep = onlyFading
	k.engine = engine.New(engine.Options{
		ConfigMaps: fetcher{k}, APICall: fetcher{k}, Exceptions: fetcher{k}, Now: k.clock.Now,
		ImageVerifier: newVerifier(k, o.Network, o.KMS), ImageCache: image.NewCache(k.clock.Now),
	})
	k.later("watch", k.watch)
	return k
}

// Run acts for the controllers that have ready pods until ctx ends.
func (k *Kyverno) Run(ctx context.Context) {
	var workers sync.WaitGroup
	workers.Go(func() { k.control.run(ctx) })
	workers.Go(func() { k.work.run(ctx) })
	workers.Go(func() { k.background.run(ctx) })
	workers.Wait()
	k.timetable.Close()
	k.cluster.wait.Wait()
	k.scanned.wait.Wait()
	k.fading.wait.Wait()
}

// Ready returns nil once the admission controller has a ready pod, its webhooks are registered and its Service leads to
// it.
func (k *Kyverno) Ready(ctx context.Context) error {
	k.mu.RLock()
	ready := k.ready
	k.mu.RUnlock()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Idle returns nil when everything that is stored has been seen and dealt with. It waits for Run to begin.
func (k *Kyverno) Idle(ctx context.Context) error {
	for {
		for _, q := range k.queues() {
			select {
			case <-q.drained():
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if k.atRest(ctx) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(deliveryDelay):
		}
	}
}

// atRest says whether nothing was left to do and nothing to learn at one moment: what an informer tells while another is
// asked may be done before the queues are looked at, and start informers that have not been asked.
func (k *Kyverno) atRest(ctx context.Context) bool {
	empty, added := k.rest()
	if !empty || !k.cluster.current(ctx) || !k.scanned.current(ctx) || !k.fading.current(ctx) {
		return false
	}
	_, addedNow := k.rest()
	return added == addedNow
}

func (k *Kyverno) queues() []*queue { return []*queue{k.control, k.work, k.background} }

// rest says whether nothing is left to do in any queue, and how many tasks there have been.
func (k *Kyverno) rest() (empty bool, added int) {
	empty = true
	for _, q := range k.queues() {
		none, tasks := q.rest()
		empty, added = empty && none, added+tasks
	}
	return empty, added
}

// deliveryDelay is about how long the API server takes to deliver an event.
const deliveryDelay = time.Millisecond

// watch makes the informers watch what is to be watched now.
func (k *Kyverno) watch(ctx context.Context) {
	wanted := []schema.GroupVersionResource{definitions, deployments, services, configMaps, validatingConfigs, mutatingConfigs}
	var gone []schema.GroupVersionResource
	for _, gvr := range []schema.GroupVersionResource{clusterPolicies, namespacePolicies, policyExceptions} {
		if _, served := k.discovery.kindOf(gvr); served {
			wanted = append(wanted, gvr)
		} else {
			gone = append(gone, gvr)
		}
	}
	wantedCEL, goneCEL := k.watchedCEL(ctx)
	k.cluster.want(ctx, slices.Concat(wanted, k.cleanupResources(), wantedCEL))
	k.policies.forget(gone...) // now that nobody tells of them any more
	k.cel.forget(goneCEL)
	k.scanned.want(ctx, k.scannedResources())
}

// scannedResources are the resources that policies are about, none while the reports controller is down.
func (k *Kyverno) scannedResources() []schema.GroupVersionResource {
	if _, ok := k.running(reportsController); !ok {
		return nil
	}
	var wanted []schema.GroupVersionResource
	for _, p := range k.policies.list((*policy).reportable) {
		for _, kind := range p.Kinds() {
			for _, found := range k.discovery.find(parseKind(kind)) {
				if found.subresource == "" && reportableKind(found.gvr) && !slices.Contains(wanted, found.gvr) {
					wanted = append(wanted, found.gvr)
				}
			}
		}
	}
	return k.withCELScanned(wanted)
}

// settings returns the configuration in force.
func (k *Kyverno) settings() *config {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.config
}

// Lookup implements api.Services: a Service answers when it exists and its selector finds a controller with ready pods. The
// Service is read as it is stored now, as the API server reads it that calls the webhook.
func (k *Kyverno) Lookup(namespace, name string) (api.Service, bool) {
	ctx := context.Background()
	service, err := k.client.Get(ctx, services, namespace, name)
	if err != nil {
		return nil, false
	}
	k.cluster.abreast(ctx, deployments, namespace)
	selector, _, _ := unstructured.NestedStringMap(service.Object, "spec", "selector")
	if len(selector) == 0 {
		return nil, false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, c := range k.components {
		if !c.ready || c.namespace != namespace || !labels.SelectorFromSet(selector).Matches(c.labels) {
			continue
		}
		switch c.component {
		case admissionController:
			return admissionService{k}, true
		case cleanupController:
			return cleanupService{k}, true
		}
	}
	return nil, false
}
