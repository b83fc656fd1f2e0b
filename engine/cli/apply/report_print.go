package apply

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"

	"podsec/engine"
	"podsec/engine/cli/process"
)

// reports are the policy reports while results come in: one for the cluster's policies, and one for what each policy of a
// namespace said of each resource.
type reports struct {
	cluster    report
	namespaced []*part
}

// report is one report: how its results are and, depending on the format, their text or what it is made of.
type report struct {
	statuses []engine.Status
	text     bytes.Buffer // YAML
	lines    []any        // JSON
}

// part is what some results add to the cluster's report or, with the policy's key ("namespace/name"), a report of its own.
type part struct {
	key string
	report
}

// parts makes the lines of responses, as text where the report is written as YAML: this takes longer than the results, and
// text takes less memory than what it is made of. It is safe for concurrent use.
func (r *runner) parts(responses []process.Response) []*part {
	if !r.flags.report {
		return nil
	}
	var parts []*part
	for i := range responses {
		response := &responses[i]
		if len(response.Rules) == 0 {
			continue
		}
		switch {
		case response.Policy.Namespace() != "":
			parts = append(parts, &part{key: response.Policy.Key()})
		case len(parts) == 0 || parts[len(parts)-1].key != "":
			parts = append(parts, &part{})
		}
		to := parts[len(parts)-1]
		for j := range response.Rules {
			rule := &response.Rules[j]
			to.statuses = append(to.statuses, response.Shown(rule, r.flags.auditWarn))
			to.lines = append(to.lines, process.ReportLine(response, rule, r.flags.auditWarn, r.started.Unix()))
		}
	}
	if r.flags.format != "json" {
		for _, p := range parts {
			p.write()
		}
	}
	return parts
}

// write turns the lines into text.
func (r *report) write() {
	text, err := yamlv2.Marshal(r.lines)
	if err != nil {
		text = []byte("- " + err.Error() + "\n") // cannot be: the lines are made of texts and numbers
	}
	r.text.Write(text)
	r.lines = nil
}

// add adds to the reports.
func (r *reports) add(parts []*part) {
	for _, p := range parts {
		if p.key != "" {
			r.namespaced = append(r.namespaced, p)
			continue
		}
		to := &r.cluster
		to.statuses = append(to.statuses, p.statuses...)
		to.lines = append(to.lines, p.lines...)
		_, _ = p.text.WriteTo(&to.text) // a buffer takes everything
	}
}

// printReports writes the reports.
func (r *runner) printReports() {
	if len(r.reports.cluster.statuses) > 0 {
		r.printReport("ClusterReport", "", "merged", &r.reports.cluster)
	}
	for _, p := range r.reports.namespaced {
		namespace, name, _ := strings.Cut(p.key, "/")
		fmt.Fprintln(r.out, "---")
		r.printReport("PolicyReport", namespace, name, &p.report)
	}
}

// printReport writes a report.
func (r *runner) printReport(kind, namespace, name string, of *report) {
	object := process.Report(kind, namespace, name, slices.Values(of.statuses))
	if r.flags.format == "json" {
		object["results"] = of.lines
		r.printObject(object)
	} else {
		rest := map[string]any{"source": object["source"], "summary": object["summary"]}
		delete(object, "source")
		delete(object, "summary")
		r.printObject(object)
		fmt.Fprintln(r.out, "results:")
		_, _ = of.text.WriteTo(r.out) // as with every other line, nobody could be told
		r.printObject(rest)
	}
	fmt.Fprintln(r.out)
}
