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

// found is what was made of objects that nothing else controls, by namespace, kind and name, and how many are controlled by
// something.
type found[T any] struct {
	all   []T
	owned int
}

// roots makes something of each object of the kinds that nothing else controls. Kinds that the cluster does not serve have
// none.
func roots[T any](ctx context.Context, c *Cluster, kinds []string, namespace string, do func(*document.Document) (T, error)) (found[T], error) {
	type named struct {
		Ref
		made T
	}
	var out found[T]
	var all []named
	for _, kind := range kinds {
		mapping, err := c.mapping(kind)
		if meta.IsNoMatchError(err) {
			continue
		}
		if err != nil {
			return found[T]{}, err
		}
		if namespace != "" && mapping.Scope.Name() != meta.RESTScopeNameNamespace {
			continue
		}
		err = c.pages(ctx, mapping.Resource, namespace, func(page []*unstructured.Unstructured) error {
			own := slices.DeleteFunc(page, func(o *unstructured.Unstructured) bool { return metav1.GetControllerOf(o) != nil })
			out.owned += len(page) - len(own)
			made, err := each(ctx, own, func(o *unstructured.Unstructured) (named, error) {
				asSubmitted(o)
				d, err := document.FromObject(o)
				if err != nil {
					return named{}, err
				}
				made, err := do(d)
				return named{refOf(o), made}, err
			})
			all = append(all, made...)
			return err
		})
		if err != nil {
			return found[T]{}, err
		}
	}
	slices.SortFunc(all, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	for _, n := range all {
		out.all = append(out.all, n.made)
	}
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

// each makes something of every object, on all cores, in their order; it ends early with the first error or with ctx.
func each[T any](ctx context.Context, objects []*unstructured.Unstructured, do func(*unstructured.Unstructured) (T, error)) ([]T, error) {
	var wait sync.WaitGroup
	var once sync.Once
	var failed error
	made := make([]T, len(objects))
	next := make(chan int)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				var err error
				if made[i], err = do(objects[i]); err != nil {
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
	return made, cmp.Or(failed, ctx.Err())
}
