package test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"podsec/engine/cli/table"
)

// row is one line of the table of results.
type row struct {
	id                                              int
	policy, rule, resource, result, reason, message string
	failed                                          bool
}

// heading returns the titles of the columns.
func (r *runner) heading() []string {
	titles := []string{"id", "policy", "rule", "resource", "result", "reason"}
	if r.flags.detailed {
		titles = append(titles, "message")
	}
	return titles
}

func (r *runner) cells(one row) []string {
	cells := []string{strconv.Itoa(one.id), one.policy, one.rule, one.resource, one.result, one.reason}
	if r.flags.detailed {
		cells = append(cells, one.message)
	}
	return cells
}

// print writes rows in the chosen format; spaced puts empty lines around a table.
func (r *runner) print(rows []row, spaced bool) {
	var text string
	switch r.flags.format {
	case "markdown":
		text = r.markdown(rows)
	case "junit":
		text = r.junit(rows)
	case "json":
		data, _ := json.MarshalIndent(r.records(rows), "", "  ") //nolint:errchkjson // maps of texts and numbers
		text = string(data)
	case "yaml":
		data, _ := yaml.Marshal(r.records(rows)) //nolint:errcheck // maps of texts and numbers
		text = string(data)
	default:
		lines := make([][]string, len(rows))
		for i, one := range rows {
			lines[i] = r.cells(one)
		}
		if spaced {
			fmt.Fprintln(r.out)
		}
		table.Print(r.out, r.heading(), lines, !r.palette.Off)
		if spaced {
			fmt.Fprintln(r.out)
		}
		return
	}
	fmt.Fprintf(r.out, "\n%s\n\n", text)
}

// records are the rows as data.
func (r *runner) records(rows []row) []any {
	records := make([]any, 0, len(rows))
	for _, one := range rows {
		record := map[string]any{
			"ID": one.id, "POLICY": one.policy, "RULE": one.rule, "RESOURCE": one.resource, "RESULT": one.result, "REASON": one.reason,
		}
		if r.flags.detailed {
			record["Message"] = one.message
		}
		records = append(records, record)
	}
	return records
}

func (r *runner) markdown(rows []row) string {
	var b strings.Builder
	titles := r.heading()
	for i := range titles {
		titles[i] = strings.ToUpper(titles[i])
	}
	b.WriteString("| " + strings.Join(titles, " | ") + " | \n|" + strings.Repeat("----|", len(titles)) + "\n")
	for _, one := range rows {
		b.WriteString("| " + strings.Join(r.cells(one), " | ") + " |\n")
	}
	return b.String()
}

// junit writes the rows as JUnit XML, a suite for each policy. Names are written as they are, as the real one does.
func (r *runner) junit(rows []row) string {
	var policies []string
	failures := map[string]int{}
	total := 0
	for _, one := range rows {
		if !slices.Contains(policies, one.policy) {
			policies = append(policies, one.policy)
		}
		if one.failed {
			failures[one.policy]++
			total++
		}
	}
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	fmt.Fprintf(&b, "<testsuites tests=\"%d\" failures=\"%d\">\n", len(rows), total)
	for _, policy := range policies {
		suite := slices.DeleteFunc(slices.Clone(rows), func(one row) bool { return one.policy != policy })
		fmt.Fprintf(&b, " <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\">\n", policy, len(suite), failures[policy])
		for _, one := range suite {
			r.junitCase(&b, one)
		}
		b.WriteString(" </testsuite>\n")
	}
	b.WriteString("</testsuites>")
	return b.String()
}

func (r *runner) junitCase(b *strings.Builder, one row) {
	fmt.Fprintf(b, "  <testcase classname=\"%s\" name=\"%s\">\n", one.rule, one.resource)
	if one.failed {
		fmt.Fprintf(b, "   <failure message=\"%s\">\n    Policy: %s\n    Rule: %s\n    Resource: %s\n    Result: %s",
			one.reason, one.policy, one.rule, one.resource, one.result)
		if r.flags.detailed {
			fmt.Fprintf(b, "    Message: %s", one.message)
		}
		b.WriteString("\n   </failure>\n")
	} else {
		fmt.Fprintf(b, "   <system-out><![CDATA[\n    Reason: %s\n    Policy: %s\n    Rule: %s\n    Resource: %s\n",
			one.reason, one.policy, one.rule, one.resource)
		if r.flags.detailed {
			fmt.Fprintf(b, "    Message: %s\n", one.message)
		}
		b.WriteString("   ]]></system-out>\n")
	}
	b.WriteString("  </testcase>\n")
}
