package policycheck

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// cleanupSpec is the spec of a clean-up policy. Kyverno prints it in an error, so the order of the fields is its order.
type cleanupSpec struct {
	Context     []contextEntry `json:"context,omitempty"`
	Match       block          `json:"match"`
	Exclude     *block         `json:"exclude,omitempty"`
	Schedule    string         `json:"schedule"`
	Conditions  *anyAll        `json:"conditions,omitempty"`
	Propagation string         `json:"deletionPropagationPolicy,omitempty"`
}

// block is a match or exclude of kyverno.io/v2, which has no older form.
type block struct {
	Any []filter `json:"any,omitempty"`
	All []filter `json:"all,omitempty"`
}

// allowedInCleanup is what a variable in the conditions of a clean-up policy may be. As Kyverno has it, that is whatever
// has a small letter or a digit in it.
var allowedInCleanup = regexp.MustCompile(`([a-z_0-9]+)|(target\.|images\.|([a-z_0-9]+\()[^{}])`)

// CheckCleanup judges a CleanupPolicy or ClusterCleanupPolicy: the error is the text with which Kyverno refuses it.
func CheckCleanup(cluster Cluster, object *unstructured.Unstructured) error {
	var spec cleanupSpec
	body, _ := object.Object["spec"].(map[string]any)
	if err := convert(body, &spec); err != nil {
		return err
	}
	c := &checker{policy: &policy{object: object}, kinds: cluster.Kinds, permissions: cluster.Permissions}
	if err := c.cleanupErrors(&spec).ToAggregate(); err != nil {
		return err
	}
	if err := c.mayCleanUp(&spec); err != nil {
		return err
	}
	if spec.Conditions == nil {
		return nil
	}
	if err := (&scope{allowed: allowedInCleanup}).check(spec.Conditions); err != nil {
		return fmt.Errorf("variable substitution failed for policy %s: %w", object.GetName(), err)
	}
	return nil
}

func (c *checker) cleanupErrors(spec *cleanupSpec) field.ErrorList {
	at := field.NewPath("spec")
	var errs field.ErrorList
	for _, entry := range spec.Context {
		switch {
		case entry.ImageRegistry != nil:
			errs = append(errs, field.Invalid(at.Child("context"), spec.Context, "ImageRegistry is not allowed in CleanUp Policy"))
		case entry.ConfigMap != nil:
			errs = append(errs, field.Invalid(at.Child("context"), spec.Context, "ConfigMap is not allowed in CleanUp Policy"))
		}
	}
	if !isSchedule(spec.Schedule) {
		errs = append(errs, field.Invalid(at.Child("schedule"), spec.Schedule, "schedule spec in the cleanupPolicy is not in proper cron format"))
	}
	errs = append(errs, c.blockErrors(at.Child("match"), &spec.Match)...)
	if spec.Exclude != nil {
		errs = append(errs, c.blockErrors(at.Child("exclude"), spec.Exclude)...)
	}
	if spec.selectsNothing() {
		errs = append(errs, field.Invalid(at, spec, "CleanupPolicy is matching an empty set"))
	}
	return errs
}

// isSchedule says whether a text is a schedule in cron's format. Kyverno knows the format without time zones.
func isSchedule(text string) bool {
	_, err := cron.ParseStandard(text)
	return err == nil && !strings.Contains(text, "TZ=")
}

// selectsNothing says whether exclude takes away what match selects, as far as Kyverno looks: one block of any stands in
// both, or exclude has blocks of any and match has none.
func (s *cleanupSpec) selectsNothing() bool {
	if s.Exclude == nil || len(s.Exclude.All) > 0 || len(s.Match.All) > 0 {
		return false
	}
	if len(s.Match.Any) == 0 {
		return len(s.Exclude.Any) > 0
	}
	return slices.ContainsFunc(s.Match.Any, func(included filter) bool {
		return slices.ContainsFunc(s.Exclude.Any, func(excluded filter) bool { return reflect.DeepEqual(included, excluded) })
	})
}

// blockErrors checks a block that knows no users; what else is wrong is said only when it names none.
func (c *checker) blockErrors(path *field.Path, b *block) field.ErrorList {
	m := &matchBlock{Any: b.Any, All: b.All}
	if errs := m.noUserErrors(path); len(errs) > 0 {
		return errs
	}
	return c.matchErrors(path, m)
}

// noUserErrors refuses users and roles in a block.
func (m *matchBlock) noUserErrors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range m.Any {
		errs = append(errs, m.Any[i].noUserErrors(path.Child("any").Index(i))...)
	}
	for i := range m.All {
		errs = append(errs, m.All[i].noUserErrors(path.Child("all").Index(i))...)
	}
	return errs
}

func (u userInfo) noUserErrors(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, used := range []struct {
		name  string
		count int
	}{{"roles", len(u.Roles)}, {"clusterRoles", len(u.ClusterRoles)}, {"subjects", len(u.Subjects)}} {
		if used.count > 0 {
			errs = append(errs, field.Forbidden(path.Child(used.name), "Usage of user info is forbidden"))
		}
	}
	return errs
}

// mayCleanUp requires that the clean-up controller may delete and list what the policy is about.
func (c *checker) mayCleanUp(spec *cleanupSpec) error {
	if c.permissions == nil {
		return nil
	}
	for _, f := range append(append([]filter(nil), spec.Match.Any...), spec.Match.All...) {
		names := f.Resources.Names
		if len(names) == 0 {
			names = []string{""}
		}
		for _, kind := range f.Resources.Kinds {
			for _, name := range names {
				if err := c.mayCleanUpKind(kind, name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *checker) mayCleanUpKind(kind, name string) error {
	user := c.permissions.User(CleanupController)
	for _, verb := range []string{"delete", "list"} {
		allowed, err := c.permissions.May(user, verb, kind, c.policy.object.GetNamespace(), name, "")
		switch {
		case err != nil:
			return errors.New("failed to get GVR for kind " + kind)
		case !allowed:
			return fmt.Errorf("cleanup controller has no permission to %s kind %s", verb, kind)
		}
	}
	return nil
}

// CheckException judges a PolicyException: the error is the text with which Kyverno refuses it.
func CheckException(cluster Cluster, object *unstructured.Unstructured) error {
	var spec struct {
		Background *bool      `json:"background,omitempty"`
		Match      matchBlock `json:"match"`
		Exceptions []struct {
			PolicyName string `json:"policyName"`
		} `json:"exceptions"`
		PodSecurity []podSecurityRule `json:"podSecurity,omitempty"`
	}
	body, _ := object.Object["spec"].(map[string]any)
	if err := convert(body, &spec); err != nil {
		return err
	}
	at := field.NewPath("spec")
	var errs field.ErrorList
	if spec.Background == nil || *spec.Background {
		errs = append(errs, spec.Match.noUserErrors(at.Child("match"))...)
	}
	c := &checker{policy: &policy{object: object}, kinds: cluster.Kinds}
	errs = append(errs, c.matchErrors(at.Child("match"), &spec.Match)...)
	for i, exception := range spec.Exceptions {
		if exception.PolicyName == "" {
			errs = append(errs, field.Required(at.Child("exceptions").Index(i).Child("policyName"), "An exception requires a policy name"))
		}
	}
	for i, exempt := range spec.PodSecurity {
		errs = append(errs, exempt.errors(at.Child("podSecurity").Index(i))...)
	}
	return errs.ToAggregate()
}
