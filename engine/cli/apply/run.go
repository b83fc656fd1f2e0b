package apply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

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
	// KindFor returns the kind of a resource as paths of the API name it.
	KindFor(resource schema.GroupVersionResource) (schema.GroupVersionKind, error)
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
	payloads  []*unstructured.Unstructured // JSON that is no resource
	polex     []*unstructured.Unstructured
	globals   process.GlobalEntries
	warnings  int

	skipped, invalid []string
	counts           process.Counts
	responses, later []process.Response // what is printed as a whole when all is known, and what is to come after it
	listed           bytes.Buffer       // what failed, when that is all that is printed
	reports          reports
	started          time.Time
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
	if err := r.loadPayloads(); err != nil {
		return err
	}
	if err := r.loadExceptions(); err != nil {
		return err
	}
	r.announce()
	r.prepare(processor)
	if processor.CEL, err = r.celPolicies(); err != nil {
		return err
	}
	if err := r.apply(processor, log); err != nil {
		return err
	}
	if err := r.judgePayloads(processor, log); err != nil {
		return err
	}
	if err := r.cleanUp(processor); err != nil {
		return err
	}
	r.keepLater()
	return nil
}

// announce says how much there is to do.
func (r *runner) announce() {
	if r.flags.stdin || r.flags.report || r.flags.generateExceptions {
		return
	}
	rules := len(r.policies.CEL) + len(r.policies.Admission) + len(r.policies.Mutating) + len(r.policies.Cleanup)
	for _, policy := range r.policies.Kyverno {
		rules += policy.RulesCount()
	}
	fmt.Fprintf(r.out, "\nApplying %d policy rule(s) to %d resource(s)", rules, len(r.resources)+len(r.payloads))
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
	parts     []*part
	err       error
}

// apply applies the policies to each resource, several at a time, and shows in their order what was changed or made. No
// more answers wait to be shown than keep all processors busy.
func (r *runner) apply(processor *process.Processor, log *changeLog) error {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	answers := make([]chan answer, len(r.resources))
	slots := make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	for i := range answers {
		answers[i] = make(chan answer, 1)
	}
	go func() {
		for i, resource := range r.resources {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			go func() {
				responses, err := processor.Apply(ctx, resource)
				answers[i] <- answer{responses, r.parts(responses), err}
			}()
		}
	}()
	for i, resource := range r.resources {
		select {
		case said := <-answers[i]:
			if err := r.take(said, resource, log); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		<-slots
	}
	return nil
}

// cleanUp applies the clean-up policies.
func (r *runner) cleanUp(processor *process.Processor) error {
	responses, err := processor.CleanUp(r.ctx, r.policies.Cleanup, r.resources)
	if err != nil {
		return err
	}
	r.counts.Add(r.flags.auditWarn, responses...)
	r.keep(responses)
	r.reports.add(r.parts(responses))
	return nil
}

// take shows and counts what was said of a resource.
func (r *runner) take(a answer, resource *unstructured.Unstructured, log *changeLog) error {
	if a.err != nil {
		if r.flags.goOn {
			return nil
		}
		return fmt.Errorf("failed to apply policies on resource %s (%w)", r.nameOf(resource), a.err)
	}
	for i := range a.responses {
		if why := a.responses[i].Undecided(); why != "" {
			err := errors.New("failed to apply deleting policies on resource: " + why)
			if !r.flags.goOn {
				return err
			}
			fmt.Fprintln(r.out, err)
		}
		if err := r.show(&a.responses[i], resource, log); err != nil {
			return err
		}
	}
	r.counts.Add(r.flags.auditWarn, a.responses...)
	r.keep(a.responses)
	r.reports.add(a.parts)
	return nil
}
