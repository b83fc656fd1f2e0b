package cli

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// transcript is what a learner's terminal would have shown of a lab: each command after a $, its output, and its exit
// status when it is not 0.
func transcript(lab labResult) string {
	var b strings.Builder
	for _, step := range lab.Steps {
		if step.Command == "" || step.Skipped != "" {
			continue
		}
		fmt.Fprintf(&b, "# %s\n\n", step.Title)
		if step.Before != nil {
			typed(&b, step.Before.Command, step.Before.Output, step.Before.Exit)
		}
		typed(&b, step.Command, step.Output, step.Exit)
	}
	return b.String()
}

// typed writes a command as a terminal shows it.
func typed(b *strings.Builder, command, output string, exit int) {
	fmt.Fprintf(b, "$ %s\n%s", strings.ReplaceAll(command, "\n", "\n> "), output)
	if output != "" && !strings.HasSuffix(output, "\n") {
		b.WriteString("\n")
	}
	if exit != 0 {
		fmt.Fprintf(b, "[exit %d]\n", exit)
	}
	b.WriteString("\n")
}

// writeTranscripts writes a file for each lab into a folder, which is made when it is not there.
func writeTranscripts(dir string, results []labResult) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder of transcripts: %w", err)
	}
	for _, lab := range results {
		if err := os.WriteFile(filepath.Join(dir, lab.ID+".txt"), []byte(transcript(lab)), 0o644); err != nil {
			return fmt.Errorf("write transcript: %w", err)
		}
	}
	return nil
}

// The elements of a JUnit report, as CI systems read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes the results as a JUnit report: a suite for each lab, a case for each step.
func writeJUnit(name string, results []labResult) error {
	text, err := xml.MarshalIndent(junit(results), "", "  ")
	if err != nil {
		return fmt.Errorf("encode JUnit report: %w", err)
	}
	if err := os.WriteFile(name, append([]byte(xml.Header), append(text, '\n')...), 0o644); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func junit(results []labResult) junitSuites {
	var all junitSuites
	all.Tests, all.Failures = tally(results)
	for _, lab := range results {
		suite := junitSuite{Name: lab.ID, Time: seconds(lab.took)}
		suite.Tests, suite.Failures = tally([]labResult{lab})
		for _, step := range lab.Steps {
			suite.Cases = append(suite.Cases, junitStep(lab.ID, step))
		}
		if lab.Error != "" {
			failure := &junitFailure{Message: lab.Error}
			suite.Cases = append(suite.Cases, junitCase{Class: lab.ID, Name: "run the lab", Time: seconds(0), Failure: failure})
		}
		all.Suites = append(all.Suites, suite)
	}
	return all
}

func junitStep(lab string, step stepResult) junitCase {
	c := junitCase{Class: lab, Name: step.ID, Time: seconds(step.took), Output: printable(step.Output)}
	if step.Passed {
		return c
	}
	var missing []string
	for _, check := range step.Checks {
		if !check.OK {
			missing = append(missing, check.Title+": "+check.Missing)
		}
	}
	c.Failure = &junitFailure{Message: step.Title, Text: strings.Join(missing, "\n")}
	return c
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// printable replaces the control characters that XML cannot hold, and that would steer a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return '\uFFFD'
		}
		return r
	}, text)
}
