package labs

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"github.com/IGLOU-EU/go-wildcard"
)

// View reads a cluster for the checks. It is safe for concurrent use.
type View struct {
	dynamic dynamic.Interface
	mapper  meta.ResettableRESTMapper
	once    bool   // checks look once, and do not wait
	tries   *Tries // where what was tried is noted, nil for nowhere
}

// glance is a View for checks that do not wait.
func (v *View) glance() *View {
	return &View{dynamic: v.dynamic, mapper: v.mapper, once: true, tries: v.tries}
}

// NewView makes a View of the cluster behind config. It does not connect yet.
func NewView(config *rest.Config) (*View, error) {
	quiet := rest.CopyConfig(config)
	quiet.WarningHandlerWithContext = rest.NoWarnings{} // a check must not print a policy's deprecation
	quiet.QPS = -1                                      // checks wait for watches, not for a rate limiter
	client, err := dynamic.NewForConfig(quiet)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	disco, err := discovery.NewDiscoveryClientForConfig(quiet)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))
	return &View{dynamic: client, mapper: mapper}, nil
}

// query names the objects that a check is about.
type query struct {
	kind      schema.GroupVersionKind
	namespace string // "" is all
	name      string // may hold wildcards; "" is all
}

// crds is where a cluster announces new kinds.
func crds() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
}

// pause is how long until waits before it asks again after an error or a closed watch.
const pause = 200 * time.Millisecond

// until lists the query's objects and calls judge with them now and after every change, until judge gives "" or ctx
// ends; then it returns what judge said last. The kind may come to be served while it waits.
func (v *View) until(ctx context.Context, q query, judge func([]*unstructured.Unstructured) string) (string, error) {
	missing := ""
	for {
		var err error
		missing, err = v.round(ctx, q, judge)
		if missing == "" && err == nil {
			return "", nil
		}
		if v.once {
			return missing, err
		}
		if apierrors.IsNotFound(err) {
			v.mapper.Reset() // the kind was served and is gone
		}
		select {
		case <-ctx.Done():
			return orError(missing, err)
		case <-time.After(pause):
		}
	}
}

// unanswered is what is missing where time was up before the cluster answered at all.
const unanswered = "the cluster did not answer in time"

// orError gives what is missing, or why that is not known. A check that was never judged does not hold.
func orError(missing string, err error) (string, error) {
	switch {
	case missing != "" || err == nil:
		return missing, nil
	case errors.Is(err, context.DeadlineExceeded):
		return unanswered, nil
	}
	return "", err
}

// round is one list and watch of until.
func (v *View) round(ctx context.Context, q query, judge func([]*unstructured.Unstructured) string) (string, error) {
	resource, served, err := v.resource(q)
	switch {
	case err != nil:
		return "", err
	case served:
		return v.follow(ctx, resource, q, judge)
	}
	missing := judge(nil)
	if missing == "" {
		return "", nil
	}
	missing = fmt.Sprintf("the cluster does not know the kind %s (%s)", q.kind.Kind, q.kind.GroupVersion())
	missing, err = v.follow(ctx, v.dynamic.Resource(crds()), query{}, func([]*unstructured.Unstructured) string {
		if _, err := v.mapping(q.kind); err == nil {
			return ""
		}
		return missing
	})
	if missing == "" && err == nil {
		return v.round(ctx, q, judge)
	}
	return missing, err
}

// resource finds the client for a query's kind; served is false when the cluster does not know the kind.
func (v *View) resource(q query) (client dynamic.ResourceInterface, served bool, err error) {
	resource, namespaced, err := v.client(q.kind)
	switch {
	case meta.IsNoMatchError(err):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case namespaced:
		return resource.Namespace(q.namespace), true, nil
	}
	return resource, true, nil
}

// client finds the client for a kind. The error of one that the cluster does not know says so to meta.IsNoMatchError.
func (v *View) client(kind schema.GroupVersionKind) (client dynamic.NamespaceableResourceInterface, namespaced bool, err error) {
	mapping, err := v.mapping(kind)
	switch {
	case meta.IsNoMatchError(err):
		return nil, false, err
	case err != nil:
		return nil, false, fmt.Errorf("ask cluster for kind %s: %w", kind.Kind, err)
	}
	return v.dynamic.Resource(mapping.Resource), mapping.Scope.Name() == meta.RESTScopeNameNamespace, nil
}

// mapping finds the resource of a kind, with fresh eyes when the kind was not known before.
func (v *View) mapping(kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	mapping, err := v.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		v.mapper.Reset()
		mapping, err = v.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	return mapping, err
}

// Serves says whether the cluster serves a kind now, in any version.
func (v *View) Serves(kind schema.GroupKind) (bool, error) {
	v.mapper.Reset()
	_, err := v.mapper.RESTMapping(kind)
	switch {
	case meta.IsNoMatchError(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("ask cluster for kind %s: %w", kind.Kind, err)
	}
	return true, nil
}

// matches says whether a name matches a pattern of Kyverno's kind: * for any text, ? for one character.
func matches(pattern, name string) bool { return wildcard.Match(pattern, name) }

func hasWildcard(pattern string) bool {
	for _, r := range pattern {
		if r == '*' || r == '?' {
			return true
		}
	}
	return false
}

// key tells objects of one kind apart.
func key(o *unstructured.Unstructured) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
}
