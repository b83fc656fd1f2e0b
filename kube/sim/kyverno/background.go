package kyverno

import (
	"context"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// trigger is a request that rules which generate, or change what exists, act upon after it was decided.
type trigger struct {
	*review
	policies []*policy // with such rules
	rule     string    // the only one that acts; empty: all
	own      bool      // the background controller made the request itself
	tries    int
}

// maxTries is how often a request is looked for until it counts as refused; the tries are a deliveryDelay apart.
const maxTries = 3000

// triggers hands an admitted request to the background controller, if that has anything to do with it (Kyverno's
// handleBackgroundApplies). Dry runs leave nothing.
func (k *Kyverno) triggers(r *review) {
	if r.DryRun {
		return
	}
	controller, deployed := k.deployed(backgroundController)
	t := &trigger{review: r, own: deployed && r.User.Username == controller.user()}
	t.policies = k.policiesFor(r, "", func(p *policy) bool { return r.only(p) && t.concerns(p) })
	if len(t.policies) > 0 || !t.own && generatedOrSource(r.OldObject) {
		k.background.add("", func(ctx context.Context) { k.act(ctx, t) })
	}
}

// act does what follows from a request once it can be seen in the store. One that never can be was refused by somebody
// else; then the store decides as well. Without a background controller the request waits for one.
func (k *Kyverno) act(ctx context.Context, t *trigger) {
	if _, running := k.running(backgroundController); !running {
		k.await(t)
		return
	}
	if t.tries++; t.tries < maxTries && !k.decided(ctx, t) {
		select {
		case <-ctx.Done():
		case <-time.After(deliveryDelay):
			k.background.add("", func(ctx context.Context) { k.act(ctx, t) })
		}
		return
	}
	subject := k.subjectOf(ctx, t)
	if subject == nil {
		return
	}
	for _, p := range t.policies {
		k.mutateExisting(ctx, p, t, subject)
		k.generateFor(ctx, p, t, subject)
	}
	if !t.own && generatedOrSource(t.OldObject) {
		k.resync(ctx, t)
	}
}

// decided says whether what the request wants is stored. Requests on subresources need not change anything.
func (k *Kyverno) decided(ctx context.Context, t *trigger) bool {
	if t.Subresource != "" {
		return true
	}
	stored, err := k.client.Get(ctx, t.Resource, t.Namespace, t.Name)
	switch t.Operation {
	case api.Create:
		return err == nil
	case api.Delete:
		return err != nil || stored.GetUID() != t.OldObject.GetUID() || stored.GetDeletionTimestamp() != nil
	case api.Update:
		return err != nil || stored.GetResourceVersion() != t.OldObject.GetResourceVersion() || changesNothing(t.Attributes)
	}
	return true
}

// changesNothing says whether an update leaves everything as it is: the API server does not store it.
func changesNothing(a *api.Attributes) bool {
	return sameFields(a.OldObject.Object, a.Object.Object, "metadata") &&
		sameFields(nested(a.OldObject.Object, "metadata"), nested(a.Object.Object, "metadata"), "managedFields", "resourceVersion")
}

// subjectOf is the resource that triggers: what was deleted, or what is stored. Nil is nothing.
func (k *Kyverno) subjectOf(ctx context.Context, t *trigger) *unstructured.Unstructured {
	if t.Operation == api.Delete {
		return t.OldObject
	}
	if t.Subresource != "" {
		return t.request.Resource()
	}
	stored, err := k.client.Get(ctx, t.Resource, t.Namespace, t.Name)
	if err != nil {
		return nil
	}
	return stored
}

// skips says whether a rule leaves the request alone: the background controller's own ones, unless the rule wants them.
func (t *trigger) skips(p *policy, name string) bool {
	return t.rule != "" && t.rule != name || t.own && p.rule(name)["skipBackgroundRequests"] != false
}

// acts says whether a rule that matched is to act on the request: not on a deletion, unless it names that operation.
func (t *trigger) acts(p *policy, name string) bool {
	return !t.skips(p, name) && (t.Operation != api.Delete || seesDeletion(p.rule(name)))
}

// concerns says whether any rule of the policy that acts later does not leave the request alone.
func (t *trigger) concerns(p *policy) bool {
	return slices.ContainsFunc(p.later, func(rule map[string]any) bool { return !t.skips(p, text(rule, "name")) })
}

// rule returns the rule of that name as stored, nil for none.
func (p *policy) rule(name string) map[string]any {
	for _, rule := range p.rules {
		if text(rule, "name") == name {
			return rule
		}
	}
	return nil
}

// seesDeletion says whether a rule matches the operation DELETE by its name.
func seesDeletion(rule map[string]any) bool {
	return slices.ContainsFunc(matchBlocks(rule), func(block map[string]any) bool {
		return slices.Contains(texts(nested(block, "resources"), "operations"), string(engine.Delete))
	})
}

// backgroundClient writes as the background controller.
func (k *Kyverno) backgroundClient() api.Client {
	if controller, ok := k.deployed(backgroundController); ok {
		return k.client.As(controller.user(), controller.group())
	}
	return k.client
}

// mutateExisting changes existing resources by the rules with targets that the request triggers.
func (k *Kyverno) mutateExisting(ctx context.Context, p *policy, t *trigger, subject *unstructured.Unstructured) {
	request := t.request
	request.Object = subject
	result := k.engine.MutateExisting(ctx, p.Policy, &request, objectSource{k})
	var about []engine.RuleResult
	for _, rule := range result.Rules {
		if !rule.Matched || !t.acts(p, rule.Rule) || t.rule == "" && rule.Barred {
			continue // of those that a request triggers, the barred ones are not handed to the background controller
		}
		about = append(about, rule)
		k.changeTarget(ctx, p, rule)
	}
	k.reportBackground(ctx, t, subject, engine.PolicyResult{Policy: p.Policy, Resource: result.Resource, Rules: about})
}

// changeTarget stores what a rule made of an existing resource.
func (k *Kyverno) changeTarget(ctx context.Context, p *policy, rule engine.RuleResult) {
	if rule.Status != engine.Pass || rule.Target == nil {
		return
	}
	r, served := k.discovery.kindFor(rule.Target.GetAPIVersion(), rule.Target.GetKind())
	if !served {
		return
	}
	_, err := k.backgroundClient().Update(ctx, r.gvr, rule.Target, "")
	if err != nil && !apierrors.IsNotFound(err) {
		k.emit([]occurrence{backgroundFailure(p, rule.Rule, reporterMutate, rule.Target, err)})
	}
}

// reportBackground puts the results of what the background controller did into the report of what triggered it.
func (k *Kyverno) reportBackground(ctx context.Context, t *trigger, subject *unstructured.Unstructured, result engine.PolicyResult) {
	lines := k.linesFor(t.review, []engine.PolicyResult{result})
	if len(lines) == 0 {
		return
	}
	k.tell(ctx, func(ctx context.Context) { k.admitted(ctx, t.Attributes, subject, lines) })
}
