package cluster

import (
	"fmt"
	"slices"
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

// object names an object among those of a section.
type object struct{ kind, namespace, name string }

// listed compares the objects of a kind and says how one of them is drawn.
func listed[T any, K comparable](s section, c comparison[T, K], now, base []T, draw func(*T) row) section {
	s.entries = c.entries(now, base)
	s.row = func(e entry) row {
		if e.mark == gone {
			return draw(&base[e.at])
		}
		return draw(&now[e.at])
	}
	return s
}

func policies(v View) section {
	s := section{title: "Policies", empty: "none", sum: number(len(v.State.Policies))}
	if !v.State.Kyverno {
		s.empty = "Kyverno is not installed"
	}
	by := comparison[kube.Policy, object]{
		key: func(p *kube.Policy) object { return object{p.Kind, p.Namespace, p.Name} },
		equal: func(a, b *kube.Policy) bool {
			return a.Ready == b.Ready && slices.Equal(a.Actions, b.Actions) && slices.Equal(a.Types, b.Types)
		},
	}
	return listed(s, by, v.State.Policies, v.Base.Policies, func(p *kube.Policy) row {
		name := p.Name
		if p.Namespace != "" {
			name = p.Namespace + "/" + p.Name
		}
		return row{name: text.Line(name), value: func(st style.Styles) string { return policyValue(*p, st) }}
	})
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
	s := section{title: "Workloads", empty: "none", sum: number(len(v.State.Workloads))}
	by := comparison[kube.Workload, object]{
		key: func(w *kube.Workload) object { return object{w.Kind, w.Namespace, w.Name} },
		equal: func(a, b *kube.Workload) bool {
			return a.Ready == b.Ready && a.Desired == b.Desired && a.Status == b.Status && (a.Message == "") == (b.Message == "")
		},
	}
	s = listed(s, by, v.State.Workloads, v.Base.Workloads, func(w *kube.Workload) row {
		return row{
			name:  text.Line(short(w.Kind) + " " + w.Namespace + "/" + w.Name),
			value: func(st style.Styles) string { return workloadValue(*w, st) },
		}
	})
	for i, e := range s.entries {
		if e.mark != gone && system(v.State.Workloads[e.at].Namespace) && healthy(v.State.Workloads[e.at]) {
			s.entries[i].quiet = "in system namespaces"
		}
	}
	return s
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
	by := comparison[kube.Report, object]{
		key: func(r *kube.Report) object { return object{r.Kind, r.Namespace, r.Name} },
		equal: func(a, b *kube.Report) bool {
			return a.Pass == b.Pass && a.Fail == b.Fail && a.Warn == b.Warn && a.Error == b.Error && a.Skips == b.Skips
		},
	}
	s = listed(s, by, v.State.Reports, v.Base.Reports, func(r *kube.Report) row {
		name := short(r.Kind) + " " + r.Name
		if r.Namespace != "" {
			name = short(r.Kind) + " " + r.Namespace + "/" + r.Name
		}
		return row{name: text.Line(name), value: func(st style.Styles) string { return figures(*r, st) }}
	})
	for i, e := range s.entries {
		of := v.State.Reports
		if e.mark == gone {
			of = v.Base.Reports
		}
		s.entries[i].quiet, s.entries[i].silent = quietReport(&of[e.at])
	}
	pass, fail := 0, 0
	for i := range v.State.Reports {
		pass, fail = pass+v.State.Reports[i].Pass, fail+v.State.Reports[i].Fail
	}
	if len(v.State.Reports) > 0 {
		s.sum = func(st style.Styles) string { return figures(kube.Report{Pass: pass, Fail: fail}, st) }
	}
	return s
}

// quietReport is why a report is only counted, "" when it is not, and whether it is when it changed too.
func quietReport(r *kube.Report) (why string, silent bool) {
	switch {
	case system(r.Namespace) || r.Kind == "Namespace" && system(r.Name):
		return "in system namespaces", true
	case r.Fail == 0 && r.Error == 0 && r.Warn == 0:
		return "with nothing but passes", false
	}
	return "", false
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
	s := section{title: "Namespaces", sum: number(len(v.State.Namespaces))}
	by := comparison[kube.Namespace, string]{
		key: func(n *kube.Namespace) string { return n.Name },
		equal: func(a, b *kube.Namespace) bool {
			return namespaceValue(*a, style.Styles{}) == namespaceValue(*b, style.Styles{})
		},
	}
	s = listed(s, by, v.State.Namespaces, v.Base.Namespaces, func(n *kube.Namespace) row {
		return row{name: text.Line(n.Name), value: func(st style.Styles) string { return namespaceValue(*n, st) }}
	})
	for i, e := range s.entries {
		if e.mark != gone && namespaceValue(v.State.Namespaces[e.at], style.Styles{}) == "" {
			s.entries[i].quiet = "without Pod Security labels"
		}
	}
	return s
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
	now := blockedEvents(v.State)
	s := section{title: "Blocked requests", empty: "none", sum: number(len(now))}
	by := comparison[kube.Event, string]{
		key:   func(e *kube.Event) string { return e.Object + e.Message },
		equal: func(a, b *kube.Event) bool { return eventValue(a) == eventValue(b) },
	}
	s = listed(s, by, now, blockedEvents(v.Base), func(e *kube.Event) row {
		_, name, found := strings.Cut(e.Object, "/")
		if !found {
			name = e.Object
		}
		return row{
			name: text.Line(name), more: text.Line(e.Message),
			value: func(st style.Styles) string { return st.Faint.Render(eventValue(e)) },
		}
	})
	s.entries = slices.DeleteFunc(s.entries, func(e entry) bool { return e.mark == gone }) // events expire
	return s
}

func blockedEvents(state kube.State) []kube.Event {
	var out []kube.Event
	for _, e := range state.Events {
		if e.Blocked {
			out = append(out, e)
		}
	}
	return out
}

// eventValue is when a request was blocked, and how often.
func eventValue(e *kube.Event) string {
	if e.Count > 1 {
		return fmt.Sprintf("×%d %s", e.Count, e.Time.Format("15:04:05"))
	}
	return e.Time.Format("15:04:05")
}

func number(n int) func(st style.Styles) string {
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
