package policycheck

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/kyverno/kyverno/pkg/engine/variables/regex"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// What a variable may begin with, by where it stands: rules with mutate.targets know the target too, and background
// scans know neither user nor service account.
var (
	allowedAnywhere           = regexp.MustCompile(`request|serviceAccountName|serviceAccountNamespace|element|elementIndex|@|images|image|([a-z_0-9]+\()[^{}]`)
	allowedInBackground       = regexp.MustCompile(`request\.|element|elementIndex|@|images|images\.|image\.|([a-z_0-9]+\()[^{}]`)
	allowedInTarget           = regexp.MustCompile(`request\.|serviceAccountName|serviceAccountNamespace|element|elementIndex|@|images|images\.|image\.|target\.|([a-z_0-9]+\()[^{}]`)
	allowedInBackgroundTarget = regexp.MustCompile(`request\.|element|elementIndex|@|images|images\.|image\.|target\.|([a-z_0-9]+\()[^{}]`)
)

// userVariables need the user of a request, which a background scan has not.
var userVariables = []*regexp.Regexp{
	regexp.MustCompile(`[^\.](serviceAccountName)\b`),
	regexp.MustCompile(`[^\.](serviceAccountNamespace)\b`),
	regexp.MustCompile(`[^\.](request.userInfo)\b`),
	regexp.MustCompile(`[^\.](request.roles)\b`),
	regexp.MustCompile(`[^\.](request.clusterRoles)\b`),
}

// simpleVariable is a variable without others in it.
var simpleVariable = regexp.MustCompile(`\{\{[^{}]*\}\}`)

// checkVariables refuses variables that cannot have a value.
func (c *checker) checkVariables() error {
	text, err := c.policy.text()
	if err != nil {
		return err
	}
	background := c.policy.Spec.background()
	if background {
		if err := c.checkUserVariables(text); err != nil {
			return fmt.Errorf("only select variables are allowed in background mode. Set spec.background=false to disable background mode for this policy rule: %w ", err)
		}
	}
	if err := c.checkDefined(background); err != nil {
		return fmt.Errorf("policy contains invalid variables: %w", err)
	}
	return nil
}

// checkUserVariables refuses everything that needs to know the user.
func (c *checker) checkUserVariables(text string) error {
	for i := range c.policy.computed {
		r := &c.policy.computed[i]
		if path := userPath(&r.Match); path != "" {
			return fmt.Errorf("invalid variable used at path: spec/rules[%d]/match/%s", i, path)
		}
		if path := userPath(r.Exclude); path != "" {
			return fmt.Errorf("invalid variable used at path: spec/rules[%d]/exclude/%s", i, path)
		}
	}
	for i := range c.policy.Spec.Rules {
		if c.policy.Spec.Rules[i].mutatesExisting() {
			return nil
		}
	}
	for _, match := range regex.RegexVariables.FindAllStringSubmatch(text, -1) {
		for _, banned := range userVariables {
			if banned.MatchString(match[2]) {
				return fmt.Errorf("variable %s is not allowed", match[2])
			}
		}
	}
	return nil
}

// userPath returns where a block asks for a user, "" when it does not.
func userPath(block *matchBlock) string {
	if block == nil {
		return ""
	}
	if field := block.userField(); field != "" {
		return field
	}
	for i, f := range block.Any {
		if field := f.userField(); field != "" {
			return fmt.Sprintf("any[%d]/%s", i, field)
		}
	}
	for i, f := range block.All {
		if field := f.userField(); field != "" {
			return fmt.Sprintf("all[%d]/%s", i, field)
		}
	}
	return ""
}

func (u userInfo) userField() string {
	switch {
	case len(u.Roles) > 0:
		return "roles"
	case len(u.ClusterRoles) > 0:
		return "clusterRoles"
	case len(u.Subjects) > 0:
		return "subjects"
	}
	return ""
}

// checkDefined refuses variables that no part of the rule defines, and variables where none may stand.
func (c *checker) checkDefined(background bool) error {
	for i := range c.policy.computed {
		r := c.policy.computed[i]
		if err := checkFreeOfVariables(&r); err != nil {
			return err
		}
		if err := checkTargets(&r, background); err != nil {
			return err
		}
		// Variables in the conditions of attestations are those of the attestation.
		r.VerifyImages = append([]imageVerification(nil), r.VerifyImages...)
		for v := range r.VerifyImages {
			attestations := append([]attestation(nil), r.VerifyImages[v].Attestations...)
			for a := range attestations {
				attestations[a].Conditions = nil
			}
			r.VerifyImages[v].Attestations = attestations
		}
		if err := newScope(&r, background, r.mutatesExisting()).check(r); err != nil {
			return fmt.Errorf("variable substitution failed for rule %s: %w", r.Name, err)
		}
	}
	return nil
}

// checkTargets looks at each of mutate.targets with what is known before the target is.
func checkTargets(r *rule, background bool) error {
	if !r.mutatesExisting() {
		return nil
	}
	before := rule{Context: r.Context, Preconditions: r.Preconditions, Mutate: &mutation{}}
	before.Mutate.Targets = make([]target, len(r.Mutate.Targets))
	for i, t := range r.Mutate.Targets {
		before.Mutate.Targets[i].resourceSpec = t.resourceSpec
		if err := newScope(&before, background, false).check(before); err != nil {
			return fmt.Errorf("invalid variables defined at mutate.targets[%d]: %w", i, err)
		}
	}
	return nil
}

// checkFreeOfVariables refuses variables in the parts of a rule that are read before variables have values.
func checkFreeOfVariables(r *rule) error {
	if r.Mutate != nil && variableInPath(r.Mutate.PatchesJSON6902) {
		return fmt.Errorf("rule %q should not have variables in patchesJSON6902 path section", r.Name)
	}
	if hasVariables(r.Exclude) {
		return fmt.Errorf("rule %q should not have variables in exclude section", r.Name)
	}
	if hasVariables(r.Match) {
		return fmt.Errorf("rule %q should not have variables in match section", r.Name)
	}
	for _, v := range r.VerifyImages {
		for _, ref := range v.converted().ImageReferences {
			if regex.RegexVariables.MatchString(ref) {
				return fmt.Errorf("rule %q should not have variables in image reference section", r.Name)
			}
		}
	}
	return nil
}

func hasVariables(block any) bool {
	data, err := json.Marshal(block)
	return err != nil || simpleVariable.Match(data)
}

// variableInPath says whether a path of a JSON patch has variables. A patch that cannot be read is reported later.
func variableInPath(patch string) bool {
	data, err := yaml.ToJSON([]byte(patch))
	if err != nil {
		return false
	}
	operations, err := jsonpatch.DecodePatch(data)
	if err != nil {
		return false
	}
	for _, operation := range operations {
		if path, err := operation.Path(); err == nil && regex.RegexVariables.MatchString(path) {
			return true
		}
	}
	return false
}

// checkMutateExisting refuses variables that have no value when the policy itself changes.
func (c *checker) checkMutateExisting(r *rule) error {
	if !r.hasMutate() {
		return nil
	}
	on := c.policy.Spec.MutateExistingOnPolicyUpdate
	if own := r.Mutate.MutateExistingOnPolicyUpdate; own != nil {
		on = *own
	}
	if !on {
		return nil
	}
	text, err := c.policy.text()
	if err != nil {
		return err
	}
	if !regex.RegexVariables.MatchString(text) {
		return nil
	}
	if err := c.checkDefined(true); err != nil {
		return fmt.Errorf("update event, policy contains invalid variables: %w", err)
	}
	if err := c.checkUserVariables(text); err != nil {
		return fmt.Errorf("only select variables are allowed in on policy update. Set spec.mutateExistingOnPolicyUpdate=false to disable update policy mode for this policy rule: %w ", err)
	}
	return nil
}

// checkElements refuses the variables of a loop outside of a loop.
func checkElements(r *rule) error {
	var document any
	if err := convert(r, &document); err != nil {
		return fmt.Errorf("encode rule: %w", err)
	}
	return walk(document, "", func(text, path string) error {
		for _, v := range regex.RegexVariables.FindAllString(text, -1) {
			name, _, _ := variableName(v)
			if strings.HasPrefix(name, "element") && !strings.Contains(path, "/foreach/") {
				return fmt.Errorf("variable '%v' present outside of foreach at path %s", name, path)
			}
		}
		return nil
	})
}
