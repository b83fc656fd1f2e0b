package kyverno

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"podsec/engine"
	"podsec/kube/sim/api"
)

// generateFor makes what the generate rules of a policy want for a request, and takes back what they made for a resource
// that goes or that they are not about any more.
func (k *Kyverno) generateFor(ctx context.Context, p *policy, t *trigger, subject *unstructured.Unstructured) {
	if !p.Has(engine.Generation) {
		return
	}
	request := t.request
	request.Object = subject
	result, failures := k.engine.Generate(ctx, p.Policy, &request, objectSource{k})
	made := result
	made.Rules = k.generate(ctx, p, t, subject, result.Rules, failures)
	k.reportBackground(ctx, t, subject, made)
	if t.OldObject == nil || t.own {
		return
	}
	before := t.request
	before.Object, before.OldObject = t.OldObject, nil
	was, _ := k.engine.Generate(ctx, p.Policy, &before, nil) // which rules were about it; nothing is made
	for i, rule := range was.Rules {
		if t.ends(p.rule(rule.Rule), rule, result.Rules[i]) {
			k.deleteGenerated(ctx, p, rule.Rule, triggerLabels(t.OldObject))
		}
	}
}

// ends says whether a request ends what a rule that synchronizes does for a resource, by the rule's results before and with
// it: the resource goes, the rule does not match it any more, or its preconditions do not hold any more. One that merely could
// not be done, or has an exception now, ends nothing (Kyverno's filterRule and syncTriggerAction).
func (t *trigger) ends(rule map[string]any, was, is engine.RuleResult) bool {
	switch {
	case !was.Matched || is.Properties["exceptions"] != "" || !synchronizes(rule):
		return false
	case t.Operation == api.Delete:
		return !seesDeletion(rule)
	}
	return t.Operation == api.Update && (!is.Matched || was.Status == engine.Pass && is.Status == engine.Skip)
}

// synchronizes says whether what a rule generates follows its rule, its source and its trigger.
func synchronizes(rule map[string]any) bool { return nested(rule, "generate")["synchronize"] == true }

// generate stores what the rules that act on the trigger made, and returns the results of those that did not fail. Of those
// that a request triggers only the ones that passed were handed to the background controller.
func (k *Kyverno) generate(
	ctx context.Context, p *policy, t *trigger, subject *unstructured.Unstructured, rules []engine.RuleResult, failures error,
) (done []engine.RuleResult) {
	for _, rule := range rules {
		if !rule.Matched || !t.acts(p, rule.Rule) || t.rule == "" && rule.Status != engine.Pass {
			continue
		}
		created, failure := k.store(ctx, p.rule(rule.Rule), rule.Generated)
		if failure = errors.Join(failureOf(failures, rule.Rule), failure); failure != nil {
			k.emit([]occurrence{backgroundFailure(p, rule.Rule, reporterGenerate, subject, failure)})
			continue
		}
		if len(created) > 0 {
			rule.Properties = maps.Clone(rule.Properties)
			if rule.Properties == nil {
				rule.Properties = map[string]string{}
			}
			rule.Properties["generated-resources"] = strings.Join(created, "; ")
		}
		done = append(done, rule)
	}
	return done
}

// failureOf picks the error of one rule from those of the engine, which begin with the rule's name.
func failureOf(err error, rule string) error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // errors.Join is what the engine returns
	if !ok {
		return nil
	}
	for _, one := range joined.Unwrap() {
		if strings.HasPrefix(one.Error(), "rule "+rule+": ") {
			return errors.Unwrap(one)
		}
	}
	return nil
}

// store creates what a rule made, and updates what is there already if the rule synchronizes. It returns what was created.
func (k *Kyverno) store(ctx context.Context, rule map[string]any, made []*unstructured.Unstructured) (created []string, err error) {
	for _, object := range made {
		if err := k.labelSource(ctx, object); err != nil { // the clone is made all the same
			k.report(fmt.Errorf("label the source of %s: %w", object.GetName(), err))
		}
		fresh, err := k.put(ctx, object, synchronizes(rule))
		if err != nil {
			return created, err
		}
		if fresh {
			created = append(created, resourceInfo(object))
		}
	}
	return created, nil
}

// resourceInfo names a resource as reports do.
func resourceInfo(object *unstructured.Unstructured) string {
	info := object.GroupVersionKind().String() + " Name=" + object.GetName()
	if namespace := object.GetNamespace(); namespace != "" {
		info += " Namespace=" + namespace
	}
	return info
}

// put creates an object, or, if that is wanted, makes the one that is there the same.
func (k *Kyverno) put(ctx context.Context, object *unstructured.Unstructured, update bool) (created bool, err error) {
	r, served := k.discovery.kindFor(object.GetAPIVersion(), object.GetKind())
	if !served {
		return false, nil
	}
	client := k.backgroundClient()
	have, err := client.Get(ctx, r.gvr, object.GetNamespace(), object.GetName())
	switch {
	case apierrors.IsNotFound(err):
		if _, err = client.Create(ctx, r.gvr, object, metav1.CreateOptions{}); apierrors.IsAlreadyExists(err) {
			return false, nil
		}
		return err == nil, err
	case err != nil || !update || sameGenerated(have, object):
		return false, err
	}
	object.SetResourceVersion(have.GetResourceVersion())
	_, err = client.Update(ctx, r.gvr, object, "")
	return false, err
}

// sameGenerated says whether an object that is there is what a rule wants.
func sameGenerated(have, wanted *unstructured.Unstructured) bool {
	return maps.Equal(have.GetLabels(), wanted.GetLabels()) && maps.Equal(have.GetAnnotations(), wanted.GetAnnotations()) &&
		sameFields(have.Object, wanted.Object, "metadata", "status")
}

// labelSource marks what a clone was made of, so that its changes are noticed, and the clone with it (Kyverno copies the
// mark).
func (k *Kyverno) labelSource(ctx context.Context, clone *unstructured.Unstructured) error {
	uid := types.UID(clone.GetLabels()[engine.LabelSourceUID])
	r, served := k.discovery.kindFor(clone.GetAPIVersion(), clone.GetKind())
	if uid == "" || !served {
		return nil
	}
	addLabel(clone, engine.LabelCloneSource)
	source, err := k.byUID(ctx, r, clone.GetLabels()[engine.LabelSourceNamespace], uid)
	if err != nil || source == nil {
		return err
	}
	if _, marked := source.GetLabels()[engine.LabelCloneSource]; marked {
		return nil
	}
	source = source.DeepCopy()
	addLabel(source, engine.LabelCloneSource)
	_, err = k.backgroundClient().Update(ctx, r.gvr, source, "")
	return err
}

func addLabel(object *unstructured.Unstructured, key string) {
	labels := object.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[key] = ""
	object.SetLabels(labels)
}
