// Package transcript keeps what the learner's commands printed, and shows it.
package transcript

import (
	"slices"
	"strings"

	"podsec/labs"
	"podsec/tui/text"
)

// MaxLines is how many lines of one command are kept: older ones go, and the transcript says so.
const MaxLines = 5000

// maxPartial bounds a line that does not end.
const maxPartial = 64 << 10

// Transcript is the commands of a lab in the order they were run. The zero value is empty and ready for use.
type Transcript struct {
	entries []*entry
	shift   int // columns of tables left out at the left
}

// Verdict is how a command ended.
type Verdict struct {
	OK     bool
	Note   string // "exit 1 · 0.3s", "cancelled"
	Checks []labs.CheckResult
	Hint   string
	// Mistake is what is said about a mistake that was recognised, Markdown.
	Mistake string
	// Guess is what the learner thought would happen, nil when they were not asked.
	Guess *Guess
}

// Guess is a prediction, and what became of it.
type Guess struct {
	Right         bool
	Said, Reply   string // Markdown
	Answer, Truth string // the right choice and its reply, when it was another one
}

// entry is one command with its output.
type entry struct {
	command string
	folder  string   // where it ran, "" when that was not said
	lines   []string // clean
	dropped int
	partial string // as it came, until its line ends
	widest  int    // of the rows of tables
	needed  int    // how wide they must be shown for all of them to be seen
	verdict *Verdict
	cache   cache
}

// Start begins the entry of a command, shown with a prompt.
func (t *Transcript) Start(command string) { t.StartIn("", command) }

// StartIn is Start for a command that runs in a folder of the learner's choice, which is not shown. Its tables are shown from
// their beginning.
func (t *Transcript) StartIn(folder, command string) {
	t.entries, t.shift = append(t.entries, &entry{command: text.Clean(command), folder: folder}), 0
}

// Write adds output to the entry that was started last, as it came: a chunk may end anywhere, within a line, a rune or
// an escape sequence.
func (t *Transcript) Write(chunk string) {
	e := t.last()
	if e == nil {
		return
	}
	lines := strings.Split(e.partial+chunk, "\n")
	e.partial = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		e.add(line)
	}
	if len(e.partial) > maxPartial {
		e.add(e.partial)
		e.partial = ""
	}
	if n := len(e.lines) - MaxLines; n > 0 {
		e.lines = append([]string(nil), e.lines[n:]...)
		e.dropped += n
		e.cache = cache{}
	}
}

// Finish ends the entry that was started last.
func (t *Transcript) Finish(v Verdict) {
	e := t.last()
	if e == nil {
		return
	}
	if e.partial != "" {
		e.add(e.partial)
		e.partial = ""
	}
	e.verdict = &v
}

// add takes a line as it came.
func (e *entry) add(line string) {
	line = text.Clean(line)
	e.lines = append(e.lines, line)
	if table(line) {
		e.widest, e.needed = max(e.widest, text.Width(strings.TrimRight(line, " "))), max(e.needed, need(line))
	}
}

// Shift moves tables, which are not wrapped, by n columns: to the right of what is shown when n is positive.
func (t *Transcript) Shift(n int) { t.shift = max(0, t.shift+n) }

// Wide reports whether the last command printed a table that is wider than what is shown of it.
func (t *Transcript) Wide(width int) bool {
	e := t.last()
	return e != nil && e.needed > width
}

// Empty reports whether nothing was run yet.
func (t *Transcript) Empty() bool { return len(t.entries) == 0 }

// Ran is a command that ran: where, as StartIn was told, and what it printed.
type Ran struct{ Command, Folder, Output string }

func (e *entry) ran() Ran {
	return Ran{Command: e.command, Folder: e.folder, Output: strings.Join(e.lines, "\n")}
}

// Last is the command that was run last, the zero Ran when there was none.
func (t *Transcript) Last() Ran {
	e := t.last()
	if e == nil {
		return Ran{}
	}
	return e.ran()
}

// Refused is the last command that printed that Kyverno blocked a resource ("Pod/default/web"), the zero Ran when there is none.
func (t *Transcript) Refused(resource string) Ran {
	blocked := "resource " + resource + " was blocked due to the following policies"
	for _, e := range slices.Backward(t.entries) {
		if !strings.HasPrefix(e.command, "# ") && slices.ContainsFunc(e.lines, func(l string) bool { return strings.TrimSpace(l) == blocked }) {
			return e.ran()
		}
	}
	return Ran{}
}

// Len is how many commands were run.
func (t *Transcript) Len() int { return len(t.entries) }

func (t *Transcript) last() *entry {
	if len(t.entries) == 0 {
		return nil
	}
	return t.entries[len(t.entries)-1]
}
