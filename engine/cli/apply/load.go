package apply

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/process"
	"podsec/engine/document"
)

func (r *runner) loadUser(processor *process.Processor) error {
	if r.flags.userInfo == "" {
		return nil
	}
	info, err := process.LoadUserInfo(&r.options.Source, r.flags.userInfo)
	if err != nil {
		return fmt.Errorf("failed to load request info (%w)", err)
	}
	if info.Deprecated() {
		fmt.Fprintf(r.out, "\nWARNING: user infos file (%s) uses a deprecated schema that will be removed in 1.15\n", r.flags.userInfo)
	}
	processor.User = &info.RequestInfo
	return nil
}

func (r *runner) loadValues() error {
	r.values = process.NewValues(nil, r.flags.set)
	if name := r.flags.values; name != "" {
		values, err := process.LoadValues(&r.options.Source, r.out, name, name)
		if err != nil {
			return fmt.Errorf("failed to decode yaml (%w)", err)
		}
		r.values = process.NewValues(&values.ValuesSpec, nil)
	}
	if operation := r.values.Operation(); !slices.Contains([]string{"", "CREATE", "UPDATE", "DELETE", "CONNECT"}, operation) {
		return fmt.Errorf("invalid request.operation value %q, must be one of CREATE, UPDATE, DELETE, CONNECT", operation)
	}
	return nil
}

// loadPolicies reads the policies. Files that cannot be read are passed over; what the real one keeps silent about is
// said on the error output.
func (r *runner) loadPolicies(names []string) error {
	r.policies = files.NewPolicies()
	for _, name := range names {
		if files.IsURL(name) {
			return fmt.Errorf("failed to clone repository (git repositories cannot be read here: %s)", name)
		}
		found, err := r.options.Source.Policies([]string{name})
		if err != nil {
			fmt.Fprintf(r.notes, "%s is left out: %v\n", name, err)
			r.hint(document.HintOf(err))
			continue
		}
		for _, note := range found.Errors {
			fmt.Fprintf(r.notes, "%s: a document is left out: %s\n", note.Path, note.Text)
			r.hint(note.Hint)
		}
		for _, note := range found.Warnings {
			r.warn(note.Path + ": " + note.Text)
		}
		r.policies.Merge(found)
	}
	return r.refuseWarnings()
}

func (r *runner) hint(text string) {
	if text != "" {
		fmt.Fprintln(r.notes, "hint: "+text)
	}
}

func (r *runner) warn(text string) {
	fmt.Fprintln(r.out, "Warning: "+text)
	r.warnings++
}

func (r *runner) refuseWarnings() error {
	if r.flags.strict && r.warnings > 0 {
		return fmt.Errorf("found %d deprecation warning(s) and --warnings-as-errors is set", r.warnings)
	}
	return nil
}

// loadResources reads the resources from files or from the cluster.
func (r *runner) loadResources() error {
	var err error
	if r.targets, err = r.read(r.flags.targets); err != nil {
		return err
	}
	if !r.flags.cluster {
		if r.resources, err = r.read(r.flags.resources); err != nil {
			return err
		}
		r.resources, r.globals, err = process.TakeGlobalContext(r.resources)
		return err
	}
	return r.loadCluster()
}

func (r *runner) read(names []string) ([]*unstructured.Unstructured, error) {
	resources, err := r.options.Source.Resources(r.out, names, r.flags.report)
	if err != nil {
		return nil, fmt.Errorf("failed to load resources (%w)", err)
	}
	return process.FloatNumbers(resources), nil
}

// kinds are what the policies are about, as entries of match.resources.kinds name it.
func (r *runner) kinds() ([]string, error) {
	var kinds []string
	for _, policy := range r.policies.Kyverno {
		kinds = append(kinds, policy.Kinds()...)
	}
	for _, object := range r.policies.Cleanup {
		policy, err := engine.CompileCleanup(object)
		if err != nil {
			return nil, fmt.Errorf("failed to compile policy %s (%w)", object.GetName(), err)
		}
		kinds = append(kinds, policy.Kinds()...)
	}
	for _, policy := range slices.Concat(r.policies.CEL, r.policies.Admission, r.policies.Mutating) {
		for _, resource := range process.Constrained(policy) {
			if kind, err := r.cluster.KindFor(resource); err == nil { // others are left out, as those that may not be listed
				kinds = append(kinds, kind.GroupVersion().String()+"/"+kind.Kind)
			}
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds), nil
}

// loadCluster lists what the policies are about; names given with --resource choose from it.
func (r *runner) loadCluster() error {
	if r.options.Connect == nil {
		return fmt.Errorf("there is no cluster here")
	}
	var err error
	if r.cluster, err = r.options.Connect(r.ctx, r.flags.kubeconfig, r.flags.kubecontext); err != nil {
		return err
	}
	kinds, err := r.kinds()
	if err != nil {
		return err
	}
	var found []*unstructured.Unstructured
	if r.flags.clusterWide {
		if found, err = r.cluster.Resources(r.ctx, kinds, "", true); err != nil {
			return fmt.Errorf("failed to load resources (%w)", err)
		}
	}
	if !r.flags.clusterWide || r.flags.namespace != "" {
		more, err := r.cluster.Resources(r.ctx, kinds, r.flags.namespace, false)
		if err != nil {
			return fmt.Errorf("failed to load resources (%w)", err)
		}
		found = append(found, more...)
	}
	return r.choose(process.FloatNumbers(found))
}

func (r *runner) choose(found []*unstructured.Unstructured) error {
	if len(r.flags.resources) == 0 {
		r.resources = found
		return nil
	}
	const line = "----------------------------------------------------------------------"
	for _, name := range r.flags.resources {
		before := len(r.resources)
		for _, resource := range found {
			if resource.GetName() == name {
				r.resources = append(r.resources, resource)
			}
		}
		if len(r.resources) == before {
			if !r.flags.report {
				fmt.Fprintf(r.out, "\n%s\nresource %s not found in cluster\n%s\n", line, name, line)
			}
			return fmt.Errorf("failed to load resources (%s not found in cluster)", name)
		}
	}
	return nil
}

func (r *runner) loadExceptions() error {
	if r.flags.withResources || r.flags.withinResources {
		for _, resource := range r.resources {
			if resource.GetKind() == "PolicyException" && strings.HasSuffix(resource.GroupVersionKind().Group, "kyverno.io") {
				r.polex = append(r.polex, resource)
			}
		}
	} else {
		var warnings []string
		var err error
		if r.polex, warnings, err = r.options.Source.Exceptions(r.policies, r.flags.exceptions); err != nil {
			return fmt.Errorf("Error: failed to load exceptions (%w)", err) //nolint:revive,staticcheck // the real one's words
		}
		for _, warning := range warnings {
			r.warn(warning)
		}
	}
	if err := r.refuseWarnings(); err != nil {
		return err
	}
	if r.flags.withinPolicies {
		r.polex = append(r.polex, r.policies.Exceptions...)
	}
	return nil
}
