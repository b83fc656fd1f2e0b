package engine

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// matchingImages are the images that an entry of the rule is about, once for each such entry.
func matchingImages(images []containerImage, entries []imageVerification) []containerImage {
	var out []containerImage
	for _, image := range images {
		for i := range entries {
			if entries[i].matches(image.String()) {
				out = append(out, image)
			}
		}
	}
	return out
}

// verify applies one entry of the rule to the images, in a way that only its own references do more than be noted as
// skipped.
func (v *ruleVerification) verify(entry *imageVerification, index int, images []containerImage) {
	for _, image := range images {
		i := &imageCheck{
			ruleVerification: v, entry: entry, image: image,
			path: fmt.Sprintf("%s.verifyImages[%d]", v.rule.path, index),
		}
		i.run()
	}
}

// imageCheck applies one entry of verifyImages to one image.
type imageCheck struct {
	*ruleVerification
	entry *imageVerification
	image containerImage
	path  string // of the entry in the policy
	steps Trace
}

// step notes a decision about the image.
func (c *imageCheck) step(clause, note string, ok bool) {
	c.steps = append(c.steps, Step{
		Phase: PhaseImage, OK: ok, Clause: c.path + clause, Field: Change{Path: c.image.pointer}.field(), Found: c.image.String(), Note: note,
	})
}

// matched notes which reference matches the image.
func (c *imageCheck) matched(name string) {
	for i, pattern := range c.entry.ImageReferences {
		if matchAny([]string{pattern}, name) {
			c.step(fmt.Sprintf(".imageReferences[%d]", i), fmt.Sprintf("%q matches", pattern), true)
			return
		}
	}
}

func (c *imageCheck) run() {
	name := c.image.String()
	if c.unchanged() {
		c.step("", "the image did not change and was verified before", true)
		c.note(name, Pass)
		c.trace(c.steps...)
		return
	}
	verdict, digest := c.cached(name)
	if verdict == nil {
		if verdict, digest = c.judge(); verdict != nil && verdict.status == Pass {
			c.remember(name)
		}
	}
	if c.entry.MutateDigest {
		verdict = c.mutateDigest(verdict, digest)
	}
	if verdict == nil {
		return
	}
	if len(c.entry.Attestors) > 0 || len(c.entry.Attestations) > 0 {
		c.note(c.image.String(), verdict.status)
	}
	c.add(*verdict, c.steps)
}

// unchanged says whether the update leaves an image alone that this rule verified before.
func (c *imageCheck) unchanged() bool {
	old := c.request.OldObject
	if old == nil {
		return false
	}
	before, ok := lookup(old.Object, c.image.pointer)
	if now, _ := lookup(c.request.Object.Object, c.image.pointer); !ok || before != now {
		return false
	}
	status, err := verifiedFor(old, c.policy, c.rule.Name, c.image.String())
	return err == nil && (status == Pass || status == Skip)
}

// cached is the verdict on an image that the rule verified a short time ago; its digest is only known when the image
// is given by one.
func (c *imageCheck) cached(name string) (*verdict, string) {
	if cache := c.engine.options.ImageCache; cache == nil || !c.entry.UseCache || !cache.Get(c.cacheKey(name)) {
		return nil, ""
	}
	c.step(".useCache", "the rule verified this reference before and its result is still remembered", true)
	return passed("verified from cache"), c.image.Digest
}

func (c *imageCheck) remember(name string) {
	if cache := c.engine.options.ImageCache; cache != nil && c.entry.UseCache {
		cache.Set(c.cacheKey(name))
	}
}

// cacheKey is made of what Kyverno's is: a new version of the policy forgets.
func (c *imageCheck) cacheKey(name string) string {
	object := c.policy.object
	return strings.Join([]string{string(object.GetUID()), object.GetResourceVersion(), c.rule.Name, name}, ";")
}

// judge verifies signatures and attestations; nil says nothing. The digest is that of the image that was signed.
func (c *imageCheck) judge() (*verdict, string) {
	if len(c.entry.Attestors) == 0 && len(c.entry.Attestations) == 0 {
		return nil, ""
	}
	name := c.image.String()
	skip := fmt.Sprintf("skipping image reference image %s, policy %s ruleName %s", name, c.policy.Name(), c.rule.Name)
	if !c.entry.matches(name) {
		c.step(".imageReferences", "no reference matches", false)
		return skipped(skip), ""
	}
	c.matched(name)
	if matchAny(c.entry.SkipImageReferences, name) {
		c.step(".skipImageReferences", "a reference matches", true)
		c.noted.add(name, Skip)
		return skipped(skip), ""
	}
	if c.engine.options.ImageVerifier == nil {
		return broken("failed to verify image "+name, errors.New("signatures cannot be looked up here")), ""
	}
	written := c.image
	defer func() { c.image = written }() // what is verified is the digest, what the object says may be a tag
	return c.judgeSigned(name)
}

// judgeSigned verifies signatures first, so that attestations are those of the signed image.
func (c *imageCheck) judgeSigned(name string) (*verdict, string) {
	if len(c.entry.Attestors) == 0 {
		return c.judgeAttestations()
	}
	digest, err := c.attestors()
	if err != nil {
		return unverified(name, err), ""
	}
	if c.image.Digest == "" {
		c.image.Digest = digest
	}
	if len(c.entry.Attestations) > 0 {
		return c.judgeAttestations()
	}
	return passed("verified image signatures for " + name), digest
}

// unverified is the verdict on an image whose signatures did not suffice. A registry that cannot be reached is an
// error, not a failure.
func unverified(name string, err error) *verdict {
	message := "failed to verify image " + name
	if network := (*net.OpError)(nil); errors.As(err, &network) {
		return broken(message, err)
	}
	return failed(message + ": " + err.Error())
}

// mutateDigest replaces the image's tag by its digest. A digest that cannot be found is a result of its own.
func (c *imageCheck) mutateDigest(verdict *verdict, digest string) *verdict {
	if c.image.Digest != "" {
		return verdict
	}
	if digest == "" {
		var err error
		if digest, err = c.lookUpDigest(); err != nil {
			c.add(*broken("failed to update digest", err), slices.Clone(c.steps))
			return verdict
		}
	}
	name := c.image.String()
	change := Change{Path: c.image.pointer, New: name + "@" + digest}
	change.Old, _ = lookup(c.request.Object.Object, c.image.pointer)
	c.digests = append(c.digests, change)
	c.step(".mutateDigest", "the tag becomes a digest: "+digest, true)
	c.image.Digest = digest
	if verdict == nil {
		return passed("mutated image digest")
	}
	return verdict
}

func (c *imageCheck) lookUpDigest() (string, error) {
	name := c.image.String()
	if c.engine.options.ImageVerifier == nil {
		return "", fmt.Errorf("failed to fetch image reference: %s, error: registries cannot be asked here", name)
	}
	digest, err := c.engine.options.ImageVerifier.Digest(c.scope.ctx, name)
	if err != nil {
		return "", fmt.Errorf("failed to fetch image reference: %s, error: %w", name, err)
	}
	return digest, nil
}

// note remembers for the annotations what the rule said of an image.
func (c *imageCheck) note(name string, status Status) {
	c.noted.add(name, status)
	c.noted.addScoped(c.policy, c.rule.Name, name, status)
}
