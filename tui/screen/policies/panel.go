package policies

import (
	"slices"
	"strings"

	"podsec/kube/inspect"
	"podsec/tui/text"
	"podsec/tui/widget/table"
)

// knob is one thing that could be different.
type knob struct {
	name   string
	values []string
	now    int // as it is in the cluster
	at     int // as it is asked about
	says   string
	set    func(change *inspect.Change, value string)
}

// panel asks what would be, if.
type panel struct {
	knobs  []knob
	cursor int
	asked  bool
	impact *inspect.Impact
	table  table.Table
}

func (p *panel) set(knobs []knob) { *p = panel{knobs: knobs} }

// turn changes the knob under the cursor by n values. The others go back to what is: one thing at a time can be told
// apart.
func (p *panel) turn(n int) {
	if len(p.knobs) == 0 {
		return
	}
	for i := range p.knobs {
		if i != p.cursor {
			p.knobs[i].at = p.knobs[i].now
		}
	}
	k := &p.knobs[p.cursor]
	k.at = (k.at + n + len(k.values)) % len(k.values)
}

func (p *panel) move(n int) { p.cursor = max(0, min(p.cursor+n, len(p.knobs)-1)) }

// change is what the knobs ask about; false when everything is as it is.
func (p *panel) change(subject row) (inspect.Change, bool) {
	out := inspect.Change{Policy: subject.key}
	if subject.namespace {
		out.Namespace = subject.name
	}
	for _, k := range p.knobs {
		if k.at != k.now {
			k.set(&out, k.values[k.at])
			return out, true
		}
	}
	return out, false
}

func (p *panel) take(impact inspect.Impact) {
	p.impact = &impact
	p.table.Set([]table.Column{
		{Title: "Object", Grow: true, Max: 60}, {Title: "Now"}, {Title: "Then"}, {Title: "Because", Grow: true, Leave: 1},
	}, p)
}

// Len implements table.Rows.
func (p *panel) Len() int {
	if p.impact == nil {
		return 0
	}
	return len(p.impact.Changed)
}

// Cell implements table.Rows.
func (p *panel) Cell(row, column int) string {
	d := p.impact.Changed[row]
	switch column {
	case 0:
		return text.Line(d.Kind + " " + d.Ref.String())
	case 1:
		return string(d.Before.Verdict)
	case 2:
		return string(d.After.Verdict)
	}
	reasons := d.After.Reasons
	if d.Before.Verdict.Worse(d.After.Verdict) {
		reasons = d.Before.Reasons
	}
	var out []string
	for _, r := range reasons {
		if s := text.Line(r.Rule + ": " + r.Message); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, "; ")
}

// pick is a knob with a value of the cluster, which need not be among those that are usual.
func pick(name, now, says string, values []string, set func(*inspect.Change, string)) knob {
	if !slices.Contains(values, now) {
		values = append([]string{now}, values...)
	}
	at := slices.Index(values, now)
	return knob{name: name, values: values, now: at, at: at, says: says, set: set}
}

// usual versions of the Pod Security Standards: those in which a control changed, and the newest.
func versions() []string { return []string{"latest", "v1.24", "v1.29", "v1.32"} }

// nobody is the exemption of no namespace.
const nobody = "nobody"

// knobsOfPolicy are what could be different about a policy.
func knobsOfPolicy(v *inspect.PolicyView, spaces []string) []knob {
	var out []knob
	if len(v.Actions) > 0 {
		out = append(out, pick("failureAction", strings.Join(v.Actions, ", "), "Audit reports what fails, Enforce denies it.",
			[]string{"Audit", "Enforce"}, func(c *inspect.Change, value string) { c.Action = value }))
	}
	if v.Level != "" {
		out = append(out,
			pick("level", v.Level, "The Pod Security Standard that its rules judge by.",
				[]string{"privileged", "baseline", "restricted"}, func(c *inspect.Change, value string) { c.Level = value }),
			pick("version", v.Version, "The version of the standard.", versions(), func(c *inspect.Change, value string) { c.Version = value }))
	}
	return append(out,
		pick("failurePolicy", v.Failure, "What happens while Kyverno does not answer: Fail refuses the request, Ignore lets it in without a look.",
			[]string{"Fail", "Ignore"}, func(c *inspect.Change, value string) { c.FailurePolicy = value }),
		pick(exempt, nobody, "A PolicyException for a whole namespace, or for one object that fails.", append([]string{nobody}, spaces...),
			func(c *inspect.Change, value string) { c.Exempt = exempted(value) }))
}

// exempt is the knob with exemptions.
const exempt = "exempt"

// exempted is what a value of that knob means: a namespace, or an object ("Deployment shop/web").
func exempted(value string) *inspect.Ref {
	kind, name, isObject := strings.Cut(value, " ")
	if !isObject {
		return &inspect.Ref{Namespace: value}
	}
	if namespace, inner, ok := strings.Cut(name, "/"); ok {
		return &inspect.Ref{Kind: kind, Namespace: namespace, Name: inner}
	}
	return &inspect.Ref{Kind: kind, Name: name}
}

// offer adds the objects that fail to what can be exempted.
func (p *panel) offer(found []inspect.Match) {
	for i := range p.knobs {
		k := &p.knobs[i]
		if k.name != exempt {
			continue
		}
		for _, m := range found {
			if value := m.Kind + " " + m.Ref.String(); m.Verdict != inspect.Admitted && !slices.Contains(k.values, value) {
				k.values = append(k.values, value)
			}
		}
	}
}

// none is the value of a label that is not there.
const none = "none"

// knobsOfNamespace are the labels of Pod Security Admission.
func knobsOfNamespace(r row) []knob {
	const prefix = "pod-security.kubernetes.io/"
	says := map[string]string{
		"enforce": "Pods that violate the level are refused.", "audit": "Violations are written to the audit log.",
		"warn": "Whoever sends a violating object is warned.",
	}
	label := func(key string) func(*inspect.Change, string) {
		return func(c *inspect.Change, value string) {
			if value == none {
				value = ""
			}
			c.Labels = map[string]string{prefix + key: value}
		}
	}
	var out []knob
	for _, mode := range []string{"enforce", "audit", "warn"} {
		level, version, _ := strings.Cut(r.psa[mode], ":")
		if level == "" {
			level = none
		}
		out = append(out, pick(mode, level, says[mode], []string{none, "privileged", "baseline", "restricted"}, label(mode)))
		if mode == "enforce" && level != none {
			if version == "" {
				version = "latest"
			}
			out = append(out, pick("enforce-version", version, "The version of the standard that is enforced.", versions(), label("enforce-version")))
		}
	}
	return out
}
