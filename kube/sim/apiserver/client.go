package apiserver

import (
	"context"
	"errors"
	"slices"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"podsec/kube/sim/api"
	"podsec/kube/sim/store"
)

// Client returns the server as what runs inside the cluster sees it, acting as the API server itself until As names
// somebody else.
func (s *Server) Client() api.Client {
	return &client{server: s, user: s.systemUser()}
}

// systemUser is the API server itself.
func (s *Server) systemUser() authenticationv1.UserInfo {
	return authenticationv1.UserInfo{Username: "system:apiserver", Groups: []string{"system:masters", "system:authenticated"}}
}

type client struct {
	server  *Server
	user    authenticationv1.UserInfo
	vouches bool
}

func (c *client) Vouched() api.Client {
	return &client{server: c.server, user: c.user, vouches: true}
}

func (c *client) As(user, group string) api.Client {
	groups := []string{"system:authenticated"}
	if group != "" {
		groups = []string{group, "system:authenticated"}
	}
	return &client{server: c.server, user: authenticationv1.UserInfo{Username: user, Groups: groups}, vouches: c.vouches}
}

// call describes a request of this client, or is NotFound for what the server does not serve.
func (c *client) call(gvr schema.GroupVersionResource, namespace, name string) (*call, error) {
	res, ok := c.server.registry.Load().byResource[gvr]
	if !ok {
		return nil, unknownResource()
	}
	if !res.namespaced {
		namespace = ""
	}
	return &call{res: res, namespace: namespace, name: name, user: c.user, manager: managerName(c.user.Username), vouched: c.vouches}, nil
}

// unknownResource is kube-apiserver's answer to a path that it does not serve, as client-go reports it.
func unknownResource() error {
	return apierrors.NewGenericServerResponse(404, "", schema.GroupResource{}, "", "404 page not found", 0, true)
}

func (c *client) Get(_ context.Context, gvr schema.GroupVersionResource, namespace, name string) (*unstructured.Unstructured, error) {
	call, err := c.call(gvr, namespace, name)
	if err != nil {
		return nil, err
	}
	return c.server.get(call)
}

func (c *client) List(_ context.Context, gvr schema.GroupVersionResource, namespace string, selector labels.Selector) ([]*unstructured.Unstructured, error) {
	call, err := c.call(gvr, namespace, "")
	if err != nil {
		return nil, err
	}
	sel := everything(call.namespace)
	if selector != nil {
		sel.labels = selector
	}
	items, _ := c.server.list(call.res, sel)
	out := make([]*unstructured.Unstructured, len(items))
	for i, item := range items {
		out[i] = call.res.read(item)
	}
	return out, nil
}

func (c *client) Heads(_ context.Context, gvr schema.GroupVersionResource, namespace string) ([]api.Head, error) {
	call, err := c.call(gvr, namespace, "")
	if err != nil {
		return nil, err
	}
	items, _ := c.server.list(call.res, everything(call.namespace))
	out := make([]api.Head, len(items))
	for i, item := range items {
		out[i] = api.Head{
			Namespace: item.Key.Namespace, Name: item.Key.Name, UID: item.UID, Revision: item.Revision,
			Labels: item.Labels, Controller: item.Controller, Deleting: item.Deleting,
		}
	}
	return out, nil
}

func (c *client) Create(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, opts metav1.CreateOptions) (*unstructured.Unstructured, error) {
	call, err := c.call(gvr, obj.GetNamespace(), "")
	if err != nil {
		return nil, err
	}
	call.dryRun = len(opts.DryRun) > 0
	if opts.FieldManager != "" {
		call.manager = opts.FieldManager
	}
	obj, err = call.parsed(obj)
	if err != nil {
		return nil, err
	}
	return c.server.create(ctx, call, obj)
}

// parsed brings an object to the form that a decoded request body has.
func (c *call) parsed(obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if c.vouched {
		return obj, nil
	}
	out, _, err := c.res.model.convert(obj.DeepCopy().Object)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	c.decoded = true
	return out, nil
}

func (c *client) Update(ctx context.Context, gvr schema.GroupVersionResource, obj *unstructured.Unstructured, subresource string) (*unstructured.Unstructured, error) {
	call, err := c.call(gvr, obj.GetNamespace(), obj.GetName())
	if err != nil {
		return nil, err
	}
	call.subresource = subresource
	// What goes into the stored object of a built-in kind is decoded there, with its defaults.
	if _, builtin := call.res.model.(typedModel); !builtin || subresource != "status" && subresource != "binding" {
		if obj, err = call.parsed(obj); err != nil {
			return nil, err
		}
	}
	return c.server.update(ctx, call, replaceWith(obj))
}

func (c *client) Delete(ctx context.Context, gvr schema.GroupVersionResource, namespace, name string, opts metav1.DeleteOptions) error {
	call, err := c.call(gvr, namespace, name)
	if err != nil {
		return err
	}
	call.dryRun = slices.Contains(opts.DryRun, metav1.DryRunAll)
	_, _, err = c.server.delete(ctx, call, opts)
	return err
}

func (c *client) Watch(ctx context.Context, gvr schema.GroupVersionResource) (<-chan watch.Event, error) {
	call, err := c.call(gvr, "", "")
	if err != nil {
		return nil, err
	}
	out := make(chan watch.Event)
	feed := &feed{server: c.server, res: call.res, out: out, known: map[types.NamespacedName]*store.Item{}}
	go func() {
		defer close(out)
		feed.run(ctx)
	}()
	return out, nil
}

// feed delivers one in-process watch. It reads the history at its own pace; when it fell behind, it compares what it
// delivered with what there is, and so skips states in between but never misses the latest.
type feed struct {
	server *Server
	res    *resource
	out    chan<- watch.Event
	known  map[types.NamespacedName]*store.Item
}

func (f *feed) run(ctx context.Context) {
	for {
		revision, err := f.catchUp(ctx)
		if err == nil {
			err = f.server.follow(ctx, f.res, revision, func(events []store.Event) error { return f.deliver(ctx, events) })
		}
		if !apierrors.IsResourceExpired(err) {
			return
		}
	}
}

// catchUp delivers the difference between what was delivered and what there is.
func (f *feed) catchUp(ctx context.Context) (uint64, error) {
	items, revision := f.server.list(f.res, everything(""))
	present := make(map[types.NamespacedName]bool, len(items))
	var events []store.Event
	for _, item := range items {
		present[placeOf(item)] = true
		switch old := f.known[placeOf(item)]; {
		case old == nil:
			events = append(events, store.Event{Type: watch.Added, Item: item})
		case old != item:
			events = append(events, store.Event{Type: watch.Modified, Item: item})
		}
	}
	for place, item := range f.known {
		if !present[place] {
			events = append(events, store.Event{Type: watch.Deleted, Item: item})
		}
	}
	return revision, f.deliver(ctx, events)
}

func (f *feed) deliver(ctx context.Context, events []store.Event) error {
	for _, e := range events {
		if e.Type == watch.Deleted {
			delete(f.known, placeOf(e.Item))
		} else {
			f.known[placeOf(e.Item)] = e.Item
		}
		select {
		case f.out <- watch.Event{Type: e.Type, Object: f.res.read(e.Item)}:
		case <-ctx.Done():
			return errors.Join(errStopped, ctx.Err())
		}
	}
	return nil
}

// placeOf is what tells an item from others of its resource.
func placeOf(item *store.Item) types.NamespacedName {
	return types.NamespacedName{Namespace: item.Key.Namespace, Name: item.Key.Name}
}

var errStopped = errors.New("watch stopped")

// managerName is the field manager of a user inside the cluster: the name of the program that acts for it. The
// controllers of kube-system are one program.
func managerName(user string) string {
	switch name := user[strings.LastIndex(user, ":")+1:]; {
	case strings.HasPrefix(user, "system:serviceaccount:kube-system:"):
		return "kube-controller-manager"
	case user == "system:node" || strings.HasPrefix(user, "system:node:"):
		return "kubelet"
	default:
		return name
	}
}
