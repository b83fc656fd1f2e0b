package labs

import (
	"sort"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// collection holds the present state of the objects that a query names, kept up by watch events.
type collection struct {
	query query
	byKey map[types.NamespacedName]*unstructured.Unstructured
}

func newCollection(q query, items []unstructured.Unstructured) *collection {
	c := &collection{query: q, byKey: map[types.NamespacedName]*unstructured.Unstructured{}}
	for i := range items {
		c.apply(watch.Added, &items[i])
	}
	return c
}

// apply takes in one event; objects that the query does not name are left out.
func (c *collection) apply(event watch.EventType, o *unstructured.Unstructured) {
	if c.query.name != "" && !matches(c.query.name, o.GetName()) {
		return
	}
	switch event {
	case watch.Added, watch.Modified:
		c.byKey[key(o)] = o
	case watch.Deleted:
		delete(c.byKey, key(o))
	}
}

// objects gives the objects by namespace and name.
func (c *collection) objects() []*unstructured.Unstructured {
	list := make([]*unstructured.Unstructured, 0, len(c.byKey))
	for _, o := range c.byKey {
		list = append(list, o)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := key(list[i]), key(list[j])
		return a.Namespace < b.Namespace || a.Namespace == b.Namespace && a.Name < b.Name
	})
	return list
}
