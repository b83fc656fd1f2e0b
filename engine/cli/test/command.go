package test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"podsec/engine"
	"podsec/engine/celpolicy"
	"podsec/engine/cli/files"
	"podsec/engine/cli/manifest"
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
}

// flags are the command's flags.
type flags struct {
	file, branch, selector, format              string
	registry, failOnly, plain, detailed         bool
	requireTests, warningsAsErrors, removeColor bool
}

// New returns `kyverno test`.
func New(o Options) *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:   "test [local folder or git repository]...",
		Short: "Run tests from a local filesystem or a remote git repository.",
		Long: "Run tests from a local filesystem or a remote git repository.\n\n" +
			"  A test file (kyverno-test.yaml) names policies, resources and the results that are expected of them.\n" +
			"  Every test file below the given folders is run.\n\n" +
			"  For more information visit https://kyverno.io/docs/kyverno-cli/usage/test/",
		Example: "  # Run the tests of the folders below this one\n  kyverno test .\n\n" +
			"  # Run some of them\n  kyverno test . --test-case-selector \"policy=disallow-latest-tag, rule=require-image-tag\"",
		Args:         cobra.MinimumNArgs(1),
		SilenceUsage: true,
		RunE: func(command *cobra.Command, folders []string) error {
			r := &runner{ctx: command.Context(), options: o, flags: f, out: command.OutOrStdout()}
			r.palette = table.NewPalette(r.out, f.removeColor || f.format != "")
			return r.run(folders)
		},
	}
	set := command.Flags()
	set.StringVarP(&f.file, "file-name", "f", "kyverno-test.yaml", "Test filename")
	set.StringVarP(&f.branch, "git-branch", "b", "", "Test github repository branch")
	set.StringVarP(&f.selector, "test-case-selector", "t", "policy=*,rule=*,resource=*", "Filter test cases to run")
	set.StringVarP(&f.format, "output-format", "o", "", "Specifies the output format (json, yaml, markdown, junit)")
	set.BoolVar(&f.registry, "registry", false, "If set to true, access the image registry using local docker credentials to populate external data")
	set.BoolVar(&f.failOnly, "fail-only", false, "If set to true, display all the failing test only as output for the test command")
	set.BoolVar(&f.removeColor, "remove-color", false, "Remove any color from output")
	set.BoolVar(&f.detailed, "detailed-results", false, "If set to true, display detailed results")
	set.BoolVar(&f.requireTests, "require-tests", false, "If set to true, return an error if no tests are found")
	set.BoolVar(&f.warningsAsErrors, "warnings-as-errors", false, "Treat deprecation warnings as errors")
	return command
}

// runner is one run of the command.
type runner struct {
	ctx     context.Context //nolint:containedctx // a runner lives no longer than the command
	options Options
	flags   flags
	out     io.Writer
	palette table.Palette
	counts  counts
	failed  []row
}

// counts are the results so far.
type counts struct{ pass, fail, skip int }

// run runs all tests below the folders. The error is what the command ends with.
func (r *runner) run(folders []string) error {
	if !slices.Contains([]string{"", "json", "yaml", "markdown", "junit"}, r.flags.format) {
		return errors.New("invalid format, expected (json, yaml, markdown, junit)")
	}
	chosen, errs := parseSelector(r.flags.selector)
	if len(errs) > 0 {
		fmt.Fprint(r.out, "\nFilter errors:\n")
		for _, err := range errs {
			fmt.Fprintln(r.out, "  Error:", err)
		}
	}
	cases, err := r.load(folders)
	if err != nil {
		fmt.Fprintf(r.out, "\nError loading tests: %v\n", err)
		return err
	}
	if len(cases) == 0 {
		fmt.Fprint(r.out, "\nNo test yamls available\n")
		switch {
		case r.flags.requireTests:
			return errors.New("no tests found")
		case len(errs) > 0:
			return errs[0]
		}
		return nil
	}
	if err := r.reportUnread(cases); err != nil {
		return err
	}
	for _, c := range cases {
		if err := r.runCase(c, chosen, len(errs) > 0); err != nil {
			return err
		}
	}
	return r.summary()
}

// reportUnread says which test files could not be read.
func (r *runner) reportUnread(cases []manifest.Case) error {
	unread := 0
	for _, c := range cases {
		if c.Err == nil {
			continue
		}
		if unread++; unread == 1 {
			fmt.Fprint(r.out, "\nTest errors:\n")
		}
		fmt.Fprintln(r.out, "  Path:", c.Path)
		fmt.Fprintln(r.out, "    Error:", c.Err)
	}
	if unread > 0 {
		return fmt.Errorf("found %d errors after loading tests", unread)
	}
	return nil
}

// load finds the test files below the folders.
func (r *runner) load(folders []string) ([]manifest.Case, error) {
	var cases []manifest.Case
	for _, folder := range folders {
		if files.IsURL(folder) {
			return nil, errors.New("error: failed to clone repository \nCause: git repositories cannot be read here")
		}
		found, err := r.walk(filepath.Clean(folder))
		if err != nil {
			return nil, err
		}
		cases = append(cases, found...)
	}
	return cases, nil
}

func (r *runner) walk(folder string) ([]manifest.Case, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var cases []manifest.Case
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		switch {
		case entry.IsDir():
			found, err := r.walk(name)
			if err != nil {
				return nil, err
			}
			cases = append(cases, found...)
		case entry.Name() == r.flags.file:
			data, err := os.ReadFile(name)
			if err != nil {
				cases = append(cases, manifest.Case{Path: name, Err: err})
				continue
			}
			cases = append(cases, manifest.ParseTests(name, data)...)
		}
	}
	return cases, nil
}

// runCase runs one test and prints what came of it.
func (r *runner) runCase(c manifest.Case, chosen selector, badSelector bool) error {
	if c.Test.Deprecated() {
		fmt.Fprintf(r.out, "\nWARNING: test file (%s) uses a deprecated schema that will be removed in 1.15\n", c.Path)
		return fmt.Errorf("test file %s uses a deprecated schema — please migrate to the latest format", c.Path)
	}
	var results []manifest.Result
	for _, result := range c.Test.Results {
		if !chosen.matches(&result) {
			continue
		}
		if names := chosen.resources(); len(names) > 0 && !badSelector {
			result.Resources = names
		}
		results = append(results, result)
	}
	if len(results) == 0 {
		return nil
	}
	outcome, err := r.apply(c)
	if err != nil {
		return fmt.Errorf("failed to run test (%w)", err)
	}
	fmt.Fprintln(r.out, "  Checking results ...")
	check := &checker{runner: r, outcome: outcome, folder: filepath.Dir(c.Path), next: 1}
	rows := check.all(results)
	for _, row := range rows {
		if row.failed {
			r.failed = append(r.failed, row)
		}
	}
	if !r.flags.failOnly {
		r.print(rows, true)
	}
	return nil
}

// summary ends the output. The error says how many tests failed.
func (r *runner) summary() error {
	c := r.counts
	if !r.flags.failOnly {
		fmt.Fprintf(r.out, "\nTest Summary: %d tests passed and %d tests failed\n\n", c.pass+c.skip, c.fail)
	} else {
		fmt.Fprintf(r.out, "\nTest Summary: %d out of %d tests failed\n\n", c.fail, c.pass+c.skip+c.fail)
	}
	if c.fail == 0 {
		return nil
	}
	if r.flags.failOnly {
		if r.flags.format == "" {
			for i := range r.failed {
				r.failed[i].id = i + 1
			}
			fmt.Fprintln(r.out, "Aggregated Failed Test Cases : ")
		}
		r.print(r.failed, false)
	}
	return fmt.Errorf("%d tests failed", c.fail)
}
