package present

import (
	"podsec/labs"
	"podsec/tui/widget/markdown"
)

// kind is what a frame shows.
type kind int

// The kinds of frames, in the order in which a step shows them.
const (
	title    kind = iota // the lab, before its first step
	prose                // a piece of an explanation
	goal                 // what is to be reached
	file                 // the manifest that the step is about
	ask                  // what will happen?
	solution             // what the manifest should have been
	command              // as it is typed
	output               // what it printed
	reveal               // what was right
	checks               // what was checked
	end                  // after the last step
)

// frame is one thing to show.
type frame struct {
	kind  kind
	text  string // of a prose frame
	intro bool   // it introduces the lab, before the first step
}

// framesOf is the frames of a step; there is always one.
func framesOf(l *labs.Lab, step int) []frame {
	var out []frame
	add := func(k kind, wanted bool) {
		if wanted {
			out = append(out, frame{kind: k})
		}
	}
	tell := func(source string, intro bool) {
		for _, block := range markdown.Blocks(source) {
			out = append(out, frame{kind: prose, text: block, intro: intro})
		}
	}
	if step >= len(l.Steps) {
		return []frame{{kind: title}, {kind: end}}
	}
	s := l.Steps[step]
	if step == 0 {
		add(title, true)
		tell(l.Intro, true)
	}
	tell(s.Prose, false)
	runs := commandOf(s) != ""
	add(goal, s.Kind == labs.Explore)
	add(file, s.File != "")
	add(ask, s.Question != nil)
	add(solution, s.Kind == labs.Edit && s.Solution.File != "")
	add(command, runs)
	add(output, runs)
	add(reveal, s.Question != nil)
	add(checks, len(s.Checks) > 0)
	add(end, step == last(l))
	if len(out) == 0 {
		add(prose, true)
	}
	return out
}

// last is the last step that counts.
func last(l *labs.Lab) int {
	at := len(l.Steps) - 1
	for i, s := range l.Steps {
		if s.Edition == "" {
			at = i
		}
	}
	return at
}

// commandOf is what is run in a step before the room: of a step with a goal, its solution.
func commandOf(s labs.Step) string {
	if s.Command == "" {
		return s.Solution.Command
	}
	return s.Command
}

// solves reports whether the step is run with its solution: it has something to write, or to find out.
func solves(s labs.Step) bool {
	return s.Kind == labs.Edit && s.Solution.File != "" || s.Command == "" && s.Solution.Command != ""
}
