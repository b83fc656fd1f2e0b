package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// needOurs refuses a request about an object that is not the workshop's. One that is absent is the cluster's to refuse.
func (g *Gate) needOurs(ctx context.Context, q *request) error {
	found, err := g.find(ctx, q)
	if err != nil || found == nil {
		return err
	}
	ours, err := g.ours(ctx, q, found)
	if err == nil && !ours {
		err = foreign(q)
	}
	return err
}

// maxOwners is how far owners are followed: CronJob, Job, Pod, and one more.
const maxOwners = 4

// ours reports whether the workshop made an object, or the controller that made it, or the namespace that it is in.
func (g *Gate) ours(ctx context.Context, q *request, found *metav1.PartialObjectMetadata) (bool, error) {
	own, err := g.ownNamespace(ctx, q.namespace)
	if err != nil || own {
		return own, err
	}
	for range maxOwners {
		if marked(found.Labels) || g.ledger.Made(found.UID) {
			return true, nil
		}
		owner := metav1.GetControllerOf(found)
		if owner == nil {
			return false, nil
		}
		if found, err = g.owner(ctx, q.namespace, owner); err != nil || found == nil {
			return false, err
		}
	}
	return false, nil
}

// ownNamespace reports whether the workshop made a namespace.
func (g *Gate) ownNamespace(ctx context.Context, name string) (bool, error) {
	if name == "" {
		return false, nil
	}
	found, err := g.find(ctx, &request{resource: schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, name: name})
	return found != nil && marked(found.Labels), err
}

// owner finds the controller of an object by its kind.
func (g *Gate) owner(ctx context.Context, namespace string, owner *metav1.OwnerReference) (*metav1.PartialObjectMetadata, error) {
	resource, ok := owners()[owner.Kind]
	if !ok {
		return nil, nil
	}
	gv, err := schema.ParseGroupVersion(owner.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("read owner: %w", err)
	}
	return g.find(ctx, &request{resource: gv.WithResource(resource), namespace: namespace, name: owner.Name})
}

// owners are the resources of the controllers that make pods and each other.
func owners() map[string]string {
	return map[string]string{
		"Deployment": "deployments", "ReplicaSet": "replicasets", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets",
		"Job": "jobs", "CronJob": "cronjobs",
	}
}

// find gets what a cluster says about an object: its metadata alone. nil without an error is that it is not there.
func (g *Gate) find(ctx context.Context, q *request) (*metav1.PartialObjectMetadata, error) {
	var found metav1.PartialObjectMetadata
	there, err := g.get(ctx, q, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json", &found)
	if err != nil || !there {
		return nil, err
	}
	return &found, nil
}

// whole gets an object, all of it. nil without an error is that it is not there.
func (g *Gate) whole(ctx context.Context, q *request) (map[string]any, error) {
	var found map[string]any
	there, err := g.get(ctx, q, "application/json", &found)
	if err != nil || !there {
		return nil, err
	}
	return found, nil
}

// get asks the cluster for an object in a form that it is to accept.
func (g *Gate) get(ctx context.Context, q *request, accept string, into any) (there bool, err error) {
	address := *g.base
	address.Path = path.Join(g.base.Path, objectPath(q))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return false, fmt.Errorf("ask about %s: %w", q.name, err)
	}
	r.Header.Set("Accept", accept)
	answer, err := g.client.Do(r)
	if err != nil {
		return false, fmt.Errorf("ask about %s: %w", q.name, err)
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return false, nil
	default:
		var status metav1.Status
		_ = json.NewDecoder(answer.Body).Decode(&status) // the code says enough
		return false, &refusal{code: answer.StatusCode, reason: status.Reason, text: status.Message}
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return false, fmt.Errorf("read %s: %w", q.name, err)
	}
	return true, nil
}

// objectPath is the path of an object, without its subresource.
func objectPath(q *request) string {
	parts := []string{"/api", q.resource.Version}
	if q.resource.Group != "" {
		parts = []string{"/apis", q.resource.Group, q.resource.Version}
	}
	if q.namespace != "" {
		parts = append(parts, "namespaces", url.PathEscape(q.namespace))
	}
	return path.Join(append(parts, q.resource.Resource, url.PathEscape(q.name))...)
}
