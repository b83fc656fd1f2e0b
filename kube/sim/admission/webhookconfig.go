package admission

import (
	"context"
	"fmt"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// webhook is one webhook of a configuration, of either kind, ready to be matched with requests.
type webhook struct {
	name       string
	client     admissionv1.WebhookClientConfig
	rules      []admissionv1.RuleWithOperations
	failure    admissionv1.FailurePolicyType
	match      admissionv1.MatchPolicyType
	namespaces labels.Selector
	objects    labels.Selector
	effects    admissionv1.SideEffectClass
	seconds    int32
	again      bool // it may be called a second time
	conditions *conditions
}

// registered reads the webhook configurations of one kind. Configurations are parsed once: a stored object never
// changes, so the same object is the same configuration.
type registered struct {
	reader   Reader
	resource schema.GroupVersionResource

	mu    sync.Mutex
	known map[*unstructured.Unstructured][]*webhook
}

func newRegistered(reader Reader, resource string) *registered {
	return &registered{reader: reader, resource: admissionv1.SchemeGroupVersion.WithResource(resource)}
}

// webhooks returns all webhooks, in the order of their configurations' names.
func (r *registered) webhooks(ctx context.Context) ([]*webhook, error) {
	configs, err := r.reader.List(ctx, r.resource, "", nil)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", r.resource.Resource, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	next := make(map[*unstructured.Unstructured][]*webhook, len(configs))
	var all []*webhook
	for _, config := range configs {
		hooks, ok := r.known[config]
		if !ok {
			if hooks, err = parseConfig(config); err != nil {
				return nil, err
			}
		}
		next[config] = hooks
		all = append(all, hooks...)
	}
	r.known = next
	return all, nil
}

// parseConfig reads the webhooks of a configuration. The fields that matter are the same in both kinds, but for one.
func parseConfig(config *unstructured.Unstructured) ([]*webhook, error) {
	typed := &admissionv1.ValidatingWebhookConfiguration{}
	content, _, _ := unstructured.NestedSlice(config.Object, "webhooks")
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(config.Object, typed); err != nil {
		return nil, fmt.Errorf("read %s %s: %w", config.GetKind(), config.GetName(), err)
	}
	var out []*webhook
	for i, w := range typed.Webhooks {
		hook, err := parseWebhook(w)
		if err != nil {
			return nil, fmt.Errorf("read webhook %s of %s %s: %w", w.Name, config.GetKind(), config.GetName(), err)
		}
		fields, _ := content[i].(map[string]any)
		hook.again = fields["reinvocationPolicy"] == string(admissionv1.IfNeededReinvocationPolicy)
		out = append(out, hook)
	}
	return out, nil
}

func parseWebhook(w admissionv1.ValidatingWebhook) (*webhook, error) {
	hook := &webhook{
		name: w.Name, client: w.ClientConfig, rules: w.Rules, failure: admissionv1.Fail,
		match: admissionv1.Equivalent, effects: admissionv1.SideEffectClassNone, seconds: 10,
	}
	var err error
	if hook.namespaces, err = selector(w.NamespaceSelector); err != nil {
		return nil, err
	}
	if hook.objects, err = selector(w.ObjectSelector); err != nil {
		return nil, err
	}
	if w.FailurePolicy != nil {
		hook.failure = *w.FailurePolicy
	}
	if w.MatchPolicy != nil {
		hook.match = *w.MatchPolicy
	}
	if w.SideEffects != nil {
		hook.effects = *w.SideEffects
	}
	if w.TimeoutSeconds != nil {
		hook.seconds = *w.TimeoutSeconds
	}
	hook.conditions = newConditions(w.Name, w.MatchConditions, hook.failure)
	return hook, nil
}

// selector is a label selector for which nothing means everything.
func selector(s *metav1.LabelSelector) (labels.Selector, error) {
	if s == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(s)
}
