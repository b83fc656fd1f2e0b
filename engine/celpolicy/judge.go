package celpolicy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/sdk/extensions/cel/utils"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/cel/lazy"

	"podsec/engine"
)

// result is what a policy says; its rules have no names of their own.
func result(rule string, status engine.Status, message string) engine.RuleResult {
	return engine.RuleResult{Rule: rule, Type: engine.Validation, Matched: true, Status: status, Message: message}
}

// broken is a result for an error, in Kyverno's words.
func broken(rule, what string, err error) engine.RuleResult {
	return result(rule, engine.Error, what+": "+err.Error())
}

// input are the variables of expressions.
func (r *Request) input() (map[string]any, error) {
	object, old := r.objects()
	out := map[string]any{}
	for key, value := range map[string]runtime.Object{
		compiler.ObjectKey: object, compiler.OldObjectKey: old, compiler.NamespaceObjectKey: r.namespace(),
	} {
		content, err := utils.ObjectToResolveVal(value)
		if err != nil {
			return nil, fmt.Errorf("failed to prepare %s variable for evaluation: %w", key, err)
		}
		out[key] = content
	}
	var err error
	out[compiler.RequestKey], err = r.review()
	return out, err
}

// judge evaluates a variant. The first validation that does not hold decides.
func (v *variant) judge(ctx context.Context, input map[string]any) []engine.RuleResult {
	exempted, allowed, err := exempt(ctx, v.exceptions, input)
	if err != nil {
		return []engine.RuleResult{broken("evaluation", "failed to load context", err)}
	}
	if len(exempted) > 0 {
		return []engine.RuleResult{exemption(exempted)}
	}
	input[compiler.ExceptionsKey] = allowed
	switch ok, err := v.conditions.hold(ctx, input); {
	case err != nil:
		return []engine.RuleResult{broken("evaluation", "failed to load context", err)}
	case !ok:
		return []engine.RuleResult{result("", engine.Skip, "skip")}
	}
	input[compiler.VariablesKey] = lazily(ctx, v.variables, input)
	return []engine.RuleResult{v.validate(ctx, input)}
}

// compileVariables compiles a policy's variables, of which each sees those before it. One of a known name would take the
// place of that, and call itself.
func compileVariables(
	path *field.Path, env *cel.Env, provider *compiler.VariablesProvider, written []admissionregistrationv1.Variable,
) (map[string]cel.Program, field.ErrorList) {
	known := map[string]bool{}
	for i, variable := range written {
		if known[variable.Name] {
			return nil, field.ErrorList{field.Duplicate(path.Index(i).Child("name"), variable.Name)}
		}
		known[variable.Name] = true
	}
	return compiler.CompileVariables(path, env, provider, written...)
}

// lazily are a policy's variables, evaluated when they are first used.
func lazily(ctx context.Context, programs map[string]cel.Program, input map[string]any) *lazy.MapValue {
	out := lazy.NewMapValue(compiler.VariablesType)
	for name, program := range programs {
		out.Append(name, func(*lazy.MapValue) ref.Val {
			value, _, err := program.ContextEval(ctx, input)
			if value == nil && err != nil {
				return types.WrapErr(err)
			}
			return value
		})
	}
	return out
}

func (v *variant) validate(ctx context.Context, input map[string]any) engine.RuleResult {
	for i, validation := range v.validations {
		out, _, err := validation.Program.ContextEval(ctx, input)
		if err == nil {
			var ok bool
			if ok, err = utils.ConvertToNative[bool](out); err == nil && ok {
				continue
			}
		}
		return v.denied(ctx, i, validation, input, err)
	}
	annotations, err := annotate(ctx, v.annotations, input)
	if err != nil {
		return broken("evaluation", "failed to load context", err)
	}
	passed := result("", engine.Pass, "success")
	passed.Properties = annotations
	return passed
}

// denied is the result of a validation that is false or, with an error, cannot be evaluated.
func (v *variant) denied(ctx context.Context, index int, validation compiler.Validation, input map[string]any, err error) engine.RuleResult {
	const indexKey = "cel.validationIndex"
	annotations := map[string]string{}
	message := ""
	if err == nil {
		message = text(ctx, index, validation, input)
		annotations, err = annotate(ctx, v.annotations, input)
	}
	if err != nil {
		failure := broken("", "error", err)
		failure.Properties = map[string]string{indexKey: strconv.Itoa(index)}
		return failure
	}
	if _, ok := annotations[indexKey]; !ok {
		annotations[indexKey] = strconv.Itoa(index)
	}
	failed := result("", engine.Fail, message)
	failed.Properties = annotations
	return failed
}

// text is the message of a validation: of its messageExpression, its own, or one that only counts.
func text(ctx context.Context, index int, validation compiler.Validation, input map[string]any) string {
	message := validation.Message
	if validation.MessageExpression != nil {
		out, _, err := validation.MessageExpression.ContextEval(ctx, input)
		if err != nil {
			message = fmt.Sprintf("failed to evaluate message expression: %s", err)
		} else if message, err = utils.ConvertToNative[string](out); err != nil {
			message = fmt.Sprintf("failed to convert message expression to string: %s", err)
		}
	}
	if message == "" {
		message = fmt.Sprintf("CEL expression validation failed at index %d", index)
	}
	return message
}

// annotate evaluates the auditAnnotations; those without a text are left out.
func annotate(ctx context.Context, annotations map[string]cel.Program, input map[string]any) (map[string]string, error) {
	out := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		value, _, err := annotations[key].ContextEval(ctx, input)
		if err != nil {
			return nil, fmt.Errorf("failed to evaluate auditAnnotation '%s': %w", key, err)
		}
		text, err := utils.ConvertToNative[string](value)
		if err != nil {
			return nil, fmt.Errorf("failed to convert auditAnnotation '%s' expression: %w", key, err)
		}
		if text != "" {
			out[key] = text
		}
	}
	return out, nil
}
