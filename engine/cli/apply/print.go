package apply

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"podsec/engine"
	"podsec/engine/cli/process"
	"podsec/engine/cli/table"
)

const divider = "----------------------------------------------------------------------"

// print writes the outcome in the form that was asked for.
func (r *runner) print() {
	r.printLeftOut("Policies Skipped:", r.skipped)
	r.printLeftOut("Invalid Policies:", r.invalid)
	switch {
	case r.flags.report:
		r.printReports()
	case r.flags.generateExceptions:
		r.printExceptions()
	case r.flags.table:
		r.printTable()
	default:
		_, _ = r.listed.WriteTo(r.out) // as with every other line, nobody could be told
		c := r.counts
		fmt.Fprintf(r.out, "\npass: %d, fail: %d, warn: %d, error: %d, skip: %d \n", c.Pass, c.Fail, c.Warn, c.Error, c.Skip)
	}
}

// keep keeps of responses what will be printed. Those of policies that are applied after all others come last.
func (r *runner) keep(responses []process.Response) {
	if r.flags.report {
		return // the lines are kept instead
	}
	for i := range responses {
		if responses[i].Stage() > 0 {
			r.later = append(r.later, responses[i])
		} else {
			r.store(responses[i : i+1])
		}
	}
}

// keepLater keeps the responses that come last.
func (r *runner) keepLater() {
	slices.SortStableFunc(r.later, func(a, b process.Response) int { return cmp.Compare(a.Stage(), b.Stage()) })
	r.store(r.later)
	r.later = nil
}

// store keeps the responses themselves, of which there may be many thousands, only for what is made of all of them.
func (r *runner) store(responses []process.Response) {
	if r.flags.generateExceptions || r.flags.table {
		r.responses = append(r.responses, responses...)
		return
	}
	for i := range responses {
		r.list(&responses[i])
	}
}

func (r *runner) printLeftOut(title string, policies []string) {
	if len(policies) == 0 {
		return
	}
	fmt.Fprintf(r.out, "%s\n%s\n", divider, title)
	for i, text := range policies {
		fmt.Fprintf(r.out, "%d. %s\n", i+1, text)
	}
	fmt.Fprintln(r.out, divider)
}

// list lists what failed.
func (r *runner) list(response *process.Response) {
	name, resource := response.Policy.Name(), path(response.Resource)
	if response.Resource.GetKind() == "" {
		resource = "JSON payload"
	}
	var failed []engine.RuleResult
	for _, rule := range response.Rules {
		switch {
		case rule.Status == engine.Fail:
			failed = append(failed, rule)
		case rule.Type == engine.Mutation && rule.Status == engine.Skip:
			fmt.Fprintln(&r.listed, "\nskipped mutate policy", name, "->", "resource", resource)
		case rule.Type == engine.Mutation && rule.Status == engine.Error:
			fmt.Fprintln(&r.listed, "\nerror while applying mutate policy", name, "->", "resource", resource, "\nerror: ", rule.Message)
		case rule.Type == engine.Generation && rule.Status == engine.Error:
			fmt.Fprintln(&r.listed, "\nerror while applying generate policy", name, "->", "resource", resource, "\nerror:", rule.Message)
		}
	}
	if len(failed) == 0 {
		return
	}
	how := "failed:"
	if r.flags.auditWarn && response.Action == engine.Audit {
		how = "failed as audit warning:"
	}
	fmt.Fprintln(&r.listed, "policy", name, "->", "resource", resource, how)
	for i, rule := range failed {
		message := rule.Message
		if message == "" {
			message = "validation failed"
		}
		fmt.Fprintln(&r.listed, i+1, "-", rule.Rule, message)
	}
}

// printTable writes a row for every rule.
func (r *runner) printTable() {
	titles := []string{"id", "policy", "rule", "resource", "result", "reason"}
	if r.flags.detailed {
		titles = append(titles, "message")
	}
	var rows [][]string
	p := r.palette
	for i := range r.responses {
		response := &r.responses[i]
		policy := p.Cyan(response.Policy.Name())
		if namespace := response.Policy.Namespace(); namespace != "" {
			policy = p.Cyan(namespace) + "/" + policy
		}
		resource := p.Resource(response.Resource.GetKind(), response.Resource.GetName())
		if namespace := response.Resource.GetNamespace(); namespace != "" {
			resource = p.Cyan(namespace) + "/" + resource
		}
		for _, rule := range response.Rules {
			name := rule.Rule
			if !process.HasRules(response.Policy.Object().GetKind()) {
				name = ""
			}
			row := []string{strconv.Itoa(len(rows) + 1), policy, p.Cyan(name), resource, r.result(response, &rule), ""}
			if r.flags.detailed {
				row = append(row, rule.Message)
			}
			rows = append(rows, row)
		}
	}
	table.Print(r.out, titles, rows, !p.Off)
}

// result writes a rule's status in its colour.
func (r *runner) result(response *process.Response, rule *engine.RuleResult) string {
	p := r.palette
	switch response.Shown(rule, r.flags.auditWarn) {
	case engine.Pass:
		return p.Green("Pass")
	case engine.Fail:
		return p.Red("Fail")
	case engine.Warn:
		return p.Yellow("Warn")
	case engine.Error:
		return p.Red("Error")
	case engine.Skip:
		return p.Cyan("Skip")
	}
	return ""
}
