package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// Ref names an object of the cluster. Kind is any word that kubectl takes: "Deployment", "deploy", "deployments.v1.apps".
type Ref struct{ Kind, Namespace, Name string }

// String writes the object's name after that of its namespace.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// View is one object to be read.
type View struct {
	Ref
	YAML     string // without the managed fields
	Managers []string
	Managed  string // YAML of metadata.managedFields, "" for none
	Events   []Event
}

// Event is what happened to an object, the newest first.
type Event struct {
	Time          time.Time
	Type, Reason  string
	From, Message string
	Count         int
}

// View reads an object and its events.
func (c *Cluster) View(ctx context.Context, ref Ref) (View, error) {
	object, err := c.get(ctx, ref)
	if err != nil {
		return View{}, err
	}
	v := View{Ref: Ref{Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: object.GetName()}}
	for _, entry := range object.GetManagedFields() {
		if !slices.Contains(v.Managers, entry.Manager) {
			v.Managers = append(v.Managers, entry.Manager)
		}
	}
	if managed, _, _ := unstructured.NestedSlice(object.Object, "metadata", "managedFields"); len(managed) > 0 {
		if v.Managed, err = manifest(map[string]any{"managedFields": managed}); err != nil {
			return View{}, err
		}
	}
	unstructured.RemoveNestedField(object.Object, "metadata", "managedFields")
	if v.YAML, err = manifest(object.Object); err != nil {
		return View{}, err
	}
	v.Events, err = c.events(ctx, object)
	return v, err
}

func manifest(object map[string]any) (string, error) {
	data, err := yaml.Marshal(object)
	if err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	return string(data), nil
}

// get reads an object as it is stored.
func (c *Cluster) get(ctx context.Context, ref Ref) (*unstructured.Unstructured, error) {
	resource, err := c.resource(ref)
	if err != nil {
		return nil, err
	}
	object, err := resource.Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", ref.Kind, ref, err)
	}
	return object, nil
}

// resource is where the objects like ref are.
func (c *Cluster) resource(ref Ref) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapping(ref.Kind)
	if meta.IsNoMatchError(err) {
		return nil, fmt.Errorf("read %s: the cluster serves no resource type %q", ref, ref.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", ref, err)
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		return c.client.Resource(mapping.Resource).Namespace(ref.Namespace), nil
	}
	return c.client.Resource(mapping.Resource), nil
}

var eventsResource = schema.GroupVersionResource{Version: "v1", Resource: "events"}

// events reads what happened to an object. Events of objects without a namespace are in the namespace default.
func (c *Cluster) events(ctx context.Context, object *unstructured.Unstructured) ([]Event, error) {
	namespace := cmp.Or(object.GetNamespace(), metav1.NamespaceDefault)
	about := fields.Set{"involvedObject.kind": object.GetKind(), "involvedObject.name": object.GetName()}
	found, err := c.client.Resource(eventsResource).Namespace(namespace).List(ctx, metav1.ListOptions{FieldSelector: about.String()})
	if err != nil {
		return nil, fmt.Errorf("read the events of %s: %w", object.GetName(), err)
	}
	var out []Event
	for i := range found.Items {
		var e corev1.Event
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Items[i].Object, &e); err == nil {
			out = append(out, eventOf(&e))
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int {
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message))
	})
	return out, nil
}

func eventOf(e *corev1.Event) Event {
	out := Event{
		Time: e.CreationTimestamp.Time, Type: e.Type, Reason: e.Reason, Message: e.Message,
		From: cmp.Or(e.ReportingController, e.Source.Component), Count: max(1, int(e.Count)),
	}
	for _, at := range []time.Time{e.EventTime.Time, e.LastTimestamp.Time} {
		if !at.IsZero() {
			out.Time = at
		}
	}
	if e.Series != nil {
		out.Time, out.Count = e.Series.LastObservedTime.Time, int(e.Series.Count)
	}
	return out
}
