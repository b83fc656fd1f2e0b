package why

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/document"
)

// Explanation is what becomes of one request, in the order in which it happens.
type Explanation struct {
	Resource  string            `json:"resource"` // "Pod shop/web"
	At        document.Position `json:"at,omitzero"`
	Operation engine.Operation  `json:"operation"`
	// Filter is the entry of Kyverno's resourceFilters that keeps admission from looking at the resource, "" for none.
	Filter string `json:"resourceFilter,omitempty"`
	Mutate []Rule `json:"mutate,omitempty"`
	Images []Rule `json:"verifyImages,omitempty"` // empty when signatures cannot be looked up
	// Noted are the fields that verification changed: tags become digests, annotations say what was verified.
	Noted    []Change     `json:"noted,omitempty"`
	Security *PodSecurity `json:"podSecurityAdmission,omitempty"` // nil when the namespace is not known
	Validate []Rule       `json:"validate,omitempty"`
	// Elsewhere are rules that are not decided here: they generate objects or change other ones, or verify images while
	// no signatures can be looked up.
	Elsewhere []Rule  `json:"elsewhere,omitempty"`
	Verdict   Verdict `json:"verdict"`
	// Object is the resource after mutation.
	Object *unstructured.Unstructured `json:"-"`
}

// Verdict is how the request ends.
type Verdict struct {
	Admitted bool `json:"admitted"`
	// By is who denies the request: "PodSecurity", or a webhook of Kyverno ("validate.kyverno.svc-fail").
	By string `json:"by,omitempty"`
	// Message is the error that the client sees, without the prefix that kubectl puts before it.
	Message string `json:"message,omitempty"`
	// Others deny as well, but are not asked any more, or their answer is not shown.
	Others   []string `json:"others,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Reported int      `json:"reported"` // rules that fail and only report it
}

// Outcome is what a rule says, in one word or two.
type Outcome string

// The outcomes of a rule.
const (
	Passes     Outcome = "passes"
	Fails      Outcome = "fails"
	Errs       Outcome = "error"
	Skipped    Outcome = "skipped"
	Changes    Outcome = "changes"
	NoMatch    Outcome = "not considered"
	NotDecided Outcome = "not decided here"
)

// Effect is what a failed rule does to the request.
type Effect string

// The effects of a rule.
const (
	Blocks  Effect = "blocks"
	Reports Effect = "reports"
)

// Rule is what one rule of a policy says, and why.
type Rule struct {
	Policy  string            `json:"policy"`
	Name    string            `json:"rule"`
	Written string            `json:"generatedFrom,omitempty"` // the rule that a generated rule comes from
	Path    string            `json:"path"`                    // "spec.rules[0]"
	At      document.Position `json:"at,omitzero"`
	Type    engine.RuleType   `json:"type"`
	Outcome Outcome           `json:"outcome"`
	// Standard is the level and version of the Pod Security Standards that a podSecurity rule judges by.
	Standard string `json:"standard,omitempty"`
	Message  string `json:"message,omitempty"` // Kyverno's
	// Because are the clauses that decided whether the rule is considered.
	Because []Check `json:"because,omitempty"`
	Checks  []Check `json:"checks,omitempty"` // what was checked, of a rule that was considered
	Effect  Effect  `json:"effect,omitempty"` // of a rule that fails
	// EffectFrom is the clause that decided Effect.
	EffectFrom *Clause  `json:"effectFrom,omitempty"`
	Changes    []Change `json:"changes,omitempty"`
}

// Clause is a place in a policy.
type Clause struct {
	Path  string            `json:"path"` // "spec.rules[0].validate.failureAction"
	At    document.Position `json:"at,omitzero"`
	Value string            `json:"value,omitempty"`
	Note  string            `json:"note,omitempty"`
}

// Check is one decision: a clause of the policy held against a field of the resource.
type Check struct {
	Phase   engine.Phase      `json:"phase"`
	OK      bool              `json:"ok"`
	Field   string            `json:"field,omitempty"`   // of the resource
	FieldAt document.Position `json:"fieldAt,omitzero"`  // of the field, or of what it is missing in
	Clause  string            `json:"clause,omitempty"`  // of the policy
	At      document.Position `json:"at,omitzero"`       // of the clause
	Found   string            `json:"found,omitempty"`   // as JSON; empty when absent
	Allowed string            `json:"allowed,omitempty"` // as the policy or the standard has it
	Note    string            `json:"note,omitempty"`
	Control *Control          `json:"control,omitempty"` // of the Pod Security Standards
	// Pattern, Base and Reversed are those of engine.Step.
	Pattern  any    `json:"-"`
	Base     string `json:"-"`
	Reversed bool   `json:"-"`
}

// Control is a control of the Pod Security Standards.
type Control struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Level   string `json:"level"`   // that brings it in
	Version string `json:"version"` // of the control, from which it has been as it is
	// Values are the allowed ones of the field, as data.
	Values []any `json:"-"`
	Found  any   `json:"-"`
}

// Change is one field that a mutation changed.
type Change struct {
	Field string            `json:"field"`
	Old   string            `json:"old,omitempty"` // as JSON; empty when absent
	New   string            `json:"new,omitempty"`
	At    document.Position `json:"at,omitzero"` // of the patch
}

// PodSecurity is what Pod Security Admission says by the labels of the namespace.
type PodSecurity struct {
	Namespace string `json:"namespace"`
	Modes     []Mode `json:"modes"` // enforce, audit, warn, as far as the namespace has labels for them
}

// Mode is one mode of Pod Security Admission.
type Mode struct {
	Name    string  `json:"mode"`
	Level   string  `json:"level"`
	Version string  `json:"version"`
	Applies bool    `json:"applies"` // enforce looks at pods only
	Allowed bool    `json:"allowed"`
	Detail  string  `json:"detail,omitempty"` // upstream's reasons
	Checks  []Check `json:"checks,omitempty"`
}

// Failed returns the rules that fail or err, with the effect Blocks first asked for; an empty effect means all.
func (e *Explanation) Failed(effect Effect) []Rule {
	var failed []Rule
	for _, r := range e.Validate {
		if (r.Outcome == Fails || r.Outcome == Errs) && (effect == "" || r.Effect == effect) {
			failed = append(failed, r)
		}
	}
	return failed
}

// Against says whether a check speaks against the resource: a condition to deny does when it holds, other checks do when
// they do not.
func (c Check) Against() bool {
	if c.Phase == engine.PhaseDeny {
		return c.OK
	}
	return !c.OK && c.Phase != engine.PhaseAction
}
