package inspect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// Kind is a kind of object that the cluster serves, and how many objects of it there are.
type Kind struct {
	Group, Version string
	Resource       string // "deployments"
	Kind           string // "Deployment"
	Short          []string
	Namespaced     bool
	Count          int // Uncounted before Count
	// Hidden says that the objects may not be listed by whoever asks.
	Hidden bool
}

// Ref names the kind as Object understands it: "deployments.v1.apps", "pods.v1.".
func (k Kind) Ref() string { return k.Resource + "." + k.Version + "." + k.Group }

// path is the path of the kind's objects, in one namespace or in all.
func (k Kind) path(namespace string) string {
	parts := []string{"/api", k.Version}
	if k.Group != "" {
		parts = []string{"/apis", k.Group, k.Version}
	}
	if k.Namespaced && namespace != "" {
		parts = append(parts, "namespaces", namespace)
	}
	return strings.Join(append(parts, k.Resource), "/")
}

// Uncounted is the Count of a kind whose objects were not counted yet.
const Uncounted = -1

// Kinds returns the kinds whose objects can be listed, each in the version that the cluster prefers, uncounted: those
// that most clusters have most of come first, then by name. A group that does not answer is left out.
func (c *Cluster) Kinds(ctx context.Context) ([]Kind, error) {
	lists, err := discovery.ServerPreferredResources(c.discovery)
	if failed := (*discovery.ErrGroupDiscoveryFailed)(nil); err != nil && !errors.As(err, &failed) {
		return nil, fmt.Errorf("ask for the kinds: %w", err)
	}
	var kinds []Kind
	for _, list := range lists {
		kinds = append(kinds, kindsOf(list)...)
	}
	slices.SortFunc(kinds, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(groupRank(a.Group), groupRank(b.Group)), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Group, b.Group))
	})
	return kinds, nil
}

// groupRank orders groups by what a learner looks for: workloads, the core, Kyverno and its reports, the rest.
func groupRank(group string) int {
	switch {
	case group == "" || group == "apps" || group == "batch":
		return 0
	case group == "kyverno.io" || group == "wgpolicyk8s.io" || strings.HasSuffix(group, ".kyverno.io"):
		return 1
	}
	return 2
}

// kindsOf are the kinds of one group and version that can be listed.
func kindsOf(list *metav1.APIResourceList) []Kind {
	gv, err := schema.ParseGroupVersion(list.GroupVersion)
	if err != nil {
		return nil
	}
	var kinds []Kind
	for _, r := range list.APIResources {
		if strings.Contains(r.Name, "/") || !slices.Contains(r.Verbs, "list") {
			continue
		}
		if gv.Group == "events.k8s.io" {
			continue // the core group has the same events
		}
		kinds = append(kinds, Kind{
			Group: gv.Group, Version: gv.Version, Resource: r.Name, Kind: r.Kind, Short: r.ShortNames, Namespaced: r.Namespaced, Count: Uncounted,
		})
	}
	return kinds
}

// counters is how many kinds are counted at the same time.
const counters = 8

// Count returns the kinds with how many objects there are of each.
func (c *Cluster) Count(ctx context.Context, kinds []Kind) ([]Kind, error) {
	kinds = slices.Clone(kinds)
	var wait sync.WaitGroup
	turns := make(chan struct{}, counters)
	for i := range kinds {
		wait.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			n, err := c.countOf(ctx, kinds[i])
			kinds[i].Count, kinds[i].Hidden = n, err != nil
		})
	}
	wait.Wait()
	return kinds, ctx.Err()
}

// countOf asks for one object, and for how many there are beside it.
func (c *Cluster) countOf(ctx context.Context, kind Kind) (int, error) {
	data, err := c.raw.Get().AbsPath(kind.path("")).Param("limit", "1").SetHeader("Accept", metadataOnly).Do(ctx).Raw()
	if err != nil {
		return 0, err
	}
	var list struct {
		Metadata metav1.ListMeta   `json:"metadata"`
		Items    []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return 0, fmt.Errorf("read %s: %w", kind.Resource, err)
	}
	n := len(list.Items)
	if rest := list.Metadata.RemainingItemCount; rest != nil {
		n += int(*rest)
	}
	return n, nil
}

const metadataOnly = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
