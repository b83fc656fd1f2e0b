package kyverno

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
)

// operation is a request's operation as match.resources.operations and webhook rules write it.
type operation = admissionregistrationv1.OperationType

// The operations that rules match when they name none: all for validation, writes for mutation.
var (
	allOperations = []operation{
		admissionregistrationv1.Create, admissionregistrationv1.Update, admissionregistrationv1.Delete, admissionregistrationv1.Connect,
	}
	mutateOperations = []operation{admissionregistrationv1.Create, admissionregistrationv1.Update}
	ownedOperations  = []operation{admissionregistrationv1.Create, admissionregistrationv1.Update, admissionregistrationv1.Delete}
)

// kindOperations are the operations that policies want to see of each kind selector.
type kindOperations map[string]map[operation]bool

func (k kindOperations) add(kind string, operations ...operation) {
	if k[kind] == nil {
		k[kind] = map[operation]bool{}
	}
	for _, op := range operations {
		k[kind][op] = true
	}
}

// collect adds what a rule matches, less what its exclude block takes away as a whole.
func (k kindOperations) collect(rule map[string]any, defaults []operation) {
	own := kindOperations{}
	for _, block := range matchBlocks(rule) {
		resources := nested(block, "resources")
		for _, kind := range texts(resources, "kinds") {
			own.add(kind, operationsOf(resources, defaults)...)
		}
	}
	for _, block := range objects(nested(rule, "exclude"), "any") {
		own.subtract(block)
	}
	for kind, operations := range own {
		k.add(kind, slices.Collect(maps.Keys(operations))...)
	}
}

// subtract removes the operations that an exclude block excludes for whole kinds: one that names anything but kinds
// and operations leaves them.
func (k kindOperations) subtract(block map[string]any) {
	for _, field := range []string{"subjects", "roles", "clusterRoles"} {
		if len(list(block, field)) > 0 {
			return
		}
	}
	resources := nested(block, "resources")
	for field := range resources {
		if field != "kinds" && field != "operations" {
			return
		}
	}
	kinds := texts(resources, "kinds")
	if len(kinds) == 0 {
		kinds = slices.Collect(maps.Keys(k))
	}
	for _, kind := range kinds {
		for _, op := range operationsOf(resources, allOperations) {
			delete(k[kind], op)
		}
	}
}

// operationsOf returns the operations that a resources block names, or the defaults.
func operationsOf(resources map[string]any, defaults []operation) []operation {
	named := texts(resources, "operations")
	if len(named) == 0 {
		return defaults
	}
	out := make([]operation, len(named))
	for i, name := range named {
		out[i] = operation(name)
	}
	return out
}

// webhookTarget is what one webhook rule is about.
type webhookTarget struct {
	group, version string
	scope          admissionregistrationv1.ScopeType
	resource       string // "pods", "pods/scale", "*", "*/*"
}

// webhookRules merges the targets of many policies into the rules of one webhook.
type webhookRules map[webhookTarget]map[operation]bool

func (w webhookRules) add(target webhookTarget, operations map[operation]bool) {
	if len(operations) == 0 {
		return
	}
	if w[target] == nil {
		w[target] = map[operation]bool{}
	}
	maps.Copy(w[target], operations)
}

// addKind resolves a kind selector by what the API server serves. Kinds that it does not know are left out. A "*" needs
// no resolving: webhooks know it too.
func (w webhookRules) addKind(d *discovery, selector kindSelector, namespaced bool, operations map[operation]bool) {
	if selector.kind == "*" {
		scope := admissionregistrationv1.AllScopes
		if namespaced {
			scope = admissionregistrationv1.NamespacedScope
		}
		w.add(webhookTarget{selector.group, selector.version, scope, withSubresource("*", selector.subresource)}, operations)
		return
	}
	for _, found := range d.find(selector) {
		scope := admissionregistrationv1.AllScopes
		if found.namespaced {
			scope = admissionregistrationv1.NamespacedScope
		}
		w.add(webhookTarget{found.gvr.Group, found.gvr.Version, scope, withSubresource(found.gvr.Resource, found.subresource)}, operations)
	}
}

// joined is a list of operations as one word.
func joined(operations []operation) string {
	words := make([]string, len(operations))
	for i, op := range operations {
		words[i] = string(op)
	}
	return strings.Join(words, ",")
}

func withSubresource(name, subresource string) string {
	if subresource == "" {
		return name
	}
	return name + "/" + subresource
}

// build returns the webhook's rules, grouped and ordered as Kyverno does: resources of one group, version, scope and
// set of operations share a rule; what a wildcard covers is left out; pods bring their ephemeralcontainers.
func (w webhookRules) build() []admissionregistrationv1.RuleWithOperations {
	type group struct {
		target     webhookTarget
		operations string
	}
	grouped := map[group]*admissionregistrationv1.RuleWithOperations{}
	for target, operations := range w {
		ops := w.uncovered(target, operations)
		if len(ops) == 0 {
			continue
		}
		key := group{webhookTarget{group: target.group, version: target.version, scope: target.scope}, joined(ops)}
		if grouped[key] == nil {
			grouped[key] = &admissionregistrationv1.RuleWithOperations{
				Operations: ops,
				Rule: admissionregistrationv1.Rule{
					APIGroups: []string{target.group}, APIVersions: []string{target.version}, Scope: &target.scope,
				},
			}
		}
		grouped[key].Resources = append(grouped[key].Resources, target.resource)
	}
	rules := make([]admissionregistrationv1.RuleWithOperations, 0, len(grouped))
	for _, rule := range grouped {
		rule.Resources = withEphemeralContainers(rule)
		rules = append(rules, *rule)
	}
	slices.SortFunc(rules, compareRules)
	return rules
}

// uncovered returns, sorted, the operations of a target that no wildcard target has.
func (w webhookRules) uncovered(target webhookTarget, operations map[operation]bool) []operation {
	var left []operation
	for op := range operations {
		if !w.covered(target, op) {
			left = append(left, op)
		}
	}
	slices.Sort(left)
	return left
}

// covered says whether another target with wildcards has the operation for this one too.
func (w webhookRules) covered(target webhookTarget, op operation) bool {
	for other, operations := range w {
		if other != target && operations[op] &&
			(other.group == target.group || other.group == "*") &&
			(other.version == target.version || other.version == "*") &&
			(other.scope == target.scope || other.scope == admissionregistrationv1.AllScopes) &&
			resourceCovers(other.resource, target.resource) {
			return true
		}
	}
	return false
}

// resourceCovers says whether a webhook rule on one resource pattern catches all of another: "*" catches "pods" and not
// "pods/log", "pods/*" catches "pods/log" and not "pods", "*/*" catches all.
func resourceCovers(pattern, name string) bool {
	if pattern == name || pattern == "*/*" {
		return true
	}
	resource, sub, hasSub := strings.Cut(name, "/")
	patternResource, patternSub, patternHasSub := strings.Cut(pattern, "/")
	if hasSub != patternHasSub {
		return false
	}
	return (patternResource == resource || patternResource == "*") && (patternSub == sub || patternSub == "*")
}

func withEphemeralContainers(rule *admissionregistrationv1.RuleWithOperations) []string {
	group, version := rule.APIGroups[0], rule.APIVersions[0]
	core := (group == "" || group == "*") && (version == "v1" || version == "*")
	resources := rule.Resources
	if core && (slices.Contains(resources, "pods") || slices.Contains(resources, "*")) {
		resources = append(resources, "pods/ephemeralcontainers")
	}
	slices.Sort(resources)
	return slices.Compact(resources)
}

// compareRules orders rules by groups, versions, resources, operations and scope; of two lists the shorter is first.
func compareRules(a, b admissionregistrationv1.RuleWithOperations) int {
	return cmp.Or(
		compareLists(a.APIGroups, b.APIGroups), compareLists(a.APIVersions, b.APIVersions),
		compareLists(a.Resources, b.Resources), compareLists(a.Operations, b.Operations),
		cmp.Compare(*a.Scope, *b.Scope),
	)
}

func compareLists[T cmp.Ordered](a, b []T) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), slices.Compare(a, b))
}
