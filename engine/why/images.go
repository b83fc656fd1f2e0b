package why

import (
	"context"

	"podsec/engine"
)

// verifyImages explains the verifyImages rules, and goes on with the object in which tags became digests. Without
// anybody to look signatures up nothing is said here (see elsewhere).
func (p *pass) verifyImages(ctx context.Context) {
	if !p.explainer.verifies || p.explanation.Filter != "" || p.request.Object == nil || !p.explanation.Verdict.Admitted {
		return
	}
	for _, name := range []string{"mutate.kyverno.svc-fail", "mutate.kyverno.svc-ignore"} {
		var policies []*engine.Policy
		for _, policy := range p.explainer.policies {
			if webhook("mutate", policy) == name {
				policies = append(policies, policy)
			}
		}
		verified := p.explainer.engine.VerifyImages(ctx, policies, p.request)
		for _, result := range verified.Results {
			p.explanation.Images = append(p.explanation.Images, p.explain(result.Policy, result)...)
		}
		if message, blocked := engine.Blocked(verified.Results); blocked {
			p.deny(name, denial(name, message))
			return
		}
		for _, c := range engine.Diff(p.request.Object.Object, verified.Object.Object) {
			p.explanation.Noted = append(p.explanation.Noted, Change{Field: pointerPath(c.Path), Old: encode(c.Old), New: encode(c.New)})
		}
		p.request.Object, p.explanation.Object = verified.Object, verified.Object
	}
}
