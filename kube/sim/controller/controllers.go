package controller

import (
	"context"
	"fmt"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"

	"podsec/kube/sim/api"
)

// Options are what controllers are made from.
type Options struct {
	// Client reaches the API server as itself; each controller acts under its own name.
	Client api.Client
	// Kinds are the built-in kinds; those of CustomResourceDefinitions are found as they are stored.
	Kinds []*api.Kind
	// Clock gives times to events and conditions, and wakes what has to wait; nil is the machine's.
	Clock clock.Clock
	// RootCA is the certificate, as PEM, that pods find in the ConfigMap kube-root-ca.crt. It may be empty.
	RootCA string
	// PolicyTypes says which expressions of a policy do not fit the kinds that it matches; nil leaves policies alone.
	PolicyTypes func(*admissionv1.ValidatingAdmissionPolicy) []admissionv1.ExpressionWarning
	// Yield is called before each step and may wait a little; nil does not.
	Yield func(context.Context)
}

// Controllers are a cluster's controllers, scheduler and nodes.
type Controllers struct {
	clock   clock.Clock
	client  api.Client
	watcher *watcher
	queue   *queue
	yield   func(context.Context)
	all     []reconciler
	idle    chan chan struct{}
	started chan struct{}
	stopped chan struct{}
	once    sync.Once
}

// reconciler brings one kind of object from what is to what should be.
type reconciler interface {
	// name is the controller's, as its users and events are called.
	name() string
	// observe returns the objects that a change gives the reconciler work on.
	observe(change) []object
	// reconcile works on one object. An error makes it try again, later and later.
	reconcile(ctx context.Context, at object) error
}

// New returns controllers that do nothing until Run.
func New(o Options) *Controllers {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Yield == nil {
		o.Yield = func(context.Context) {}
	}
	c := &Controllers{
		clock: o.Clock, client: o.Client, queue: newQueue(o.Clock), yield: o.Yield,
		idle: make(chan chan struct{}), started: make(chan struct{}), stopped: make(chan struct{}),
	}
	c.watcher = newWatcher(o.Client, o.Kinds)
	w := &world{client: o.Client, clock: o.Clock, watcher: c.watcher, events: newRecorder(o.Clock), changed: c.changed, later: c.later}
	pods := newPlacement()
	c.all = []reconciler{
		&definitions{world: w.as("customresourcedefinition-controller")},
		&namespaces{world: w.as("namespace-controller"), rootCA: o.RootCA},
		&cronJobs{world: w.as("cronjob-controller")},
		&deployments{world: w.as("deployment-controller")},
		newReplicaSets(w.as("replicaset-controller")),
		newReplicationControllers(w.as("replication-controller")),
		&statefulSets{world: w.as("statefulset-controller")},
		newDaemonSets(w.asUser("daemonset-controller", "system:serviceaccount:kube-system:daemon-set-controller", "system:serviceaccounts")),
		newJobs(w.as("job-controller")),
		&cordons{world: w.as("node-controller")},
		newScheduler(w.asUser("default-scheduler", "system:kube-scheduler", ""), pods),
		newKubelet(w.asUser("kubelet", "system:node", "system:nodes"), pods),
		&heart{world: w.asUser("node-heartbeat", "system:node", "system:nodes")},
		&endpoints{world: w.as("endpoint-controller")},
		&budgets{world: w.asUser("controllermanager", "system:serviceaccount:kube-system:disruption-controller", "system:serviceaccounts")},
		newQuotas(w.as("resourcequota-controller")),
		newClusterRoles(w.as("clusterrole-aggregation-controller")),
		&policyTypes{world: w.as("validatingadmissionpolicy-status-controller"), check: o.PolicyTypes},
		&collector{world: w.as("generic-garbage-collector")},
	}
	return c
}

// Run works until ctx ends; it returns nil then, and an error only when the API server cannot be watched. It may be
// called once.
func (c *Controllers) Run(ctx context.Context) error {
	defer c.once.Do(func() { close(c.stopped) })
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := c.watcher.start(ctx); err != nil {
		return fmt.Errorf("watch the cluster: %w", err)
	}
	close(c.started)
	for ctx.Err() == nil {
		c.drain()
		if c.step(ctx) {
			continue
		}
		c.wait(ctx)
	}
	return nil
}

// drain takes in what happened since the last step.
func (c *Controllers) drain() {
	for _, ch := range c.watcher.take() {
		if c.watcher.know(ch) {
			c.spread(ch)
		}
	}
}

// spread asks every controller what a change means to it.
func (c *Controllers) spread(ch change) {
	for i, r := range c.all {
		for _, at := range r.observe(ch) {
			c.queue.add(item{late: c.crowded(ch, at), order: i, object: at})
		}
	}
}

// crowd is from how many objects of one owner, or in one namespace, a change of one of them waits for the others.
const crowd = 100

// crowded says what comes after everything else: work on an owner or a namespace of many objects, of which one has
// changed. It takes a look at all of them, and so is done once for many changes: else the cost of a large ReplicaSet
// would grow with the square of its size.
func (c *Controllers) crowded(ch change, at object) bool {
	if at.name == ch.obj.GetName() {
		return false
	}
	siblings := 0
	if owner := metav1.GetControllerOfNoCopy(ch.obj); owner != nil {
		siblings = len(c.watcher.children[owner.UID])
	}
	return siblings > crowd || at.name == ch.obj.GetNamespace() && c.watcher.spaces[at.name] > crowd
}

// changed takes in a controller's own write at once, so that the next step already sees what it means.
func (c *Controllers) changed(ch change) {
	if c.watcher.learn(ch) {
		c.spread(ch)
	}
	c.watcher.shed()
}

// step does the first thing there is to do, and says whether there was one.
func (c *Controllers) step(ctx context.Context) bool {
	if c.queue.empty() {
		return false
	}
	c.yield(ctx)
	c.drain() // what came meanwhile may be first in the order
	next, ok := c.queue.next()
	if !ok {
		return false
	}
	switch err := c.all[next.order].reconcile(ctx, next.object); {
	case apierrors.IsConflict(err): // somebody else wrote in between: look again
		c.queue.add(next)
	case err != nil:
		c.queue.retry(next)
	default:
		c.queue.forget(next)
	}
	return true
}

// later puts an object on a controller's list for a time to come.
func (c *Controllers) later(name string, at object, when moment) {
	for i, r := range c.all {
		if r.name() == name {
			c.queue.addAt(item{order: i, object: at}, when)
		}
	}
}

// wait returns when something happened: a change in the cluster, the time of a retry, or a question whether all is done.
func (c *Controllers) wait(ctx context.Context) {
	timer, stop := c.queue.timer()
	defer stop()
	select {
	case <-ctx.Done():
	case <-c.watcher.wake:
	case <-timer:
	case done := <-c.idle:
		if c.settled(ctx) {
			close(done)
			return
		}
		go c.ask(ctx, done) // there was more to do: ask again when it is done
	}
}

func (c *Controllers) ask(ctx context.Context, done chan struct{}) {
	select {
	case c.idle <- done:
	case <-ctx.Done():
	}
}

// settled compares what the worker knows with what is stored. Watch events may still be on their way to it; nothing is
// left to do only when they have nothing to add. Definitions whose resource was not served when they were seen are
// looked at again first: whoever asks may have seen it served.
func (c *Controllers) settled(ctx context.Context) bool {
	for _, next := range c.queue.waiting(0) {
		if c.all[next.order].reconcile(ctx, next.object) == nil {
			c.queue.drop(next)
		}
	}
	for _, ch := range c.watcher.compare(ctx) {
		c.changed(ch)
	}
	return c.queue.empty()
}

// Idle returns when the controllers have nothing left to do now: what waits for a time to come does not count. It
// returns ctx's error when that ends first, and nil at once when Run has ended.
func (c *Controllers) Idle(ctx context.Context) error {
	select {
	case <-c.started:
	case <-c.stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	done := make(chan struct{})
	select {
	case c.idle <- done:
	case <-c.stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-c.stopped:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
