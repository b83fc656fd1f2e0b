package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"podsec/engine"
	"podsec/engine/celpolicy"
	"podsec/engine/cli/files"
	"podsec/engine/cli/table"
)

// Options are what the command needs from outside.
type Options struct {
	Source files.Source
	// Verifier checks signatures of images; nil makes verifyImages rules errors.
	Verifier engine.ImageVerifier
	// Images reads images' data from registries, with --registry.
	Images engine.ImageDataGetter
	// Types knows the fields of the built-in kinds; nil: what objects show.
	Types celpolicy.Types
	// Connect connects to a cluster, for --cluster; nil refuses it.
	Connect func(ctx context.Context, kubeconfig, kubecontext string) (Cluster, error)
}

// ExitError is the end of a command with a status of its own; what there is to say has been said.
type ExitError struct{ Status int }

// Error implements error.
func (e ExitError) Error() string { return fmt.Sprintf("exit as warnExitCode is %d", e.Status) }

// flags are the command's flags.
type flags struct {
	resources, targets, parameters, payloads, http, envoy, set, exceptions, crds []string

	output, userInfo, values, context, format, namespace, branch, username, password, kubeconfig, kubecontext string

	cluster, report, stdin, registry, auditWarn, warnNoPass, strict, plain, detailed, table, goOn             bool
	withResources, withinResources, withinPolicies, generateExceptions, clusterWide, onError, showPerformance bool

	warnExit, concurrent, batch int
	ttl                         time.Duration
}

// New returns `kyverno apply`.
func New(o Options) *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:   "apply",
		Short: "Applies policies on resources.",
		Long: "Applies policies on resources.\n\n" +
			"  For more information visit https://kyverno.io/docs/kyverno-cli/usage/apply/",
		Example: "  # Apply a policy on a resource\n  kyverno apply policy.yaml --resource pod.yaml\n\n" +
			"  # Apply the policies of a folder on a folder of resources\n  kyverno apply policies/ --resource resources/\n\n" +
			"  # Apply on a cluster\n  kyverno apply policies/ --cluster\n\n" +
			"  # Give a variable its value\n  kyverno apply policy.yaml --resource pod.yaml --set request.operation=UPDATE",
		SilenceUsage: true,
		RunE: func(command *cobra.Command, policies []string) error {
			out := command.OutOrStdout()
			r := &runner{
				ctx: command.Context(), options: o, flags: f, out: out, notes: command.ErrOrStderr(),
				palette: table.NewPalette(out, f.plain), started: time.Now(),
			}
			if err := r.run(policies); err != nil {
				return err
			}
			command.SilenceErrors = true // what follows is said in the output
			r.print()
			return r.end()
		},
	}
	addFlags(command, &f)
	return command
}

func addFlags(command *cobra.Command, f *flags) {
	set := command.Flags()
	set.StringSliceVar(&f.payloads, "json", nil, "Path to JSON payload files")
	set.StringSliceVar(&f.http, "http-payload", nil, "Path to HTTP check request payload files (JSON)")
	set.StringSliceVar(&f.envoy, "envoy-payload", nil, "Path to Envoy check request payload files (JSON)")
	set.StringSliceVarP(&f.resources, "resource", "r", nil, "Path to resource files")
	set.StringSliceVar(&f.resources, "resources", nil, "Path to resource files")
	set.StringSliceVar(&f.targets, "target-resource", nil, "Path to individual files containing target resources files for policies that have mutate existing")
	set.StringSliceVar(&f.targets, "target-resources", nil, "Path to a directory containing target resources files for policies that have mutate existing")
	set.BoolVarP(&f.cluster, "cluster", "c", false, "Checks if policies should be applied to cluster in the current context")
	set.StringVarP(&f.output, "output", "o", "", "Prints the mutated/generated resources in provided file/directory")
	set.StringVarP(&f.userInfo, "userinfo", "u", "", "Admission Info including Roles, Cluster Roles and Subjects")
	set.StringSliceVarP(&f.set, "set", "s", nil, "Variables that are required")
	set.StringVarP(&f.values, "values-file", "f", "", "File containing values for policy variables")
	set.StringVar(&f.context, "context-file", "", "File containing context data for CEL policies")
	set.BoolVarP(&f.report, "policy-report", "p", false, "Generates policy report when passed (default policyviolation)")
	set.StringVar(&f.format, "output-format", "yaml", "Specifies the policy report format (json or yaml). Default: yaml.")
	set.StringVarP(&f.namespace, "namespace", "n", "", "Optional Policy parameter passed with cluster flag")
	set.BoolVarP(&f.stdin, "stdin", "i", false, "Optional mutate policy parameter to pipe directly through to kubectl")
	set.BoolVar(&f.registry, "registry", false, "If set to true, access the image registry using local docker credentials to populate external data")
	set.StringVar(&f.kubeconfig, "kubeconfig", "", "path to kubeconfig file with authorization and master location information")
	set.StringVar(&f.kubecontext, "context", "", "The name of the kubeconfig context to use")
	set.StringVarP(&f.branch, "git-branch", "b", "", "test git repository branch")
	set.StringVar(&f.username, "username", "", "Username for connecting to git repository")
	set.StringVar(&f.password, "password", "", "Password for connecting to git repository")
	set.BoolVar(&f.auditWarn, "audit-warn", false, "If set to true, will flag audit policies as warnings instead of failures")
	set.IntVar(&f.warnExit, "warn-exit-code", 0, "Set the exit code for warnings; if failures or errors are found, will exit 1")
	set.BoolVar(&f.warnNoPass, "warn-no-pass", false, "Specify if warning exit code should be raised if no objects satisfied a policy; can be used together with --warn-exit-code flag")
	set.BoolVar(&f.strict, "warnings-as-errors", false, "Treat deprecation warnings as errors")
	set.BoolVar(&f.plain, "remove-color", false, "Remove any color from output")
	set.BoolVar(&f.detailed, "detailed-results", false, "If set to true, display detailed results")
	set.BoolVarP(&f.table, "table", "t", false, "Show results in table format")
	set.StringSliceVar(&f.parameters, "parameter-resource", nil, "Path to resource files that act as ValidatingAdmissionPolicy/MutatingAdmissionPolicy parameters")
	set.StringSliceVarP(&f.exceptions, "exception", "e", nil, "Policy exception to be considered when evaluating policies against resources")
	set.StringSliceVar(&f.exceptions, "exceptions", nil, "Policy exception to be considered when evaluating policies against resources")
	set.BoolVar(&f.goOn, "continue-on-fail", false, "If set to true, will continue to apply policies on the next resource upon failure to apply to the current resource instead of exiting out")
	set.BoolVar(&f.withResources, "exceptions-with-resources", false, "Evaluate policy exceptions from the resources path")
	set.BoolVar(&f.withinResources, "exceptions-within-resources", false, "Evaluate policy exceptions from the resources path")
	set.BoolVar(&f.withinPolicies, "exceptions-within-policies", false, "Evaluate policy exceptions from the policies path")
	set.BoolVar(&f.generateExceptions, "generate-exceptions", false, "Generate policy exceptions for each violation")
	set.DurationVar(&f.ttl, "generated-exception-ttl", 30*24*time.Hour, "Default TTL for generated exceptions")
	set.BoolVar(&f.clusterWide, "cluster-wide-resources", false, "If set to true, will apply policies to cluster-wide resources")
	set.IntVar(&f.concurrent, "concurrent", 1, "Number of concurrent workers for resource loading")
	set.IntVar(&f.batch, "batch-size", 100, "Number of resources to fetch per API call")
	set.BoolVar(&f.onError, "continue-on-error", true, "Continue processing despite resource loading errors")
	set.BoolVar(&f.showPerformance, "show-performance", false, "Show resource loading performance metrics")
	set.StringSliceVar(&f.crds, "crd-paths", nil, "List of paths to CRD files to be used for apply command")
	set.StringSliceVar(&f.crds, "crd-path", nil, "Deprecated: use --crd-paths instead")
	_ = set.MarkDeprecated("crd-path", "use --crd-paths instead") // the flag is there
}

// check refuses arguments that do not go together.
func (f *flags) check(policies []string) error {
	crds := slices.DeleteFunc(slices.Clone(f.crds), func(p string) bool { return strings.TrimSpace(p) == "" })
	switch {
	case f.values != "" && f.set != nil:
		return errors.New("pass the values either using set flag or values_file flag")
	case len(policies) == 0:
		return errors.New("require policy")
	case slices.Contains(policies, "-") && slices.Contains(f.resources, "-"):
		return errors.New("a stdin pipe can be used for either policies or resources, not both")
	case len(f.resources) > 0 && len(f.payloads) > 0:
		return errors.New("both resource and json files can not be used together, use one or the other")
	case len(f.resources)+len(f.payloads)+len(f.http)+len(f.envoy) == 0 && !f.cluster:
		return errors.New("resource file(s) or cluster required")
	case len(crds) > 0 && strings.TrimSpace(f.kubeconfig) != "":
		return errors.New("crd-paths and kubeconfig flags are mutually exclusive, please use only one of them")
	case len(f.http)+len(f.envoy) > 0:
		return errors.New("payloads of HTTP and Envoy are not supported here")
	}
	return nil
}

// end is how the command ends: violations and errors with 1, warnings and nothing passed with a chosen status.
func (r *runner) end() error {
	c := r.counts
	switch {
	case c.Fail > 0:
		return errors.New("exit as there are policy violations")
	case c.Error > 0:
		return errors.New("exit as there are policy errors")
	case c.Warn > 0 && r.flags.warnExit != 0:
		fmt.Fprintf(r.out, "exit as warnExitCode is %d", r.flags.warnExit)
		return ExitError{r.flags.warnExit}
	case c.Pass == 0 && r.flags.warnNoPass:
		fmt.Fprintln(r.out, "exit as no objects satisfied policy")
		return ExitError{r.flags.warnExit}
	}
	return nil
}
