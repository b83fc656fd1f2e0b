package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"podsec/engine/document"
	"podsec/kube/inspect"
)

const whyExample = `  podsec why -f pod.yaml -p policy.yaml          what the policy makes of the pod, and why
  podsec why -f app/ -p policies/ --fix          and the smallest change that makes every rule pass
  podsec why deployment/web -n shop              the same for what runs in your cluster, under its policies
  podsec why -f pod.yaml                         a file, under the policies of your cluster
  podsec why -f pod.yaml -p policies/ --fix -o yaml > fixed.yaml`

// The exit statuses of podsec why.
const (
	whyAdmitted = 0
	whyBlocked  = 1
	whyBadInput = 2
)

// whyOptions are the flags of podsec why.
type whyOptions struct {
	files, policies []string
	old             string
	namespace       string
	namespaceLabels map[string]string
	labelsGiven     bool
	operation       string
	user            string
	groups          []string
	roles           []string
	clusterRoles    []string
	noFilters       bool
	fix             bool
	signatures      bool
	output          string
	kubeconfig      string
	context         string
	kyverno         string
	stdin           io.Reader
}

// Why returns `podsec why`, which explains what becomes of a request and proposes a fix. It ends by calling exit with 0
// when every request is admitted, 1 when one would be blocked, and 2 when the input cannot be used.
func Why(exit func(status int)) *cobra.Command {
	var o whyOptions
	command := &cobra.Command{
		Use:     "why [TYPE/NAME]… [-f FILE]… [-p POLICY]…",
		Short:   "Explain what policies make of a resource, and propose a fix",
		Long:    whyLong,
		Example: whyExample,
		RunE: func(command *cobra.Command, args []string) error {
			o.labelsGiven = command.Flags().Changed("namespace-labels")
			o.stdin = command.InOrStdin()
			status, err := why(command.Context(), o, args, command.OutOrStdout(), command.ErrOrStderr())
			if err != nil {
				complain(command.ErrOrStderr(), err)
			}
			exit(status)
			return nil
		},
	}
	o.flags(command)
	return command
}

const whyLong = `Explain what becomes of a resource: which rules change it, what Pod Security Admission says by the labels of its
namespace, which rules are considered and which are not and because of which clause, what fails at which field and which
line of the policy, and what decides whether the request is blocked or only reported.

Without -p the policies, exceptions, resource filters and namespaces are those of your cluster. With -p no cluster is
asked, unless a resource is named as TYPE/NAME. Files may hold several documents; Namespaces among the resources give
their labels to the others, PolicyExceptions among the policies count. Policies of policies.kyverno.io and the API
server's own (ValidatingAdmissionPolicy, MutatingAdmissionPolicy) are not explained; those of your cluster are named on
standard error.

The exit status is 0 when all resources would be admitted, 1 when one would be blocked, 2 when the input is wrong.`

func (o *whyOptions) flags(command *cobra.Command) {
	f := command.Flags()
	f.StringArrayVarP(&o.files, "filename", "f", nil, "`FILE` or folder with resources, - for standard input")
	f.StringArrayVarP(&o.policies, "policy", "p", nil, "`FILE` or folder with policies and exceptions, - for standard input")
	f.StringVarP(&o.namespace, "namespace", "n", "", "namespace of resources that name none")
	f.StringToStringVar(&o.namespaceLabels, "namespace-labels", nil, "labels of the resources' namespace: key=value,…")
	f.StringVar(&o.operation, "operation", "CREATE", "operation of the request: CREATE, UPDATE or DELETE")
	f.StringVar(&o.old, "old", "", "`FILE` with the resource as it is stored; makes the request an UPDATE")
	f.StringVar(&o.user, "as", "", "name of who sends the request")
	f.StringArrayVar(&o.groups, "as-group", nil, "group of who sends the request")
	f.StringArrayVar(&o.roles, "role", nil, "role of who sends the request, NAMESPACE:NAME")
	f.StringArrayVar(&o.clusterRoles, "cluster-role", nil, "cluster role of who sends the request")
	f.BoolVar(&o.noFilters, "no-filters", false, "leave Kyverno's resource filters out")
	f.BoolVar(&o.signatures, "signatures", false, "verify images: ask their registries for signatures, KMS and the cluster for keys")
	f.BoolVar(&o.fix, "fix", false, "propose the smallest change that makes every rule pass")
	f.StringVarP(&o.output, "output", "o", "text", "text or json; with --fix also patch (JSON patch) or yaml (the edited resources)")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "`FILE` that says where the cluster is")
	f.StringVar(&o.context, "context", "", "context of the kubeconfig to use")
	f.StringVar(&o.kyverno, "kyverno-namespace", "kyverno", "namespace in which Kyverno runs")
}

// why does the work; the error comes with status whyBadInput.
func why(ctx context.Context, o whyOptions, args []string, out, notes io.Writer) (int, error) {
	if err := o.check(args); err != nil {
		return whyBadInput, err
	}
	subjects, err := gather(ctx, &o, args)
	if err != nil {
		return whyBadInput, err
	}
	reports, err := subjects.explain(ctx, o.fix)
	if err != nil {
		return whyBadInput, err
	}
	if err := o.print(out, reports); err != nil {
		return whyBadInput, err
	}
	if note := inspect.UnjudgedNote(subjects.unjudged, subjects.namespaceNames()...); note != "" {
		fmt.Fprintln(notes, note)
	}
	for _, r := range reports {
		if !r.Verdict.Admitted {
			return whyBlocked, nil
		}
	}
	return whyAdmitted, nil
}

// check refuses flags that say nothing or contradict each other.
func (o *whyOptions) check(args []string) error {
	switch {
	case len(args) == 0 && len(o.files) == 0:
		return hinted("there is no resource to explain", "podsec why -f pod.yaml -p policy.yaml, or podsec why deployment/web -n shop")
	case o.output != "text" && o.output != "json" && o.output != "patch" && o.output != "yaml":
		return hinted(fmt.Sprintf("unknown output %q", o.output), "text, json, patch or yaml")
	case !o.fix && (o.output == "patch" || o.output == "yaml"):
		return hinted(fmt.Sprintf("there is no %s without a fix", o.output), "add --fix")
	case o.operation != "CREATE" && o.operation != "UPDATE" && o.operation != "DELETE":
		return hinted(fmt.Sprintf("unknown operation %q", o.operation), "CREATE, UPDATE or DELETE")
	}
	return nil
}

// hinted is an error of the command line with what to do about it.
func hinted(message, hint string) error { return &document.Problem{Message: message, Hint: hint} }

// complain writes an error with its hint.
func complain(out io.Writer, err error) {
	fmt.Fprintf(out, "podsec: %v\n", err)
	problem := (*document.Problem)(nil)
	if errors.As(err, &problem) && problem.Hint != "" {
		fmt.Fprintf(out, "hint: %s\n", problem.Hint)
	}
	if errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(out, "hint: file names are relative to the folder that you are in")
	}
}
