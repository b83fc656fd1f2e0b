package apply

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec/engine"
	"podsec/engine/cli/files"
	"podsec/engine/cli/process"
	"podsec/engine/cli/table"
	"podsec/engine/policycheck"
)

// Cluster is where --cluster reads.
type Cluster interface {
	engine.APICaller
	// Resources lists the objects that entries of match.resources.kinds name, in one namespace or ("") in all; clusterWide
	// leaves out those that have a namespace.
	Resources(ctx context.Context, kinds []string, namespace string, clusterWide bool) ([]*unstructured.Unstructured, error)
	// NamespaceLabels returns the labels of a namespace.
	NamespaceLabels(ctx context.Context, name string) (map[string]string, error)
}

// runner is one run of the command.
type runner struct {
	ctx       context.Context //nolint:containedctx // a runner lives no longer than the command
	options   Options
	flags     flags
	out       io.Writer
	notes     io.Writer // the error output
	palette   table.Palette
	cluster   Cluster
	values    *process.Values
	policies  *files.Policies
	resources []*unstructured.Unstructured
	targets   []*unstructured.Unstructured
	polex     []*unstructured.Unstructured
	globals   process.GlobalEntries
	warnings  int

	skipped, invalid []string
	counts           process.Counts
	responses        []process.Response
}

// run loads everything and applies the policies. Errors are of the arguments and files.
func (r *runner) run(policies []string) error {
	if err := r.flags.check(policies); err != nil {
		return err
	}
	log, err := openLog(r.flags.output)
	if err != nil {
		return err
	}
	processor := &process.Processor{}
	if err := r.loadUser(processor); err != nil {
		return err
	}
	if err := r.loadValues(); err != nil {
		return err
	}
	if err := r.loadPolicies(policies); err != nil {
		return err
	}
	if err := r.loadResources(); err != nil {
		return err
	}
	if err := r.loadExceptions(); err != nil {
		return err
	}
	r.announce()
	r.prepare(processor)
	return r.apply(processor, log)
}

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
	r.policies = &files.Policies{}
	for _, name := range names {
		if files.IsURL(name) {
			return fmt.Errorf("failed to clone repository (git repositories cannot be read here: %s)", name)
		}
		found, err := r.options.Source.Policies([]string{name})
		if err != nil {
			fmt.Fprintf(r.notes, "%s is left out: %v\n", name, err)
			continue
		}
		for _, note := range found.Errors {
			fmt.Fprintf(r.notes, "%s: a document is left out: %s\n", note.Path, note.Text)
		}
		for _, note := range found.Warnings {
			r.warn(note.Path + ": " + note.Text)
		}
		r.policies.Merge(found)
	}
	return r.refuseWarnings()
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

// loadCluster lists what the policies are about; names given with --resource choose from it.
func (r *runner) loadCluster() error {
	if r.options.Connect == nil {
		return fmt.Errorf("there is no cluster here")
	}
	var err error
	if r.cluster, err = r.options.Connect(r.ctx, r.flags.kubeconfig, r.flags.kubecontext); err != nil {
		return err
	}
	var kinds []string
	for _, policy := range r.policies.Kyverno {
		kinds = append(kinds, policy.Kinds()...)
	}
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
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
		if r.polex, warnings, err = r.options.Source.Exceptions(r.flags.exceptions); err != nil {
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

// announce says how much there is to do.
func (r *runner) announce() {
	if r.flags.stdin || r.flags.report || r.flags.generateExceptions {
		return
	}
	rules := r.policies.Count() - len(r.policies.Kyverno) + len(r.policies.Cleanup)
	for _, policy := range r.policies.Kyverno {
		rules += policy.RulesCount()
	}
	fmt.Fprintf(r.out, "\nApplying %d policy rule(s) to %d resource(s)", rules, len(r.resources))
	if len(r.polex) > 0 {
		fmt.Fprintf(r.out, " with %d exception(s)", len(r.polex))
	}
	fmt.Fprintln(r.out, "...")
}

// prepare completes the processor.
func (r *runner) prepare(processor *process.Processor) {
	options := engine.Options{Values: r.values, Offline: true, Exceptions: process.Exceptions(r.polex), ImageVerifier: r.options.Verifier}
	if r.flags.registry {
		options.Images = r.options.Images
	}
	switch {
	case r.cluster != nil:
		options.APICall = r.cluster
		processor.Cluster = func(name string) (map[string]string, error) { return r.cluster.NamespaceLabels(r.ctx, name) }
	case len(r.resources)+len(r.targets) > 0:
		options.APICall = process.World(slices.Concat(r.resources, r.targets))
		if r.globals != nil {
			options.GlobalContext = r.globals
		}
	}
	processor.Engine, processor.Values = process.NewEngine(options), r.values
	processor.Targets = slices.Concat(r.resources, r.targets)
	for _, policy := range r.policies.Kyverno {
		_, err := policycheck.Check(policy.Object(), nil, nil)
		if err == nil {
			processor.Policies = append(processor.Policies, policy)
			continue
		}
		r.counts.Error++
		text := policy.Name() + ": " + err.Error()
		if strings.HasPrefix(err.Error(), "variable 'element.name'") {
			r.invalid = append(r.invalid, text)
		} else {
			r.skipped = append(r.skipped, text)
		}
	}
}

// answer is what the policies said of one resource.
type answer struct {
	responses []process.Response
	err       error
}

// apply applies the policies to each resource, several at a time, and shows in their order what was changed or made.
func (r *runner) apply(processor *process.Processor, log *changeLog) error {
	answers := make([]chan answer, len(r.resources))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range answers {
		answers[i] = make(chan answer, 1)
	}
	go func() {
		for i, resource := range r.resources {
			slots <- struct{}{}
			go func() {
				responses, err := processor.Apply(r.ctx, resource)
				answers[i] <- answer{responses, err}
				<-slots
			}()
		}
	}()
	for i, resource := range r.resources {
		if err := r.take(<-answers[i], resource, log); err != nil {
			return err
		}
	}
	return nil
}

// take shows and counts what was said of a resource.
func (r *runner) take(a answer, resource *unstructured.Unstructured, log *changeLog) error {
	if a.err != nil {
		if r.flags.goOn {
			return nil
		}
		return fmt.Errorf("failed to apply policies on resource %s (%w)", resource.GetName(), a.err)
	}
	for i := range a.responses {
		if err := r.show(&a.responses[i], resource, log); err != nil {
			return err
		}
	}
	r.counts.Add(r.flags.auditWarn, a.responses...)
	r.responses = append(r.responses, a.responses...)
	return nil
}
