package cel

import (
	"context"
	"errors"
	"fmt"
	"strings"

	celtypes "github.com/google/cel-go/common/types"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// Input is the request that a program judges.
type Input struct {
	Object, OldObject *unstructured.Unstructured // nil when there is none
	Kind              schema.GroupVersionKind
	Resource          schema.GroupVersionResource
	Operation         string
	User              authenticationv1.UserInfo
	NamespaceLabels   map[string]string
	Params            runtime.Object // of a ValidatingAdmissionPolicy; nil when there are none
}

// Outcome is what a program says.
type Outcome int

// The outcomes of a program.
const (
	Admitted Outcome = iota
	Denied           // an expression is false, or cannot be evaluated
	Skipped          // a precondition is false
	Broken           // the program cannot be evaluated at all
)

// Verdict is what a program says of a request.
type Verdict struct {
	Outcome Outcome
	Message string // of the expression that denies the request, or what is broken
	// Expression is the index of the expression that denies the request, -1 when none of them does.
	Expression int
	// Failed says that an expression could not be evaluated, where it is not simply false.
	Failed bool
}

// verdict is a verdict that no single expression is to blame for.
func verdict(outcome Outcome, message string) Verdict {
	return Verdict{Outcome: outcome, Message: message, Expression: -1}
}

// Evaluate judges a request. The first expression that denies it decides.
func (p *Program) Evaluate(ctx context.Context, in Input) Verdict {
	if p.spec.ParamKind != nil && !p.admission {
		return verdict(Broken, "error in parameterized resource: there are no parameter resources here")
	}
	c, err := p.compile()
	if err != nil {
		return verdict(Broken, "Error while creating composited compiler: "+err.Error())
	}
	e := in.evaluation(ctx)
	if matches, err := e.matches(c.preconditions); err != nil && !p.ignore {
		return Verdict{Denied, err.Error(), -1, true}
	} else if !matches || err != nil {
		return verdict(Skipped, "cel preconditions not met")
	}
	results, budget, err := e.run(c.validations, celconfig.RuntimeCELCostBudget)
	if err != nil {
		return Verdict{Denied, err.Error(), -1, true}
	}
	messages, _, messageErr := e.run(c.messages, budget)
	for i, result := range results {
		switch {
		case result.Error != nil:
			return Verdict{Denied, result.Error.Error(), i, true}
		case errors.Is(messageErr, apiservercel.ErrInternal) || errors.Is(messageErr, apiservercel.ErrOutOfBudget):
			return Verdict{Denied, fmt.Sprintf("failed messageExpression: %s", messageErr), i, true}
		case result.EvalResult != celtypes.True:
			return Verdict{Denied, p.message(i, messages), i, false}
		}
	}
	return verdict(Admitted, "")
}

// Expression is the text of an expression.
func (p *Program) Expression(i int) string { return p.spec.Expressions[i].Expression }

// message is that of an expression: from its messageExpression when that gives a usable one, its own, or its text.
func (p *Program) message(i int, results []plugin.EvaluationResult) string {
	if i < len(results) && results[i].Error == nil && results[i].EvalResult != nil {
		text, _ := results[i].EvalResult.Value().(string)
		text = strings.TrimSpace(text)
		if text != "" && len(text) <= celconfig.MaxEvaluatedMessageExpressionSizeBytes && !strings.Contains(text, "\n") {
			return text
		}
	}
	if text := strings.TrimSpace(p.spec.Expressions[i].Message); text != "" {
		return text
	}
	return "failed expression: " + strings.TrimSpace(p.spec.Expressions[i].Expression)
}

// evaluation is one request in the form in which the API server's evaluators want it.
type evaluation struct {
	ctx        context.Context //nolint:containedctx // no longer than the call
	attributes *admission.VersionedAttributes
	request    Input
	namespace  *corev1.Namespace
}

func (in Input) evaluation(ctx context.Context) *evaluation {
	resource := in.Object
	if resource == nil {
		resource = in.OldObject
	}
	namespace, name := resource.GetNamespace(), resource.GetName()
	if in.Kind == (schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}) {
		namespace = ""
	}
	who := &user.DefaultInfo{Name: in.User.Username, UID: in.User.UID, Groups: in.User.Groups}
	object, old := asObject(in.Object), asObject(in.OldObject)
	attributes := admission.NewAttributesRecord(object, old, in.Kind, namespace, name, in.Resource, "",
		admission.Operation(in.Operation), nil, false, who)
	e := &evaluation{ctx: ctx, request: in, attributes: &admission.VersionedAttributes{
		Attributes: attributes, VersionedObject: object, VersionedOldObject: old, VersionedKind: in.Kind,
	}}
	if namespace != "" {
		e.namespace = plugin.CreateNamespaceObject(&corev1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: in.NamespaceLabels},
		})
	}
	return e
}

// asObject keeps nil a nil interface.
func asObject(o *unstructured.Unstructured) runtime.Object {
	if o == nil {
		return nil
	}
	return o
}

// run evaluates expressions within a cost budget and returns what is left of it.
func (e *evaluation) run(c plugin.ConditionEvaluator, budget int64) ([]plugin.EvaluationResult, int64, error) {
	bindings := plugin.OptionalVariableBindings{VersionedParams: e.request.Params, Authorizer: nobody{}}
	request := plugin.CreateAdmissionRequest(e.attributes.Attributes, metav1.GroupVersionResource(e.request.Resource), metav1.GroupVersionKind(e.request.Kind))
	return c.ForInput(e.ctx, e.attributes, request, bindings, e.namespace, budget)
}

// matches says whether all preconditions hold; a false one decides before errors of others do.
func (e *evaluation) matches(c plugin.ConditionEvaluator) (bool, error) {
	results, _, err := e.run(c, celconfig.RuntimeCELCostBudgetMatchConditions)
	if err != nil {
		return false, err
	}
	var failures []error
	for _, result := range results {
		if result.Error != nil {
			failures = append(failures, result.Error)
		}
		if result.EvalResult == celtypes.False {
			return false, nil
		}
	}
	return true, utilerrors.NewAggregate(failures)
}

// nobody is an authorizer that has no opinion: there is no cluster whose rights could be asked.
type nobody struct{}

// Authorize implements authorizer.Authorizer.
func (nobody) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	return authorizer.DecisionNoOpinion, "", nil
}
