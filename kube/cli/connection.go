package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsec/kube/live"
)

// Connection is what flags say about the real cluster to work on. Without a context it is none.
type Connection struct {
	Context    string
	Kubeconfig string
	Yes        bool // the user agreed on the command line
	Wide       bool // policies are for the whole cluster
	AWS        bool // the AWS account of the environment is meant too
}

// Bind adds the flags.
func (c *Connection) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&c.Context, "context", "", "work on the real cluster of this kubeconfig context")
	flags.StringVar(&c.Kubeconfig, "kubeconfig", "", "kubeconfig `FILE` (default: as kubectl finds it)")
	flags.BoolVar(&c.Yes, "yes", false, "do not ask before working on the cluster that --context names")
	flags.BoolVar(&c.AWS, "aws", false, "the AWS account of the environment is meant too, where lab 7 makes a key and repositories")
	flags.BoolVar(&c.Wide, "cluster-wide", false, "let policies apply to the whole cluster, not to the workshop's namespaces alone")
}

// Complete offers the contexts of the kubeconfig.
func (c *Connection) Complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	names, _, err := live.Contexts(c.Kubeconfig)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// Live reports whether a real cluster is meant.
func (c *Connection) Live() bool { return c.Context != "" }

// Target finds the cluster. With --yes it must have been named.
func (c *Connection) Target() (*live.Target, error) {
	if c.Yes && c.Context == "" {
		return nil, errors.New("--yes goes with --context: name the cluster that you agree to")
	}
	return live.Find(live.Options{Kubeconfig: c.Kubeconfig, Context: c.Context})
}

// errNotConfirmed says that the user did not agree.
var errNotConfirmed = errors.New("not confirmed: nothing was done")

// Confirm shows which cluster is meant and has the user type its name, twice when it looks like production. what says
// what is about to happen: "run labs on".
func (c *Connection) Confirm(ctx context.Context, target *live.Target, what string, in io.Reader, out io.Writer) error {
	version, err := target.Version(ctx)
	if err != nil {
		trouble := live.Explain(err)
		return fmt.Errorf("reach %s: %s%s", target.Context, trouble.Problem, hintLine(trouble.Hint))
	}
	fmt.Fprintf(out, "podsec is about to %s this cluster:\n  context  %s\n  server   %s\n  version  %s\n", what, target.Context, target.Server, version)
	if c.Yes {
		return nil
	}
	for _, c := range target.Consents() {
		if err := typed(in, out, c.Ask+": ", c.Want); err != nil {
			return err
		}
	}
	return nil
}

func typed(in io.Reader, out io.Writer, question, want string) error {
	fmt.Fprint(out, question)
	if strings.TrimSpace(readLine(in)) != want {
		return errNotConfirmed
	}
	return nil
}

// readLine reads a line and nothing after it, which may be the answer to another question.
func readLine(in io.Reader) string {
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := in.Read(one)
		if n > 0 && one[0] == '\n' || err != nil {
			return string(line)
		}
		line = append(line, one[:n]...)
	}
}

func hintLine(hint string) string {
	if hint == "" {
		return ""
	}
	return "\nhint: " + hint
}
