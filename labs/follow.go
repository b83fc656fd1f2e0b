package labs

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// judgeAgain is how often follow judges when nothing happens: discovery follows a CustomResourceDefinition a little
// later, without an event of its own.
const judgeAgain = time.Second

// follow lists and then watches, and judges after every change, or several that come together. It returns at the latest
// when the watch is closed.
func (v *View) follow(ctx context.Context, client dynamic.ResourceInterface, q query, judge func([]*unstructured.Unstructured) string) (string, error) {
	options := metav1.ListOptions{}
	if q.name != "" && !hasWildcard(q.name) {
		options.FieldSelector = fields.OneTermEqualSelector("metadata.name", q.name).String()
	}
	list, err := client.List(ctx, options)
	if err != nil {
		return "", fmt.Errorf("list objects: %w", err)
	}
	found := newCollection(q, list.Items)
	missing := judge(found.objects())
	if missing == "" || v.once {
		return missing, nil
	}
	options.ResourceVersion = list.GetResourceVersion()
	watcher, err := client.Watch(ctx, options)
	if err != nil {
		return missing, fmt.Errorf("watch objects: %w", err)
	}
	defer watcher.Stop()
	again := time.NewTicker(judgeAgain)
	defer again.Stop()
	for open := true; open; {
		select {
		case <-ctx.Done():
			return missing, ctx.Err()
		case <-again.C:
		case event, ok := <-watcher.ResultChan():
			open = ok && found.take(event, watcher.ResultChan())
		}
		if missing = judge(found.objects()); missing == "" {
			return "", nil
		}
	}
	return missing, nil
}

// take takes in an event and those that wait behind it. It gives false when the watch is over.
func (c *collection) take(event watch.Event, more <-chan watch.Event) bool {
	for {
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok { // an error of the watch is a Status
			return false
		}
		c.apply(event.Type, object)
		select {
		case event, ok = <-more:
			if !ok {
				return false
			}
		default:
			return true
		}
	}
}
