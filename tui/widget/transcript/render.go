package transcript

import (
	"strings"

	"podsec/labs"
	"podsec/tui/style"
	"podsec/tui/text"
	"podsec/tui/widget/markdown"
)

// cache is the wrapped lines of an entry's output, which only ever grows.
type cache struct {
	width   int
	palette style.Palette
	shift   int
	done    int // lines of the entry in out
	out     []string
}

// Render returns the transcript as lines of at most width cells.
func (t *Transcript) Render(width int, st style.Styles) []string {
	var out []string
	for i, e := range t.entries {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, e.render(width, t.shift, st)...)
	}
	return out
}

// LastHeight is how many lines Render makes of the last command and what belongs to it.
func (t *Transcript) LastHeight(width int, st style.Styles) int {
	e := t.last()
	if e == nil {
		return 0
	}
	return len(e.render(width, t.shift, st))
}

// Printed returns what the command with the given number printed, as lines of at most width cells, and the note that it
// ended with: "" while it runs. There is nothing to return for a command that is not there.
func (t *Transcript) Printed(command, width int, st style.Styles) (lines []string, note string) {
	if command < 0 || command >= len(t.entries) {
		return nil, ""
	}
	e := t.entries[command]
	if e.verdict != nil {
		note = e.verdict.Note
	}
	return e.printed(width, t.shift, st), note
}

func (e *entry) render(width, shift int, st style.Styles) []string {
	out := append(Command(e.command, width, st), e.printed(width, shift, st)...)
	if e.verdict != nil {
		out = append(out, e.verdict.Render(width, st)...)
	}
	return out
}

// printed is the output of the command so far.
func (e *entry) printed(width, shift int, st style.Styles) []string {
	var out []string
	if e.needed <= width {
		shift = 0
	}
	shift = max(0, min(shift, e.widest-width)) // the same for all rows, which keeps their columns aligned
	if e.dropped > 0 {
		out = append(out, st.Faint.Render(text.Cut(text.Plural(e.dropped, "earlier line", "earlier lines")+" not kept", width)))
	}
	out = append(out, e.output(width, shift, st)...)
	if e.partial != "" {
		out = append(out, wrap(text.Clean(e.partial), width, shift, st)...)
	}
	return out
}

func (e *entry) output(width, shift int, st style.Styles) []string {
	c := &e.cache
	if c.width != width || c.palette != st.Palette || c.shift != shift {
		*c = cache{width: width, palette: st.Palette, shift: shift}
	}
	for ; c.done < len(e.lines); c.done++ {
		c.out = append(c.out, wrap(e.lines[c.done], width, shift, st)...)
	}
	return c.out[:len(c.out):len(c.out)]
}

// Command shows command lines as they would be typed: a prompt before each, and what belongs to the line before set
// under it.
func Command(command string, width int, st style.Styles) []string {
	var out []string
	continued := false
	for _, line := range strings.Split(strings.TrimRight(text.Clean(command), "\n"), "\n") {
		mark := st.Accent.Render("$") + " "
		if continued {
			mark = "  "
		}
		// The lines of a here-document belong to its command, and so does what follows it, as far as anyone can tell.
		continued = strings.HasSuffix(line, "\\") || continued && strings.Contains(command, "<<") || strings.Contains(line, "<<")
		for _, part := range text.Wrap(line, max(1, width-2)) {
			out = append(out, mark+st.Command.Render(part))
			mark = "  "
		}
	}
	return out
}

func wrap(line string, width, shift int, st style.Styles) []string {
	if table(line) {
		return row(line, width, shift)
	}
	indent := len(line) - len(strings.TrimLeft(line, " "))
	lines := text.Hang(line, width, min(indent, width/3)) // an answer in YAML stays readable
	if s, ok := tone(line, st); ok {
		for i := range lines {
			lines[i] = s.Render(lines[i])
		}
	}
	return lines
}

// tone is the style of a line that says that something went wrong, in the words that kubectl and the workshop's other
// commands begin such lines with.
func tone(line string, st style.Styles) (style.Paint, bool) {
	switch {
	case strings.HasPrefix(line, "Error"), strings.HasPrefix(line, "error:"):
		return st.Bad, true
	case strings.HasPrefix(line, "Warning:"):
		return st.Warn, true
	}
	return style.Paint{}, false
}

// Render returns how a command ended as lines of at most width cells.
func (v *Verdict) Render(width int, st style.Styles) []string {
	var out []string
	if v.Note != "" {
		out = append(out, st.Faint.Render(text.Cut("["+v.Note+"]", width)))
	}
	out = append(out, Checks(v.Checks, width, st)...)
	if v.Mistake != "" {
		out = append(out, block(st.Warn, "What went wrong", v.Mistake, width, st)...)
	}
	if v.Guess != nil {
		out = append(out, v.Guess.render(width, st)...)
	}
	if v.Hint != "" {
		out = append(out, indented(st.Warn, "hint  ", markdown.Inline(v.Hint, st), width)...)
	}
	return out
}

func (g *Guess) render(width int, st style.Styles) []string {
	if g.Right {
		return block(st.Good, style.Done+" You said so: "+markdown.Inline(g.Said, st), g.Reply, width, st)
	}
	out := block(st.Warn, style.Failed+" You said: "+markdown.Inline(g.Said, st), g.Reply, width, st)
	return append(out, block(st.Good, style.Done+" Right is: "+markdown.Inline(g.Answer, st), g.Truth, width, st)...)
}

// block sets a text under a title behind a bar, so that it stands out of what commands printed.
func block(tone style.Paint, title, body string, width int, st style.Styles) []string {
	bar := tone.Render("┃") + " "
	out := []string{}
	for _, line := range text.Wrap(title, max(1, width-2)) {
		out = append(out, bar+tone.Bold().Render(line))
	}
	if body == "" {
		return out
	}
	for _, line := range text.Wrap(markdown.Inline(body, st), max(1, width-2)) {
		out = append(out, bar+line)
	}
	return out
}

// Checks shows what was checked: ✓, or ✗ and what is missing.
func Checks(results []labs.CheckResult, width int, st style.Styles) []string {
	var out []string
	for _, r := range results {
		if r.OK {
			out = append(out, indented(st.Good, style.Done+" ", text.Line(r.Title), width)...)
			continue
		}
		out = append(out, indented(st.Bad, style.Failed+" ", text.Line(r.Title), width)...)
		if r.Missing != "" {
			out = append(out, indented(st.Muted, "  ", text.Line(r.Missing), width)...)
		}
	}
	return out
}

// indented wraps a text behind a mark, which is drawn in the style given, and sets further lines under the text.
func indented(s style.Paint, mark, body string, width int) []string {
	n := text.Width(mark)
	lines := text.Wrap(body, max(1, width-n))
	for i := range lines {
		lead := text.Spaces(n)
		if i == 0 {
			lead = mark
		}
		if strings.TrimSpace(mark) == "" {
			lines[i] = s.Render(lead + lines[i])
		} else {
			lines[i] = s.Render(lead) + lines[i]
		}
	}
	return lines
}
