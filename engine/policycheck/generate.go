package policycheck

import (
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// generateErrors checks where a generate rule puts what it makes.
func (c *checker) generateErrors(path *field.Path, r *rule) field.ErrorList {
	if !r.hasGenerate() {
		return nil
	}
	g := r.Generate
	if count(g.Data != nil, g.Clone != (cloneFrom{}), g.CloneList.Kinds != nil, g.ForEach != nil) > 1 {
		return field.ErrorList{field.Forbidden(path, "only one of generate patterns(data, clone, cloneList and foreach) can be specified")}
	}
	if g.ForEach == nil {
		return c.patternErrors(path, &g.generatePattern)
	}
	var errs field.ErrorList
	for i := range g.ForEach {
		errs = append(errs, c.patternErrors(path.Child("foreach").Index(i), &g.ForEach[i].generatePattern)...)
	}
	return errs
}

func (c *checker) patternErrors(path *field.Path, g *generatePattern) field.ErrorList {
	errs := c.ownNamespaceErrors(path.Child("namespace"), g)
	if g.Kind != "" {
		errs = append(errs, c.scopeErrors(path.Child("namespace"), g)...)
	}
	fixed := generatePattern{
		resourceSpec: resourceSpec{Kind: g.Kind, APIVersion: g.APIVersion}, Clone: g.Clone, CloneList: g.CloneList,
	}
	if hasVariables(fixed) {
		c.warn("variables in %s would lead to incorrect synchronization behavior", path.Child("clone/cloneList"))
	}
	if len(g.CloneList.Kinds) > 0 {
		return append(errs, c.cloneErrors(path.Child("cloneList"), g)...)
	}
	for _, f := range []struct{ name, value string }{{"kind", g.Kind}, {"name", g.Name}, {"apiVersion", g.APIVersion}} {
		if f.value == "" {
			errs = append(errs, field.Forbidden(path.Child(f.name), f.name+" can not be empty"))
		}
	}
	return errs
}

// scopeErrors requires a namespace exactly for kinds that have one.
func (c *checker) scopeErrors(path *field.Path, g *generatePattern) field.ErrorList {
	cluster := c.clusterScoped(g.APIVersion + "/" + g.Kind)
	switch {
	case !cluster && g.Namespace == "":
		return field.ErrorList{field.Forbidden(path, "target namespace must be set for a namespaced resource")}
	case cluster && g.Namespace != "":
		return field.ErrorList{field.Forbidden(path, "target namespace must not be set for a cluster-wide resource")}
	}
	return nil
}

// ownNamespaceErrors keeps a Policy to its own namespace.
func (c *checker) ownNamespaceErrors(path *field.Path, g *generatePattern) field.ErrorList {
	if !c.policy.namespaced() {
		return nil
	}
	forbidden := func(format string, args ...any) field.ErrorList {
		return field.ErrorList{field.Forbidden(path, "target resource scope mismatched: "+fmt.Sprintf(format, args...)+" ")}
	}
	own := c.policy.object.GetNamespace()
	switch {
	case c.clusterScoped(g.APIVersion + "/" + g.Kind):
		return forbidden("the target must be a namespaced resource: %v/%v", g.APIVersion, g.Kind)
	case g.Namespace != own:
		return forbidden("a namespaced policy cannot generate resources in other namespaces, expected: %v, received: %v", own, g.Namespace)
	case g.Clone.Name != "" && g.Clone.Namespace != own:
		return forbidden("a namespaced policy cannot clone resources from other namespaces, expected: %v, received: %v", own, g.Clone.Namespace)
	}
	return nil
}

func (c *checker) cloneErrors(path *field.Path, g *generatePattern) field.ErrorList {
	var errs field.ErrorList
	if c.policy.namespaced() {
		own := c.policy.object.GetNamespace()
		for _, kind := range g.CloneList.Kinds {
			if c.clusterScoped(kind) {
				errs = append(errs, field.Forbidden(path.Child("kinds"), fmt.Sprintf("the source in cloneList must be a namespaced resource: %v", kind)))
			}
			if g.CloneList.Namespace != own {
				errs = append(errs, field.Forbidden(path.Child("namespace"),
					fmt.Sprintf("a namespaced policy cannot clone resources from other namespace, expected: %v, received: %v", own, g.CloneList.Namespace)))
			}
		}
	}
	cluster := c.clusterScoped(g.CloneList.Kinds[0])
	for _, kind := range g.CloneList.Kinds[1:] {
		if cluster != c.clusterScoped(kind) {
			errs = append(errs, field.Forbidden(path.Child("kinds"), "mixed scope of target resources is forbidden"))
			break
		}
	}
	switch {
	case !cluster && g.CloneList.Namespace == "":
		errs = append(errs, field.Forbidden(path.Child("namespace"), "namespace is required for namespaced target resources"))
	case cluster && !c.policy.namespaced() && g.CloneList.Namespace != "":
		errs = append(errs, field.Forbidden(path.Child("namespace"), "namespace is forbidden for cluster-wide target resources"))
	}
	return errs
}

// checkGenerateUpdate compares the generate rules with the stored ones: what they made must stay theirs.
func (c *checker) checkGenerateUpdate() error {
	if c.old == nil {
		return nil
	}
	const prefix = "no synchronization will be performed to the old target resource upon policy updates: "
	synchronized := c.old.synchronizes()
	oldRules, oldTargets := c.old.generateKeys(synchronized)
	newRules, newTargets := c.policy.generateKeys(synchronized)
	if !containsAll(newTargets, oldTargets) {
		c.warn("%schanges in the generate rule pattern could result in stale targets", prefix)
		return errAccepted
	}
	if !containsAll(newRules, oldRules) {
		c.warn(prefix)
		return errors.New("changes of immutable fields of a rule spec in a generate rule is disallowed")
	}
	return nil
}

func (p *policy) synchronizes() bool {
	for i := range p.Spec.Rules {
		if r := &p.Spec.Rules[i]; r.hasGenerate() && r.Generate.Synchronize {
			return true
		}
	}
	return false
}

// generateKeys returns, as text that can be compared, the generate rules without what they make, and what they make
// without the fields that may change.
func (p *policy) generateKeys(synchronized bool) (rules, targets map[string]bool) {
	rules, targets = map[string]bool{}, map[string]bool{}
	for _, r := range p.Spec.Rules {
		if !r.hasGenerate() {
			continue
		}
		g := *r.Generate
		g.Synchronize, g.OrphanDownstreamOnPolicyDelete = true, true
		g.Data, g.ForEach, g.GenerateExisting = nil, nil, nil
		targets[encode(g)] = true
		r.Generate = nil
		if !synchronized {
			r.Match = matchBlock{}
		}
		rules[encode(r)] = true
	}
	return rules, targets
}

func encode(value any) string {
	data, _ := json.Marshal(value) // it was decoded from JSON
	return string(data)
}

func containsAll(set, subset map[string]bool) bool {
	for key := range subset {
		if !set[key] {
			return false
		}
	}
	return true
}
