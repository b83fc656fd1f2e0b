package inspect

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
	"podsec/engine/why"
)

// kyvernoNamespace is where Kyverno is looked for.
const kyvernoNamespace = "kyverno"

// rules are all that decides about requests to the cluster: policies, exceptions, resource filters and the labels of
// namespaces. They do not change once something was explained
// by them; copied makes others of them.
type rules struct {
	policies   []*unstructured.Unstructured
	exceptions []*unstructured.Unstructured
	filters    engine.ResourceFilters
	namespaces map[string]map[string]string
	fetch      *Cluster
	// only leaves Pod Security Admission out.
	only bool

	mu         sync.Mutex
	explainers map[string]*why.Explainer // by the namespace whose Policies count
}

// rules reads what decides.
func (c *Cluster) rules(ctx context.Context) (*rules, error) {
	r := &rules{fetch: c, namespaces: map[string]map[string]string{}, explainers: map[string]*why.Explainer{}}
	for _, gvr := range kyvernoPolicies() {
		found, err := c.list(ctx, gvr, "")
		if err != nil {
			return nil, err
		}
		r.policies = append(r.policies, pointers(found)...)
	}
	for _, p := range r.policies {
		unstructured.RemoveNestedField(p.Object, "metadata", "managedFields")
	}
	var err error
	if r.exceptions, err = c.Exceptions(ctx, kyvernoNamespace); err != nil {
		return nil, err
	}
	if r.filters, err = c.Filters(ctx, kyvernoNamespace); err != nil {
		return nil, err
	}
	spaces, err := c.list(ctx, namespaces, "")
	for i := range spaces {
		r.namespaces[spaces[i].GetName()] = spaces[i].GetLabels()
	}
	return r, err
}

// policy finds a policy by its key, "name" or "namespace/name"; nil when there is none.
func (r *rules) policy(key string) *unstructured.Unstructured {
	for _, p := range r.policies {
		if keyOf(p) == key {
			return p
		}
	}
	return nil
}

func keyOf(p *unstructured.Unstructured) string {
	return Ref{Namespace: p.GetNamespace(), Name: p.GetName()}.String()
}

// copied are the same rules, of which single ones can be replaced.
func (r *rules) copied() *rules {
	return &rules{
		policies: slices.Clone(r.policies), exceptions: slices.Clone(r.exceptions), filters: r.filters,
		namespaces: maps.Clone(r.namespaces), fetch: r.fetch, explainers: map[string]*why.Explainer{},
	}
}

// scanning are the rules as a background scan uses them: the mutate rules look at nothing. They stay where they are, so
// that paths mean the same rules.
func (r *rules) scanning() *rules {
	out := r.copied()
	for i, p := range out.policies {
		p = p.DeepCopy()
		written, _, _ := unstructured.NestedSlice(p.Object, "spec", "rules")
		for _, raw := range written {
			if rule, ok := raw.(map[string]any); ok && rule["mutate"] != nil {
				delete(rule, "exclude")
				rule["match"] = map[string]any{"any": []any{map[string]any{"resources": map[string]any{"kinds": []any{unscanned}}}}}
			}
		}
		if len(written) > 0 && unstructured.SetNestedSlice(p.Object, written, "spec", "rules") == nil {
			out.policies[i] = p
		}
	}
	return out
}

// unscanned is a kind that no object has.
const unscanned = "NotInBackgroundScans"

// replace puts a policy in the place of the one with its name.
func (r *rules) replace(policy *unstructured.Unstructured) {
	for i, p := range r.policies {
		if keyOf(p) == keyOf(policy) {
			r.policies[i] = policy
		}
	}
}

// explainer explains requests in a namespace, under the ClusterPolicies and the Policies of that namespace.
func (r *rules) explainer(namespace string) (*why.Explainer, error) {
	if !slices.ContainsFunc(r.policies, func(p *unstructured.Unstructured) bool { return p.GetNamespace() == namespace }) {
		namespace = "" // no Policies of its own: the explainer of all such namespaces
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if made := r.explainers[namespace]; made != nil {
		return made, nil
	}
	options := why.Options{Filters: r.filters, Engine: engine.Options{
		ConfigMaps: r.fetch, APICall: r.fetch, Exceptions: lister(r.exceptions), Now: time.Now,
		ImageVerifier: r.fetch.images,
	}}
	for _, p := range r.policies {
		if own := p.GetNamespace(); own != "" && own != namespace {
			continue
		}
		d, err := document.FromObject(p)
		if err != nil {
			return nil, err
		}
		options.Policies = append(options.Policies, d)
	}
	made, err := why.New(options)
	if err == nil {
		r.explainers[namespace] = made
	}
	return made, err
}

// explain explains what would become of an object if it were sent now.
func (r *rules) explain(ctx context.Context, d *document.Document) (*why.Explanation, error) {
	explainer, err := r.explainer(d.Object.GetNamespace())
	if err != nil {
		return nil, err
	}
	labels, known := r.namespaces[d.Object.GetNamespace()]
	return explainer.Explain(ctx, d, why.Request{Namespace: labels, KnowsNamespace: known && !r.only}), nil
}

// lister is an engine.ExceptionLister.
type lister []*unstructured.Unstructured

func (l lister) Exceptions() []*unstructured.Unstructured { return l }

// Source is a text in which the fields of an object can be found.
type Source struct {
	Name, Text string
	document   *document.Document
}

// source writes an object as YAML.
func source(name string, object *unstructured.Unstructured) Source {
	text, err := manifest(object.Object)
	if err != nil {
		return Source{Name: name}
	}
	return NewSource(name, text)
}

// NewSource takes a text that holds one object.
func NewSource(name, text string) Source {
	s := Source{Name: name, Text: text}
	if documents, err := document.Parse(name, []byte(text)); err == nil && len(documents) == 1 {
		s.document = documents[0]
	}
	return s
}

// Line is the line of the text, from 1, on which the field at a path stands, or the nearest field around it; 0 when there
// is none.
func (s Source) Line(path string) int {
	if s.document == nil || path == "" {
		return 0
	}
	at, found := s.document.Place(path)
	if !found && at == s.document.Start() {
		return 0
	}
	return at.Line
}
