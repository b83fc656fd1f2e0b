package engine

import "maps"

// ValueSource gives rules variables of its own, as a values file of the command line does. They stand beside those of
// the request before the rule's context is loaded; maps are merged.
type ValueSource interface {
	// Values returns the variables for a rule (autogen names included), nil for none; the engine does not change them.
	Values(policy, rule string) map[string]any
}

// ruleScope is the scope of one rule: the outer one with the rule's values and its context entries.
func (e *Engine) ruleScope(outer *scope, p *Policy, r *rule) *scope {
	if e.options.Values != nil {
		if values := e.options.Values.Values(p.Name(), r.Name); len(values) > 0 {
			inner := *outer
			inner.vars = layered(outer.all(), values)
			outer = &inner
		}
	}
	return outer.with(r.Context, r.path, nil)
}

// layered returns variables with more merged over them; what both have as a map is merged, the rest is replaced.
// Neither is changed.
func layered(variables, more map[string]any) map[string]any {
	out := maps.Clone(variables)
	if out == nil {
		out = map[string]any{}
	}
	for key, value := range more {
		inner, isMap := value.(map[string]any)
		if have, ok := out[key].(map[string]any); ok && isMap {
			out[key] = layered(have, inner)
			continue
		}
		out[key] = floats(value)
	}
	return out
}

// loadable says whether a context entry can be loaded at all: the command line leaves out those that need a cluster or
// a registry when it has none.
func (o *Options) loadable(e *contextEntry) bool {
	switch {
	case !o.Offline:
		return true
	case e.ConfigMap != nil:
		return o.ConfigMaps != nil
	case e.APICall != nil:
		return o.APICall != nil
	case e.GlobalReference != nil:
		return o.GlobalContext != nil
	case e.ImageRegistry != nil:
		return o.Images != nil
	}
	return true
}

// withoutOperation returns variables without request.operation: what is judged as if it were created says so.
func withoutOperation(variables map[string]any) map[string]any {
	request, ok := variables["request"].(map[string]any)
	if !ok {
		return variables
	}
	out, inner := maps.Clone(variables), maps.Clone(request)
	delete(inner, "operation")
	out["request"] = inner
	return out
}
