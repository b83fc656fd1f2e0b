package policycheck

import (
	"encoding/json"
	"errors"
	"reflect"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The types below are kyverno.io/v1 as far as the checks read it. Kyverno prints whole rules in its errors, so the order
// of the fields is its order. Free-form parts are any.

// spec is the spec of a policy.
type spec struct {
	Rules                            []rule                `json:"rules,omitempty"`
	ApplyRules                       string                `json:"applyRules,omitempty"`
	FailurePolicy                    *string               `json:"failurePolicy,omitempty"`
	ValidationFailureAction          string                `json:"validationFailureAction,omitempty"`
	ValidationFailureActionOverrides []override            `json:"validationFailureActionOverrides,omitempty"`
	EmitWarning                      *bool                 `json:"emitWarning,omitempty"`
	Admission                        *bool                 `json:"admission,omitempty"`
	Background                       *bool                 `json:"background,omitempty"`
	WebhookTimeoutSeconds            *int32                `json:"webhookTimeoutSeconds,omitempty"`
	MutateExistingOnPolicyUpdate     bool                  `json:"mutateExistingOnPolicyUpdate,omitempty"`
	GenerateExistingOnPolicyUpdate   *bool                 `json:"generateExistingOnPolicyUpdate,omitempty"`
	WebhookConfiguration             *webhookConfiguration `json:"webhookConfiguration,omitempty"`
}

type webhookConfiguration struct {
	FailurePolicy   *string `json:"failurePolicy,omitempty"`
	TimeoutSeconds  *int32  `json:"timeoutSeconds,omitempty"`
	MatchConditions []any   `json:"matchConditions,omitempty"`
}

func (s *spec) background() bool { return s.Background == nil || *s.Background }
func (s *spec) admission() bool  { return s.Admission == nil || *s.Admission }

// override is a failure action for some namespaces.
type override struct {
	Action            string                `json:"action,omitempty"`
	Namespaces        []string              `json:"namespaces,omitempty"`
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
}

// rule is one rule.
type rule struct {
	Name                   string              `json:"name"`
	Context                []contextEntry      `json:"context,omitempty"`
	ReportProperties       map[string]string   `json:"reportProperties,omitempty"`
	Match                  matchBlock          `json:"match"`
	Exclude                *matchBlock         `json:"exclude,omitempty"`
	ImageExtractors        map[string][]any    `json:"imageExtractors,omitempty"`
	Preconditions          *conditions         `json:"preconditions,omitempty"`
	CELPreconditions       []any               `json:"celPreconditions,omitempty"`
	Mutate                 *mutation           `json:"mutate,omitempty"`
	Validate               *validation         `json:"validate,omitempty"`
	Generate               *generation         `json:"generate,omitempty"`
	VerifyImages           []imageVerification `json:"verifyImages,omitempty"`
	SkipBackgroundRequests *bool               `json:"skipBackgroundRequests,omitempty"`
}

func (r *rule) hasMutate() bool   { return set(r.Mutate) }
func (r *rule) hasValidate() bool { return set(r.Validate) }
func (r *rule) hasGenerate() bool { return set(r.Generate) }

func (r *rule) hasVerifyImages() bool {
	for i := range r.VerifyImages {
		if set(&r.VerifyImages[i]) {
			return true
		}
	}
	return false
}

// mutatesExisting says whether the rule changes other resources than the one in the request.
func (r *rule) mutatesExisting() bool { return r.Mutate != nil && r.Mutate.Targets != nil }

// set says whether a block is there and not empty.
func set[T any](block *T) bool { return block != nil && !reflect.ValueOf(*block).IsZero() }

// matchBlock is a match or exclude.
type matchBlock struct {
	Any []filter `json:"any,omitempty"`
	All []filter `json:"all,omitempty"`
	userInfo
	Resources description `json:"resources"`
}

// kinds returns all kinds of the block, those of the older form first.
func (m *matchBlock) kinds() []string {
	if m == nil {
		return nil
	}
	kinds := append([]string(nil), m.Resources.Kinds...)
	for _, f := range m.All {
		kinds = append(kinds, f.Resources.Kinds...)
	}
	for _, f := range m.Any {
		kinds = append(kinds, f.Resources.Kinds...)
	}
	return kinds
}

// filter is one entry of any or all.
type filter struct {
	userInfo
	Resources description `json:"resources"`
}

type userInfo struct {
	Roles        []string         `json:"roles,omitempty"`
	ClusterRoles []string         `json:"clusterRoles,omitempty"`
	Subjects     []rbacv1.Subject `json:"subjects,omitempty"`
}

type description struct {
	Kinds             []string              `json:"kinds,omitempty"`
	Name              string                `json:"name,omitempty"`
	Names             []string              `json:"names,omitempty"`
	Namespaces        []string              `json:"namespaces,omitempty"`
	Annotations       map[string]string     `json:"annotations,omitempty"`
	Selector          *metav1.LabelSelector `json:"selector,omitempty"`
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	Operations        []string              `json:"operations,omitempty"`
}

func (d *description) empty() bool { return reflect.ValueOf(*d).IsZero() }

// condition is one comparison.
type condition struct {
	Key      any    `json:"key,omitempty"`
	Operator string `json:"operator,omitempty"`
	Value    any    `json:"value,omitempty"`
	Message  string `json:"message,omitempty"`
}

// anyAll are conditions of which any, and all, must hold.
type anyAll struct {
	Any []condition `json:"any,omitempty"`
	All []condition `json:"all,omitempty"`
}

// conditions are anyAll, or in the older form a list.
type conditions struct {
	anyAll
	list []condition
}

var errConditions = errors.New("failed to unmarshal Conditions") // Kyverno's text

// UnmarshalJSON reads either form.
func (c *conditions) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &c.list) == nil {
		return nil
	}
	c.list = nil
	if json.Unmarshal(data, &c.anyAll) == nil {
		return nil
	}
	return errConditions
}

// MarshalJSON writes the form that was read.
func (c *conditions) MarshalJSON() ([]byte, error) {
	if c.list != nil {
		return json.Marshal(c.list)
	}
	return json.Marshal(c.anyAll)
}
