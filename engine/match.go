package engine

import (
	"fmt"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// matcher is a compiled match or exclude block.
type matcher struct {
	path     string
	any, all []*block
	old      *block // the older form, with its conditions at the top; nil when any or all is used
}

// block is one set of conditions, which must all hold.
type block struct {
	filter
	path  string // "spec.rules[0].match.any[0]"
	kinds []kindSelector
}

func newMatcher(m *matchBlock, path string) *matcher {
	out := &matcher{path: path}
	for i, f := range m.Any {
		out.any = append(out.any, newBlock(f, fmt.Sprintf("%s.any[%d]", path, i)))
	}
	for i, f := range m.All {
		out.all = append(out.all, newBlock(f, fmt.Sprintf("%s.all[%d]", path, i)))
	}
	if len(out.any) == 0 && len(out.all) == 0 {
		out.old = newBlock(m.filter, path)
	}
	return out
}

func newBlock(f filter, path string) *block {
	b := &block{filter: f, path: path}
	for _, kind := range f.Resources.Kinds {
		b.kinds = append(b.kinds, parseKind(kind))
	}
	return b
}

// blocks returns the sets of conditions that count: Kyverno ignores all when any is used, and the top when either is.
func (m *matcher) blocks() []*block {
	switch {
	case len(m.any) > 0:
		return m.any
	case len(m.all) > 0:
		return m.all
	}
	return []*block{m.old}
}

// names says whether the matcher's kinds leave the subject in; it is a first look that costs little.
func (m *matcher) names(s *subject) bool {
	if len(m.any) > 0 {
		return slices.ContainsFunc(m.any, func(b *block) bool { return b.names(s) })
	}
	return !slices.ContainsFunc(m.blocks(), func(b *block) bool { return !b.names(s) })
}

// subject is what a rule is matched against.
type subject struct {
	resource        *unstructured.Unstructured
	kind            schema.GroupVersionKind
	subresource     string
	operation       Operation
	namespaceLabels map[string]string
	user            authenticationv1.UserInfo
	roles           []string
	clusterRoles    []string
	quiet           bool // nobody wants to know why
	anonymous       bool // there is no request behind it: match ignores conditions on the user
}

// matches says whether the rule is about the subject: its match holds and its exclude does not. Steps are the decisive
// conditions.
func (r *rule) matches(s *subject) (bool, Trace) {
	ok, trace := r.match.matches(s)
	if !ok || r.exclude == nil {
		return ok, trace
	}
	excluded, why := r.exclude.excludes(s)
	return !excluded, append(trace, why...)
}

// matches is match: one block of any, every block of all.
func (m *matcher) matches(s *subject) (bool, Trace) {
	var trace Trace
	blocks := m.blocks()
	for _, b := range blocks {
		failed := b.matchFailures(s)
		if len(failed) == 0 && len(m.any) > 0 {
			return true, b.matched(PhaseMatch, s)
		}
		trace = append(trace, failed...)
	}
	if len(trace) > 0 {
		return false, trace
	}
	return true, blocks[0].matched(PhaseMatch, s)
}

// excludes is exclude: one block of any, every block of all. Empty blocks exclude nothing.
func (m *matcher) excludes(s *subject) (bool, Trace) {
	all := len(m.all) > 0 && len(m.any) == 0
	for _, b := range m.blocks() {
		excluded := !b.empty() && len(b.failures(s, PhaseExclude)) == 0
		if excluded && !all {
			return true, b.matched(PhaseExclude, s)
		}
		if !excluded && all {
			return false, nil
		}
	}
	if all {
		return true, m.all[0].matched(PhaseExclude, s)
	}
	return false, nil
}

// empty says whether a block has no condition at all.
func (b *block) empty() bool { return b.Resources.empty() && b.anyone() }

// anyone says whether a block has no condition on the user.
func (b *block) anyone() bool { return len(b.Roles)+len(b.ClusterRoles)+len(b.Subjects) == 0 }

func (d *description) empty() bool {
	return len(d.Kinds) == 0 && d.Name == "" && len(d.Names) == 0 && len(d.Namespaces) == 0 &&
		len(d.Annotations) == 0 && d.Selector == nil && d.NamespaceSelector == nil && len(d.Operations) == 0
}

// matchFailures returns the conditions of a match block that do not hold.
func (b *block) matchFailures(s *subject) Trace {
	if s.anonymous && !b.anyone() {
		b = &block{filter: filter{Resources: b.Resources}, path: b.path, kinds: b.kinds}
	}
	if b.empty() {
		return Trace{{Phase: PhaseMatch, Clause: b.path, Note: "the block has no condition that could match"}}
	}
	return b.failures(s, PhaseMatch)
}

// matched is the step of a block that holds.
func (b *block) matched(phase Phase, s *subject) Trace {
	if s.quiet {
		return nil
	}
	return Trace{{Phase: phase, OK: true, Clause: b.path, Found: describe(s), Note: "every condition of this block holds"}}
}

// describe names the subject: kind and namespace/name.
func describe(s *subject) string {
	name := s.resource.GetName()
	if ns := s.resource.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	if s.subresource != "" {
		name += "/" + s.subresource
	}
	return s.kind.Kind + " " + name
}

// subject returns what the rules are matched against.
func (e *Engine) subject(r *Request) *subject {
	s := r.subject()
	s.quiet = e.options.NoTrace
	return s
}

// subject returns what rules are matched against.
func (r *Request) subject() *subject {
	s := &subject{
		resource: r.Resource(), kind: r.kind(), subresource: r.Subresource, operation: r.operation(),
		namespaceLabels: r.NamespaceLabels, user: r.User, roles: r.Roles, clusterRoles: r.ClusterRoles,
	}
	if r.Background {
		s.user, s.roles, s.clusterRoles = authenticationv1.UserInfo{}, nil, nil
	}
	u := s.user
	s.anonymous = u.Username == "" && u.UID == "" && len(u.Groups) == 0 && len(u.Extra) == 0 &&
		len(s.roles) == 0 && len(s.clusterRoles) == 0 && (!r.DryRun || r.Background)
	return s
}

// kind is the kind that the request names, or the resource's own.
func (r *Request) kind() schema.GroupVersionKind {
	if r.Kind.Empty() {
		return r.Resource().GroupVersionKind()
	}
	return r.Kind
}

// operation is the request's operation; scans count as creations.
func (r *Request) operation() Operation {
	if r.Background || r.Operation == "" {
		return Create
	}
	return r.Operation
}

// previous is the subject for the old object of an update, which Kyverno judges as if it were created by nobody known:
// conditions on the user cannot hold, nor can those on a subresource.
func (s *subject) previous(old *unstructured.Unstructured) *subject {
	nobody := authenticationv1.UserInfo{
		Username: "kyverno:kyverno-invalid-controller", UID: "kyverno:invaliduid", Groups: []string{"kyverno:invalidgroup"},
	}
	role := []string{"kyverno:invalidrole"}
	return &subject{
		quiet: s.quiet, resource: old, kind: old.GroupVersionKind(), operation: Create, namespaceLabels: s.namespaceLabels,
		user: nobody, roles: role, clusterRoles: slices.Clone(role),
	}
}
