package why

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"podsec/engine"
	"podsec/engine/document"
)

// mutate explains the mutate rules and goes on with the object that they make. Policies whose failurePolicy is Ignore
// are behind a webhook of their own, whose turn comes second.
func (p *pass) mutate(ctx context.Context) {
	if p.explanation.Filter != "" || p.request.Object == nil {
		return
	}
	for _, name := range []string{"mutate.kyverno.svc-fail", "mutate.kyverno.svc-ignore"} {
		var policies []*engine.Policy
		for _, policy := range p.explainer.policies {
			if webhook("mutate", policy) == name {
				policies = append(policies, policy)
			}
		}
		mutated, err := p.explainer.engine.Mutate(ctx, policies, p.request)
		for _, result := range mutated.Results {
			for _, r := range result.Rules {
				rule := p.rule(result.Policy, r)
				if rule.Outcome == Errs {
					rule.Effect = effectOfError(result.Policy)
				}
				p.explanation.Mutate = append(p.explanation.Mutate, rule)
			}
		}
		if err != nil {
			p.deny(name, denial(name, err.Error()))
			return
		}
		p.explanation.Verdict.Warnings = append(p.explanation.Verdict.Warnings, engine.Warnings(mutated.Results)...)
		p.request.Object, p.explanation.Object = mutated.Object, mutated.Object
	}
}

func effectOfError(policy *engine.Policy) Effect {
	if policy.FailurePolicyIgnore() {
		return Reports
	}
	return Blocks
}

// changeOf is a change, and the line of the patch that makes it as far as it can be told.
func changeOf(source *document.Document, rule string, c engine.Change) Change {
	field := pointerPath(c.Path)
	out := Change{Field: field, Old: encode(c.Old), New: encode(c.New)}
	out.At, _ = source.Place(rule + ".mutate")
	for _, inner := range []string{field, strings.TrimPrefix(field, "spec.template."), strings.TrimPrefix(field, "spec.jobTemplate.spec.template.")} {
		for _, patch := range []string{".mutate.patchStrategicMerge.", ".mutate.foreach[0].patchStrategicMerge."} {
			if at, found := source.Place(rule + patch + inner); found {
				out.At = at
				return out
			}
		}
	}
	return out
}

// pointerPath turns a JSON pointer into a field path.
func pointerPath(pointer string) string {
	var out strings.Builder
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		_, err := strconv.Atoi(part)
		switch {
		case err == nil:
			out.WriteString("[" + part + "]")
		case strings.ContainsAny(part, "./"):
			out.WriteString("[" + strconv.Quote(part) + "]")
		case out.Len() > 0:
			out.WriteString("." + part)
		default:
			out.WriteString(part)
		}
	}
	return out.String()
}

// encode writes a value as JSON for people; absent values are empty.
func encode(value any) string {
	if value == nil {
		return ""
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSuffix(out.String(), "\n")
}
