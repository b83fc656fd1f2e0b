package inspect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"podsec/engine"
)

// Cluster is a cluster to read from. It is safe for concurrent use.
type Cluster struct {
	client dynamic.Interface
	raw    rest.Interface
	mapper meta.RESTMapper
	// discovery asks anew each time: kinds come and go with Kyverno.
	discovery discovery.DiscoveryInterface
	// forget has the mapper ask again.
	forget  func()
	kubectl Kubectl              // nil: only files can be looked into
	images  engine.ImageVerifier // nil: signatures cannot be looked up
}

// WithImages has images verified where policies ask for it. It is called before anything is asked.
func (c *Cluster) WithImages(v engine.ImageVerifier) *Cluster {
	c.images = v
	return c
}

// Secret implements image.Secrets: it reads what a policy names.
func (c *Cluster) Secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	found, err := c.client.Resource(secrets).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	var secret corev1.Secret
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, &secret); err != nil {
		return nil, fmt.Errorf("read Secret %s/%s: %w", namespace, name, err)
	}
	return secret.Data, nil
}

// New makes a Cluster; it does not connect yet. The error is a config that no client can be made of.
func New(config *rest.Config) (*Cluster, error) {
	own := rest.CopyConfig(config)
	own.WarningHandler, own.WarningHandlerWithContext = rest.NoWarnings{}, nil // reading policies warns of their age every time
	own.QPS, own.Burst = 200, 400                                              // kinds are counted all at once
	client, err := dynamic.NewForConfig(own)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	asked, err := discovery.NewDiscoveryClientForConfig(own)
	if err != nil {
		return nil, fmt.Errorf("connect to cluster: %w", err)
	}
	cached := memory.NewMemCacheClient(asked)
	deferred := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	return &Cluster{
		client: client, raw: asked.RESTClient(), discovery: asked,
		mapper: restmapper.NewShortcutExpander(deferred, cached, nil), forget: deferred.Reset,
	}, nil
}

// Object reads the object that an argument names as kubectl has it: "deployment/web", "deploy.apps/web". namespace is
// for namespaced kinds. What the API server added when it stored the object is left out.
func (c *Cluster) Object(ctx context.Context, argument, namespace string) (*unstructured.Unstructured, error) {
	kind, name, ok := strings.Cut(argument, "/")
	if !ok || kind == "" || name == "" {
		return nil, fmt.Errorf("read %q: want TYPE/NAME, for example deployment/web", argument)
	}
	mapping, err := c.mapping(kind)
	if meta.IsNoMatchError(err) {
		return nil, fmt.Errorf("read %s: the cluster serves no resource type %q", argument, kind)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", argument, err)
	}
	var resource dynamic.ResourceInterface = c.client.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		resource = c.client.Resource(mapping.Resource).Namespace(namespace)
	}
	object, err := resource.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", argument, err)
	}
	asSubmitted(object)
	return object, nil
}

// mapping finds the resource that a word means: a plural, a singular, a short name or a kind, with or without a group. A
// word that means nothing may be a kind that came since the cluster was asked last.
func (c *Cluster) mapping(word string) (*meta.RESTMapping, error) {
	found, err := c.known(word)
	if meta.IsNoMatchError(err) {
		c.forget()
		return c.known(word)
	}
	return found, err
}

// known is mapping by what is known of the cluster.
func (c *Cluster) known(word string) (*meta.RESTMapping, error) {
	full, partial := schema.ParseResourceArg(strings.ToLower(word))
	if full == nil {
		full = &schema.GroupVersionResource{}
	}
	kind, err := c.mapper.KindFor(*full)
	if err != nil || full.Empty() {
		kind, err = c.mapper.KindFor(partial.WithVersion(""))
	}
	if err != nil {
		return nil, err
	}
	return c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
}

// asSubmitted removes what the API server adds.
func asSubmitted(object *unstructured.Unstructured) {
	for _, path := range [][]string{
		{"status"}, {"metadata", "managedFields"}, {"metadata", "uid"}, {"metadata", "resourceVersion"},
		{"metadata", "generation"}, {"metadata", "creationTimestamp"}, {"metadata", "selfLink"},
		{"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"},
		{"spec", "template", "metadata", "creationTimestamp"},
	} {
		unstructured.RemoveNestedField(object.Object, path...)
	}
	if annotations := object.GetAnnotations(); annotations != nil && len(annotations) == 0 {
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations")
	}
}

// list reads all objects of a resource, none when the cluster does not serve it.
func (c *Cluster) list(ctx context.Context, gvr schema.GroupVersionResource, namespace string) ([]unstructured.Unstructured, error) {
	found, err := c.client.Resource(gvr).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if notServed(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", gvr.Resource, err)
	}
	return found.Items, nil
}

// pages visits all objects of a resource page by page, none when the cluster does not serve it: all objects of a large
// cluster would take more memory than the rest of podsec. A page is the visitor's.
func (c *Cluster) pages(ctx context.Context, gvr schema.GroupVersionResource, namespace string, visit func([]*unstructured.Unstructured) error) error {
	for options := (metav1.ListOptions{Limit: pageSize}); ; {
		found, err := c.client.Resource(gvr).Namespace(namespace).List(ctx, options)
		if notServed(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list %s: %w", gvr.Resource, err)
		}
		page := make([]*unstructured.Unstructured, len(found.Items))
		for i := range found.Items {
			page[i] = &found.Items[i]
		}
		if err := visit(page); err != nil {
			return err
		}
		if options.Continue = found.GetContinue(); options.Continue == "" {
			return nil
		}
	}
}

// errNoPolicies says that there is nothing to judge by.
var errNoPolicies = errors.New("the cluster has no Kyverno policies: is Kyverno installed?")
