package apiserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/clock"

	"podsec/kube/sim/store"
)

// get returns a stored object in the resource's version.
func (s *Server) get(c *call) (*unstructured.Unstructured, error) {
	item, err := s.store.Get(c.res.key(c.namespace, c.name))
	if err != nil {
		return nil, c.storeError(err)
	}
	return c.res.read(item), nil
}

// selection says which objects of a list or watch are wanted.
type selection struct {
	namespace string
	labels    labels.Selector
	fields    fields.Selector
}

func everything(namespace string) selection {
	return selection{namespace: namespace, labels: labels.Everything(), fields: fields.Everything()}
}

// matches says whether an object is selected.
func (sel selection) matches(res *resource, item *store.Item) bool {
	if item == nil || sel.namespace != "" && item.Key.Namespace != sel.namespace {
		return false
	}
	if !sel.labels.Empty() && !sel.labels.Matches(item.Labels) {
		return false
	}
	return sel.fields.Empty() || sel.fields.Matches(sel.selectableFields(res, item))
}

// selectableFields returns the values that a field selector may ask for.
func (sel selection) selectableFields(res *resource, item *store.Item) fields.Set {
	set := fields.Set{"metadata.name": item.Key.Name, "metadata.namespace": item.Key.Namespace}
	if !slices.ContainsFunc(sel.fields.Requirements(), func(r fields.Requirement) bool { return set[r.Field] == "" }) {
		return set // what most ask for is at hand
	}
	obj := res.read(item)
	for _, name := range res.selectable {
		set[name] = fieldText(obj, name)
	}
	return set
}

// fieldText prints the value at a dotted path as field selectors compare it.
func fieldText(obj *unstructured.Unstructured, name string) string {
	path := strings.Split(name, ".")
	if name == "source" { // of an event of the newer API, who reports it
		if component, _, _ := unstructured.NestedString(obj.Object, "source", "component"); component != "" {
			return component
		}
		path = []string{"reportingComponent"}
	}
	switch value, _, _ := unstructured.NestedFieldNoCopy(obj.Object, path...); v := value.(type) {
	case nil:
		return missingText(name)
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// missingText is what an absent field compares as: the Go zero value of the real server's field.
func missingText(name string) string {
	switch name {
	case "spec.hostNetwork", "spec.unschedulable":
		return "false"
	case "status.replicas", "status.successful":
		return "0"
	}
	return ""
}

// list returns the selected items and the resourceVersion at which they are what there is.
func (s *Server) list(res *resource, sel selection) ([]*store.Item, uint64) {
	all, revision := s.store.List(res.storage.resource)
	return filter(res, all, sel), revision
}

// filter returns the items of a list that are selected. The list is in order.
func filter(res *resource, all []*store.Item, sel selection) []*store.Item {
	all = within(all, sel.namespace)
	out := make([]*store.Item, 0, len(all))
	for _, item := range all {
		if sel.matches(res, item) {
			out = append(out, item)
		}
	}
	return out
}

// within returns the part of a list, which is in order, that is in a namespace; "" is everywhere.
func within(all []*store.Item, namespace string) []*store.Item {
	if namespace == "" {
		return all
	}
	before := func(item *store.Item, namespace string) int { return strings.Compare(item.Key.Namespace, namespace) }
	first, _ := slices.BinarySearchFunc(all, namespace, before)
	last, _ := slices.BinarySearchFunc(all, namespace+"\x00", before) // the name that would come next
	return all[first:last]
}

// expired is kube-apiserver's answer to a resourceVersion that history no longer reaches.
func expired(asked, oldest uint64) error {
	return apierrors.NewResourceExpired(fmt.Sprintf("too old resource version: %d (%d)", asked, oldest))
}

// follow calls fn with every change of a resource after a resourceVersion, until ctx ends or fn returns an error. A
// reader who is too slow for the history gets an Expired status error.
func (s *Server) follow(ctx context.Context, res *resource, after uint64, fn func([]store.Event) error) error {
	for {
		events, err := s.store.Wait(ctx, res.storage.resource, after)
		switch {
		case errors.Is(err, store.ErrExpired):
			return expired(after, s.store.Revision())
		case err != nil:
			return err
		}
		if err := fn(events); err != nil {
			return err
		}
		after = events[len(events)-1].Revision
	}
}

func parseRevision(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	revision, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, apierrors.NewBadRequest(fmt.Sprintf("invalid resource version: %q", text))
	}
	return revision, nil
}

func now(c clock.PassiveClock) metav1.Time { return metav1.NewTime(c.Now()) }
