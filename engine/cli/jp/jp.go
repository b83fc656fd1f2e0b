package jp

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	gojmespath "github.com/kyverno/go-jmespath"
	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"podsec/engine/cli/process"
)

const website = "\n\n  For more information visit https://kyverno.io/docs/kyverno-cli/usage/jp/"

// New returns `kyverno jp`.
func New() *cobra.Command {
	const about = "Provides a command-line interface to JMESPath, enhanced with Kyverno specific custom functions."
	command := &cobra.Command{
		Use: "jp", Short: about, Long: about + website, Args: cobra.NoArgs, SilenceUsage: true,
		Example: "  # List functions\n  kyverno jp function\n\n" +
			"  # Evaluate query\n  kyverno jp query -i object.yaml 'request.object.metadata.name | truncate(@, `9`)'\n\n" +
			"  # Parse expression\n  kyverno jp parse 'request.object.metadata.name | truncate(@, `9`)'",
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(function(), parse(), query())
	return command
}

//go:embed functions.tsv
var functions string // name, signature and note of each function, a line each, in the order in which they are listed

// function returns `kyverno jp function`.
func function() *cobra.Command {
	const about = "Provides function informations."
	return &cobra.Command{
		Use: "function [function_name]...", Short: about, Long: about + website, SilenceUsage: true,
		Example: "  # List functions\n  kyverno jp function\n\n  # Get function infos\n  kyverno jp function truncate",
		Run: func(command *cobra.Command, names []string) {
			out := command.OutOrStdout()
			for line := range strings.Lines(functions) {
				fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
				if len(names) > 0 && !slices.Contains(names, fields[0]) {
					continue
				}
				fmt.Fprintf(out, "Name: %s\n  Signature: %s\n", fields[0], fields[1])
				if fields[2] != "" {
					fmt.Fprintln(out, "  Note:     ", fields[2])
				}
				fmt.Fprintln(out)
			}
		},
	}
}

// parse returns `kyverno jp parse`.
func parse() *cobra.Command {
	const about = "Parses jmespath expression and shows corresponding AST."
	var names []string
	command := &cobra.Command{
		Use: "parse [-f file|expression]...", Short: about, Long: about + website, SilenceUsage: true,
		Example: "  # Parse expression\n  kyverno jp parse 'request.object.metadata.name | truncate(@, `9`)'\n\n" +
			"  # Parse expression from a file\n  kyverno jp parse -f my-file",
		RunE: func(command *cobra.Command, args []string) error {
			expressions, err := texts(args, names)
			if err != nil {
				return err
			}
			if len(expressions) == 0 {
				text, err := ask(command, "a jmespath expression")
				if err != nil {
					return fmt.Errorf("failed to read file STDIN: %w", err)
				}
				expressions = []string{text}
			}
			for _, expression := range expressions {
				parsed, err := gojmespath.NewParser().Parse(expression)
				if err != nil {
					return located(err)
				}
				fmt.Fprintf(command.OutOrStdout(), "# %s\n%v\n", expression, parsed)
			}
			return nil
		},
	}
	command.Flags().StringSliceVarP(&names, "file", "f", nil, "Read input from a JSON or YAML file instead of stdin")
	return command
}

// located adds to a syntax error where it is.
func located(err error) error {
	var syntax gojmespath.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w\n%s", err, syntax.HighlightLocation())
	}
	return err
}

// ask reads standard input to its end.
func ask(command *cobra.Command, what string) (string, error) {
	fmt.Fprintf(command.OutOrStdout(), "Reading from terminal input.\nEnter %s and hit Ctrl+D.\n", what)
	data, err := io.ReadAll(command.InOrStdin())
	return string(data), err
}

// texts are the arguments and the content of files behind them.
func texts(args, names []string) ([]string, error) {
	out := slices.Clone(args)
	for _, name := range names {
		data, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return nil, fmt.Errorf("failed open file %s: %w", name, err)
		}
		out = append(out, string(data))
	}
	return out, nil
}

// query returns `kyverno jp query`.
func query() *cobra.Command {
	const about = "Provides a command-line interface to JMESPath, enhanced with Kyverno specific custom functions."
	var q queries
	command := &cobra.Command{
		Use: "query [-i input] [-q query|query]...", Short: about, Long: about + website, SilenceUsage: true,
		Example: "  # Evaluate query\n  kyverno jp query -i object.yaml 'request.object.metadata.name | truncate(@, `9`)'\n\n" +
			"  # Cat object into\n  cat object.yaml | kyverno jp query -q query-file",
		RunE: func(command *cobra.Command, args []string) error { return q.run(command, args) },
	}
	set := command.Flags()
	set.BoolVarP(&q.compact, "compact", "c", false, "Produce compact JSON output that omits non essential whitespace")
	set.BoolVarP(&q.unquoted, "unquoted", "u", false, "If the final result is a string, it will be printed without quotes")
	set.StringSliceVarP(&q.files, "query", "q", nil, "Read JMESPath expression from the specified file")
	set.StringVarP(&q.input, "input", "i", "", "Read input from a JSON or YAML file instead of stdin")
	return command
}

// queries are the flags of `kyverno jp query`.
type queries struct {
	compact, unquoted bool
	input             string
	files             []string
}

func (q *queries) run(command *cobra.Command, args []string) error {
	expressions, err := texts(args, q.files)
	if err != nil {
		return err
	}
	var input string
	switch {
	case q.input != "":
		data, err := os.ReadFile(filepath.Clean(q.input))
		if err != nil {
			return fmt.Errorf("failed open file %s: %w", q.input, err)
		}
		input = string(data)
	case len(expressions) == 0:
		return errors.New("at least one query or input object is required")
	}
	if len(expressions) == 0 {
		text, err := ask(command, "a jmespath expression")
		if err != nil {
			return err
		}
		expressions = []string{text}
	}
	if q.input == "" {
		if input, err = ask(command, "input object"); err != nil {
			return err
		}
	}
	var value any
	if err := yaml.Unmarshal([]byte(input), &value); err != nil {
		return fmt.Errorf("error parsing input json: %w", err)
	}
	for _, expression := range expressions {
		if err := q.print(command.OutOrStdout(), expression, value); err != nil {
			return err
		}
	}
	return nil
}

// print evaluates an expression and writes its result.
func (q *queries) print(out io.Writer, expression string, value any) error {
	compiled, err := process.Interpreter().Compile(expression)
	if err != nil {
		return fmt.Errorf("failed to compile JMESPath: %s, error: %w", expression, err)
	}
	result, err := compiled.Search(value)
	if err != nil {
		return fmt.Errorf("error evaluating JMESPath expression: %w", err)
	}
	fmt.Fprintln(out, "#", expression)
	if text, ok := result.(string); ok && q.unquoted {
		fmt.Fprintln(out, text)
		return nil
	}
	marshal := func(value any) ([]byte, error) { return json.MarshalIndent(value, "", "  ") }
	if q.compact {
		marshal = json.Marshal
	}
	data, err := marshal(result)
	if err != nil {
		return fmt.Errorf("error marshalling result to JSON: %w", err)
	}
	fmt.Fprintln(out, string(data))
	return nil
}
