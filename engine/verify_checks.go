package engine

import (
	"slices"
	"strings"
)

// verifyImages are the rule's entries as a list of any, for variables.
func (r *rule) verifyImages() []any {
	list, _ := r.raw["verifyImages"].([]any)
	return list
}

// hasImageChecks says whether a verifyImages rule wants something of the object after images were verified.
func (r *rule) hasImageChecks() bool {
	return slices.ContainsFunc(r.VerifyImages, func(v map[string]any) bool {
		return v["verifyDigest"] != false || v["required"] != false
	})
}

// checkImages evaluates verifyDigest and required of a verifyImages rule: images must have a digest, and a note in the
// annotations that this rule verified them.
func (e *Engine) checkImages(outer *scope, p *Policy, r *rule, req *Request, covered bool) RuleResult {
	c := &imageChecks{&ruleVerification{
		policyVerification: &policyVerification{engine: e, policy: p, request: req}, rule: r, scope: outer,
		base: RuleResult{Rule: r.Name, Path: r.path, Autogen: r.autogen, Type: ImageVerify, Enforced: true},
	}}
	c.base.Action, c.base.ActionFrom = imageAction(p, r, req)
	if !covered {
		c.trace(Step{Phase: PhaseMatch, Clause: "metadata.namespace", Note: "a Policy only looks at resources of its own namespace"})
		return c.base
	}
	if req.Object != nil {
		c.run()
	}
	return c.finish()[0]
}

// imageChecks judges an object whose images were verified.
type imageChecks struct{ *ruleVerification }

func (c *imageChecks) run() {
	subject := c.engine.subject(c.request)
	ok, trace := c.rule.matches(subject)
	c.trace(trace...)
	if !ok {
		return
	}
	if !c.policy.counts(c.rule, subject.kind.Kind) {
		c.trace(Step{Phase: PhaseMatch, Clause: "metadata.annotations[" + autogenAnnotation + "]", Note: "no rules are generated for this kind"})
		return
	}
	images, err := requestImages(c.request.Object)
	var entries []imageVerification
	if err == nil {
		entries, err = imageVerifications(c.rule.verifyImages(), c.rule.path)
	}
	if err != nil {
		c.add(*broken("failed to instantiate handler", err), nil)
		return
	}
	if len(matchingImages(images, entries)) == 0 {
		c.trace(Step{Phase: PhaseMatch, Clause: c.rule.path + ".verifyImages", Note: "no image matches imageReferences"})
		return
	}
	c.scope = c.engine.ruleScope(c.scope, c.policy, c.rule)
	if verdict := c.allowed(subject); verdict != nil {
		c.add(*verdict, nil)
		return
	}
	c.add(*c.judge(images, entries), nil)
}

func (c *imageChecks) judge(images []containerImage, entries []imageVerification) *verdict {
	var skip, pass []string
	for i := range entries {
		for _, image := range images {
			name := image.String()
			if !entries[i].matches(name) {
				continue
			}
			status, verdict := c.judgeImage(&entries[i], image)
			switch {
			case verdict != nil:
				return verdict
			case status == Skip:
				skip = append(skip, name)
			case status == Pass:
				pass = append(pass, name)
			}
		}
	}
	switch {
	case len(skip) == 0:
		return passed("image verified")
	case len(pass) > 0:
		return passed("image verified, skipped images: " + strings.Join(skip, " "))
	}
	return skipped("image skipped, skipped images: " + strings.Join(skip, " "))
}

// judgeImage returns what is noted of an image, or the verdict that ends the rule.
func (c *imageChecks) judgeImage(entry *imageVerification, image containerImage) (Status, *verdict) {
	name := image.String()
	if entry.VerifyDigest && image.Digest == "" {
		return Fail, failed("missing digest for " + name)
	}
	if !entry.Required {
		return "", nil
	}
	status, err := verifiedFor(c.request.Object, c.policy, c.rule.Name, name)
	if err != nil {
		return Fail, failed(err.Error())
	}
	if status == Fail {
		return Fail, failed("unverified image " + name)
	}
	return status, nil
}
