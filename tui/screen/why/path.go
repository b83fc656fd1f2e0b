package why

import (
	"fmt"
	"strings"

	"podsec/kube/inspect"
	"podsec/tui/style"
	"podsec/tui/text"
)

// station is a part of the way of a request.
type station struct {
	name   string
	weight weight
	says   string
}

// stations are the way of a request to its verdict.
func stations(a inspect.Answer, items []item) []station {
	out := []station{
		sum("mutate", items, "mutate", "images"), sum("PSA", items, "PSA"), sum("validate", items, "validate"),
	}
	verdict := station{name: "admitted", weight: passed}
	switch {
	case !a.Verdict.Admitted:
		verdict = station{name: "denied", weight: blocks}
		if strings.Contains(a.Verdict.By, "kyverno") {
			verdict.says = "by Kyverno"
		} else {
			verdict.says = "by Pod Security Admission"
		}
	case a.Filter != "":
		verdict = station{name: "admitted", weight: warned, says: "unseen by Kyverno: filter " + a.Filter}
	case a.Verdict.Reported > 0:
		verdict = station{name: "admitted", weight: warned, says: text.Plural(a.Verdict.Reported, "failure", "failures") + " reported"}
	case len(a.Verdict.Warnings) > 0:
		verdict = station{name: "admitted", weight: warned, says: "with a warning"}
	}
	return append(out, verdict)
}

// sum is the station that some stages make together.
func sum(name string, items []item, stages ...string) station {
	out := station{name: name, says: "nothing"}
	counts := map[weight]int{}
	for _, it := range items {
		for _, stage := range stages {
			if it.stage == stage {
				counts[it.weight]++
				out.weight = max(out.weight, it.weight)
			}
		}
	}
	words := map[weight]string{blocks: "against", reported: "reported", warned: "warned of", changed: "changed", passed: "passed"}
	if n := counts[out.weight]; out.weight != idle {
		out.says = fmt.Sprintf("%d %s", n, words[out.weight])
	}
	return out
}

// narrow is the width below which the way is drawn with short arrows.
const narrow = 60

// path draws the way in one line, or with less said where there is less room.
func path(all []station, first string, width int, st style.Styles) string {
	arrow := " ─▶ "
	if width < narrow {
		arrow, first = " ▶ ", ""
	}
	const nothing, verdict, ends, everything = 0, 1, 2, 3
	for said := everything; said >= nothing; said-- {
		line := first
		if first != "" {
			line = st.Strong.Render(first)
		}
		for i, s := range all {
			part := s.weight.symbol() + " " + s.name
			if s.says != "" && (said == everything || said >= verdict && i == len(all)-1 || said == ends && i == 0) {
				part += " " + st.Muted.Render(text.Line(s.says))
			}
			if line != "" {
				line += st.Line.Render(arrow)
			}
			line += s.weight.tone(st).Render(part)
		}
		if text.Width(line) <= width || said == nothing {
			return text.Fit(line, width)
		}
	}
	return ""
}
