package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// Item is an object that is to be removed.
type Item struct {
	Resource  schema.GroupVersionResource
	Kind      string
	Namespace string
	Name      string
	UID       types.UID
	Leaving   bool // it is being deleted already
	Why       string
	kyverno   bool // it is a part of Kyverno itself
}

// String names the item as kubectl does: "deployment.apps/web in shop".
func (i Item) String() string {
	name := i.Kind + "/" + i.Name
	if i.Namespace != "" {
		name += " in " + i.Namespace
	}
	return name
}

// Why an object is the workshop's.
const (
	whyLabel   = "it carries the workshop's label"
	whyLedger  = "the ledger names it"
	whyKyverno = "the workshop's Kyverno registered it"
)

// Cleaner removes what the workshop made on a cluster.
type Cleaner struct {
	discovery discovery.DiscoveryInterface
	objects   metadata.Interface
	ledger    *Ledger // nil when there is none on this machine
}

// NewCleaner makes a Cleaner. The ledger may be nil: then the label alone says what the workshop made.
func NewCleaner(config *rest.Config, ledger *Ledger) (*Cleaner, error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst, config.WarningHandler = 100, 200, rest.NoWarnings{}
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	objects, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	return &Cleaner{discovery: d, objects: objects, ledger: ledger}, nil
}

// resource is a resource that can be listed and deleted.
type resource struct {
	schema.GroupVersionResource
	kind string
}

// resources asks the cluster for its resources. Groups whose own server is down are left out: nothing of the
// workshop's is in them.
func (c *Cleaner) resources() ([]resource, error) {
	lists, err := c.discovery.ServerPreferredResources()
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return nil, fmt.Errorf("ask for resources: %w", err)
	}
	var out []resource
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, fmt.Errorf("read resources: %w", err)
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "delete") {
				out = append(out, resource{gv.WithResource(r.Name), r.Kind})
			}
		}
	}
	return out, nil
}

// Plan finds what the workshop made and is still there, in the order in which it is to go.
func (c *Cleaner) Plan(ctx context.Context) ([]Item, error) {
	all, err := c.resources()
	if err != nil {
		return nil, err
	}
	found, err := c.labelled(ctx, all)
	if err != nil {
		return nil, err
	}
	if found, err = c.addFromLedger(ctx, found, all); err != nil {
		return nil, err
	}
	if found, err = c.addWebhooks(ctx, found); err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b Item) int {
		return cmp.Or(cmp.Compare(turn(a), turn(b)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return found, nil
}

// labelled lists what carries the label, of every resource.
func (c *Cleaner) labelled(ctx context.Context, all []resource) ([]Item, error) {
	var (
		mu    sync.Mutex
		items []Item
		errs  []error
		wait  sync.WaitGroup
	)
	limit := make(chan struct{}, 8)
	for _, r := range all {
		wait.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			list, err := c.objects.Resource(r.GroupVersionResource).List(ctx, metav1.ListOptions{LabelSelector: Label + "=" + Mark})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if !absent(err) {
					errs = append(errs, fmt.Errorf("list %s: %w", r.Resource, err))
				}
				return
			}
			for i := range list.Items {
				items = append(items, itemOf(r, &list.Items[i], whyLabel))
			}
		})
	}
	wait.Wait()
	return items, errors.Join(errs...)
}

// absent reports whether an error says that a resource or an object is not there (any more), or cannot be listed.
func absent(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err)
}

func itemOf(r resource, object *metav1.PartialObjectMetadata, why string) Item {
	return Item{
		Resource: r.GroupVersionResource, Kind: r.kind, Namespace: object.Namespace, Name: object.Name, UID: object.UID,
		Leaving: object.DeletionTimestamp != nil, Why: why, kyverno: ofKyverno(r, object),
	}
}

// ofKyverno reports whether an object is a part of Kyverno: of its chart, or in its namespace, or that namespace itself.
func ofKyverno(r resource, object *metav1.PartialObjectMetadata) bool {
	return strings.HasPrefix(object.Labels["app.kubernetes.io/part-of"], kyvernoNamespace) ||
		object.Namespace == kyvernoNamespace || r.kind == "Namespace" && object.Name == kyvernoNamespace ||
		r.Group == "admissionregistration.k8s.io" && object.Labels["webhook.kyverno.io/managed-by"] == "kyverno"
}

// addFromLedger adds what lost its label.
func (c *Cleaner) addFromLedger(ctx context.Context, items []Item, all []resource) ([]Item, error) {
	if c.ledger == nil {
		return items, nil
	}
	known := map[types.UID]bool{}
	for _, item := range items {
		known[item.UID] = true
	}
	for _, e := range c.ledger.Entries() {
		if e.UID == "" || known[e.UID] {
			continue
		}
		known[e.UID] = true
		i := slices.IndexFunc(all, func(r resource) bool { return r.Group == e.Group && r.Resource == e.Resource })
		if i < 0 {
			continue // its definition is gone, and so is it
		}
		object, err := c.objects.Resource(all[i].GroupVersionResource).Namespace(e.Namespace).Get(ctx, e.Name, metav1.GetOptions{})
		switch {
		case err != nil && absent(err):
		case err != nil:
			return nil, fmt.Errorf("look for %s %s: %w", e.Resource, e.Name, err)
		case object.UID == e.UID:
			items = append(items, itemOf(all[i], object, whyLedger))
		}
	}
	return items, nil
}

// turn says when an item goes: policies first, so that none is in force without the Kyverno that knows it; then Kyverno,
// which would register its webhooks anew; then the webhooks, so that nothing waits for a Kyverno that is gone; then the
// rest, and what holds other things last.
func turn(i Item) int {
	switch {
	case i.Resource.Group == "kyverno.io" || i.Resource.Group == "policies.kyverno.io":
		return 0
	case i.Kind == "Deployment" && i.Namespace == kyvernoNamespace:
		return 1
	case i.Resource.Group == "admissionregistration.k8s.io":
		return 2
	case i.Kind == "Namespace":
		return 4
	case i.Kind == "CustomResourceDefinition":
		return 5
	}
	return 3
}
