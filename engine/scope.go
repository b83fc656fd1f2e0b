package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// scope holds the variables of one evaluation ("request.object…", "element", the rule's context entries). Nothing is
// computed before an expression asks for it: most rules have no variables.
type scope struct {
	ctx     context.Context //nolint:containedctx // a scope lives no longer than the call that made it
	engine  *Engine
	policy  *Policy
	request *Request
	images  *unstructured.Unstructured // whose images the variable images has; nil: the request's object
	vars    map[string]any             // nil until first used
	entries []*entry
	size    int // of the context entries that were loaded, as JSON
	limit   int // entries from here on cannot be seen: an entry sees only those before it
}

// entry is a context entry that is loaded when an expression names it.
type entry struct {
	contextEntry
	path  string
	name  *regexp.Regexp
	tried bool
}

func newScope(ctx context.Context, e *Engine, p *Policy, req *Request) *scope {
	return &scope{ctx: ctx, engine: e, policy: p, request: req}
}

// traced says whether somebody wants to know why.
func (s *scope) traced() bool { return !s.engine.options.NoTrace }

// with returns a scope inside this one that has more context entries and variables; the outer one stays as it is.
func (s *scope) with(entries []contextEntry, path string, vars map[string]any) *scope {
	if len(entries) == 0 && len(vars) == 0 {
		return s
	}
	inner := *s
	inner.vars = maps.Clone(s.all())
	maps.Copy(inner.vars, vars)
	inner.entries = make([]*entry, 0, len(s.entries)+len(entries))
	for _, e := range s.entries {
		outer := *e
		inner.entries = append(inner.entries, &outer)
	}
	for i, e := range entries {
		if !s.engine.options.loadable(&e) {
			continue
		}
		inner.entries = append(inner.entries, &entry{
			contextEntry: e, path: fmt.Sprintf("%s.context[%d]", path, i), name: entryName(e.Name),
		})
	}
	inner.limit = len(inner.entries)
	return &inner
}

// entryName matches an expression that uses the entry: x in "x.y", but not in "y.x".
func entryName(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?:\A|\z|\s|[^.0-9A-Za-z])` + regexp.QuoteMeta(name) + `\b`)
}

// all returns the variables, made from the request when first used.
func (s *scope) all() map[string]any {
	if s.vars == nil {
		s.vars = requestVariables(s.request)
		if len(s.request.Variables) > 0 {
			s.vars = layered(s.vars, s.request.Variables)
		}
	}
	return s.vars
}

// query evaluates a JMESPath expression; error texts are Kyverno's.
func (s *scope) query(expression string) (any, error) {
	vars := s.all()
	if err := s.load(expression); err != nil {
		return nil, err
	}
	expression = strings.TrimSpace(expression)
	if expression == "" {
		return nil, errors.New("invalid query (nil)")
	}
	compiled, err := s.engine.interpreter.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("incorrect query %s: %w", expression, err)
	}
	result, err := compiled.Search(vars)
	if err != nil {
		return nil, fmt.Errorf("JMESPath query failed: %w", err)
	}
	return result, nil
}

// imagesRE matches an expression that uses the variable images.
var imagesRE = entryName("images")

// load adds the context entries that an expression names, and images, to the variables.
func (s *scope) load(expression string) error {
	pictured := cmp.Or(s.images, s.request.Object)
	if _, ok := s.vars["images"]; !ok && pictured != nil && strings.Contains(expression, "images") && imagesRE.MatchString(expression) {
		images, err := resourceImages(pictured)
		if err != nil {
			return err
		}
		if len(images) > 0 {
			s.vars["images"] = images
		}
	}
	for i, e := range s.entries[:min(s.limit, len(s.entries))] {
		if e.tried || !e.name.MatchString(expression) {
			continue
		}
		e.tried = true
		outer := s.limit
		s.limit = i
		value, err := s.loadEntry(e)
		s.limit = outer
		if err == nil {
			err = s.grow(e.Name, value)
		}
		if err != nil {
			return err
		}
		s.vars[e.Name] = value
	}
	return nil
}

// maxContext is how large the context entries of a rule may be together, as JSON (Kyverno's maxContextSize).
const maxContext = 2 << 20

// grow refuses a context entry that makes the context too large.
func (s *scope) grow(name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("failed to add context entry for variable %s: %w", name, err)
	}
	if s.size += len(data); s.size > maxContext {
		return fmt.Errorf("failed to add context entry for variable %s: context size limit exceeded: %d bytes exceeds limit of %d bytes", name, s.size, maxContext)
	}
	return nil
}

// requestVariables are request and what Kyverno puts beside it. A scan has no user and no old object.
func requestVariables(r *Request) map[string]any {
	resource := r.Resource()
	request := map[string]any{
		"operation": string(r.operation()),
		"namespace": resource.GetNamespace(),
		"object":    nil,
	}
	vars := map[string]any{"request": request}
	if r.Object != nil {
		request["object"] = floats(r.Object.Object)
	}
	if r.Background {
		return vars
	}
	if r.FromFile {
		addFileVariables(vars, request, r)
		return vars
	}
	if resource.GetKind() == "Namespace" {
		request["namespace"] = resource.GetName()
	}
	request["oldObject"] = nil
	if r.OldObject != nil {
		request["oldObject"] = floats(r.OldObject.Object)
	}
	kind := r.kind()
	request["kind"] = map[string]any{"group": kind.Group, "version": kind.Version, "kind": kind.Kind}
	request["name"] = resource.GetName()
	request["dryRun"] = r.DryRun
	if r.Subresource != "" {
		request["subResource"] = r.Subresource
	}
	addUser(vars, request, r)
	return vars
}

// addFileVariables adds what the command line knows beside the object: the old object when there is one, and the user
// when one was given.
func addFileVariables(vars, request map[string]any, r *Request) {
	if r.Object == nil {
		delete(request, "object")
	}
	if r.OldObject != nil {
		request["oldObject"] = floats(r.OldObject.Object)
	}
	if !r.subject().anonymous {
		addUser(vars, request, r)
	}
}

// addUser adds who asks: request.userInfo, roles, and the parts of a service account's name.
func addUser(vars, request map[string]any, r *Request) {
	user := map[string]any{}
	if r.User.Username != "" {
		user["username"] = r.User.Username
	}
	if r.User.UID != "" {
		user["uid"] = r.User.UID
	}
	if len(r.User.Groups) > 0 {
		user["groups"] = anyList(r.User.Groups)
	}
	if len(r.User.Extra) > 0 {
		extra := map[string]any{}
		for k, v := range r.User.Extra {
			extra[k] = anyList(v)
		}
		user["extra"] = extra
	}
	request["userInfo"] = user
	request["roles"] = anyList(r.Roles)
	request["clusterRoles"] = anyList(r.ClusterRoles)
	account, _ := strings.CutPrefix(r.User.Username, "system:serviceaccount:")
	namespace, name := "", ""
	if parts := strings.Split(account, ":"); len(parts) >= 2 && account != r.User.Username {
		namespace, name = parts[0], parts[1]
	}
	vars["serviceAccountName"], vars["serviceAccountNamespace"] = name, namespace
}

func anyList(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// floats returns a JSON value with every number as float64, as JMESPath wants them. What holds no other number is not
// copied; neither is ever changed.
func floats(value any) any {
	converted, _ := withFloats(value)
	return converted
}

// withFloats is floats, and says whether it made a copy.
func withFloats(value any) (out any, copied bool) {
	switch value := value.(type) {
	case map[string]any:
		return mapWithFloats(value)
	case []any:
		return listWithFloats(value)
	case int64:
		return float64(value), true
	case int:
		return float64(value), true
	}
	return value, false
}

func mapWithFloats(value map[string]any) (out map[string]any, copied bool) {
	out = value
	for k, v := range value {
		converted, changed := withFloats(v)
		if !changed {
			continue
		}
		if !copied {
			out, copied = maps.Clone(value), true
		}
		out[k] = converted
	}
	return out, copied
}

func listWithFloats(value []any) (out []any, copied bool) {
	out = value
	for i, v := range value {
		converted, changed := withFloats(v)
		if !changed {
			continue
		}
		if !copied {
			out, copied = slices.Clone(value), true
		}
		out[i] = converted
	}
	return out, copied
}

// evaluateList evaluates the list of a foreach; a single value is a list of itself.
func (s *scope) evaluateList(expression string) ([]any, error) {
	value, err := s.query(expression)
	if err != nil {
		return nil, err
	}
	if list, ok := value.([]any); ok {
		return slices.Clone(list), nil
	}
	return []any{value}, nil
}
