package cluster

import (
	"fmt"
	"sort"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"podsec/kube"
	"podsec/tui/style"
	"podsec/tui/text"
)

// sectionsOf describes a state in the order of a learner's interest.
func sectionsOf(v View, st style.Styles) []section {
	return []section{
		policies(v, st), workloads(v, st), reports(v, st), namespaces(v, st), blocked(v, st),
	}
}

func policies(v View, st style.Styles) section {
	s := section{title: "Policies", empty: "none"}
	if !v.State.Kyverno {
		s.empty = "Kyverno is not installed"
	}
	s.rows = mark(policyRows(v.State, st), policyRows(v.Base, st))
	s.sum = count(len(v.State.Policies), st)
	return s
}

func policyRows(state kube.State, st style.Styles) []row {
	var rows []row
	for _, p := range state.Policies {
		symbol, tone := dot(p.Ready, st)
		ready := tone.Render(symbol + " ready")
		if !p.Ready {
			ready = tone.Render(symbol + " not ready")
		}
		parts := []string{}
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
		name := p.Name
		if p.Namespace != "" {
			name = p.Namespace + "/" + p.Name
		}
		rows = append(rows, newRow(p.Kind+"/"+name, name, strings.Join(append(parts, ready), " ")))
	}
	return rows
}

func workloads(v View, st style.Styles) section {
	s := section{title: "Workloads", empty: "none"}
	s.rows = mark(workloadRows(v.State, st), workloadRows(v.Base, st))
	s.sum = count(len(v.State.Workloads), st)
	return s
}

func workloadRows(state kube.State, st style.Styles) []row {
	var rows []row
	for _, w := range state.Workloads {
		healthy := w.Ready >= w.Desired && (w.Status == "" || w.Status == "Running" || w.Status == "Completed")
		tone := st.Good
		if !healthy {
			tone = st.Warn
		}
		value := tone.Render(text.Line(w.Status))
		if w.Kind != "Pod" || w.Status == "" {
			value = tone.Render(strings.TrimSpace(fmt.Sprintf("%d/%d %s", w.Ready, w.Desired, text.Line(w.Status))))
		}
		if w.Message != "" {
			value = st.Bad.Render(style.Failed+" ") + value
		}
		r := newRow(w.Kind+"/"+w.Namespace+"/"+w.Name, short(w.Kind)+" "+w.Namespace+"/"+w.Name, value)
		if healthy && system(w.Namespace) {
			r.quiet = "in system namespaces"
		}
		rows = append(rows, r)
	}
	return rows
}

func reports(v View, st style.Styles) section {
	s := section{title: "Reports", empty: "none yet"}
	if !v.State.Kyverno {
		s.empty = "Kyverno writes them, and is not installed"
	}
	s.rows = mark(reportRows(v.State, st), reportRows(v.Base, st))
	pass, fail := 0, 0
	for _, r := range v.State.Reports {
		pass, fail = pass+r.Pass, fail+r.Fail
	}
	if len(v.State.Reports) > 0 {
		s.sum = figures(kube.Report{Pass: pass, Fail: fail}, st)
	}
	return s
}

func reportRows(state kube.State, st style.Styles) []row {
	var rows []row
	for _, r := range state.Reports {
		name := short(r.Kind) + " " + r.Name
		if r.Namespace != "" {
			name = short(r.Kind) + " " + r.Namespace + "/" + r.Name
		}
		row := newRow(r.Kind+"/"+r.Namespace+"/"+r.Name, name, figures(r, st))
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

func namespaces(v View, st style.Styles) section {
	s := section{title: "Namespaces"}
	s.rows = mark(namespaceRows(v.State, st), namespaceRows(v.Base, st))
	s.sum = count(len(v.State.Namespaces), st)
	return s
}

func namespaceRows(state kube.State, st style.Styles) []row {
	var rows []row
	for _, n := range state.Namespaces {
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
		r := newRow(n.Name, n.Name, strings.Join(parts, " "))
		if len(parts) == 0 {
			r.quiet = "without Pod Security labels"
		}
		rows = append(rows, r)
	}
	return rows
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

func blocked(v View, st style.Styles) section {
	s := section{title: "Blocked requests", empty: "none"}
	rows := blockedRows(v.State, st)
	s.sum = count(len(rows), st)
	for _, r := range mark(rows, blockedRows(v.Base, st)) {
		if r.mark != style.Removed { // events expire
			s.rows = append(s.rows, r)
		}
	}
	return s
}

func blockedRows(state kube.State, st style.Styles) []row {
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
		r := newRow(e.Object+e.Message, name, st.Faint.Render(value))
		r.more = text.Line(e.Message)
		rows = append(rows, r)
	}
	return rows
}

func newRow(key, name, value string) row {
	return row{key: key, name: text.Line(name), value: value, plain: ansi.Strip(value)}
}

func count(n int, st style.Styles) string {
	if n == 0 {
		return ""
	}
	return st.Muted.Render(fmt.Sprint(n))
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
