package kinds

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// policyCompiler compiles the expressions of a policy being written, to tell what is wrong with them.
type policyCompiler struct {
	*plugin.CompositedCompiler
	params bool
	errs   fieldErrors
}

func newPolicyCompiler(kind *admissionv1.ParamKind) *policyCompiler {
	compiler, err := plugin.NewCompositedCompiler(baseEnvironment())
	c := &policyCompiler{CompositedCompiler: compiler, params: kind != nil}
	if err != nil {
		c.add(field.InternalError(field.NewPath("spec"), err))
	}
	return c
}

func baseEnvironment() *environment.EnvSet {
	return environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
}

func (c *policyCompiler) add(errs ...*field.Error) { c.errs = append(c.errs, errs...) }

// expression checks one expression; authorizer says whether it may ask who may do what, patches whether it makes one.
func (c *policyCompiler) expression(accessor plugin.ExpressionAccessor, text string, at *field.Path, authorizer, patches bool) {
	options := plugin.OptionalVariableDeclarations{HasParams: c.params, HasAuthorizer: authorizer, HasPatchTypes: patches}
	c.report(c.CompileCELExpression(accessor, options, environment.NewExpressions).Error, text, at)
}

func (c *policyCompiler) report(err *apiservercel.Error, text string, at *field.Path) {
	switch {
	case err == nil:
	case err.Type == apiservercel.ErrorTypeRequired:
		c.add(field.Required(at, err.Detail))
	case err.Type == apiservercel.ErrorTypeInvalid:
		c.add(field.Invalid(at, text, err.Detail))
	default:
		c.add(field.InternalError(at, err))
	}
}

// conditions checks match conditions, which know no variables.
func (c *policyCompiler) conditions(list []admissionv1.MatchCondition, at *field.Path) {
	if len(list) > 64 {
		c.add(field.TooMany(at, len(list), 64))
	}
	if len(list) == 0 {
		return
	}
	compiler := plugin.NewCompiler(baseEnvironment())
	options := plugin.OptionalVariableDeclarations{HasParams: c.params, HasAuthorizer: true}
	names := sets.New[string]()
	for i, condition := range list {
		at := at.Index(i)
		if text := strings.TrimSpace(condition.Expression); text == "" {
			c.add(field.Required(at.Child("expression"), ""))
		} else {
			accessor := &matchconditions.MatchCondition{Name: condition.Name, Expression: text}
			c.report(compiler.CompileCELExpression(accessor, options, environment.NewExpressions).Error, text, at.Child("expression"))
		}
		if condition.Name == "" {
			c.add(field.Required(at.Child("name"), ""))
			continue
		}
		c.add(qualifiedName(condition.Name, at.Child("name"))...)
		if names.Has(condition.Name) {
			c.add(field.Duplicate(at.Child("name"), condition.Name))
		}
		names.Insert(condition.Name)
	}
}

// variables checks variables; those that come later know those before them.
func (c *policyCompiler) variables(list []admissionv1.Variable, at *field.Path) {
	options := plugin.OptionalVariableDeclarations{HasParams: c.params, HasAuthorizer: true}
	for i, v := range list {
		at := at.Index(i)
		switch {
		case strings.TrimSpace(v.Name) == "":
			c.add(field.Required(at.Child("name"), "name is not specified"))
		case !isIdentifier(v.Name):
			c.add(field.Invalid(at.Child("name"), v.Name, "must be a valid CEL identifier"))
		}
		if strings.TrimSpace(v.Expression) == "" {
			c.add(field.Required(at.Child("expression"), "expression is not specified"))
			continue
		}
		accessor := &validating.Variable{Name: v.Name, Expression: v.Expression}
		c.report(c.CompileAndStoreVariable(accessor, options, environment.NewExpressions).Error, v.Expression, at.Child("expression"))
	}
}

func qualifiedName(name string, at *field.Path) fieldErrors {
	var errs fieldErrors
	for _, msg := range utilvalidation.IsQualifiedName(name) {
		errs = append(errs, field.Invalid(at, name, msg))
	}
	return errs
}

// isIdentifier says whether a name can stand in an expression.
func isIdentifier(name string) bool {
	reserved := []string{
		"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
		"package", "namespace", "return", "var", "void", "while",
	}
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != "" && !slices.Contains(reserved, name)
}

func validateParamKind(kind *admissionv1.ParamKind, at *field.Path) fieldErrors {
	if kind == nil {
		return nil
	}
	var errs fieldErrors
	gv, err := schema.ParseGroupVersion(kind.APIVersion)
	switch version := at.Child("apiVersion"); {
	case kind.APIVersion == "":
		errs = append(errs, field.Required(version, ""))
	case err != nil:
		errs = append(errs, field.Invalid(version, kind.APIVersion, err.Error()))
	default:
		if msgs := utilvalidation.IsDNS1123Subdomain(gv.Group); gv.Group != "" && len(msgs) > 0 {
			errs = append(errs, field.Invalid(version, gv.Group, strings.Join(msgs, ",")))
		}
		if msgs := utilvalidation.IsDNS1035Label(gv.Version); len(msgs) > 0 {
			errs = append(errs, field.Invalid(version, gv.Version, strings.Join(msgs, ",")))
		}
	}
	if kind.Kind == "" {
		errs = append(errs, field.Required(at.Child("kind"), ""))
	} else if msgs := utilvalidation.IsDNS1035Label(strings.ToLower(kind.Kind)); len(msgs) > 0 {
		errs = append(errs, field.Invalid(at.Child("kind"), kind.Kind, fmt.Sprintf("may have mixed case, but should otherwise match: %s", strings.Join(msgs, ","))))
	}
	return errs
}
