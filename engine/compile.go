package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/cel"
	"podsec/engine/document"
)

// rule is one compiled rule, written by the author or generated for pod controllers.
type rule struct {
	ruleSpec
	raw     map[string]any // as written (generated rules: as status.autogen.rules has them)
	path    string         // of the rule in the policy: "spec.rules[0]"
	index   int            // of the rule in spec.rules that it comes from
	autogen bool           // generated
	cron    bool           // … for CronJobs

	match, exclude *matcher
	pattern        *pattern
	anyPattern     []*pattern
	cel            *cel.Program // of validate.cel
}

// Compile reads a ClusterPolicy or Policy of kyverno.io/v1 or v2beta1, with or without the defaults of its CRD. Errors
// name the field that cannot be used. It does not judge the policy as Kyverno's policy webhook does.
func Compile(obj *unstructured.Unstructured) (*Policy, error) {
	silence()
	if err := checkType(obj); err != nil {
		return nil, err
	}
	if document.TooDeep(obj.Object) {
		return nil, fmt.Errorf("spec: %w", document.ErrTooDeep)
	}
	p := &Policy{object: obj}
	if err := decode(obj.Object["spec"], &p.spec, "spec"); err != nil {
		return nil, err
	}
	for i, raw := range p.spec.Rules {
		r, err := compileRule(raw, fmt.Sprintf("spec.rules[%d]", i), i)
		if err != nil {
			return nil, err
		}
		p.written = append(p.written, r)
	}
	if err := p.generate(); err != nil {
		return nil, err
	}
	p.kinds = p.collectKinds()
	return p, nil
}

// checkType refuses everything that is not a Kyverno policy.
func checkType(obj *unstructured.Unstructured) error {
	gvk := obj.GroupVersionKind()
	if gvk.Group != "kyverno.io" || !slices.Contains([]string{"v1", "v2beta1"}, gvk.Version) {
		return fmt.Errorf("apiVersion: %q is not kyverno.io/v1 or kyverno.io/v2beta1", obj.GetAPIVersion())
	}
	if gvk.Kind != "ClusterPolicy" && gvk.Kind != "Policy" {
		return fmt.Errorf("kind: %q is neither ClusterPolicy nor Policy", gvk.Kind)
	}
	return nil
}

// compileRule reads one rule; path is where it stands in the policy.
func compileRule(raw map[string]any, path string, index int) (*rule, error) {
	r := &rule{raw: raw, path: path, index: index}
	if err := decode(raw, &r.ruleSpec, path); err != nil {
		return nil, err
	}
	r.match = newMatcher(&r.Match, path+".match")
	if r.Exclude != nil {
		r.exclude = newMatcher(r.Exclude, path+".exclude")
	}
	if v := r.Validate; v != nil {
		r.pattern = newPattern(v.Pattern, path+".validate.pattern")
		var err error
		if r.anyPattern, err = newPatterns(v.AnyPattern, path+".validate.anyPattern"); err != nil {
			return nil, err
		}
		if v.CEL != nil {
			if r.cel, err = cel.New(v.CEL, raw["celPreconditions"], v.Message); err != nil {
				return nil, fmt.Errorf("%s.%w", path, err)
			}
		}
	}
	return r, nil
}

// decode reads a JSON document into a typed value; path is where the document stands, for the error.
func decode(from, into any, path string) error {
	if from == nil {
		return fmt.Errorf("%s: required", path)
	}
	data, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	err = json.Unmarshal(data, into)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		if wrong.Field != "" {
			path += "." + wrong.Field
		}
		return fmt.Errorf("%s: %s cannot be used here, want %s", path, wrong.Value, jsonType(wrong))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// jsonType names the wanted type in the words of JSON.
func jsonType(wrong *json.UnmarshalTypeError) string {
	switch kind := wrong.Type.Kind().String(); kind {
	case "slice":
		return "a list"
	case "map", "struct", "ptr":
		return "an object"
	case "bool":
		return "true or false"
	default:
		return "a " + kind
	}
}

// hasValidate says whether the rule has a validate block with anything in it.
func (r *rule) hasValidate() bool { return notEmpty(r.raw["validate"]) }

// hasMutate says whether the rule has a mutate block with anything in it.
func (r *rule) hasMutate() bool { return notEmpty(r.raw["mutate"]) }

// hasGenerate says whether the rule has a generate block with anything in it.
func (r *rule) hasGenerate() bool { return len(r.Generate) > 0 }

// hasVerifyImages says whether the rule verifies images.
func (r *rule) hasVerifyImages() bool {
	return slices.ContainsFunc(r.VerifyImages, func(v map[string]any) bool { return len(v) > 0 })
}

// types are what the rule does.
func (r *rule) types() []RuleType {
	var types []RuleType
	for _, t := range []struct {
		is  bool
		typ RuleType
	}{
		{r.hasValidate(), Validation}, {r.hasMutate(), Mutation},
		{r.hasGenerate(), Generation}, {r.hasVerifyImages(), ImageVerify},
	} {
		if t.is {
			types = append(types, t.typ)
		}
	}
	return types
}

func notEmpty(v any) bool {
	m, _ := v.(map[string]any)
	return len(m) > 0
}
