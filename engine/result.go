package engine

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine/pss"
)

// Status is a rule's verdict, spelled as in policy reports.
type Status string

// The verdicts of a rule.
const (
	Pass  Status = "pass"
	Fail  Status = "fail"
	Warn  Status = "warn"
	Error Status = "error"
	Skip  Status = "skip"
)

// Action is what a failed validation does to the request (validate.failureAction).
type Action string

// The failure actions.
const (
	Audit   Action = "Audit"
	Enforce Action = "Enforce"
)

// RuleType is what a rule does.
type RuleType string

// The types of a rule.
const (
	Validation  RuleType = "Validation"
	Mutation    RuleType = "Mutation"
	ImageVerify RuleType = "ImageVerify"
	Generation  RuleType = "Generation"
)

// PolicyResult is what one policy says of one request. Rules that did not match are in it too, with Matched false, so
// that it can say why; reports and denials use only those that matched.
type PolicyResult struct {
	Policy   *Policy
	Resource string // "Pod/namespace/name", as denials write it
	Rules    []RuleResult
}

// RuleResult is what one rule says of one request.
type RuleResult struct {
	Rule    string // name, "autogen-…" for generated rules
	Path    string // of the rule in the policy, of the rule it was generated from: "spec.rules[0]"
	Autogen bool   // generated for pod controllers
	Type    RuleType
	Matched bool
	Status  Status // empty when not matched
	Message string // exactly Kyverno's text
	Action  Action // for validation: the action in force for this namespace
	// ActionFrom is the field that decided Action ("spec.rules[0].validate.failureAction", "spec.validationFailureAction",
	// "spec.validationFailureActionOverrides[1]", or "default").
	ActionFrom string
	// Enforced says that Kyverno evaluates the validate rule while the request waits. Only such rules deny requests and
	// appear in denials. It differs from Action only where a policy's overrides contradict a rule's own action.
	Enforced bool
	// EmitWarning says that the client is warned of this result when the request is not denied: of failed Audit rules
	// with spec.emitWarning, of errors of rules that could deny but are ignored, of mutations with spec.emitWarning.
	EmitWarning bool
	// Properties go into the report as they are (controls, standard, version, …).
	Properties map[string]string
	// PodSecurity is set for validate.podSecurity.
	PodSecurity *pss.Result
	// Target is the existing resource that a mutate rule changed instead of the request's.
	Target *unstructured.Unstructured
	// Barred says that a mutate rule with targets looked at none: its own preconditions or an exception ended it before.
	Barred bool
	// Generated are the objects that a generate rule wants to be there.
	Generated []*unstructured.Unstructured
	// Changes are a mutation's changed fields.
	Changes []Change
	// Trace says why, step by step, in the order in which the engine decided.
	Trace Trace
}

// Change is one field that a mutation changed.
type Change struct {
	Path     string // JSON pointer
	Old, New any    // nil for absent
}

// Trace is the list of decisions behind a verdict.
type Trace []Step

// Phase names the part of the evaluation in which a decision was taken.
type Phase string

// The phases of an evaluation, in their order.
const (
	PhaseMatch        Phase = "match"
	PhaseExclude      Phase = "exclude"
	PhaseException    Phase = "exception"
	PhaseContext      Phase = "context"
	PhasePrecondition Phase = "preconditions"
	PhasePattern      Phase = "pattern"
	PhaseDeny         Phase = "deny"
	PhasePodSecurity  Phase = "podSecurity"
	PhaseCEL          Phase = "cel"
	PhaseMutate       Phase = "mutate"
	PhaseGenerate     Phase = "generate"
	PhaseImage        Phase = "verifyImages"
	PhaseAction       Phase = "failureAction"
)

// Step is one decision.
type Step struct {
	Phase  Phase
	OK     bool   // the check held (exclude: the exclusion applied; deny: the condition to deny holds; failureAction: the request may pass)
	Clause string // field path in the policy: "spec.rules[0].match.any[0].resources.kinds"
	Field  string // field path in the resource: "spec.containers[0].image"; empty for the whole
	Found  string // what was found: a value as JSON, or a name (the resource, an action); empty when absent
	Wanted string // the value or values allowed, as the policy writes them
	Note   string // a sentence in plain words
	// Pattern is, of a pattern that did not match, the whole of it with its variables replaced, and Base the field path
	// of what it was compared with (an element of a foreach; empty for the resource).
	Pattern any
	Base    string
	// Reversed says that a condition compares a value with the field, not the field with a value: Wanted is the value and
	// then the operator.
	Reversed bool
}

// Mutated is the outcome of a chain of mutations.
type Mutated struct {
	Object  *unstructured.Unstructured // the resource after all rules; the request's own object when nothing changed
	Results []PolicyResult
}
