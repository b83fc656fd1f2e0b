package engine

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The labels of what a generate rule made: which rule of which policy made it, because of what, and of what it is a copy.
// Sources of copies have LabelCloneSource.
const (
	LabelManagedBy        = "app.kubernetes.io/managed-by"
	LabelPolicyName       = "generate.kyverno.io/policy-name"
	LabelPolicyNamespace  = "generate.kyverno.io/policy-namespace"
	LabelRuleName         = "generate.kyverno.io/rule-name"
	LabelTriggerUID       = "generate.kyverno.io/trigger-uid"
	LabelTriggerNamespace = "generate.kyverno.io/trigger-namespace"
	LabelTriggerKind      = "generate.kyverno.io/trigger-kind"
	LabelTriggerGroup     = "generate.kyverno.io/trigger-group"
	LabelTriggerVersion   = "generate.kyverno.io/trigger-version"
	LabelSourceUID        = "generate.kyverno.io/source-uid"
	LabelSourceNamespace  = "generate.kyverno.io/source-namespace"
	LabelSourceKind       = "generate.kyverno.io/source-kind"
	LabelSourceGroup      = "generate.kyverno.io/source-group"
	LabelSourceVersion    = "generate.kyverno.io/source-version"
	LabelCloneSource      = "generate.kyverno.io/clone-source"
)

// ObjectSource finds existing objects for generate rules.
type ObjectSource interface {
	// Get returns an object; when there is none, nil or the NotFound error of a cluster.
	Get(ctx context.Context, apiVersion, kind, namespace, name string) (*unstructured.Unstructured, error)
	// List returns the objects of a kind in a namespace whose labels a selector takes; nil takes all.
	List(ctx context.Context, apiVersion, kind, namespace string, selector *metav1.LabelSelector) ([]*unstructured.Unstructured, error)
}

// generation is a generate block.
type generation struct {
	Synchronize bool                `json:"synchronize"`
	ForEach     []foreachGeneration `json:"foreach"`
}

// foreachGeneration is an entry of generate.foreach.
type foreachGeneration struct {
	List          string         `json:"list"`
	Context       []contextEntry `json:"context"`
	Preconditions *conditions    `json:"preconditions"`
}

// generatePattern is what to generate: an object with data, a copy of one, or copies of several.
type generatePattern struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Namespace  string         `json:"namespace"`
	Name       string         `json:"name"`
	Data       map[string]any `json:"data"`
	Clone      objectRef      `json:"clone"`
	CloneList  struct {
		Namespace string                `json:"namespace"`
		Kinds     []string              `json:"kinds"`
		Selector  *metav1.LabelSelector `json:"selector"`
	} `json:"cloneList"`
}

// fromPattern makes the objects of a generate block, or of an entry of its foreach, after replacing its variables.
func (g *generator) fromPattern(s *scope, raw map[string]any, synchronize bool) ([]*unstructured.Unstructured, error) {
	fields := map[string]any{}
	for _, key := range []string{"apiVersion", "kind", "namespace", "name", "data", "clone", "cloneList"} {
		if value, ok := raw[key]; ok {
			fields[key] = value
		}
	}
	resolved, err := s.substitute(fields)
	if err != nil {
		return nil, err
	}
	var pattern generatePattern
	if err := decode(resolved, &pattern, g.rule.path+".generate"); err != nil {
		return nil, err
	}
	switch {
	case pattern.Clone.Name != "":
		return g.clone(s.ctx, &pattern, objectRef{Name: pattern.Clone.Name, Namespace: pattern.Clone.Namespace})
	case len(pattern.CloneList.Kinds) > 0:
		return g.cloneList(s.ctx, &pattern)
	}
	return g.data(s.ctx, &pattern, synchronize)
}

// data makes an object from the rule's own data, of which there may be none. One that is there stays as it is without
// synchronize.
func (g *generator) data(ctx context.Context, pattern *generatePattern, synchronize bool) ([]*unstructured.Unstructured, error) {
	have, err := g.existing(ctx, pattern)
	if apierrors.IsNotFound(err) {
		err = nil
	}
	if err != nil || have != nil && !synchronize {
		return nil, err
	}
	return []*unstructured.Unstructured{g.finish(pattern.Data, pattern)}, nil
}

func (g *generator) existing(ctx context.Context, p *generatePattern) (*unstructured.Unstructured, error) {
	if g.objects == nil {
		return nil, nil
	}
	return g.objects.Get(ctx, p.APIVersion, p.Kind, p.Namespace, p.Name)
}

// clone copies an existing object; copying it onto itself makes nothing.
func (g *generator) clone(ctx context.Context, pattern *generatePattern, from objectRef) ([]*unstructured.Unstructured, error) {
	if from.Namespace == pattern.Namespace && from.Name == pattern.Name {
		return nil, nil
	}
	source := *pattern
	source.Namespace, source.Name = from.Namespace, from.Name
	found, err := g.existing(ctx, &source)
	if err == nil && found == nil {
		err = fmt.Errorf("%s %q not found", pattern.Kind, from.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("source resource %s not found: %w", target(pattern), err)
	}
	copied := found.DeepCopy()
	addLabels(copied, map[string]string{
		LabelSourceGroup:     found.GroupVersionKind().Group,
		LabelSourceVersion:   found.GroupVersionKind().Version,
		LabelSourceKind:      found.GetKind(),
		LabelSourceNamespace: found.GetNamespace(),
		LabelSourceUID:       string(found.GetUID()),
	})
	if found.GetNamespace() != pattern.Namespace {
		copied.SetOwnerReferences(nil)
	}
	for _, field := range []string{"uid", "selfLink", "creationTimestamp", "managedFields", "resourceVersion", "generation"} {
		unstructured.RemoveNestedField(copied.Object, "metadata", field)
	}
	return []*unstructured.Unstructured{g.finish(copied.Object, pattern)}, nil
}

// cloneList copies all objects of some kinds from one namespace into another.
func (g *generator) cloneList(ctx context.Context, pattern *generatePattern) ([]*unstructured.Unstructured, error) {
	list := &pattern.CloneList
	var made []*unstructured.Unstructured
	for _, entry := range list.Kinds {
		apiVersion, kind := splitKind(entry)
		var sources []*unstructured.Unstructured
		var err error
		if g.objects != nil {
			sources, err = g.objects.List(ctx, apiVersion, kind, list.Namespace, list.Selector)
		}
		if err != nil {
			return nil, fmt.Errorf("failed to list source resource for cloneList %s %s/%s. %w", apiVersion, kind, list.Namespace, err)
		}
		for _, source := range sources {
			if source.GetNamespace() == pattern.Namespace {
				continue
			}
			one := &generatePattern{
				APIVersion: source.GetAPIVersion(), Kind: source.GetKind(), Namespace: pattern.Namespace, Name: source.GetName(),
			}
			copied, err := g.clone(ctx, one, objectRef{Name: source.GetName(), Namespace: source.GetNamespace()})
			if err != nil {
				return nil, err
			}
			made = append(made, copied...)
		}
	}
	return made, nil
}

// splitKind splits "group/version/Kind" or "version/Kind" behind its version.
func splitKind(entry string) (apiVersion, kind string) {
	i := strings.LastIndex(entry, "/")
	return entry[:max(i, 0)], entry[i+1:]
}

func target(p *generatePattern) string {
	return strings.Join([]string{p.APIVersion, p.Kind, p.Namespace, p.Name}, "/")
}

// finish names the object and says on it where it comes from.
func (g *generator) finish(content map[string]any, pattern *generatePattern) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: content}
	object.SetName(pattern.Name)
	object.SetNamespace(pattern.Namespace)
	if object.GetKind() == "" {
		object.SetKind(pattern.Kind)
	}
	object.SetAPIVersion(pattern.APIVersion)
	trigger := g.request.Object
	addLabels(object, map[string]string{
		LabelManagedBy:        "kyverno",
		LabelPolicyName:       g.policy.Name(),
		LabelPolicyNamespace:  g.policy.Namespace(),
		LabelRuleName:         g.rule.Name,
		LabelTriggerVersion:   trigger.GroupVersionKind().Version,
		LabelTriggerGroup:     trigger.GroupVersionKind().Group,
		LabelTriggerKind:      trigger.GetKind(),
		LabelTriggerNamespace: trigger.GetNamespace(),
		LabelTriggerUID:       string(trigger.GetUID()),
	})
	return object
}

func addLabels(object *unstructured.Unstructured, more map[string]string) {
	labels := object.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	for key, value := range more {
		labels[key] = value
	}
	object.SetLabels(labels)
}
