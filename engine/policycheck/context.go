package policycheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/kyverno/go-jmespath"
)

// reservedNames are the variables that every rule has.
var reservedNames = []string{"images", "request", "serviceAccountName", "serviceAccountNamespace", "element", "elementIndex"}

// checkContext checks the context entries of a rule.
func checkContext(r *rule, namespaced bool) error {
	if len(r.Context) == 0 {
		return nil
	}
	if r.Validate != nil && set(r.Validate.CEL) {
		return errors.New("context variables are not supported for CEL expressions in validate rules")
	}
	for i := range r.Context {
		if err := r.Context[i].check(namespaced); err != nil {
			return err
		}
	}
	return nil
}

func (e *contextEntry) check(namespaced bool) error {
	if e.Name == "" {
		return errors.New("a name is required for context entries")
	}
	for _, name := range reservedNames {
		if e.Name == name || strings.HasPrefix(e.Name, name+".") {
			return fmt.Errorf("entry name %s is invalid as it conflicts with a pre-defined variable %s", e.Name, name)
		}
	}
	count := 0
	for _, is := range []bool{e.ConfigMap != nil, e.APICall != nil, e.GlobalReference != nil, e.ImageRegistry != nil, e.Variable != nil} {
		if is {
			count++
		}
	}
	switch {
	case count != 1:
		return errors.New("exactly one of configMap or apiCall or imageRegistry or variable is required for context entries")
	case e.ConfigMap != nil:
		return e.ConfigMap.check()
	case e.APICall != nil:
		return e.APICall.check()
	case e.ImageRegistry != nil:
		return e.ImageRegistry.check()
	case e.Variable != nil:
		return e.Variable.check()
	case namespaced:
		return errors.New("globalReference is not allowed in namespaced policies")
	default:
		return e.GlobalReference.check()
	}
}

func (c *configMapRef) check() error {
	if c.Name == "" {
		return errors.New("a name is required for configMap context entry")
	}
	if c.Namespace == "" {
		return errors.New("a namespace is required for configMap context entry")
	}
	return nil
}

func (a *apiCall) check() error {
	if a.URLPath != "" && a.Service != nil {
		return errors.New("a URLPath cannot be used for service API calls")
	}
	return checkJMESPath(a.JMESPath)
}

func (g *globalRef) check() error {
	if g.Name == "" {
		return errors.New("a name is required for globalReference context entry")
	}
	return checkJMESPath(g.JMESPath)
}

func (i *imageRegistry) check() error {
	if i.Reference == "" {
		return errors.New("a ref is required for imageRegistry context entry")
	}
	if replaced := replaceVariables(i.Reference, "x"); replaced == i.Reference {
		if _, err := reference.Parse(i.Reference); err != nil {
			return fmt.Errorf("bad image: %s: %w", i.Reference, err)
		}
	}
	return checkJMESPath(i.JMESPath)
}

func (v *variable) check() error {
	if err := checkJMESPath(v.JMESPath); err != nil {
		return err
	}
	if v.Value == nil && v.JMESPath == "" {
		return errors.New("a variable must define a value or a jmesPath expression")
	}
	if v.Default != nil && v.JMESPath == "" {
		return errors.New("a variable must define a default value only when a jmesPath expression is defined")
	}
	return nil
}

// checkJMESPath reads an expression, unless it has variables, whose values nobody knows yet.
func checkJMESPath(expression string) error {
	if expression == "" || replaceVariables(expression, "x") != expression {
		return nil
	}
	if _, err := jmespath.NewParser().Parse(expression); err != nil {
		return fmt.Errorf("failed to parse JMESPath %s: %w", expression, err) // Kyverno's text
	}
	return nil
}

// checkImageExtractors refuses to write digests into values that an extractor changed by JMESPath.
func checkImageExtractors(r *rule) error {
	mutates := slices.ContainsFunc(r.VerifyImages, func(v imageVerification) bool { return v.MutateDigest })
	if !mutates {
		return nil
	}
	for _, extractors := range r.ImageExtractors {
		for _, extractor := range extractors {
			fields, _ := extractor.(map[string]any)
			if expression, _ := fields["jmesPath"].(string); expression != "" {
				return errors.New("jmespath may not be used in an image extractor when mutating digests with verify images")
			}
		}
	}
	return nil
}
