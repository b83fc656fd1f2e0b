package policycheck

import (
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// KindResolver knows the kinds that the cluster serves.
type KindResolver interface {
	// FindKind says whether there is a resource that an entry of match.resources.kinds means ("Pod", "apps/v1/Deployment",
	// "Pod/exec", "*/*"), and whether any that it means is a subresource.
	FindKind(selector string) (found, subresource bool)
	// ClusterScoped says whether a kind ("Namespace" or "v1/Namespace") exists and has no namespace.
	ClusterScoped(kind string) bool
}

// Check judges a policy. old is the stored policy when it is being replaced, else nil. kinds may be nil when there is no
// cluster to ask; then every kind is taken to exist.
//
// The error is the text with which Kyverno refuses the policy, nil when it accepts it. Warnings come in Kyverno's order,
// each once, also beside an error.
func Check(object, old *unstructured.Unstructured, kinds KindResolver) (warnings []string, err error) {
	return CheckIn(Cluster{Kinds: kinds}, object, old)
}

// CheckIn is Check in a cluster where Kyverno's controllers may not do everything.
func CheckIn(cluster Cluster, object, old *unstructured.Unstructured) (warnings []string, err error) {
	p, err := parse(object)
	if err != nil {
		return nil, err
	}
	if object.GetKind() == "ClusterPolicy" && object.GetNamespace() != "" {
		const text = "A clusterpolicy should not have the namespace defined"
		return []string{text}, errors.New(text)
	}
	c := &checker{policy: p, kinds: cluster.Kinds, permissions: cluster.Permissions, types: cluster.Types}
	if old != nil {
		if c.old, err = parse(old); err != nil {
			return nil, err
		}
	}
	if err := c.run(); err != nil && !errors.Is(err, errAccepted) {
		return c.warnings, err
	}
	return c.warnings, nil
}

// errAccepted ends the check of a policy that Kyverno accepts without looking further.
var errAccepted = errors.New("accepted")

// checker is one check.
type checker struct {
	policy      *policy
	old         *policy
	kinds       KindResolver
	permissions Permissions
	types       Types
	warnings    []string
}

func (c *checker) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(c.warnings, text) {
		c.warnings = append(c.warnings, text)
	}
}

// run does the checks in Kyverno's order; the first that fails decides.
func (c *checker) run() error {
	c.warnDeprecatedActions()
	for _, check := range []func() error{
		c.checkMatchConditions,
		c.checkVariables,
		c.checkSpec,
		c.checkOverrides,
		c.checkModes,
		c.checkGenerateUpdate,
		c.checkKinds,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	for i := range c.policy.computed {
		if err := c.checkRule(i, &c.policy.computed[i]); err != nil {
			return err
		}
	}
	return c.warnTypes()
}

// checkModes refuses policies that would never run.
func (c *checker) checkModes() error {
	s := &c.policy.Spec
	if s.admission() {
		return nil
	}
	if !s.background() {
		return errors.New("disabling both admission and background processing is not allowed")
	}
	for i := range s.Rules {
		if r := &s.Rules[i]; r.hasMutate() || r.hasGenerate() || r.hasVerifyImages() {
			return errors.New("disabling admission processing is only allowed with validation policies")
		}
	}
	return nil
}

// checkRule does the checks that look at one rule, written or generated.
func (c *checker) checkRule(i int, r *rule) error {
	if err := c.checkJSONPatch(i, r); err != nil {
		return err
	}
	if path, err := checkResources(r); err != nil {
		return fmt.Errorf("path: spec.rules[%d].%s: %w", i, path, err)
	}
	if err := checkElements(r); err != nil {
		return err
	}
	if err := checkContext(r, c.policy.namespaced()); err != nil {
		return fmt.Errorf("path: spec.rules[%d]: %w", i, err)
	}
	if err := checkImageExtractors(r); err != nil {
		return fmt.Errorf("path: spec.rules[%d]: %w", i, err)
	}
	if err := checkHasKinds(r); err != nil {
		return err
	}
	if err := c.checkActions(i, r); err != nil {
		return err
	}
	if err := c.checkVerifyImages(i, r); err != nil {
		return err
	}
	c.warnAutogenExclusion(r)
	if !stringLabels(r) {
		return errors.New(`labels and annotations supports only string values, "use double quotes around the non string values"`)
	}
	c.warnSubresources(r)
	if err := c.checkMutateExisting(r); err != nil {
		return err
	}
	c.warnDeprecated(r)
	return nil
}
