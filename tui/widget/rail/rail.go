// Package rail shows where the learner is in a lab: a symbol for every step.
package rail

import (
	"strings"

	"podsec/tui/style"
	"podsec/tui/text"
)

// State is how far a step is.
type State int

// The states of a step.
const (
	Todo State = iota
	Done
	Skipped // passed by, not done
	Applied // done for the learner
)

// Symbol is a state's symbol and its style.
func Symbol(s State, st style.Styles) (string, style.Paint) {
	switch s {
	case Done:
		return style.Done, st.Good
	case Skipped:
		return style.Skipped, st.Warn
	case Applied:
		return style.Applied, st.Muted
	}
	return style.Todo, st.Faint
}

// Render shows the steps' states on one line of at most width cells with the current one between brackets. When there
// are more than fit, those around the current one are shown, and dots where others are left out.
func Render(states []State, current, width int, st style.Styles) string {
	const cell = 2 // a symbol and a space
	from, to := window(len(states), current, max(1, (width-1)/cell))
	var b strings.Builder
	for i := from; i < to; i++ {
		symbol, tone := Symbol(states[i], st)
		if i == from && from > 0 || i == to-1 && to < len(states) {
			symbol, tone = text.Ellipsis, st.Faint
		}
		switch {
		case i == current && states[i] == Todo:
			b.WriteString(st.Key.Render("[" + style.Here + "]"))
		case i == current:
			b.WriteString(st.Key.Render("[") + tone.Render(symbol) + st.Key.Render("]"))
		case i == current+1 && i > from:
			b.WriteString(tone.Render(symbol)) // the bracket is its space
		default:
			b.WriteString(" " + tone.Render(symbol))
		}
	}
	return text.Cut(b.String(), width)
}

// At is the step whose symbol Render draws at column x.
func At(steps, current, width, x int) (int, bool) {
	const cell = 2
	from, to := window(steps, current, max(1, (width-1)/cell))
	i := from + x/cell
	if x < 0 || i >= to {
		return 0, false
	}
	return i, true
}

// window is the range of n things around the current one of which at most room are shown.
func window(n, current, room int) (from, to int) {
	if n <= room {
		return 0, n
	}
	from = min(max(0, current-room/2), n-room)
	return from, from + room
}
