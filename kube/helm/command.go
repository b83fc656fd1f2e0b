package helm

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podsec/assets/kyverno"
)

const about = `podsec's stand-in for helm. It is not Helm: it knows one chart, kyverno/kyverno %s
(Kyverno %s), and carries it along, so that it works without a network.

What it does, it does as Helm does, on the cluster that kubectl uses.`

// root builds the command line. It is built anew for every run, so that no flag survives.
func (h *Helm) root() *cobra.Command {
	root := &cobra.Command{
		Use: "helm", Short: "podsec's stand-in for helm", Long: fmt.Sprintf(about, kyverno.ChartVersion, kyverno.AppVersion),
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetOut(h.Stdout)
	root.SetErr(h.Stderr)
	root.PersistentFlags().StringP("namespace", "n", "", "namespace scope for this request")
	root.AddCommand(h.repoCommand(), h.installCommand(), h.listCommand(), h.statusCommand(), h.uninstallCommand(), h.versionCommand())
	return root
}

// versionCommand prints what this is; scripts that look for Helm's version must not be misled.
func (h *Helm) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "say what this is", Args: exactly(0),
		Run: func(*cobra.Command, []string) {
			fmt.Fprintf(h.Stdout, "podsec's stand-in for helm, with the chart kyverno %s (Kyverno %s); not Helm itself\n", kyverno.ChartVersion, kyverno.AppVersion)
		},
	}
}

// exactly and atLeast refuse a wrong number of arguments in Helm's words (pkg/cmd/require).
func exactly(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		if n == 0 {
			return fmt.Errorf("%q accepts no arguments\n\nUsage:  %s", command.CommandPath(), command.UseLine())
		}
		return fmt.Errorf("%q requires %s\n\nUsage:  %s", command.CommandPath(), count(n), command.UseLine())
	}
}

func atLeast(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return fmt.Errorf("%q requires at least %s\n\nUsage:  %s", command.CommandPath(), count(n), command.UseLine())
	}
}

func count(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// table lays out rows as Helm does: cells padded to the widest of their column, with a tab between them.
func table(rows ...[]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				text.WriteByte('\t')
			}
			fmt.Fprintf(&text, "%-*s", widths[i], cell)
		}
		text.WriteByte('\n')
	}
	return text.String()
}
