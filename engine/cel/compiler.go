package cel

import (
	"fmt"
	"sync"

	celgo "github.com/google/cel-go/cel"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/version"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// base is the API server's environment with Kyverno's form of orValue, which values that are not optional have too.
var base = sync.OnceValues(func() (*environment.EnvSet, error) {
	return environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        compiler.OrValueCompatEnvOptions(),
	})
})

// NewCompiler returns what compiles the expressions of a block or policy, which see its variables; declared is what else the
// variables may name. A variable that cannot be compiled fails where it is used; two of one name are an error.
func NewCompiler(variables []admissionregistrationv1.Variable, declared plugin.OptionalVariableDeclarations) (*plugin.CompositedCompiler, error) {
	if err := distinct(variables); err != nil {
		return nil, err
	}
	env, err := base()
	if err != nil {
		return nil, err
	}
	out, err := plugin.NewCompositedCompiler(env)
	if err != nil {
		return nil, err
	}
	accessors := make([]plugin.NamedExpressionAccessor, len(variables))
	for i, v := range variables {
		accessors[i] = named{expression{v.Expression, []*celgo.Type{celgo.AnyType, celgo.DynType}}, v.Name}
	}
	out.CompileAndStoreVariables(accessors, declared, environment.StoredExpressions)
	return out, nil
}

// distinct says which variable is there twice: it would take the place of the first, whose users it may be one of.
func distinct(variables []admissionregistrationv1.Variable) error {
	known := map[string]bool{}
	for _, v := range variables {
		if known[v.Name] {
			return fmt.Errorf("variable %q is there twice", v.Name)
		}
		known[v.Name] = true
	}
	return nil
}

// expression is one expression and what it may return.
type expression struct {
	text  string
	types []*celgo.Type
}

// GetExpression implements plugin.ExpressionAccessor.
func (e expression) GetExpression() string { return e.text }

// ReturnTypes implements plugin.ExpressionAccessor.
func (e expression) ReturnTypes() []*celgo.Type { return e.types }

// named is a variable.
type named struct {
	expression
	name string
}

// GetName implements plugin.NamedExpressionAccessor.
func (n named) GetName() string { return n.name }
