package inspect

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
)

// workloadKinds are the kinds that run pods.
func workloadKinds() []string {
	return []string{"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"}
}

// roots are objects that nothing else controls, and how many are controlled by something.
type roots struct {
	objects []*unstructured.Unstructured
	owned   int
}

// gather reads the objects of the kinds, by namespace, kind and name. Kinds that the cluster does not serve have none.
func (c *Cluster) gather(ctx context.Context, kinds []string, namespace string) (roots, error) {
	var out roots
	for _, kind := range kinds {
		mapping, err := c.mapping(kind)
		if meta.IsNoMatchError(err) {
			continue
		}
		if err != nil {
			return roots{}, err
		}
		if namespace != "" && mapping.Scope.Name() != meta.RESTScopeNameNamespace {
			continue
		}
		found, err := c.list(ctx, mapping.Resource, namespace)
		if err != nil {
			return roots{}, err
		}
		for i := range found {
			if metav1.GetControllerOf(&found[i]) != nil {
				out.owned++
				continue
			}
			asSubmitted(&found[i])
			out.objects = append(out.objects, &found[i])
		}
	}
	slices.SortFunc(out.objects, func(a, b *unstructured.Unstructured) int {
		return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetKind(), b.GetKind()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return out, nil
}

// matchedKinds are the kinds of objects that a policy's rules are about, of those that can be listed; a policy about
// every kind is taken to be about workloads.
func matchedKinds(policy *engine.Policy) []string {
	var kinds []string
	for _, written := range policy.Kinds() {
		parts := strings.Split(written, "/")
		kind := ""
		for _, part := range parts {
			if part != "" && part[0] >= 'A' && part[0] <= 'Z' && kind == "" {
				kind = part
			}
		}
		last := parts[len(parts)-1]
		switch {
		case strings.ContainsAny(last, "*?"):
			return workloadKinds()
		case kind == "" || kind != last: // a subresource
			continue
		case !slices.Contains(kinds, kind):
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// refOf names an object.
func refOf(o *unstructured.Unstructured) Ref {
	return Ref{Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName()}
}

// each does something with every object, on all cores; it ends early with the first error or with ctx.
func each(ctx context.Context, objects []*unstructured.Unstructured, do func(i int, d *document.Document) error) error {
	var wait sync.WaitGroup
	var once sync.Once
	var failed error
	next := make(chan int)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				d, err := document.FromObject(objects[i])
				if err == nil {
					err = do(i, d)
				}
				if err != nil {
					once.Do(func() { failed = err })
					stop()
				}
			}
		})
	}
	for i := range objects {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	wait.Wait()
	return cmp.Or(failed, ctx.Err())
}
