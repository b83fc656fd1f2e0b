package cluster

import (
	"fmt"
	"sort"
	"strings"

	"podsec/kube"
	"podsec/tui/style"
	"podsec/tui/text"
)

// sectionsOf describes a state in the order of a learner's interest.
func sectionsOf(v View) []section {
	return []section{
		policies(v), workloads(v), reports(v), namespaces(v), blocked(v),
	}
}

func policies(v View) section {
	s := section{title: "Policies", empty: "none"}
	if !v.State.Kyverno {
		s.empty = "Kyverno is not installed"
	}
	s.rows = mark(policyRows(v.State), policyRows(v.Base))
	s.sum = count(len(v.State.Policies))
	return s
}

func policyRows(state kube.State) []row {
	var rows []row
	for _, p := range state.Policies {
		name := p.Name
		if p.Namespace != "" {
			name = p.Namespace + "/" + p.Name
		}
		rows = append(rows, newRow(p.Kind+"/"+name, name, func(st style.Styles) string { return policyValue(p, st) }))
	}
	return rows
}

// policyValue says what a policy does, and whether it is in force.
func policyValue(p kube.Policy, st style.Styles) string {
	var parts []string
	for _, a := range p.Actions {
		action := st.Warn
		if strings.EqualFold(a, "Enforce") {
			action = st.Accent
		}
		parts = append(parts, action.Render(text.Line(a)))
	}
	for _, t := range p.Types {
		if t != "validate" || len(p.Actions) == 0 {
			parts = append(parts, st.Second.Render(text.Line(t)))
		}
	}
	symbol, tone := dot(p.Ready, st)
	ready := tone.Render(symbol + " ready")
	if !p.Ready {
		ready = tone.Render(symbol + " not ready")
	}
	return strings.Join(append(parts, ready), " ")
}

func workloads(v View) section {
	s := section{title: "Workloads", empty: "none"}
	s.rows = mark(workloadRows(v.State), workloadRows(v.Base))
	s.sum = count(len(v.State.Workloads))
	return s
}

func workloadRows(state kube.State) []row {
	var rows []row
	for _, w := range state.Workloads {
		r := row{
			key: w.Kind + "/" + w.Namespace + "/" + w.Name, name: text.Line(short(w.Kind) + " " + w.Namespace + "/" + w.Name),
			plain: fmt.Sprint(w.Ready, w.Desired, w.Status, w.Message != ""),
			value: func(st style.Styles) string { return workloadValue(w, st) },
		}
		if healthy(w) && system(w.Namespace) {
			r.quiet = "in system namespaces"
		}
		rows = append(rows, r)
	}
	return rows
}

func healthy(w kube.Workload) bool {
	return w.Ready >= w.Desired && (w.Status == "" || w.Status == "Running" || w.Status == "Completed")
}

// workloadValue says how a workload is.
func workloadValue(w kube.Workload, st style.Styles) string {
	tone := st.Good
	if !healthy(w) {
		tone = st.Warn
	}
	value := tone.Render(text.Line(w.Status))
	if w.Kind != "Pod" || w.Status == "" {
		value = tone.Render(strings.TrimSpace(fmt.Sprintf("%d/%d %s", w.Ready, w.Desired, text.Line(w.Status))))
	}
	if w.Message != "" {
		value = st.Bad.Render(style.Failed+" ") + value
	}
	return value
}

func reports(v View) section {
	s := section{title: "Reports", empty: "none yet"}
	if !v.State.Kyverno {
		s.empty = "Kyverno writes them, and is not installed"
	}
	s.rows = mark(reportRows(v.State), reportRows(v.Base))
	pass, fail := 0, 0
	for _, r := range v.State.Reports {
		pass, fail = pass+r.Pass, fail+r.Fail
	}
	if len(v.State.Reports) > 0 {
		s.sum = func(st style.Styles) string { return figures(kube.Report{Pass: pass, Fail: fail}, st) }
	}
	return s
}

func reportRows(state kube.State) []row {
	var rows []row
	for _, r := range state.Reports {
		name := short(r.Kind) + " " + r.Name
		if r.Namespace != "" {
			name = short(r.Kind) + " " + r.Namespace + "/" + r.Name
		}
		row := row{
			key: r.Kind + "/" + r.Namespace + "/" + r.Name, name: text.Line(name),
			plain: fmt.Sprint(r.Pass, r.Fail, r.Warn, r.Error, r.Skips),
			value: func(st style.Styles) string { return figures(r, st) },
		}
		switch {
		case system(r.Namespace) || r.Kind == "Namespace" && system(r.Name):
			row.quiet, row.silent = "in system namespaces", true
		case r.Fail == 0 && r.Error == 0 && r.Warn == 0:
			row.quiet = "with nothing but passes"
		}
		rows = append(rows, row)
	}
	return rows
}

// figures shows a report's counts; zeros stay out, but for passes.
func figures(r kube.Report, st style.Styles) string {
	out := st.Good.Render(fmt.Sprintf("%s %d", style.Done, r.Pass))
	if r.Fail > 0 {
		out += "  " + st.Bad.Render(fmt.Sprintf("%s %d", style.Failed, r.Fail))
	}
	for _, c := range []struct {
		n    int
		name string
	}{{r.Warn, "warn"}, {r.Error, "error"}, {r.Skips, "skip"}} {
		if c.n > 0 {
			out += "  " + st.Warn.Render(fmt.Sprintf("%d %s", c.n, c.name))
		}
	}
	return out
}

func namespaces(v View) section {
	s := section{title: "Namespaces"}
	s.rows = mark(namespaceRows(v.State), namespaceRows(v.Base))
	s.sum = count(len(v.State.Namespaces))
	return s
}

func namespaceRows(state kube.State) []row {
	var rows []row
	for _, n := range state.Namespaces {
		r := newRow(n.Name, n.Name, func(st style.Styles) string { return namespaceValue(n, st) })
		if r.plain == "" {
			r.quiet = "without Pod Security labels"
		}
		rows = append(rows, r)
	}
	return rows
}

// namespaceValue says what Pod Security Admission does in a namespace.
func namespaceValue(n kube.Namespace, st style.Styles) string {
	var modes []string
	for mode := range n.PSA {
		modes = append(modes, mode)
	}
	sort.Slice(modes, func(i, j int) bool { return rank(modes[i]) < rank(modes[j]) })
	var parts []string
	for _, mode := range modes {
		parts = append(parts, st.Muted.Render(text.Line(mode))+" "+level(n.PSA[mode], st))
	}
	if n.Phase != "" && n.Phase != "Active" {
		parts = append(parts, st.Warn.Render(text.Line(n.Phase)))
	}
	return strings.Join(parts, " ")
}

// rank orders the modes of Pod Security Admission as its documentation does.
func rank(mode string) string {
	switch mode {
	case "enforce":
		return "0"
	case "audit":
		return "1"
	case "warn":
		return "2"
	}
	return "3" + mode
}

func level(l string, st style.Styles) string {
	l = text.Line(strings.TrimSuffix(l, ":latest")) // latest is what no version means
	name, _, _ := strings.Cut(l, ":")
	switch name {
	case "restricted":
		return st.Good.Render(l)
	case "baseline":
		return st.Accent.Render(l)
	}
	return st.Warn.Render(l)
}

func blocked(v View) section {
	s := section{title: "Blocked requests", empty: "none"}
	rows := blockedRows(v.State)
	s.sum = count(len(rows))
	for _, r := range mark(rows, blockedRows(v.Base)) {
		if r.mark != style.Removed { // events expire
			s.rows = append(s.rows, r)
		}
	}
	return s
}

func blockedRows(state kube.State) []row {
	var rows []row
	for _, e := range state.Events {
		if !e.Blocked {
			continue
		}
		_, name, found := strings.Cut(e.Object, "/")
		if !found {
			name = e.Object
		}
		value := e.Time.Format("15:04:05")
		if e.Count > 1 {
			value = fmt.Sprintf("×%d %s", e.Count, value)
		}
		r := newRow(e.Object+e.Message, name, func(st style.Styles) string { return st.Faint.Render(value) })
		r.more = text.Line(e.Message)
		rows = append(rows, r)
	}
	return rows
}

// newRow returns a row whose value is compared as it is drawn without colours.
func newRow(key, name string, value func(st style.Styles) string) row {
	return row{key: key, name: text.Line(name), value: value, plain: value(style.Styles{})}
}

func count(n int) func(st style.Styles) string {
	if n == 0 {
		return nil
	}
	return func(st style.Styles) string { return st.Muted.Render(fmt.Sprint(n)) }
}

// short is kubectl's short name of a kind.
func short(kind string) string {
	switch kind {
	case "Deployment":
		return "deploy"
	case "DaemonSet":
		return "ds"
	case "StatefulSet":
		return "sts"
	case "ReplicaSet":
		return "rs"
	case "CronJob":
		return "cj"
	case "Namespace":
		return "ns"
	}
	return strings.ToLower(text.Line(kind))
}

// system reports whether a namespace belongs to the cluster itself: its healthy workloads are not what a lab is about.
func system(namespace string) bool {
	return strings.HasPrefix(namespace, "kube-") || namespace == "kyverno"
}
