package objects

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"podsec/kube/inspect"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/scroll"
	"podsec/tui/widget/yaml"
)

// view is one object.
type view struct {
	inspect.View
	pane     scroll.Pane
	now      func() time.Time
	events   bool // they are shown instead of the YAML
	unfolded bool // the managed fields are shown
}

// set shows another object, or another state of the same.
func (v *view) set(now inspect.View, width int, st style.Styles) {
	if now.Ref != v.Ref {
		v.events, v.unfolded = false, false
		v.pane.Home()
	}
	v.View = now
	v.write(width, st)
}

// write makes the text anew.
func (v *view) write(width int, st style.Styles) {
	width = scroll.TextWidth(width)
	if v.events {
		v.pane.SetLines(v.history(width, st))
		return
	}
	source := text.Clean(v.YAML)
	if v.unfolded {
		source += "# metadata.managedFields: who set which field\n" + text.Clean(v.Managed)
	}
	lines := yaml.Render(source, width, st)
	if v.Managed != "" && !v.unfolded {
		folded := fmt.Sprintf("managedFields of %s (%s): m shows them",
			text.Line(strings.Join(v.Managers, ", ")), text.Plural(strings.Count(v.Managed, "\n"), "line", "lines"))
		lines = append(lines, "", st.Faint.Render(text.Cut("⋯ "+folded, width)))
	}
	v.pane.SetLines(lines)
}

// history is the object's events.
func (v *view) history(width int, st style.Styles) []string {
	if len(v.Events) == 0 {
		return []string{st.Muted.Render(text.Cut("No events. The cluster forgets them after an hour.", width))}
	}
	var out []string
	for _, e := range v.Events {
		tone, symbol := st.Muted, style.Here
		if e.Type != "Normal" {
			tone, symbol = st.Warn, style.Skipped
		}
		head := tone.Render(symbol+" "+text.Line(e.Reason)) + st.Faint.Render(fmt.Sprintf("  %s ago", duration.HumanDuration(v.now().Sub(e.Time))))
		if e.Count > 1 {
			head += st.Faint.Render(fmt.Sprintf("  ×%d", e.Count))
		}
		out = append(out, text.Ends(head, st.Faint.Render(text.Line(e.From)), width))
		for _, l := range text.Wrap(text.Clean(e.Message), width-2) {
			out = append(out, "  "+l)
		}
	}
	return out
}
