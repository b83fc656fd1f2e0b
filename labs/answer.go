package labs

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Answer is what a command gave back: its exit status, and what the API server said in its output, taken apart.
type Answer struct {
	Ran      bool
	Exit     int
	Output   string // standard output and standard error, in the order they were written
	Denials  []Denial
	Refusals []PodSecurity // requests that Pod Security Admission refused
	Warnings []string      // the texts of Warning headers, in order
}

// Denial is a request that an admission webhook refused.
type Denial struct {
	Webhook  string // "validate.kyverno.svc-fail"
	Resource string // "Pod/default/nginx", "" when the webhook does not say it
	// Policies maps a policy to its rules and each rule's message; nil when the webhook says it in another form.
	Policies map[string]map[string]string
	Message  string // the first line of the webhook's message
}

// PodSecurity is what Pod Security Admission says of a pod.
type PodSecurity struct {
	Object  string   // `pods "nginx"`, "" in a warning
	Level   string   // "restricted"
	Version string   // "latest", "v1.30"
	Reasons []string // "runAsNonRoot != true", without the details in parentheses
}

var (
	denialLine    = regexp.MustCompile(`admission webhook "([^"]+)" denied the request: ?(.*)$`)
	resourceLine  = regexp.MustCompile(`^resource (\S+) was blocked due to the following policies ?$`)
	policyLine    = regexp.MustCompile(`^[A-Za-z0-9'"][^\s:]*:( \{\})?$`)
	refusalLine   = regexp.MustCompile(`(\S+ "[^"]+") is forbidden: violates PodSecurity "([^":]+):([^"]+)": (.*)$`)
	violationLine = regexp.MustCompile(`^would violate PodSecurity "([^":]+):([^"]+)": (.*)$`)
)

// warningPrefix is how kubectl prints a Warning header.
const warningPrefix = "Warning: "

// ParseAnswer takes a command's output apart.
func ParseAnswer(exit int, output string) Answer {
	a := Answer{Ran: true, Exit: exit, Output: output}
	lines := strings.Split(output, "\n")
	for i, line := range lines {
		if m := denialLine.FindStringSubmatch(line); m != nil {
			a.Denials = append(a.Denials, parseDenial(m[1], m[2], lines[i+1:]))
		}
		if m := refusalLine.FindStringSubmatch(line); m != nil {
			a.Refusals = append(a.Refusals, PodSecurity{Object: m[1], Level: m[2], Version: m[3], Reasons: reasons(m[4])})
		}
		if text, ok := strings.CutPrefix(line, warningPrefix); ok {
			a.Warnings = append(a.Warnings, text)
		}
	}
	return a
}

// parseDenial reads the lines below the one that says "denied the request". Kyverno writes the resource between empty
// lines, and then YAML: policies, each with its rules and their messages.
func parseDenial(webhook, message string, below []string) Denial {
	d := Denial{Webhook: webhook, Message: strings.TrimSpace(message)}
	below = skipEmpty(below)
	if len(below) == 0 {
		return d
	}
	m := resourceLine.FindStringSubmatch(below[0])
	if m == nil {
		return d
	}
	d.Resource = m[1]
	if d.Message == "" {
		d.Message = strings.TrimSpace(below[0])
	}
	var policies map[string]map[string]string
	if yaml.Unmarshal([]byte(policyLines(below[1:])), &policies) == nil {
		d.Policies = policies
	}
	return d
}

func skipEmpty(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	return lines
}

// policyLines joins the lines of a denial's YAML: names at the margin, everything else indented. A message of several
// lines may hold empty ones.
func policyLines(lines []string) string {
	lines = skipEmpty(lines)
	end := 0
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, " "), policyLine.MatchString(line):
			end = i + 1
		case line == "":
		default:
			return strings.Join(lines[:end], "\n")
		}
	}
	return strings.Join(lines[:end], "\n")
}

// Violations are the warnings that say what would violate a Pod Security level.
func (a Answer) Violations() []PodSecurity {
	var found []PodSecurity
	for _, warning := range a.Warnings {
		if m := violationLine.FindStringSubmatch(warning); m != nil {
			found = append(found, PodSecurity{Level: m[1], Version: m[2], Reasons: reasons(m[3])})
		}
	}
	return found
}

// reasons cuts "a (x, y), b != c (z)" at the commas outside parentheses and quotes, and drops the details.
func reasons(text string) []string {
	var found []string
	depth, quoted, start := 0, false, 0
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == ',' && depth == 0 && !quoted {
			reason, _, _ := strings.Cut(text[start:i], " (")
			if reason = strings.TrimSpace(reason); reason != "" {
				found = append(found, reason)
			}
			start = i + 1
			continue
		}
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '(' && !quoted:
			depth++
		case text[i] == ')' && !quoted:
			depth--
		}
	}
	return found
}
