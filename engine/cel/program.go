package cel

import (
	"encoding/json"
	"fmt"
	"sync"

	celgo "github.com/google/cel-go/cel"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// spec is a validate.cel block.
type spec struct {
	Expressions []admissionregistrationv1.Validation `json:"expressions"`
	Variables   []admissionregistrationv1.Variable   `json:"variables"`
	ParamKind   *admissionregistrationv1.ParamKind   `json:"paramKind"`
}

// Program is a validate.cel block with the celPreconditions of its rule. It is compiled when it is first evaluated, and
// safe for concurrent use.
type Program struct {
	spec       spec
	conditions []admissionregistrationv1.MatchCondition
	admission  bool // it is one of a ValidatingAdmissionPolicy: there may be parameters, and there is no authorizer
	ignore     bool // preconditions that cannot be evaluated are false
	compile    func() (*compiled, error)
}

// compiled are the evaluators of a program. What cannot be compiled fails when it is evaluated, as in the API server.
type compiled struct {
	preconditions, validations, messages plugin.ConditionEvaluator
}

// New reads a block and its rule's celPreconditions, as decoded from JSON; message is for expressions without their own.
func New(block, preconditions any, message string) (*Program, error) {
	p := &Program{}
	if err := convert(block, &p.spec); err != nil {
		return nil, fmt.Errorf("validate.cel: %w", err)
	}
	if err := convert(preconditions, &p.conditions); err != nil {
		return nil, fmt.Errorf("celPreconditions: %w", err)
	}
	for i := range p.spec.Expressions {
		if p.spec.Expressions[i].Message == "" {
			p.spec.Expressions[i].Message = message
		}
	}
	p.compile = sync.OnceValues(p.compileAll)
	return p, nil
}

// NewAdmission makes the program of a ValidatingAdmissionPolicy.
func NewAdmission(policy *admissionregistrationv1.ValidatingAdmissionPolicySpec) *Program {
	p := &Program{
		spec:       spec{Expressions: policy.Validations, Variables: policy.Variables, ParamKind: policy.ParamKind},
		conditions: policy.MatchConditions, admission: true,
		ignore: policy.FailurePolicy != nil && *policy.FailurePolicy == admissionregistrationv1.Ignore,
	}
	p.compile = sync.OnceValues(p.compileAll)
	return p
}

func convert(from, to any) error {
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}

func (p *Program) compileAll() (*compiled, error) {
	options := plugin.OptionalVariableDeclarations{HasParams: p.spec.ParamKind != nil, HasAuthorizer: !p.admission}
	compiler, err := NewCompiler(p.spec.Variables, options)
	if err != nil {
		return nil, err
	}
	condition := func(accessors []plugin.ExpressionAccessor, authorizer bool) plugin.ConditionEvaluator {
		o := options
		o.HasAuthorizer = authorizer
		return compiler.CompileCondition(accessors, o, environment.StoredExpressions)
	}
	validations := make([]plugin.ExpressionAccessor, len(p.spec.Expressions))
	messages := make([]plugin.ExpressionAccessor, len(p.spec.Expressions))
	for i, v := range p.spec.Expressions {
		validations[i] = expression{v.Expression, []*celgo.Type{celgo.BoolType}}
		if v.MessageExpression != "" {
			messages[i] = expression{v.MessageExpression, []*celgo.Type{celgo.StringType}}
		}
	}
	conditions := make([]plugin.ExpressionAccessor, len(p.conditions))
	for i, c := range p.conditions {
		conditions[i] = expression{c.Expression, []*celgo.Type{celgo.BoolType}}
	}
	return &compiled{
		preconditions: condition(conditions, !p.admission), validations: condition(validations, !p.admission),
		messages: condition(messages, false),
	}, nil
}
