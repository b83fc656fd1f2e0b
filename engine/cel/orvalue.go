package cel

import (
	celgo "github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// orValueFunction is what x.orValue(y) becomes when it is parsed.
const orValueFunction = "__orValueCompat__"

// orValue lets x.orValue(y) be used on values that are not optional, which then are the result: CEL's own refuses them,
// Kyverno's policies rely on it.
func orValue() []celgo.EnvOption {
	macro := celgo.ReceiverMacro("orValue", 1, func(f celgo.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *celgo.Error) {
		return f.NewCall(orValueFunction, target, args[0]), nil
	})
	overload := celgo.Overload("__orValueCompat___dyn_dyn", []*celgo.Type{celgo.DynType, celgo.DynType}, celgo.DynType,
		celgo.BinaryBinding(func(value, other ref.Val) ref.Val {
			switch value := value.(type) {
			case *types.Optional:
				if value.HasValue() {
					return value.GetValue()
				}
				return other
			case *types.Err:
				return other
			}
			return value
		}))
	return []celgo.EnvOption{celgo.Macros(macro), celgo.Function(orValueFunction, overload)}
}
