package test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
	"podsec/engine/cli/process"
	"podsec/engine/policycheck"
)

// setup is a test with everything it names loaded.
type setup struct {
	runner   *runner
	test     *manifest.Test
	folder   string
	values   *process.Values
	user     *manifest.RequestInfo
	policies *files.Policies
	// resources and duplicates: of several resources with one kind, namespace and name only the first is used.
	resources []*unstructured.Unstructured
	targets   []*unstructured.Unstructured
	polex     []*unstructured.Unstructured
	world     process.World
	globals   process.GlobalEntries
	payloads  []payload
}

// apply loads a test and applies its policies to its resources.
func (r *runner) apply(c manifest.Case) (*outcome, error) {
	s := &setup{runner: r, test: c.Test, folder: filepath.Clean(filepath.Dir(c.Path))}
	// The real one prints the deprecated name here, which is always empty.
	r.say("Loading test %s ( %s ) ...", c.Test.Name, c.Path)
	for _, step := range []func() error{s.loadValues, s.loadUser, s.loadPolicies, s.loadResources, s.loadWorld, s.loadExceptions} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.say("  Applying %s to %s with %s ...", count(s.policies.Count(), "policy", "policies"),
		count(len(s.resources), "resource", "resources"), count(len(s.polex), "exception", "exceptions"))
	return s.evaluate()
}

func (r *runner) say(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

func count(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// paths are the files that a test names, relative to its own.
func (s *setup) paths(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = s.path(name)
	}
	return out
}

func (s *setup) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.folder, name)
}

func (s *setup) loadValues() error {
	s.runner.say("  Loading values/variables ...")
	spec := s.test.Values
	if spec == nil && s.test.Variables != "" {
		values, err := process.LoadValues(&s.runner.options.Source, s.runner.out, filepath.Join(s.folder, s.test.Variables), s.test.Variables)
		if err != nil {
			return fmt.Errorf("failed to decode yaml (%w)", err)
		}
		spec = &values.ValuesSpec
	}
	s.values = process.NewValues(spec, nil)
	return nil
}

func (s *setup) loadUser() error {
	if s.test.UserInfo == "" {
		return nil
	}
	s.runner.say("  Loading user infos ...")
	info, err := process.LoadUserInfo(&s.runner.options.Source, filepath.Join(s.folder, s.test.UserInfo))
	if err != nil {
		return fmt.Errorf("error: failed to load request info (%w)", err)
	}
	if info.Deprecated() {
		s.runner.say("\nWARNING: user infos file (%s) uses a deprecated schema that will be removed in 1.15", s.test.UserInfo)
		return fmt.Errorf("userInfo file %s uses a deprecated schema — please migrate to the latest format", s.test.UserInfo)
	}
	s.user = &info.RequestInfo
	return nil
}

func (s *setup) loadPolicies() error {
	s.runner.say("  Loading policies ...")
	var err error
	if s.policies, err = s.runner.options.Source.Policies(s.paths(s.test.Policies)); err != nil {
		return fmt.Errorf("error: failed to load policies (%w)", err)
	}
	for _, note := range s.policies.Errors {
		s.runner.say("  ERROR: %s: %s", note.Path, note.Text)
	}
	for _, policy := range s.policies.NotEvaluated() {
		s.runner.say("  ERROR: %s is left out: policies of this kind are not evaluated here", policy)
	}
	for _, note := range s.policies.Warnings {
		s.runner.say("  Warning: %s: %s", note.Path, note.Text)
	}
	return s.strict(len(s.policies.Warnings))
}

// strict refuses deprecated things when that was asked for.
func (s *setup) strict(warnings int) error {
	if s.runner.flags.warningsAsErrors && warnings > 0 {
		return fmt.Errorf("found %d deprecation warning(s) and --warnings-as-errors is set", warnings)
	}
	return nil
}

func (s *setup) loadResources() error {
	s.runner.say("  Loading resources ...")
	source := &s.runner.options.Source
	resources, err := source.Resources(s.runner.out, s.paths(s.test.Resources), false)
	if err != nil {
		return fmt.Errorf("error: failed to load resources (%w)", err)
	}
	s.resources = s.unique(process.FloatNumbers(resources))
	if len(s.test.HTTPPayloads)+len(s.test.EnvoyPayloads) > 0 {
		return errors.New("error: payloads of HTTP and Envoy are not supported here")
	}
	if s.payloads, err = s.loadPayloads(); err != nil {
		return err
	}
	if s.targets, err = source.Resources(s.runner.out, s.paths(s.test.TargetResources), false); err != nil {
		return fmt.Errorf("error: failed to load target resources (%w)", err)
	}
	return nil
}

// unique drops resources that were there before, and says so.
func (s *setup) unique(resources []*unstructured.Unstructured) []*unstructured.Unstructured {
	type name struct {
		schema.GroupKind
		namespace, name string
	}
	seen := map[name]int{}
	var out []*unstructured.Unstructured
	for _, r := range resources {
		n := name{r.GroupVersionKind().GroupKind(), r.GetNamespace(), r.GetName()}
		if seen[n]++; seen[n] == 1 {
			out = append(out, r)
		} else if seen[n] == 2 {
			s.runner.say("  warning: found duplicated resource %s %s %s", n.Kind, n.name, n.namespace)
		}
	}
	return out
}

func (s *setup) loadExceptions() error {
	s.runner.say("  Loading exceptions ...")
	var warnings []string
	var err error
	if s.polex, warnings, err = s.runner.options.Source.Exceptions(s.policies, s.paths(s.test.Exceptions)); err != nil {
		return fmt.Errorf("error: failed to load exceptions (%w)", err)
	}
	for _, warning := range warnings {
		s.runner.say("  Warning: %s", warning)
	}
	if err := s.strict(len(warnings)); err != nil {
		return err
	}
	kyvernos := slices.ContainsFunc(s.polex, func(e *unstructured.Unstructured) bool { return e.GroupVersionKind().Group == "kyverno.io" })
	if len(s.policies.Admission) > 0 && kyvernos {
		return errors.New("error: use of exceptions with ValidatingAdmissionPolicies is not supported")
	}
	if err := manifest.CheckAPICallResponses(s.test.APICallResponses); err != nil {
		return err
	}
	return manifest.CheckGlobalContext(s.test.GlobalContextEntries)
}

// valid are the policies that Kyverno would accept; the others are in the outcome, with why.
func (s *setup) valid(out *outcome) []*engine.Policy {
	var policies []*engine.Policy
	for _, policy := range s.policies.Kyverno {
		if _, err := policycheck.Check(policy.Object(), nil, nil); err != nil {
			out.invalid[policy.Name()] = err.Error()
			continue
		}
		policies = append(policies, policy)
	}
	return policies
}

// operations are what the results ask for, beside the values' operation.
func (s *setup) operations() ([]string, error) {
	if operation := s.values.Operation(); !slices.Contains([]string{"", "CREATE", "UPDATE", "DELETE", "CONNECT"}, operation) {
		return nil, fmt.Errorf("invalid request.operation value %q, must be one of CREATE, UPDATE, DELETE, CONNECT", operation)
	}
	var operations []string
	for _, result := range s.test.Results {
		switch {
		case !slices.Contains([]string{"", "CREATE", "UPDATE", "DELETE"}, result.Operation):
			return nil, fmt.Errorf("invalid test result for policy %s: invalid operation %q, must be one of CREATE, UPDATE, DELETE", result.Policy, result.Operation)
		case result.Operation != "" && result.IsDeletingPolicy:
			return nil, fmt.Errorf("invalid test result for policy %s: operation is not supported for deleting policies", result.Policy)
		case result.Operation != "" && !slices.Contains(operations, result.Operation):
			operations = append(operations, result.Operation)
		}
	}
	slices.Sort(operations)
	return operations, nil
}

// evaluate applies the policies to each resource, once more for each operation that a result asks for.
func (s *setup) evaluate() (*outcome, error) {
	out := &outcome{byOperation: map[string]responses{}, invalid: map[string]string{}}
	processor, err := s.processor(out)
	if err != nil {
		return nil, err
	}
	operations, err := s.operations()
	if err != nil {
		return nil, err
	}
	var all []process.Response
	for _, resource := range s.resources {
		for _, operation := range append([]string{""}, operations...) {
			processor.Operation = operation
			answers, err := processor.Apply(s.runner.ctx, resource)
			if err != nil {
				return nil, fmt.Errorf("failed to apply policies on resource %v (%w)", resource.GetName(), err)
			}
			for i := range answers {
				if why := answers[i].Undecided(); why != "" {
					s.runner.say("failed to apply policy %s on resource: %s", resource.GetName(), why)
				}
			}
			all = append(all, answers...)
			if operation == "" {
				out.trigger.add(key(resource), answers...)
				continue
			}
			byOperation := out.byOperation[operation]
			byOperation.add(key(resource), answers...)
			out.byOperation[operation] = byOperation
		}
	}
	for _, p := range s.payloads {
		answers, err := processor.JudgePayload(s.runner.ctx, p.content, "resource")
		if err == nil {
			out.trigger.add(p.name, answers...)
			answers, err = processor.JudgePayloadImages(s.runner.ctx, p.content)
		}
		if err != nil {
			return nil, fmt.Errorf("failed to apply validating policies on JSON payload %s (%w)", p.name, err)
		}
		out.trigger.add(p.name, answers...)
	}
	s.collectTargets(out, all)
	return out, nil
}

// collectTargets files the answers that changed existing resources under those.
func (s *setup) collectTargets(out *outcome, all []process.Response) {
	for _, target := range s.targets {
		for _, response := range all {
			if slices.ContainsFunc(response.Rules, func(r engine.RuleResult) bool { return r.Target != nil && sameTarget(r.Target, key(target)) }) {
				out.target.add(key(target), response)
			}
		}
	}
}
